package episode

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"dreamgym/envserver/gym"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashFolder); dir != "" {
		os.Exit(crashWriter(dir, os.Stdout))
	}
	goleak.VerifyTestMain(m)
}

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func openLog(t testing.TB, dir string, o Options) *Log {
	t.Helper()
	if o.Now == nil {
		o.Now = func() time.Time { return noon }
	}
	l, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func header(id, session string) Header {
	return Header{
		ID: id, Env: "test/echo-v0", Backend: gym.BackendReal, Session: session, Server: "0.1.0", Started: noon, Seed: 7,
		Task: gym.Task{ID: "t1", Goal: "count", Split: gym.SplitTrain, Scene: "s", Params: map[string]string{"b": "2", "a": "1"}},
	}
}

func step(i int, reward float64) Step {
	s := Step{Index: i, Request: int64(i + 2), Digest: []byte{byte(i)}, Micros: 12, Timestep: gym.Timestep{
		Observation: gym.Observation{Text: fmt.Sprintf("step %d", i), Actions: []string{"go"}, Extra: map[string]any{"n": int64(300)}},
		Reward:      reward,
		Info:        gym.Info{"backend": "real", "list": []any{int64(1), "x", 0.5}},
	}}
	if i > 0 {
		s.Action = "go"
	}
	return s
}

func last(i int, reward float64) Step {
	s := step(i, reward)
	s.Timestep.Terminated = true
	return s
}

func must(t testing.TB, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// play records an episode of n steps that ends terminated, and answers it.
func play(t testing.TB, l *Log, h Header, n int) *Episode {
	t.Helper()
	e := &Episode{Header: h, Steps: []Step{step(0, 0)}, End: &End{Reason: Terminated, Ended: noon}}
	for i := 1; i < n; i++ {
		e.Steps = append(e.Steps, step(i, 0.5))
	}
	e.Steps = append(e.Steps, last(n, 1))
	must(t, l.Begin(h, e.Steps[0], nil))
	for _, s := range e.Steps[1:] {
		must(t, l.AppendStep(h.ID, s, nil))
	}
	return e
}

// ended reads every ended episode.
func ended(t testing.TB, r *Reader) []*Episode {
	t.Helper()
	var all []*Episode
	_, err := r.Episodes(context.Background(), Place{}, func(e Ended) error {
		one, err := e.Episode()
		all = append(all, one)
		return err
	})
	must(t, err)
	return all
}

func wantCode(t testing.TB, err error, code gym.Code) {
	t.Helper()
	if gym.CodeOf(err) != code {
		t.Fatalf("error %v, want code %q", err, code)
	}
}

func TestEpisodesAreReadBackAsTheyWere(t *testing.T) {
	for name, o := range map[string]Options{
		"process": {}, "sync": {Durability: DurableSync}, "a segment a step": {SegmentBytes: 1},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			l := openLog(t, dir, o)
			want := []*Episode{play(t, l, header("e1", ""), 3), play(t, l, header("e2", ""), 5)}
			if diff := cmp.Diff(want, ended(t, l.Reader)); diff != "" {
				t.Error(diff)
			}
			r, err := OpenReader(dir)
			must(t, err)
			defer r.Close()
			if zone := ended(t, r)[0].Header.Started.Location(); zone != time.UTC {
				t.Errorf("times are read as of %s", zone)
			}
			if diff := cmp.Diff(want, ended(t, r)); diff != "" {
				t.Errorf("another reader: %s", diff)
			}
		})
	}
}
