package wire_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/wire"
)

var update = flag.Bool("update", false, "write the msgpack column of the vectors anew")

const vectorDir = "../../fixtures/wire"

// vector is one message in both encodings; see fixtures/wire/README.md.
type vector struct {
	Name    string          `json:"name"`
	JSON    json.RawMessage `json:"json"`
	Msgpack string          `json:"msgpack"`
	// Lenient: another encoding of the message, which decodes but is not written.
	Lenient bool `json:"lenient,omitempty"`
}

// badVector is a frame that is refused.
type badVector struct {
	Name    string   `json:"name"`
	JSON    *string  `json:"json,omitempty"`
	Msgpack *string  `json:"msgpack,omitempty"`
	ID      int64    `json:"id"`
	Session string   `json:"session,omitempty"`
	Code    gym.Code `json:"code"`
	Message string   `json:"message"`
}

func readVectors[V any](t *testing.T, file string) []V {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(vectorDir, file))
	if err != nil {
		t.Fatal(err)
	}
	var vs []V
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&vs); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return vs
}

func writeVectors(t *testing.T, file string, vs []vector) {
	t.Helper()
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(vs); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(vectorDir, file), out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// message is how one type of message is decoded and encoded.
type message[M any] struct {
	decode func(c *wire.Codec, frame []byte) (M, error)
	encode func(c *wire.Codec, m M) ([]byte, error)
}

func checkVectors[M any](t *testing.T, file string, m message[M]) {
	codecs := wire.NewCodecs()
	vs := readVectors[vector](t, file)
	for i := range vs {
		v := &vs[i]
		t.Run(v.Name, func(t *testing.T) {
			fromJSON, err := m.decode(codecs.JSON, v.JSON)
			if err != nil {
				t.Fatalf("JSON: %v", err)
			}
			packed, err := m.encode(codecs.Msgpack, fromJSON)
			if err != nil {
				t.Fatalf("encode msgpack: %v", err)
			}
			if *update && !v.Lenient {
				v.Msgpack = hex.EncodeToString(packed)
			}
			frame, err := hex.DecodeString(v.Msgpack)
			if err != nil {
				t.Fatal(err)
			}
			fromMsgpack, err := m.decode(codecs.Msgpack, frame)
			if err != nil {
				t.Fatalf("msgpack: %v", err)
			}
			if d := cmp.Diff(fromJSON, fromMsgpack); d != "" {
				t.Errorf("the encodings differ (-json +msgpack):\n%s", d)
			}
			if !v.Lenient && !bytes.Equal(packed, frame) {
				t.Errorf("msgpack is %x, want %x", packed, frame)
			}
			text, err := m.encode(codecs.JSON, fromMsgpack)
			if err != nil {
				t.Fatalf("encode JSON: %v", err)
			}
			if d := cmp.Diff(anyOf(t, v.JSON), anyOf(t, text)); d != "" && !v.Lenient {
				t.Errorf("JSON (-want +got):\n%s", d)
			}
		})
	}
	if *update {
		writeVectors(t, file, vs)
	}
}

func anyOf(t *testing.T, b []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatalf("%v in %s", err, b)
	}
	return v
}

func TestRequestVectors(t *testing.T) {
	checkVectors(t, "requests.json", message[wire.Request]{
		decode: func(c *wire.Codec, f []byte) (q wire.Request, err error) { return q, c.DecodeRequest(f, &q) },
		encode: func(c *wire.Codec, q wire.Request) ([]byte, error) { return c.AppendRequest(nil, &q) },
	})
}

func TestReplyVectors(t *testing.T) {
	checkVectors(t, "replies.json", message[wire.Reply]{
		decode: func(c *wire.Codec, f []byte) (r wire.Reply, err error) { return r, c.DecodeReply(f, &r) },
		encode: func(c *wire.Codec, r wire.Reply) ([]byte, error) { return c.AppendReply(nil, &r) },
	})
}

func TestHelloVectors(t *testing.T) {
	checkVectors(t, "hello.json", message[wire.Hello]{
		decode: func(c *wire.Codec, f []byte) (wire.Hello, error) { return c.DecodeHello(f) },
		encode: func(c *wire.Codec, h wire.Hello) ([]byte, error) { return c.AppendHello(nil, h) },
	})
}

func TestBadVectors(t *testing.T) {
	codecs := wire.NewCodecs()
	for _, v := range readVectors[badVector](t, "bad.json") {
		t.Run(v.Name, func(t *testing.T) {
			if v.JSON == nil && v.Msgpack == nil {
				t.Fatal("a vector without a frame")
			}
			if v.JSON != nil {
				checkBad(t, codecs.JSON, []byte(*v.JSON), v)
			}
			if v.Msgpack != nil {
				frame, err := hex.DecodeString(*v.Msgpack)
				if err != nil {
					t.Fatal(err)
				}
				checkBad(t, codecs.Msgpack, frame, v)
			}
		})
	}
}

func checkBad(t *testing.T, c *wire.Codec, frame []byte, v badVector) {
	t.Helper()
	var q wire.Request
	err := c.DecodeRequest(frame, &q)
	if err == nil {
		for _, m := range q.Requests {
			if m.Fault != nil {
				err, q.ID, q.Session = m.Fault, m.ID, m.Session
			}
		}
	}
	if gym.CodeOf(err) != v.Code {
		t.Fatalf("%s: error %v, want %s", c.Subprotocol, err, v.Code)
	}
	if msg := gym.AsError(err).Msg; !strings.Contains(msg, v.Message) {
		t.Errorf("%s: message %q, want %q in it", c.Subprotocol, msg, v.Message)
	}
	if q.ID != v.ID || q.Session != v.Session {
		t.Errorf("%s: id %d session %q, want %d %q", c.Subprotocol, q.ID, q.Session, v.ID, v.Session)
	}
}
