// Package rest is what front ends of protocols over plain HTTP have in common: bodies of JSON,
// read strictly, and the status that a failure has.
package rest

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"dreamgym/envserver/gym"
)

// Read decodes a request's body of at most limit bytes into a struct; no body is an empty
// object. Names that the struct does not have are refused, unless it takes them in
// (`json:",inline"`). The error has CodeInvalidRequest or CodeTooLarge.
func Read(w http.ResponseWriter, r *http.Request, limit int64, into any) error {
	body, err := Body(w, r, limit)
	if err != nil {
		return err
	}
	if len(body) == 0 {
		body = []byte("{}")
	}
	return Decode(body, into)
}

// Body answers a request's body of at most limit bytes, as it came. The error has
// CodeInvalidRequest where it was cut short, else CodeTooLarge.
func Body(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, gym.Errorf(gym.CodeTooLarge, "the body is larger than the limit: message_bytes is %d", limit)
	case err != nil:
		return nil, gym.Errorf(gym.CodeInvalidRequest, "the body was cut short")
	}
	return body, nil
}

// Decode is Read for a value that is there.
func Decode(b []byte, into any) error {
	err := json.Unmarshal(b, into, json.RejectUnknownMembers(true))
	if err == nil {
		return nil
	}
	return &gym.Error{Code: gym.CodeInvalidRequest, Msg: explain(err), Err: err}
}

// explain says what is wrong with a body, without the words of the library or of Go.
func explain(err error) string {
	var wrong *json.SemanticError
	if !errors.As(err, &wrong) {
		return "what was sent is not JSON, is cut short, or has a name twice"
	}
	field := strings.ReplaceAll(strings.TrimPrefix(string(wrong.JSONPointer), "/"), "/", ".")
	switch {
	case errors.Is(err, json.ErrUnknownName):
		return fmt.Sprintf("there is no field %q", gym.Clip(field))
	case field == "":
		return "what was sent must be an object"
	}
	return fmt.Sprintf("field %q must be %s", gym.Clip(field), wanted(wrong.GoType))
}

// wanted names a type as JSON has it.
func wanted(t reflect.Type) string {
	if t == nil {
		return "of another type"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return wanted(t.Elem())
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Int64:
		return "an integer"
	case reflect.Slice:
		return "an array"
	}
	return "an object"
}

// Write answers with v as JSON. Who asked may be gone: that is no failure.
func Write(w http.ResponseWriter, status int, v any) {
	b, err := Encode(v)
	if err != nil {
		status, b = http.StatusInternalServerError, []byte(`{}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(b)
}

// Encode is v as JSON on one line.
func Encode(v any) ([]byte, error) {
	b, err := json.Marshal(v, json.Deterministic(true), jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return nil, &gym.Error{Code: gym.CodeEnvCrashed, Msg: "the environment gave what cannot be encoded", Err: err}
	}
	return b, nil
}

// Status is the HTTP status of a failure.
func Status(err error) int {
	switch gym.CodeOf(err) {
	case gym.CodeUnknownEnvironment, gym.CodeUnknownOperation:
		return http.StatusNotFound
	case gym.CodeUnknownBackend, gym.CodeUnknownTask, gym.CodeUnknownEpisode:
		return http.StatusBadRequest
	case gym.CodeInvalidRequest, gym.CodeInvalidAction:
		return http.StatusUnprocessableEntity
	case gym.CodeTooLarge:
		return http.StatusRequestEntityTooLarge
	case gym.CodeUnknownSession, gym.CodeSessionLost:
		return http.StatusGone
	case gym.CodeRequestConflict, gym.CodeSessionExists, gym.CodeResetRequired, gym.CodeNotAvailable, gym.CodeInsufficientEvidence, gym.CodeDiverged:
		return http.StatusConflict
	case gym.CodeCapacityReached, gym.CodeShuttingDown, gym.CodeCanceled:
		return http.StatusServiceUnavailable
	case gym.CodeDeadlineExceeded:
		return http.StatusGatewayTimeout
	case gym.CodeModelUnavailable, gym.CodeModelMalformed:
		return http.StatusBadGateway
	}
	return http.StatusInternalServerError
}

// Passing tells whether a failure may be gone in a moment, and nothing was done: the same
// request can be sent again.
func Passing(err error) bool { return Status(err) == http.StatusServiceUnavailable }

// Retry tells a client of a passing failure when to come again.
func Retry(w http.ResponseWriter, err error) {
	if Passing(err) {
		w.Header().Set("Retry-After", "1")
	}
}
