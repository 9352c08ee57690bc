package wire

import (
	"bytes"
	"encoding/base64"
	"errors"
	"math"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"
	"github.com/vmihailenco/msgpack/v5"
)

var errNotFinite = errors.New("wire: a number is not finite")

// writer puts values out. A map is announced with its number of entries, each a text
// and a value, and closed with end; so is a list. The first fault is kept.
type writer interface {
	mapOf(n int)
	endMap()
	listOf(n int)
	endList()
	text(s string)
	integer(n int64)
	number(f float64)
	boolean(b bool)
	null()
	blob(b []byte)
	// encoded puts out a value that is MessagePack already.
	encoded(msgpack []byte)
	// raw puts out a value in the writer's own encoding.
	raw(b []byte)
	// value puts out a structure by its json tags, maps in order of their keys.
	value(v any)
	fault() error
}

// msgpackWriter writes MessagePack.
type msgpackWriter struct {
	buf bytes.Buffer
	enc *msgpack.Encoder
	err error
}

func newMsgpackWriter() *msgpackWriter {
	w := new(msgpackWriter)
	w.enc = msgpack.NewEncoder(&w.buf)
	return w
}

func (w *msgpackWriter) reset() {
	w.buf.Reset()
	w.err = nil
	w.enc.Reset(&w.buf)
	w.enc.SetCustomStructTag("json")
	w.enc.SetSortMapKeys(true)
	w.enc.UseCompactInts(true)
}

func (w *msgpackWriter) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

func (w *msgpackWriter) bytes() []byte    { return w.buf.Bytes() }
func (w *msgpackWriter) fault() error     { return w.err }
func (w *msgpackWriter) mapOf(n int)      { w.fail(w.enc.EncodeMapLen(n)) }
func (w *msgpackWriter) endMap()          {}
func (w *msgpackWriter) listOf(n int)     { w.fail(w.enc.EncodeArrayLen(n)) }
func (w *msgpackWriter) endList()         {}
func (w *msgpackWriter) text(s string)    { w.fail(w.enc.EncodeString(s)) }
func (w *msgpackWriter) integer(n int64)  { w.fail(w.enc.EncodeInt(n)) }
func (w *msgpackWriter) boolean(b bool)   { w.fail(w.enc.EncodeBool(b)) }
func (w *msgpackWriter) null()            { w.fail(w.enc.EncodeNil()) }
func (w *msgpackWriter) blob(b []byte)    { w.fail(w.enc.EncodeBytes(b)) }
func (w *msgpackWriter) encoded(b []byte) { w.buf.Write(b) }
func (w *msgpackWriter) raw(b []byte)     { w.buf.Write(b) }
func (w *msgpackWriter) value(v any)      { w.fail(w.enc.Encode(v)) }

func (w *msgpackWriter) number(f float64) {
	if !finite(f) {
		w.fail(errNotFinite)
	}
	w.fail(w.enc.EncodeFloat64(f))
}

// jsonWriter writes JSON.
type jsonWriter struct {
	buf bytes.Buffer
	enc *jsontext.Encoder
	err error
}

func newJSONWriter() *jsonWriter {
	return &jsonWriter{enc: jsontext.NewEncoder(new(bytes.Buffer))}
}

func (w *jsonWriter) reset() {
	w.buf.Reset()
	w.err = nil
	w.enc.Reset(&w.buf, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

func (w *jsonWriter) put(t jsontext.Token) { w.fail(w.enc.WriteToken(t)) }

func (w *jsonWriter) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

// bytes leaves out the line end that the library closes a value with.
func (w *jsonWriter) bytes() []byte { return bytes.TrimSuffix(w.buf.Bytes(), []byte("\n")) }

func (w *jsonWriter) fault() error    { return w.err }
func (w *jsonWriter) mapOf(int)       { w.put(jsontext.BeginObject) }
func (w *jsonWriter) endMap()         { w.put(jsontext.EndObject) }
func (w *jsonWriter) listOf(int)      { w.put(jsontext.BeginArray) }
func (w *jsonWriter) endList()        { w.put(jsontext.EndArray) }
func (w *jsonWriter) text(s string)   { w.put(jsontext.String(s)) }
func (w *jsonWriter) integer(n int64) { w.put(jsontext.Int(n)) }
func (w *jsonWriter) boolean(b bool)  { w.put(jsontext.Bool(b)) }
func (w *jsonWriter) null()           { w.put(jsontext.Null) }
func (w *jsonWriter) raw(b []byte)    { w.fail(w.enc.WriteValue(b)) }
func (w *jsonWriter) blob(b []byte)   { w.text(base64.StdEncoding.EncodeToString(b)) }

func (w *jsonWriter) value(v any) {
	w.fail(json.MarshalEncode(w.enc, v, json.Deterministic(true), jsonv1.OmitEmptyWithLegacySemantics(true)))
}

func (w *jsonWriter) number(f float64) {
	if !finite(f) {
		w.fail(errNotFinite)
		f = 0
	}
	w.put(jsontext.Float(f))
}

func (w *jsonWriter) encoded(b []byte) {
	ts, err := DecodeTimestep(b)
	w.fail(err)
	writeTimestep(w, &ts)
}

func finite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }
