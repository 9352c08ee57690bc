package episode

import (
	"bytes"
	"errors"
	"fmt"
	"io"

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

func newStepRecord(s Step, encoded []byte) stepRecord {
	return stepRecord{
		Index: s.Index, Request: s.Request, Digest: s.Digest, Action: s.Action,
		Reward: s.Timestep.Reward, Micros: s.Micros, Timestep: encoded,
	}
}

// EncodeMsgpack writes what the tags say, without a look at the type for every step.
func (s stepRecord) EncodeMsgpack(enc *msgpack.Encoder) error {
	fields := 2
	for _, given := range []bool{s.Request != 0, len(s.Digest) > 0, s.Action != "", s.Reward != 0, s.Micros != 0} {
		if given {
			fields++
		}
	}
	err := errors.Join(enc.EncodeMapLen(fields), enc.EncodeString("index"), enc.EncodeInt(int64(s.Index)))
	if s.Request != 0 {
		err = errors.Join(err, enc.EncodeString("request"), enc.EncodeInt(s.Request))
	}
	if len(s.Digest) > 0 {
		err = errors.Join(err, enc.EncodeString("digest"), enc.EncodeBytes(s.Digest))
	}
	if s.Action != "" {
		err = errors.Join(err, enc.EncodeString("action"), enc.EncodeString(string(s.Action)))
	}
	if s.Reward != 0 {
		err = errors.Join(err, enc.EncodeString("reward"), enc.EncodeFloat64(s.Reward))
	}
	if s.Micros != 0 {
		err = errors.Join(err, enc.EncodeString("micros"), enc.EncodeInt(s.Micros))
	}
	return errors.Join(err, enc.EncodeString("timestep"), s.Timestep.EncodeMsgpack(enc))
}

// appendPayload appends v as MessagePack to b.
func appendPayload(b []byte, v any) ([]byte, error) {
	out := bytes.NewBuffer(b)
	enc := msgpack.GetEncoder()
	defer msgpack.PutEncoder(enc)
	enc.Reset(out)
	enc.SetCustomStructTag("json")
	enc.SetSortMapKeys(true)
	enc.UseCompactInts(true)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("episode: encode %T: %w", v, err)
	}
	return out.Bytes(), nil
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
