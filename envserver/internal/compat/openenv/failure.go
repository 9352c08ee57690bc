package openenv

import (
	"net/http"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/compat/rest"
)

// code is what kind of failure the protocol knows.
type code string

const (
	invalidJSON     code = "INVALID_JSON"
	unknownType     code = "UNKNOWN_TYPE"
	validationError code = "VALIDATION_ERROR"
	executionError  code = "EXECUTION_ERROR"
	capacityReached code = "CAPACITY_REACHED" // after it comes the end of the connection, as with
	factoryError    code = "FACTORY_ERROR"    // the next
	sessionError    code = "SESSION_ERROR"    // two
)

// failure is an error in the protocol's form.
type failure struct {
	code code
	err  *gym.Error
	at   []string // where in the message, of a validationError
	more []member // of the failure's data
}

type member struct {
	name  string
	value any
}

// Error implements error.
func (f *failure) Error() string { return string(f.code) + ": " + f.err.Error() }

// Unwrap answers the failure as the server has it.
func (f *failure) Unwrap() error { return f.err }

// wrong is a failure of a message, at a field of it.
func wrong(format string, args []any, at ...string) *failure {
	return &failure{code: validationError, err: gym.Errorf(gym.CodeInvalidRequest, format, args...), at: at}
}

// mustBe is a failure of a field that has another type.
func mustBe(field, want string) *failure {
	return wrong("field %q must be %s", []any{field, want}, field)
}

// unknownField names what there is instead.
func unknownField(field string, known []string) *failure {
	return wrong("there is no %q here; there is %s", []any{gym.Clip(field), strings.Join(known, ", ")}, gym.Clip(field))
}

// failed is any error in the protocol's form.
func failed(err error) *failure {
	if f, ok := err.(*failure); ok {
		return f
	}
	e := gym.AsError(err)
	switch e.Code {
	case gym.CodeInvalidRequest, gym.CodeInvalidAction, gym.CodeUnknownTask, gym.CodeUnknownBackend, gym.CodeUnknownEpisode, gym.CodeTooLarge:
		return &failure{code: validationError, err: e}
	case gym.CodeUnknownSession, gym.CodeUnauthorized:
		return &failure{code: sessionError, err: e}
	}
	return &failure{code: executionError, err: e}
}

// refusal is why a session could not be had.
func (f *Front) refusal(err error) *failure {
	e := gym.AsError(err)
	switch e.Code {
	case gym.CodeCapacityReached:
		return &failure{code: capacityReached, err: e, more: []member{
			{"active_sessions", f.host.Sessions.Len()}, {"max_sessions", f.host.Limits.Sessions},
		}}
	case gym.CodeUnknownSession, gym.CodeUnauthorized, gym.CodeSessionLost:
		return &failure{code: sessionError, err: e}
	}
	return &failure{code: factoryError, err: e}
}

// appendData appends a failure as clients of the WebSocket see it. What it is to the server,
// and whether the same request may succeed later, stands beside the protocol's code.
func (f *failure) appendData(dst []byte) []byte {
	dst = append(dst, `{"message":`...)
	dst = appendText(dst, f.err.Msg)
	dst = append(dst, `,"code":"`...)
	dst = append(append(dst, f.code...), `","error_code":"`...)
	dst = append(append(dst, f.err.Code...), '"')
	if f.code == validationError {
		dst = append(dst, `,"errors":`...)
		dst = f.appendDetail(dst)
	}
	for _, m := range f.more {
		dst = append(dst, ',')
		dst = appendText(dst, m.name)
		dst = append(dst, ':')
		dst = appendAny(dst, m.value)
	}
	return append(dst, '}')
}

// appendDetail appends what is wrong with a message, as a list of places.
func (f *failure) appendDetail(dst []byte) []byte {
	dst = append(dst, `[{"type":"`...)
	dst = append(append(dst, f.err.Code...), `","loc":`...)
	dst = appendList(dst, f.at, appendText)
	dst = append(dst, `,"msg":`...)
	return append(appendText(dst, f.err.Msg), `}]`...)
}

// appendTo appends the failure as a frame.
func (f *failure) appendTo(dst []byte) []byte {
	dst = append(dst, `{"type":"error","data":`...)
	return append(f.appendData(dst), '}')
}

// body is a failure over HTTP: detail is where clients look for it.
type body struct {
	Detail    jsontext.Value `json:"detail"`
	Code      code           `json:"code"`
	ErrorCode gym.Code       `json:"error_code"`
}

// fail answers a request that failed.
func (f *Front) fail(w http.ResponseWriter, err error) {
	e := failed(err)
	f.log(e)
	detail := appendText(nil, e.err.Msg)
	status := rest.Status(e.err)
	if e.code == validationError {
		detail, status = e.appendDetail(nil), http.StatusUnprocessableEntity
	}
	rest.Retry(w, e.err)
	rest.Write(w, status, body{detail, e.code, e.err.Code})
}

// log counts a failure, and tells of a mistake of the server's own; all else is told to the
// client.
func (f *Front) log(e *failure) {
	f.m.refused.WithLabelValues(string(e.code)).Inc()
	f.host.Failure(e.err, "OpenEnv")
}
