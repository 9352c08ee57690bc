package main

import (
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/wire"
)

// TestEchoes steps against each echo, and makes sure that the one that codes answers
// what a client can read.
func TestEchoes(t *testing.T) {
	codecs := wire.NewCodecs()
	for name, codec := range map[string]*wire.Codec{"": codecs.Msgpack, "msgpack": codecs.Msgpack, "json": codecs.JSON} {
		t.Run("codec "+name, func(t *testing.T) {
			echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { serveEcho(w, r, name) }))
			defer echo.Close()
			l, err := dial(t.Context(), "ws"+strings.TrimPrefix(echo.URL, "http"), codec)
			if err != nil {
				t.Fatal(err)
			}
			defer l.ws.Close()
			answer := wire.Reply{ID: 7, Session: "s", Timestep: &gym.Timestep{
				Observation: gym.Observation{Text: strings.Repeat(".", 300)}, Info: gym.Info{gym.InfoBackend: "real"},
			}}
			frame, err := codec.AppendReply(nil, &answer)
			if err != nil {
				t.Fatal(err)
			}
			if err := l.mirror("other", frame); err != nil {
				t.Fatal(err)
			}
			got, err := l.decoded()
			if err != nil {
				t.Fatal(err)
			}
			if name != "" { // it has read the request
				answer.ID, answer.Session = 1, "other"
			}
			if diff := cmp.Diff(&answer, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestStepsAreCounted makes sure that a server which skips a step is found out.
func TestStepsAreCounted(t *testing.T) {
	codec := wire.NewCodecs().JSON
	for _, c := range []struct {
		text string
		good bool
	}{{"step 3 ...", true}, {"step 2 ...", false}, {"step 30 ...", false}} {
		l := lane{codec: codec, sent: 5} // open, reset, three steps
		frame, err := codec.AppendReply(nil, &wire.Reply{ID: 5, Timestep: &gym.Timestep{Observation: gym.Observation{Text: c.text}}})
		if err != nil {
			t.Fatal(err)
		}
		l.reply.Write(frame)
		if err := l.check(); (err == nil) != c.good {
			t.Errorf("%q: %v", c.text, err)
		}
	}
}

func TestParseBenchmarks(t *testing.T) {
	suffix := "-" + strconv.Itoa(runtime.GOMAXPROCS(0))
	out := "goos: linux\n" +
		"BenchmarkReset/click-tab-2" + suffix + " 10 1.0 ratio 3.0 raw-p50-ms\n" +
		"BenchmarkReset/click-tab-2" + suffix + " 10 4.0 ratio 2.0 raw-p50-ms\n" +
		"BenchmarkReset/click-tab-2" + suffix + " 10 2.0 ratio 9.0 raw-p50-ms\n" +
		"PASS\nok  \tpackage\t1.0s\n"
	want := []benchmark{{"BenchmarkReset/click-tab-2", map[string]float64{"ratio": 2, "raw-p50-ms": 3}}}
	if diff := cmp.Diff(want, parseBenchmarks([]byte(out)), cmp.AllowUnexported(benchmark{})); diff != "" {
		t.Error(diff)
	}
}

func TestRatioOfRounds(t *testing.T) {
	all := [][targets]speed{
		{bare: {rate: 100}, recorded: {rate: 50}},
		{bare: {rate: 10}, recorded: {rate: 6}}, // a busy moment, for both
		{bare: {rate: 100}, recorded: {rate: 70}},
	}
	if got := ratioOf(all, recorded, bare); got != 0.6 {
		t.Errorf("the ratio is %v, want 0.6", got)
	}
}
