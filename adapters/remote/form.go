package remote

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"dreamgym/envserver/gym"
)

const (
	maxSchema    = 1 << 20 // bytes
	kindString   = kind("string")
	metadataName = "metadata"
)

// form is how the server takes actions.
type form struct {
	field string // that an action goes into; "": an action is a JSON object
	kind  kind   // of that field
}

// schema is what is read of a JSON Schema of actions.
type schema struct {
	Properties map[string]struct {
		Type kind `json:"type"`
	} `json:"properties"`
	Required []string `json:"required"`
}

// kind is a type in JSON Schema's words; "" where the schema does not say which, or says it
// in a way that is not read here, such as anyOf.
type kind string

// UnmarshalJSON reads a type, or a list of types: null beside one of them leaves that one.
func (k *kind) UnmarshalJSON(data []byte) error {
	var types []string
	if json.Unmarshal(data, &types) != nil {
		return json.Unmarshal(data, (*string)(k))
	}
	types = slices.DeleteFunc(types, func(t string) bool { return t == "null" })
	if len(types) == 1 {
		*k = kind(types[0])
	}
	return nil
}

// ask asks the server for the schema of its actions.
func (s *server) ask(ctx context.Context) (*form, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.address("/schema", false), nil)
	if err != nil {
		return nil, s.unavailable("its address is wrong", err)
	}
	request.Close = true // it is asked once
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, s.unavailable("no server answers at its address", err)
	}
	defer answer.Body.Close()
	var told struct {
		Action *schema `json:"action"`
	}
	if answer.StatusCode == http.StatusOK {
		err = json.NewDecoder(io.LimitReader(answer.Body, maxSchema)).Decode(&told)
	} else {
		err = fmt.Errorf("GET /schema: %s", answer.Status)
	}
	switch {
	case s.Action != "":
		f := &form{field: s.Action, kind: kindString}
		if told.Action != nil && told.Action.Properties[s.Action].Type != "" {
			f.kind = told.Action.Properties[s.Action].Type
		}
		return f, nil
	case err != nil || told.Action == nil:
		return nil, s.unavailable("its server tells no schema of its actions; name the field that they go into as action", err)
	}
	return told.Action.form(), nil
}

func (s *server) unavailable(why string, cause error) error {
	return &gym.Error{Code: gym.CodeNotAvailable, Msg: s.spec.ID + ": " + why, Err: cause}
}

// form takes the only required field, or where none is required the only one.
func (s *schema) form() *form {
	required := s.Required
	if len(required) == 0 {
		for name := range s.Properties {
			if name != metadataName {
				required = append(required, name)
			}
		}
	}
	if len(required) != 1 {
		return &form{}
	}
	return &form{field: required[0], kind: s.Properties[required[0]].Type}
}

// action is what is sent for an action: its text in the only field, JSON there where the
// field is no text or may be another type, or a JSON object of all fields.
func (f *form) action(a gym.Action) (any, error) {
	text := map[string]any{f.field: string(a)}
	if f.field != "" && f.kind == kindString {
		return text, nil
	}
	d := json.NewDecoder(strings.NewReader(string(a)))
	d.UseNumber()
	var v any
	switch err := d.Decode(&v); {
	case err == nil && !d.More():
	case f.field != "" && f.kind == "":
		return text, nil
	default:
		return nil, f.unreadable()
	}
	if whole, ok := v.(map[string]any); ok && (f.field == "" || f.kind != "object") {
		return whole, nil
	}
	if f.field == "" {
		return nil, f.unreadable()
	}
	return map[string]any{f.field: v}, nil
}

func (f *form) unreadable() error {
	if f.field == "" {
		return gym.Errorf(gym.CodeInvalidAction, "an action is a JSON object with the fields that the remote environment's schema names")
	}
	return gym.Errorf(gym.CodeInvalidAction, "an action is JSON that fits the field %s, of type %s", f.field, f.kind)
}
