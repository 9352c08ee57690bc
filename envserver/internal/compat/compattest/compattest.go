// Package compattest has what the tests of front ends share: a host over real sessions and a
// real log, and an environment that does what its actions say.
package compattest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"dreamgym/envserver/episode"
	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/backend"
	"dreamgym/envserver/internal/compat"
	"dreamgym/envserver/internal/session"
	"dreamgym/envserver/wire"
)

// ID is the environment's id.
const ID = "test/script-v0"

// Long is what the environment shows for the action "long": more than fits into any chunk,
// with white space of many kinds at every place, and quotes.
var Long = strings.Repeat("a \" \\ \u00a0\u3000é\n  ", 2000) + strings.Repeat(" ", 9000)

// Limits of the hosts.
func Limits(room int) wire.Limits {
	return wire.Limits{
		MessageBytes: 1 << 20, Sessions: room, QueuePerSession: 8,
		StepTimeoutMS: 5000, ResetTimeoutMS: 5000, IdleTimeoutMS: 60000, GraceMS: 60000,
	}
}

// Start makes a host with room for some sessions.
func Start(t testing.TB, room int) *compat.Host { return Open(t, t.TempDir(), room) }

// Open makes a host over a folder, in which an earlier one may have been.
func Open(t testing.TB, data string, room int) *compat.Host {
	t.Helper()
	registry := gym.NewRegistry()
	if err := Register(registry); err != nil {
		t.Fatal(err)
	}
	log, err := episode.Open(data, episode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	backends := &backend.Resolver{}
	sessions, err := session.NewManager(session.Options{
		Registry: registry, Backends: backends, Journal: log, Limits: Limits(room), Key: make([]byte, 32), Metrics: session.NewMetrics(prometheus.NewRegistry()),
	})
	if err != nil {
		t.Fatal(err)
	}
	h := &compat.Host{Sessions: sessions, Registry: registry, Backends: backends, Limits: Limits(room), Wait: 20 * time.Millisecond, Version: "test"}
	stop := func() {
		sessions.Shutdown(context.Background())
		log.Close()
	}
	t.Cleanup(stop)
	return h
}

// Serve answers the address of a server that a front end is mounted on.
func Serve(t testing.TB, mounts []compat.Mount) string {
	t.Helper()
	mux := http.NewServeMux()
	for _, m := range mounts {
		mux.Handle(m.Pattern, m.Handler)
	}
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

// Send sends a request and answers the reply, and its body.
func Send(t testing.TB, r *http.Request) (*http.Response, string) {
	t.Helper()
	reply, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	body, err := io.ReadAll(reply.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply, string(body)
}

// Reap ends every session as if nobody had asked anything of them for an hour.
func Reap(t testing.TB, m *session.Manager) {
	t.Helper()
	for until := time.Now().Add(5 * time.Second); ; runtime.Gosched() {
		m.Reap(time.Now().Add(time.Hour)) // but one that has just answered may be at work still
		switch {
		case m.Len() == 0:
			return
		case time.Now().After(until):
			t.Fatalf("%d sessions are not reaped", m.Len())
		}
	}
}

// Register adds the environment.
func Register(r *gym.Registry) error { return RegisterAs(r, ID) }

// RegisterAs adds the environment under another id.
func RegisterAs(r *gym.Registry, id string) error {
	spec := gym.Spec{ID: id, Description: "does what its actions say", Deterministic: true, ListsActions: true, MaxText: 1 << 20}
	return r.Register(gym.Registration{
		Spec: spec, Tasks: tasks{},
		Open: func(context.Context) (gym.Env, error) { return &env{spec: spec}, nil },
	})
}

// tasks are two for training and one in seen.
type tasks struct{}

func (tasks) Len(_ context.Context, s gym.Split) (int, error) {
	return map[gym.Split]int{gym.SplitTrain: 2, gym.SplitSeen: 1}[s], nil
}

func (s tasks) At(ctx context.Context, split gym.Split, i int) (gym.Task, error) {
	if n, _ := s.Len(ctx, split); i < 0 || i >= n {
		return gym.Task{}, gym.Errorf(gym.CodeUnknownTask, "there is no index %d", i)
	}
	return gym.Task{ID: fmt.Sprintf("%s-%d", split, i), Split: split, Goal: fmt.Sprintf("goal %d of %s", i, split), Scene: "here"}, nil
}

func (s tasks) Find(ctx context.Context, id string) (gym.Task, error) {
	for _, split := range gym.Splits() {
		n, _ := s.Len(ctx, split)
		for i := range n {
			if task, err := s.At(ctx, split, i); err == nil && task.ID == id {
				return task, nil
			}
		}
	}
	return gym.Task{}, gym.Errorf(gym.CodeUnknownTask, "there is no task %q", id)
}

type env struct {
	spec  gym.Spec
	task  gym.Task
	steps int
}

// Reset starts a task; the seed 666 makes it crash.
func (e *env) Reset(_ context.Context, o gym.ResetOptions) (gym.Timestep, error) {
	if o.Seed == 666 {
		return gym.Timestep{}, gym.Errorf(gym.CodeEnvCrashed, "it crashed at reset")
	}
	e.task, e.steps = o.Task, 0
	return e.timestep("ready"), nil
}

// Step does what the action says: win (reward 1, the end), half (reward 0.5), cut (truncated),
// crash, long, slow; anything else is counted, but for "what".
func (e *env) Step(ctx context.Context, a gym.Action) (gym.Timestep, error) {
	if e.task.ID == "" {
		return gym.Timestep{}, gym.Errorf(gym.CodeResetRequired, "reset first")
	}
	if err := e.spec.CheckAction(a); err != nil {
		return gym.Timestep{}, err
	}
	if a == "what" {
		return gym.Timestep{}, gym.Errorf(gym.CodeInvalidAction, "what is no action here")
	}
	e.steps++
	ts := e.timestep(fmt.Sprintf("step %d: %s", e.steps, a))
	switch a {
	case "win":
		ts.Reward, ts.Terminated = 1, true
	case "half":
		ts.Reward = 0.5
	case "cut":
		ts.Truncated = true
	case "crash":
		return ts, gym.Errorf(gym.CodeEnvCrashed, "it\ncrashed")
	case "long":
		ts.Observation.Text = Long
	case "slow":
		select {
		case <-ctx.Done():
		case <-time.After(20 * time.Millisecond):
		}
	}
	if ts.Ended() {
		e.task, ts.Observation.Actions = gym.Task{}, nil
	}
	return ts, nil
}

func (e *env) timestep(text string) gym.Timestep {
	return gym.Timestep{
		Observation: gym.Observation{Goal: e.task.Goal, Text: text, Actions: []string{"half", "win"}},
		Info:        gym.Info{gym.InfoBackend: string(gym.BackendReal)},
	}
}

func (*env) Close() error { return nil }
