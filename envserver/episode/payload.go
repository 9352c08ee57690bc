package episode

import (
	"bytes"
	"fmt"
	"io"
	"math"

	"github.com/vmihailenco/msgpack/v5"

	"dreamgym/envserver/gym"
)

// Ending is an End as it is recorded, with what the whole episode came to.
type Ending struct {
	End
	Steps  int     `json:"steps"` // timesteps, the reset's included
	Return float64 `json:"return"`
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

func newStepRecord(s Step, encoded []byte) (stepRecord, error) {
	if encoded == nil {
		var err error
		if encoded, err = EncodeTimestep(s.Timestep); err != nil {
			return stepRecord{}, err
		}
	}
	return stepRecord{
		Index: s.Index, Request: s.Request, Digest: s.Digest, Action: s.Action,
		Reward: s.Timestep.Reward, Micros: s.Micros, Timestep: encoded,
	}, nil
}

func (r stepRecord) step() (Step, error) {
	ts, err := DecodeTimestep(r.Timestep)
	return Step{Index: r.Index, Request: r.Request, Digest: r.Digest, Action: r.Action, Timestep: ts, Micros: r.Micros}, err
}

// EncodeTimestep gives a timestep as MessagePack, as records hold it: a map with the
// field names of the protocol.
func EncodeTimestep(ts gym.Timestep) ([]byte, error) {
	return appendPayload(nil, ts)
}

// DecodeTimestep reads what EncodeTimestep or the wire wrote. Unknown fields are an
// error. Whole numbers within info and extra become int64, others float64.
func DecodeTimestep(b []byte) (gym.Timestep, error) {
	var ts gym.Timestep
	if err := decodePayload(b, &ts); err != nil {
		return gym.Timestep{}, err
	}
	for k, v := range ts.Info {
		ts.Info[k] = plain(v)
	}
	for k, v := range ts.Observation.Extra {
		ts.Observation.Extra[k] = plain(v)
	}
	return ts, nil
}

// plain gives numbers of every width one type, so that readers need not know how a
// writer packed them.
func plain(v any) any {
	switch v := v.(type) {
	case uint64:
		if v <= math.MaxInt64 {
			return int64(v)
		}
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = plain(v[k])
		}
	}
	return v
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
	dec.UseLooseInterfaceDecoding(true)
	if err := dec.Decode(v); err != nil {
		return fmt.Errorf("episode: decode %T: %w", v, err)
	}
	if _, err := in.ReadByte(); err != io.EOF {
		return fmt.Errorf("episode: decode %T: bytes are left over", v)
	}
	return nil
}
