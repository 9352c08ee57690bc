package compat_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"dreamgym/envserver/episode"
	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/backend"
	"dreamgym/envserver/internal/compat"
	"dreamgym/envserver/internal/echo"
	"dreamgym/envserver/internal/session"
	"dreamgym/envserver/wire"
)

// start makes a host of the echo environment with room for some sessions.
func start(t *testing.T, room int) *compat.Host {
	t.Helper()
	registry := gym.NewRegistry()
	if err := echo.Register(registry); err != nil {
		t.Fatal(err)
	}
	log, err := episode.Open(t.TempDir(), episode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { log.Close() })
	limits := wire.Limits{Sessions: room, QueuePerSession: 8, StepTimeoutMS: 5000, ResetTimeoutMS: 5000, IdleTimeoutMS: 50, GraceMS: 50}
	backends := &backend.Resolver{}
	sessions, err := session.NewManager(session.Options{
		Registry: registry, Backends: backends, Journal: log, Limits: limits, Key: make([]byte, 32), Metrics: session.NewMetrics(prometheus.NewRegistry()),
	})
	if err != nil {
		t.Fatal(err)
	}
	return &compat.Host{Sessions: sessions, Registry: registry, Backends: backends, Limits: limits, Wait: time.Second}
}

func target(t *testing.T, h *compat.Host) compat.Target {
	t.Helper()
	found, err := h.Target("test/echo-v0")
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestLease plays through a lease, and repeats named requests at once and later.
func TestLease(t *testing.T) {
	h := start(t, 1)
	l, err := h.Open(t.Context(), "s", target(t, h))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Step("early", compat.Call{}); gym.CodeOf(err) != gym.CodeResetRequired {
		t.Errorf("a step before a reset answers %v", err)
	}
	if _, err := l.Reset(compat.Reset{Seed: new(int64(7))}, compat.Call{Key: "begin"}); err != nil {
		t.Fatal(err)
	}
	first, err := l.Step("a", compat.Call{Key: "one"})
	if err != nil {
		t.Fatal(err)
	}
	again, err := l.Step("a", compat.Call{Key: "one"})
	if d := cmp.Diff(first, again); err != nil || d != "" {
		t.Errorf("a repeated step answers %v, otherwise than at first:\n%s", err, d)
	}
	if _, err := l.Step("b", compat.Call{Key: "one"}); gym.CodeOf(err) != gym.CodeRequestConflict || strings.ContainsAny(err.Error(), "0123456789") {
		t.Errorf("another step under a used name answers %v", err)
	}
	second, err := l.Step("b", compat.Call{})
	if err != nil || second.Observation.Text == first.Observation.Text {
		t.Errorf("the second step answers %q, %v", second.Observation.Text, err)
	}
	later, err := l.Step("a", compat.Call{Key: "one"})
	if d := cmp.Diff(first, later); err != nil || d != "" {
		t.Errorf("a step repeated later answers %v, otherwise than at first:\n%s", err, d)
	}
	if err := l.Close(); err != nil || !l.Ended() || h.Sessions.Len() != 0 {
		t.Errorf("closed: %v, ended %t, %d sessions are left", err, l.Ended(), h.Sessions.Len())
	}
}

// TestRoom waits for room, and says so when none comes.
func TestRoom(t *testing.T) {
	h := start(t, 1)
	first, err := h.Open(t.Context(), "first", target(t, h))
	if err != nil {
		t.Fatal(err)
	}
	h.Wait = 20 * time.Millisecond
	if _, err := h.Open(t.Context(), "second", target(t, h)); gym.CodeOf(err) != gym.CodeCapacityReached {
		t.Errorf("a session without room answers %v", err)
	}
	h.Wait = 10 * time.Second
	opened := make(chan error, 1)
	go func() {
		_, err := h.Open(context.Background(), "second", target(t, h))
		opened <- err
	}()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-opened; err != nil {
		t.Errorf("a session that waited for room answers %v", err)
	}
}

// entry is over when it is told so.
type entry struct{ over bool }

func (e *entry) Over() bool { return e.over }

// TestTable places one entry for many that ask at once, and forgets those that are over.
func TestTable(t *testing.T) {
	var table compat.Table[*entry]
	var all sync.WaitGroup
	var placed atomic.Int64
	for range 8 {
		all.Go(func() {
			if _, mine := table.Place("a", func() *entry { return new(entry) }); mine {
				placed.Add(1)
			}
		})
	}
	all.Wait()
	first, found := table.Get("a")
	if !found || placed.Load() != 1 {
		t.Fatalf("placed %d times, found %t", placed.Load(), found)
	}
	table.Drop("a", new(entry))
	if _, found := table.Get("a"); !found || !table.Full(1) || table.Full(2) {
		t.Error("another's entry was dropped, or the table is not as full as it is")
	}
	first.over = true
	if second, mine := table.Place("a", func() *entry { return new(entry) }); !mine || second == first {
		t.Error("an entry that is over keeps its place")
	}
	for i := range 1000 {
		table.Place(fmt.Sprint(i), func() *entry { return &entry{over: true} })
	}
	if table.Full(200) {
		t.Error("entries that are over stay")
	}
}

// TestTarget takes the backend from the path, else from the configuration, else the
// environment's own.
func TestTarget(t *testing.T) {
	h := start(t, 1)
	for id, want := range map[string]gym.Code{
		"test/echo-v0": "", "test/echo-v0@real": "", "test/echo-v0@dream": gym.CodeNotAvailable,
		"test/none-v0": gym.CodeUnknownEnvironment, "echo": gym.CodeUnknownEnvironment, "test/echo-v0@x": gym.CodeUnknownBackend,
	} {
		if _, err := h.Target(id); gym.CodeOf(err) != want {
			t.Errorf("%s answers %v, want code %q", id, err, want)
		}
	}
	h.Backend = gym.BackendDream
	if got := target(t, h); got.Backend != gym.BackendReal {
		t.Errorf("where the configured backend is missing, %s plays", got.Backend)
	}
}

func TestTasks(t *testing.T) {
	h := start(t, 1)
	set := target(t, h).Reg.Tasks
	n, err := set.Len(t.Context(), gym.SplitTrain)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ from, to, want int }{{0, -1, n}, {0, 1, 1}, {n, n + 5, 0}, {0, n + 5, n}} {
		tasks, total, err := compat.Tasks(t.Context(), set, gym.SplitTrain, c.from, c.to)
		if err != nil || len(tasks) != c.want || total != n {
			t.Errorf("tasks %d to %d: %d of %d, %v", c.from, c.to, len(tasks), total, err)
		}
	}
}

