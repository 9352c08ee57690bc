package endpoint

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"dreamgym/envserver/gym"
)

// Reason says why an endpoint refuses a request.
type Reason string

// The reasons.
const (
	ReasonNone    Reason = ""
	ReasonKey     Reason = "key"
	ReasonModel   Reason = "model"
	ReasonFormat  Reason = "format"  // it does not take the schema or the mode
	ReasonContext Reason = "context" // the request has more tokens than it takes
	ReasonOther   Reason = "other"
)

// refused is the cause of a refusal.
type refused struct {
	reason Reason
	status int
}

func (r refused) Error() string { return fmt.Sprintf("status %d (%s)", r.status, r.reason) }

// ReasonOf tells why an endpoint refused a request; ReasonNone where it did not.
func ReasonOf(err error) Reason {
	var r refused
	if errors.As(err, &r) {
		return r.reason
	}
	return ReasonNone
}

// refusal is the error of a request that would be refused again.
func (c *Client) refusal(status int, text []byte, call call) error {
	said := messageOf(text)
	reason := reasonFor(status, strings.ToLower(string(text)), call.formatted)
	return &gym.Error{
		Code: gym.CodeNotAvailable, Err: refused{reason, status},
		Msg: fmt.Sprintf("%s; it says (%d): %s", c.advice(reason), status, c.quoted(said)),
	}
}

func reasonFor(status int, text string, formatted bool) Reason {
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(text, w) {
				return true
			}
		}
		return false
	}
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return ReasonKey
	case has("exceed_context", "context_length", "context length", "context size", "maximum context"):
		return ReasonContext
	case formatted && has("response_format", "json_schema", "json_object", "schema", "grammar"):
		return ReasonFormat
	case has("model") && (status == http.StatusNotFound || has("not found", "not exist", "unknown", "no such", "not supported")):
		return ReasonModel
	}
	return ReasonOther
}

// advice says which setting to change.
func (c *Client) advice(r Reason) string {
	n := c.o.Names
	switch r {
	case ReasonKey:
		return "the endpoint refuses the key: correct " + n.Key
	case ReasonModel:
		return fmt.Sprintf("the endpoint has no model %q: correct %s", c.o.Model, n.Model)
	case ReasonFormat:
		return "the endpoint does not take the format of the answer: change " + n.Format
	case ReasonContext:
		return "the request has more tokens than the endpoint takes: set " + n.Context + " to its context"
	}
	return "the endpoint refuses the request: see whether " + n.URL + " is right"
}

// messageOf is what an error's body says, in whichever of the usual shapes.
func messageOf(text []byte) string {
	var shape struct {
		Error   jsontext.Value `json:"error"`
		Message string         `json:"message"`
		Detail  jsontext.Value `json:"detail"`
	}
	if json.Unmarshal(text, &shape) != nil {
		return strings.TrimSpace(string(text))
	}
	var inner struct {
		Message string `json:"message"`
	}
	var plain string
	switch {
	case json.Unmarshal(shape.Error, &inner) == nil && inner.Message != "":
		return inner.Message
	case json.Unmarshal(shape.Error, &plain) == nil && plain != "":
		return plain
	case shape.Message != "":
		return shape.Message
	case json.Unmarshal(shape.Detail, &plain) == nil && plain != "":
		return plain
	}
	return strings.TrimSpace(string(text))
}

// quoted is what an endpoint said, fit for a message: short, and without the key.
func (c *Client) quoted(s string) string {
	const most = 200 // characters
	s = strings.ToValidUTF8(c.mask(s), "")
	if runes := []rune(s); len(runes) > most {
		s = string(runes[:most]) + "…"
	}
	return s
}

// mask cuts the key out: an endpoint may echo it.
func (c *Client) mask(s string) string {
	if c.o.Key == "" {
		return s
	}
	return strings.ReplaceAll(s, c.o.Key, "(key)")
}

// masked is an error without the key, in its message and in its cause.
func (c *Client) masked(err error) error {
	var e *gym.Error
	if err == nil || !errors.As(err, &e) || c.mask(err.Error()) == err.Error() {
		return err
	}
	m := &gym.Error{Code: e.Code, Msg: c.mask(e.Msg)}
	if e.Err != nil {
		m.Err = masked{c.mask(e.Err.Error()), e.Err}
	}
	return m
}

// masked tells of a cause in other words; it is still found by errors.As.
type masked struct {
	text  string
	cause error
}

func (m masked) Error() string { return m.text }
func (m masked) Unwrap() error { return m.cause }
