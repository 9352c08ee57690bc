package wire

import (
	"bytes"
	"errors"
	"io"
	"math"

	"github.com/vmihailenco/msgpack/v5"
	"github.com/vmihailenco/msgpack/v5/msgpcode"
)

var (
	errShort    = errors.New("it is cut short")
	errTrailing = errors.New("bytes follow the message")
	errDeep     = errors.New("values nest too deep")
)

// msgpackReader is a reader over one MessagePack frame.
type msgpackReader struct {
	data  []byte
	src   bytes.Reader
	dec   *msgpack.Decoder
	depth int
	err   error
}

func newMsgpackReader() *msgpackReader {
	r := new(msgpackReader)
	r.dec = msgpack.NewDecoder(&r.src)
	return r
}

// reset gives the reader another frame. The library's state is made new where a frame
// before may have grown it.
func (r *msgpackReader) reset(data []byte) {
	r.data, r.depth, r.err = data, 0, nil
	r.src.Reset(data)
	r.dec.Reset(&r.src)
	r.dec.SetCustomStructTag("json")
}

func (r *msgpackReader) fail(err error) {
	if r.err != nil || err == nil {
		return
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errShort
	}
	r.err = err
	r.src.Reset(nil)
}

func (r *msgpackReader) fault() error { return r.err }

func (r *msgpackReader) finish() error {
	if r.err == nil && r.src.Len() > 0 {
		return errTrailing
	}
	return r.err
}

func (r *msgpackReader) code() byte {
	c, err := r.dec.PeekCode()
	if err != nil {
		r.fail(err)
		return 0xc1 // the one code that MessagePack never uses
	}
	return c
}

func (r *msgpackReader) kind() kind {
	switch c := r.code(); {
	case c == 0xc1:
		return kindNone
	case msgpcode.IsFixedNum(c), msgpcode.Float <= c && c <= msgpcode.Int64:
		return kindNumber
	case msgpcode.IsString(c):
		return kindString
	case msgpcode.IsFixedMap(c), c == msgpcode.Map16, c == msgpcode.Map32:
		return kindMap
	case msgpcode.IsFixedArray(c), c == msgpcode.Array16, c == msgpcode.Array32:
		return kindList
	case c == msgpcode.Nil:
		return kindNull
	case c == msgpcode.False, c == msgpcode.True:
		return kindBool
	case msgpcode.IsBin(c):
		return kindBytes
	}
	return kindOther
}

// want skips a value that is of another kind.
func (r *msgpackReader) want(k kind) bool {
	if r.kind() == k {
		return true
	}
	r.skip()
	return false
}

func (r *msgpackReader) integer() (int64, bool) {
	c := r.code()
	if !r.want(kindNumber) || c == msgpcode.Float || c == msgpcode.Double {
		if r.err == nil && (c == msgpcode.Float || c == msgpcode.Double) {
			r.skip()
		}
		return 0, false
	}
	if c == msgpcode.Uint64 {
		n, err := r.dec.DecodeUint64()
		r.fail(err)
		return int64(n), err == nil && n <= math.MaxInt64
	}
	n, err := r.dec.DecodeInt64()
	r.fail(err)
	return n, err == nil
}

func (r *msgpackReader) number() (float64, bool) {
	if !r.want(kindNumber) {
		return 0, false
	}
	f, err := r.dec.DecodeFloat64()
	r.fail(err)
	return f, err == nil
}

func (r *msgpackReader) numeral() (n int64, f float64, integral bool) {
	if c := r.code(); c == msgpcode.Float || c == msgpcode.Double {
		f, _ = r.number()
		return 0, f, false
	}
	n, integral = r.integer()
	return n, float64(n), integral
}

func (r *msgpackReader) boolean() (bool, bool) {
	if !r.want(kindBool) {
		return false, false
	}
	b, err := r.dec.DecodeBool()
	r.fail(err)
	return b, err == nil
}

func (r *msgpackReader) text() ([]byte, bool) { return r.bytes(kindString) }

func (r *msgpackReader) blob() ([]byte, bool) {
	b, ok := r.bytes(kindBytes)
	return bytes.Clone(b), ok
}

// bytes answers a part of the frame.
func (r *msgpackReader) bytes(k kind) ([]byte, bool) {
	if !r.want(k) {
		return nil, false
	}
	n, err := r.dec.DecodeBytesLen()
	r.fail(err)
	return r.take(n)
}

// take answers the next n bytes of the frame.
func (r *msgpackReader) take(n int) ([]byte, bool) {
	left := r.src.Len()
	if n < 0 || n > left {
		r.fail(errShort)
	}
	if r.err != nil {
		return nil, false
	}
	at := len(r.data) - left
	_, err := r.src.Seek(int64(n), io.SeekCurrent)
	r.fail(err)
	return r.data[at : at+n], err == nil
}

func (r *msgpackReader) open() int {
	if r.depth++; r.depth > maxDepth {
		r.fail(errDeep)
		return 0
	}
	var n int
	var err error
	if r.kind() == kindMap {
		n, err = r.dec.DecodeMapLen()
	} else {
		n, err = r.dec.DecodeArrayLen()
	}
	r.fail(err)
	return n
}

func (r *msgpackReader) more(left int) (int, bool) {
	if left <= 0 || r.err != nil {
		r.depth--
		return 0, false
	}
	return left - 1, true
}

func (r *msgpackReader) skip() {
	switch r.kind() {
	case kindNone:
		r.fail(errors.New("it has a byte that MessagePack does not use"))
	case kindList:
		for left, more := r.more(r.open()); more; left, more = r.more(left) {
			r.skip()
		}
	case kindMap:
		for left, more := r.more(r.open()); more; left, more = r.more(left) {
			r.skip()
			r.skip()
		}
	case kindString, kindBytes:
		n, err := r.dec.DecodeBytesLen()
		r.fail(err)
		r.take(n)
	default:
		r.skipPlain()
	}
}

// skipPlain skips what does not nest. An extension states its length.
func (r *msgpackReader) skipPlain() {
	if !msgpcode.IsExt(r.code()) {
		r.fail(r.dec.Skip())
		return
	}
	_, n, err := r.dec.DecodeExtHeader()
	r.fail(err)
	r.take(n)
}

// value first walks over the value, so that the library meets only what is whole and
// not too deep.
func (r *msgpackReader) value(into any) {
	from := len(r.data) - r.src.Len()
	r.skip()
	if r.err != nil {
		return
	}
	d := msgpack.NewDecoder(bytes.NewReader(r.data[from : len(r.data)-r.src.Len()]))
	d.SetCustomStructTag("json")
	r.fail(d.Decode(into))
}
