package wire_test

import (
	"math"
	"strings"
	"testing"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/wire"
)

func TestValidSession(t *testing.T) {
	for s, want := range map[string]bool{
		"": false, "s": true, "AZaz09_.:-": true, "a b": false, "a/b": false, "a@b": false, "[": false, "{": false, "ä": false,
		strings.Repeat("x", 64): true, strings.Repeat("x", 65): false,
	} {
		if got := wire.ValidSession(s); got != want {
			t.Errorf("ValidSession(%q) = %t", s, got)
		}
	}
}

// TestDigest holds that the digest tells bodies apart, and nothing else.
func TestDigest(t *testing.T) {
	base := wire.Request{ID: 7, Op: wire.OpReset, Session: "s1", Task: "t", Seed: new(int64(1))}
	same := base
	same.ID, same.Session, same.Seed = 8, "s2", new(int64(1))
	if base.Digest() != same.Digest() {
		t.Error("id and session are not of the body")
	}
	for name, change := range map[string]func(q *wire.Request){
		"op":         func(q *wire.Request) { q.Op = wire.OpStep },
		"task":       func(q *wire.Request) { q.Task = "u" },
		"field":      func(q *wire.Request) { q.Task, q.Episode = "", "t" },
		"seed":       func(q *wire.Request) { *q.Seed = 2 },
		"no seed":    func(q *wire.Request) { q.Seed = nil },
		"seed 0":     func(q *wire.Request) { *q.Seed = 0 },
		"index":      func(q *wire.Request) { q.Index = new(int64(0)) },
		"evaluation": func(q *wire.Request) { q.Evaluation = true },
		"action":     func(q *wire.Request) { q.Action = "look" },
		"timeout":    func(q *wire.Request) { q.TimeoutMS = 1 },
	} {
		other := base
		other.Seed = new(int64(1))
		change(&other)
		if base.Digest() == other.Digest() {
			t.Errorf("another %s is the same digest", name)
		}
	}
}

// TestNotFinite holds that what JSON cannot hold is not written in either encoding.
func TestNotFinite(t *testing.T) {
	codecs := wire.NewCodecs()
	for _, c := range []*wire.Codec{codecs.Msgpack, codecs.JSON} {
		for _, ts := range []gym.Timestep{
			{Reward: math.NaN()},
			{Info: gym.Info{"x": math.Inf(1)}},
			{Observation: gym.Observation{Array: &gym.Array{DType: "float64", Data: []float64{math.NaN()}}}},
		} {
			if b, err := c.AppendTimestep(nil, &ts); err == nil {
				t.Errorf("%s: wrote %q", c.Subprotocol, b)
			}
		}
	}
}

// TestEncoded holds that a timestep that is encoded already makes the same reply.
func TestEncoded(t *testing.T) {
	codecs := wire.NewCodecs()
	ts := gym.Timestep{Observation: gym.Observation{Text: "a", Image: []byte{1}}, Info: gym.Info{"backend": "real", "n": 3, "f": 1.0}}
	encoded, err := codecs.Msgpack.AppendTimestep(nil, &ts)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []*wire.Codec{codecs.Msgpack, codecs.JSON} {
		plain, err := c.AppendReply(nil, &wire.Reply{ID: 1, Timestep: &ts})
		if err != nil {
			t.Fatal(err)
		}
		spliced, err := c.AppendReply(nil, &wire.Reply{ID: 1, Encoded: encoded})
		if err != nil {
			t.Fatal(err)
		}
		if string(plain) != string(spliced) {
			t.Errorf("%s: %q and %q", c.Subprotocol, plain, spliced)
		}
	}
}

// TestBatch holds that a batch's reply is that of its parts.
func TestBatch(t *testing.T) {
	codecs := wire.NewCodecs()
	replies := []wire.Reply{{ID: 1, Session: "a", Closed: true}, {ID: 1, Session: "b", Error: wire.ErrorOf(gym.Errorf(gym.CodeUnknownSession, "no"))}}
	for _, c := range []*wire.Codec{codecs.Msgpack, codecs.JSON} {
		var parts [][]byte
		for i := range replies {
			b, err := c.AppendReply(nil, &replies[i])
			if err != nil {
				t.Fatal(err)
			}
			parts = append(parts, b)
		}
		got, err := c.AppendBatch(nil, 9, parts)
		if err != nil {
			t.Fatal(err)
		}
		want, err := c.AppendReply(nil, &wire.Reply{ID: 9, Results: replies})
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Errorf("%s: %q, want %q", c.Subprotocol, got, want)
		}
	}
}

func BenchmarkStep(b *testing.B) {
	codecs := wire.NewCodecs()
	q := wire.Request{ID: 12345, Op: wire.OpStep, Session: "s-abcdefghijkl", Action: "go to shelf 1"}
	ts := gym.Timestep{Observation: gym.Observation{Text: strings.Repeat(".", 300)}, Info: gym.Info{"backend": "real"}}
	for _, c := range []*wire.Codec{codecs.Msgpack, codecs.JSON} {
		b.Run(c.Subprotocol, func(b *testing.B) {
			b.ReportAllocs()
			frame, _ := c.AppendRequest(nil, &q)
			var encoded, out []byte
			for b.Loop() {
				var r wire.Request
				if err := c.DecodeRequest(frame, &r); err != nil {
					b.Fatal(err)
				}
				_ = r.Digest()
				encoded, _ = codecs.Msgpack.AppendTimestep(encoded[:0], &ts)
				out, _ = c.AppendReply(out[:0], &wire.Reply{ID: r.ID, Session: r.Session, Timestep: &ts, Encoded: encoded})
			}
		})
	}
}