func TestSplit(t *testing.T) {
	for name, want := range map[string]gym.Split{"train": "train", "seen": "seen", "unseen": "unseen", "validation": "seen", "test": "unseen"} {
		if got, err := compat.Split(name); got != want || err != nil {
			t.Errorf("%s is %q, %v", name, got, err)
		}
	}
	if _, err := compat.Split("Train"); gym.CodeOf(err) != gym.CodeUnknownTask {
		t.Errorf("a split that there is not answers %v", err)
	}
}

func TestText(t *testing.T) {
	numbers := gym.Observation{Array: &gym.Array{DType: "float32", Shape: []int{2}, Data: []float64{0.123456, -2}}}
	for _, c := range []struct {
		o                gym.Observation
		opening, reading string
	}{
		{gym.Observation{}, "", ""},
		{gym.Observation{Goal: "win", Text: "here"}, "Goal: win\n\nhere", "here"},
		{gym.Observation{Text: "here", Actions: []string{"a", "b"}}, "here\n\nAdmissible actions:\n- a\n- b", "here\n\nAdmissible actions:\n- a\n- b"},
		{numbers, "[0.1235, -2]", "[0.1235, -2]"},
	} {
		if got := compat.Opening(c.o); got != c.opening {
			t.Errorf("%+v opens as %q, want %q", c.o, got, c.opening)
		}
		if got := compat.Reading(c.o); got != c.reading {
			t.Errorf("%+v reads as %q, want %q", c.o, got, c.reading)
		}
	}
}

// TestWording tells a policy what an action is.
func TestWording(t *testing.T) {
	for want, s := range map[string]gym.Spec{
		"admissible":      {ListsActions: true, NumericActions: true},
		"list of numbers": {NumericActions: true},
		"own words":       {},
	} {
		if got := compat.Wording(s); !strings.Contains(got, want) {
			t.Errorf("%+v: %s", s, got)
		}
	}
}

func TestTold(t *testing.T) {
	ts := gym.Timestep{Terminated: true, Info: gym.Info{"a": math.NaN(), "b": []any{1.5, math.Inf(1)}, "c": map[string]any{"d": math.Inf(-1), "e": "f"}, "g": int64(1)}}
	want := map[string]any{"a": nil, "b": []any{1.5, nil}, "c": map[string]any{"d": nil, "e": "f"}, "g": int64(1), "terminated": true, "truncated": false}
	if d := cmp.Diff(want, compat.Told(ts)); d != "" {
		t.Error(d)
	}
}

func TestSessionID(t *testing.T) {
	if got := compat.SessionID("a", "b", "1"); got != "a:b:1" {
		t.Errorf("parts that may be in an id are called %q", got)
	}
	seen := make(map[string]bool)
	for _, parts := range [][]string{{"x/y", "z"}, {"x", "y/z"}, {"x/y:z"}, {"x y", ""}, {"x y"}, {strings.Repeat("x", 200)}} {
		id := compat.SessionID("a", parts...)
		if !wire.ValidSession(id) || !strings.HasPrefix(id, "a:") || seen[id] {
			t.Errorf("%q is called %q", parts, id)
		}
		seen[id] = true
	}
}
