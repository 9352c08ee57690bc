package wire_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/wire"
)

// seeds gives a fuzz target every frame of the vectors.
func seeds(f *testing.F, files []string, text bool) {
	f.Helper()
	for _, file := range files {
		b, err := os.ReadFile(filepath.Join(vectorDir, file))
		if err != nil {
			f.Fatal(err)
		}
		var vs []map[string]any
		if err := json.Unmarshal(b, &vs); err != nil {
			f.Fatal(err)
		}
		for _, v := range vs {
			addSeed(f, v, text)
		}
	}
}

func addSeed(f *testing.F, v map[string]any, text bool) {
	packed, _ := v["msgpack"].(string)
	frame, err := hex.DecodeString(packed)
	if err != nil {
		f.Fatal(err)
	}
	if !text {
		f.Add(frame)
		return
	}
	if s, ok := v["json"].(string); ok {
		f.Add([]byte(s))
		return
	}
	b, err := json.Marshal(v["json"])
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
}

func FuzzRequestMsgpack(f *testing.F) {
	seeds(f, []string{"requests.json", "bad.json"}, false)
	codec := wire.NewCodecs().Msgpack
	f.Fuzz(func(t *testing.T, frame []byte) { fuzzRequest(t, codec, frame) })
}

func FuzzRequestJSON(f *testing.F) {
	seeds(f, []string{"requests.json", "bad.json"}, true)
	codec := wire.NewCodecs().JSON
	f.Fuzz(func(t *testing.T, frame []byte) { fuzzRequest(t, codec, frame) })
}

// fuzzRequest holds that a request that is taken is written and read again as it was,
// and that a refusal has one of the codes for it.
func fuzzRequest(t *testing.T, c *wire.Codec, frame []byte) {
	var q, again wire.Request
	if err := c.DecodeRequest(frame, &q); err != nil {
		if code := gym.CodeOf(err); code != gym.CodeInvalidRequest && code != gym.CodeUnknownOperation {
			t.Errorf("refused with %v", err)
		}
		return
	}
	for _, m := range q.Requests {
		if m.Fault != nil {
			return
		}
	}
	out, err := c.AppendRequest(nil, &q)
	if err != nil {
		t.Fatalf("%+v was read but cannot be written: %v", q, err)
	}
	if err := c.DecodeRequest(out, &again); err != nil {
		t.Fatalf("%q was written but is refused: %v", out, err)
	}
	if d := cmp.Diff(q, again); d != "" {
		t.Errorf("changed on the way (-read +again):\n%s", d)
	}
	if q.Digest() != again.Digest() {
		t.Error("the digest changed")
	}
}

func FuzzReplyMsgpack(f *testing.F) {
	seeds(f, []string{"replies.json"}, false)
	codec := wire.NewCodecs().Msgpack
	f.Fuzz(func(t *testing.T, frame []byte) { fuzzReply(t, codec, frame) })
}

func FuzzReplyJSON(f *testing.F) {
	seeds(f, []string{"replies.json"}, true)
	codec := wire.NewCodecs().JSON
	f.Fuzz(func(t *testing.T, frame []byte) { fuzzReply(t, codec, frame) })
}

// fuzzReply holds that a timestep that is read is written and read again as it was.
func fuzzReply(t *testing.T, c *wire.Codec, frame []byte) {
	var r wire.Reply
	if c.DecodeReply(frame, &r) != nil || r.Timestep == nil {
		return
	}
	msgpack := wire.NewCodecs().Msgpack
	out, err := msgpack.AppendTimestep(nil, r.Timestep)
	if err != nil {
		t.Fatalf("%+v was read but cannot be written: %v", r.Timestep, err)
	}
	again, err := wire.DecodeTimestep(out)
	if err != nil {
		t.Fatalf("%x was written but is refused: %v", out, err)
	}
	repeated, err := msgpack.AppendTimestep(nil, &again)
	if err != nil || !bytes.Equal(out, repeated) {
		t.Errorf("changed on the way: %x, then %x (%v)", out, repeated, err)
	}
}
