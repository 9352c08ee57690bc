package openenv

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
)

// decoders are for many goroutines, and are used for one object at a time.
var decoders = sync.Pool{New: func() any { return &decoder{dec: jsontext.NewDecoder(new(bytes.Buffer))} }}

// decoder takes a JSON object apart.
type decoder struct {
	src bytes.Buffer
	dec *jsontext.Decoder
}

// object calls member for each member of the object that b is, with the value as it is
// written, and answers the first failure. A member that is null is left out. The values are
// parts of b.
func object(b []byte, what string, member func(name string, value []byte) error) error {
	d := decoders.Get().(*decoder)
	defer decoders.Put(d)
	d.src = *bytes.NewBuffer(b)
	d.dec.Reset(&d.src)
	if d.dec.PeekKind() != '{' {
		return notObject(d.dec, what)
	}
	d.dec.ReadToken()
	for d.dec.PeekKind() == '"' {
		name, err := d.dec.ReadValue()
		if err != nil {
			return malformed()
		}
		key, err := unquoted(name)
		if err != nil {
			return malformed()
		}
		value, err := d.dec.ReadValue()
		if err != nil {
			return malformed()
		}
		end := int(d.dec.InputOffset())
		if value.Kind() == 'n' {
			continue
		}
		if err := member(key, b[end-len(value):end]); err != nil {
			return err
		}
	}
	return finish(d.dec)
}

// finish reads the end of the object, after which there must be nothing.
func finish(dec *jsontext.Decoder) error {
	if t, err := dec.ReadToken(); err != nil || t.Kind() != '}' {
		return malformed()
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return malformed()
	}
	return nil
}

// notObject tells text that is no JSON from JSON that is no object.
func notObject(dec *jsontext.Decoder, what string) error {
	if err := dec.SkipValue(); err != nil {
		return malformed()
	}
	return wrong("%s must be an object", []any{what})
}

func malformed() error {
	f := wrong("this is not JSON, or is cut short, or has a name twice", nil)
	f.code = invalidJSON
	return f
}

// unquoted reads a name; those of a step need no string of their own.
func unquoted(name []byte) (string, error) {
	switch string(name) {
	case `"type"`:
		return "type", nil
	case `"data"`:
		return "data", nil
	case `"action"`:
		return "action", nil
	}
	b, err := jsontext.AppendUnquote(nil, name)
	return string(b), err
}

// text reads a string.
func text(field string, v []byte) (string, error) {
	if v[0] != '"' {
		return "", mustBe(field, "a string")
	}
	if bytes.IndexByte(v, '\\') < 0 {
		return string(v[1 : len(v)-1]), nil
	}
	b, err := jsontext.AppendUnquote(nil, v)
	if err != nil {
		return "", malformed()
	}
	return string(b), nil
}

// integer reads a whole number from 0 to most.
func integer(field string, v []byte, most int64) (*int64, error) {
	n, err := strconv.ParseInt(string(v), 10, 64)
	if err != nil || n < 0 || n > most {
		return nil, mustBe(field, "a whole number from 0 to "+strconv.FormatInt(most, 10))
	}
	return &n, nil
}

func boolean(field string, v []byte) (bool, error) {
	if v[0] != 't' && v[0] != 'f' {
		return false, mustBe(field, "true or false")
	}
	return v[0] == 't', nil
}
