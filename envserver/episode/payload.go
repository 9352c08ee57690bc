package episode

import (
	"bytes"
	"fmt"
	"io"
	"sync"

	"github.com/vmihailenco/msgpack/v5"

	"dreamgym/envserver/gym"
)

// Ending is an End as it is recorded, with what the whole episode came to.
type Ending struct {
	End
	Steps  int     `json:"steps"` // timesteps, the reset's included
	Return float64 `json:"return"`
	First  Place   `json:"first"` // where the episode's header is
}

// stepRecord is a Step as it is recorded: the timestep stays as it was encoded.
type stepRecord struct {
	Index    int                `json:"index"`
	Request  int64              `json:"request,omitempty"`
	Digest   []byte             `json:"digest,omitempty"`
	Action   gym.Action         `json:"action,omitempty"`
	Reward   float64            `json:"reward,omitempty"`
	Micros   int64              `json:"micros,omitempty"`
	Timestep msgpack.RawMessage `json:"timestep"`
}

// set fills the record in its place. It is large, and the stack that a step is carried out on
// is one that every connection keeps.
func (r *stepRecord) set(s *Step, encoded []byte) {
	r.Index, r.Request, r.Digest, r.Action = s.Index, s.Request, s.Digest, s.Action
	r.Reward, r.Micros, r.Timestep = s.Timestep.Reward, s.Micros, encoded
}

// EncodeMsgpack writes what the tags say, without a look at the type for every step.
func (s *stepRecord) EncodeMsgpack(enc *msgpack.Encoder) error {
	fields := 2
	for _, given := range [...]bool{s.Request != 0, len(s.Digest) > 0, s.Action != "", s.Reward != 0, s.Micros != 0} {
		if given {
			fields++
		}
	}
	w := memberWriter{enc: enc, err: enc.EncodeMapLen(fields)}
	w.integer("index", int64(s.Index))
	if s.Request != 0 {
		w.integer("request", s.Request)
	}
	if len(s.Digest) > 0 && w.key("digest") {
		w.err = enc.EncodeBytes(s.Digest)
	}
	if s.Action != "" && w.key("action") {
		w.err = enc.EncodeString(string(s.Action))
	}
	if s.Reward != 0 && w.key("reward") {
		w.err = enc.EncodeFloat64(s.Reward)
	}
	if s.Micros != 0 {
		w.integer("micros", s.Micros)
	}
	if w.key("timestep") {
		w.err = s.Timestep.EncodeMsgpack(enc)
	}
	return w.err
}

// memberWriter writes the members of a map, up to the first failure.
type memberWriter struct {
	enc *msgpack.Encoder
	err error
}

// key writes a member's name; false: its value is not to be written.
func (w *memberWriter) key(name string) bool {
	if w.err == nil {
		w.err = w.enc.EncodeString(name)
	}
	return w.err == nil
}

func (w *memberWriter) integer(name string, n int64) {
	if w.key(name) {
		w.err = w.enc.EncodeInt(n)
	}
}

// encoders are for one payload at a time.
var encoders = sync.Pool{New: func() any { return &encoder{enc: msgpack.NewEncoder(nil)} }}

type encoder struct {
	out bytes.Buffer
	enc *msgpack.Encoder
}

// appendPayload appends v as MessagePack to b.
func appendPayload(b []byte, v any) ([]byte, error) {
	e := encoders.Get().(*encoder)
	defer encoders.Put(e)
	e.out = *bytes.NewBuffer(b)
	e.enc.Reset(&e.out)
	e.enc.SetCustomStructTag("json")
	e.enc.SetSortMapKeys(true)
	e.enc.UseCompactInts(true)
	err := e.enc.Encode(v)
	b = e.out.Bytes()
	e.out = bytes.Buffer{}
	if err != nil {
		return nil, fmt.Errorf("episode: encode %T: %w", v, err)
	}
	return b, nil
}

// decodePayload reads exactly one value of the type that v points to.
func decodePayload(b []byte, v any) error {
	in := bytes.NewReader(b)
	dec := msgpack.GetDecoder()
	defer msgpack.PutDecoder(dec)
	dec.Reset(in)
	dec.SetCustomStructTag("json")
	dec.DisallowUnknownFields(true)
	if err := dec.Decode(v); err != nil {
		return fmt.Errorf("episode: decode %T: %w", v, err)
	}
	if _, err := in.ReadByte(); err != io.EOF {
		return fmt.Errorf("episode: decode %T: bytes are left over", v)
	}
	return nil
}
