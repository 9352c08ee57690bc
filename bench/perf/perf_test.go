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

// TestFrames cuts frames that come in pieces, of every form of length, with a ping between.
func TestFrames(t *testing.T) {
	long, longer := strings.Repeat("a", 300), strings.Repeat("b", 70_000)
	stream := "\x81\x02hi" + "\x81\x7e\x01\x2c" + long + "\x89\x01p" + "\x81\x7f\x00\x00\x00\x00\x00\x01\x11\x70" + longer
	for _, piece := range []int{1, 7, 1000, len(stream)} {
		l, got := openLane{}, ""
		for rest := []byte(stream); len(rest) > 0; rest = rest[min(piece, len(rest)):] {
			for op := l.take(rest[:min(piece, len(rest))]); op != 0; op = l.take(nil) {
				got += strconv.Itoa(int(op)) + string(l.reply) + string(l.ping)
				l.ping = nil
			}
		}
		if want := "1hi" + "1" + long + "9" + long + "p" + "1" + longer; got != want {
			t.Errorf("in pieces of %d: %.40q…, want %.40q…", piece, got, want)
		}
	}
}

// TestOpenLanes steps lanes against an echo.
func TestOpenLanes(t *testing.T) {
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { serveEcho(w, r, "") }))
	defer echo.Close()
	dialer := openDialer()
	answer := "step 1 " + strings.Repeat(".", 300)
	all, err := connectAll(100, func() (*openLane, error) {
		return openDial(t.Context(), dialer, "ws"+strings.TrimPrefix(echo.URL, "http"), answer, "")
	})
	if err != nil {
		t.Fatal(err)
	}
	defer all.drop()
	if err := all.stepAll(); err != nil {
		t.Fatal(err)
	}
	for _, l := range all {
		if err := l.check(); err != nil {
			t.Error(err)
		}
	}
	if err := all.stepAll(); err != nil {
		t.Fatal(err)
	}
	if all[99].check() == nil {
		t.Error("an echo that does not count passes for a server")
	}
}

func TestVersus(t *testing.T) {
	fast := versus{times: [2]float64{9, 3.9}, aims: [2]float64{8, 4}}.row()
	if want := (row{ratio: "9.0× of the default, 3.9× of the fastest", aim: "≥ 8×, ≥ 4×", met: "missed"}); fast != want {
		t.Errorf("%+v", fast)
	}
	small := versus{times: [2]float64{14, 1}, aims: [2]float64{12, 0}, less: true}.row()
	if want := (row{ratio: "1/14.0 of the default, 1/1.0 of the fastest", aim: "≤ 1/12", met: "met"}); small != want {
		t.Errorf("%+v", small)
	}
}
