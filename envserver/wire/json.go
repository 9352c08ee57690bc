package wire

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

var errJSON = errors.New("it is not JSON, or is cut short")

// jsonReader is a reader over one JSON frame.
type jsonReader struct {
	src     bytes.Buffer
	dec     *jsontext.Decoder
	unquote []byte
	err     error
}

func newJSONReader() *jsonReader {
	return &jsonReader{dec: jsontext.NewDecoder(new(bytes.Buffer))}
}

func (r *jsonReader) reset(data []byte) {
	r.src = *bytes.NewBuffer(data)
	// Names given twice are found by whoever reads the map, who can name them.
	r.dec.Reset(&r.src, jsontext.AllowDuplicateNames(true))
	r.err = nil
}

func (r *jsonReader) fail(err error) {
	if r.err == nil && err != nil {
		r.err = errJSON
	}
}

func (r *jsonReader) fault() error { return r.err }

func (r *jsonReader) finish() error {
	if r.err != nil {
		return r.err
	}
	if _, err := r.dec.ReadToken(); !errors.Is(err, io.EOF) {
		return errTrailing
	}
	return nil
}

func (r *jsonReader) kind() kind {
	if r.err != nil {
		return kindNone
	}
	if r.dec.StackDepth() > maxDepth {
		r.err = errDeep
		return kindNone
	}
	switch r.dec.PeekKind() {
	case 'n':
		return kindNull
	case 't', 'f':
		return kindBool
	case '0':
		return kindNumber
	case '"':
		return kindString
	case '[':
		return kindList
	case '{':
		return kindMap
	}
	return kindNone
}

// scalar reads a value of kind k as it is written.
func (r *jsonReader) scalar(k kind) (jsontext.Value, bool) {
	if r.kind() != k {
		r.skip()
		return nil, false
	}
	v, err := r.dec.ReadValue()
	r.fail(err)
	return v, err == nil
}

func (r *jsonReader) integer() (int64, bool) {
	v, ok := r.scalar(kindNumber)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseInt(string(v), 10, 64)
	return n, err == nil
}

func (r *jsonReader) number() (float64, bool) {
	v, ok := r.scalar(kindNumber)
	if !ok {
		return 0, false
	}
	f, err := strconv.ParseFloat(string(v), 64)
	return f, err == nil
}

func (r *jsonReader) numeral() (n int64, f float64, integral bool) {
	v, ok := r.scalar(kindNumber)
	if !ok {
		return 0, 0, false
	}
	if n, err := strconv.ParseInt(string(v), 10, 64); err == nil {
		return n, 0, true
	}
	f, err := strconv.ParseFloat(string(v), 64)
	r.fail(err)
	return 0, f, false
}

func (r *jsonReader) boolean() (bool, bool) {
	v, ok := r.scalar(kindBool)
	return len(v) == len("true"), ok
}

func (r *jsonReader) text() ([]byte, bool) {
	v, ok := r.scalar(kindString)
	if !ok {
		return nil, false
	}
	if bytes.IndexByte(v, '\\') < 0 {
		return v[1 : len(v)-1], true
	}
	b, err := jsontext.AppendUnquote(r.unquote[:0], v)
	r.unquote = b
	r.fail(err)
	return b, err == nil
}

func (r *jsonReader) blob() ([]byte, bool) {
	b, ok := r.text()
	if !ok {
		return nil, false
	}
	out, err := base64.StdEncoding.DecodeString(string(b))
	return out, err == nil
}

func (r *jsonReader) open() int {
	_, err := r.dec.ReadToken()
	r.fail(err)
	return 0
}

func (r *jsonReader) more(int) (int, bool) {
	if r.err != nil {
		return 0, false
	}
	switch k := r.dec.PeekKind(); k {
	case ']', '}':
		_, err := r.dec.ReadToken()
		r.fail(err)
		return 0, false
	case 0:
		r.err = errJSON
		return 0, false
	}
	return 0, true
}

func (r *jsonReader) skip() {
	if r.err == nil {
		r.fail(r.dec.SkipValue())
	}
}

func (r *jsonReader) value(into any) {
	if r.err == nil {
		r.fail(json.UnmarshalDecode(r.dec, into))
	}
}
