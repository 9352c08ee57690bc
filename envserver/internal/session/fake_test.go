package session_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"dreamgym/envserver/episode"
	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/backend"
	"dreamgym/envserver/internal/session"
	"dreamgym/envserver/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake is an environment of a test: it counts what is done to it, and step, where it is
// set, does what the test wants.
type fake struct {
	deterministic bool
	step          func(ctx context.Context, a gym.Action, n int) (gym.Timestep, error)
	reset         func(ctx context.Context) error

	opened, resets, steps, closed atomic.Int64
	// salt makes the observations of another run differ.
	salt atomic.Int64
}

const fakeID = "test/fake-v0"

func (f *fake) registration() gym.Registration {
	return gym.Registration{
		Spec:  gym.Spec{ID: fakeID, Description: "of a test", Deterministic: f.deterministic},
		Tasks: tasks{},
		Open: func(context.Context) (gym.Env, error) {
			f.opened.Add(1)
			return &fakeEnv{f: f}, nil
		},
		Solver: func(gym.Task) gym.Policy { return new(counter) },
	}
}

// counter advises the number of timesteps that it has seen.
type counter int

func (c *counter) Act(gym.Timestep) gym.Action {
	*c++
	return gym.Action(fmt.Sprint(int(*c)))
}

type tasks struct{}

func (tasks) Len(_ context.Context, s gym.Split) (int, error) {
	if s == gym.SplitUnseen {
		return 0, nil
	}
	return 3, nil
}

func (tasks) At(_ context.Context, s gym.Split, i int) (gym.Task, error) {
	return gym.Task{ID: fmt.Sprintf("%s-%d", s, i), Goal: "go on", Split: s, Scene: "here"}, nil
}

func (tasks) Find(_ context.Context, id string) (gym.Task, error) {
	if id != "train-1" {
		return gym.Task{}, gym.Errorf(gym.CodeUnknownTask, "there is no task %q", id)
	}
	return gym.Task{ID: id, Goal: "go on", Split: gym.SplitTrain, Scene: "here"}, nil
}

type fakeEnv struct {
	f *fake
	n int
}

func (e *fakeEnv) Reset(ctx context.Context, o gym.ResetOptions) (gym.Timestep, error) {
	e.n = 0
	e.f.resets.Add(1)
	if e.f.reset != nil {
		if err := e.f.reset(ctx); err != nil {
			return gym.Timestep{}, err
		}
	}
	return e.timestep(), nil
}

func (e *fakeEnv) Step(ctx context.Context, a gym.Action) (gym.Timestep, error) {
	if a == "?" {
		return gym.Timestep{}, gym.Errorf(gym.CodeInvalidAction, "what?")
	}
	e.n++
	e.f.steps.Add(1)
	if e.f.step != nil {
		return e.f.step(ctx, a, e.n)
	}
	ts := e.timestep()
	ts.Terminated = a == "end"
	return ts, nil
}

func (e *fakeEnv) timestep() gym.Timestep {
	return gym.Timestep{
		Observation: gym.Observation{Text: fmt.Sprintf("step %d, salt %d", e.n, e.f.salt.Load())},
		Info:        gym.Info{gym.InfoBackend: "real"},
	}
}

func (e *fakeEnv) Close() error {
	e.f.closed.Add(1)
	return nil
}

// inbox is a client that keeps what it is answered.
type inbox struct {
	mu      sync.Mutex
	replies []wire.Reply
	news    chan struct{}
}

func newInbox() *inbox { return &inbox{news: make(chan struct{}, 1000)} }

func (b *inbox) Deliver(r *wire.Reply) {
	kept := *r
	if r.Encoded != nil {
		ts, err := wire.DecodeTimestep(r.Encoded)
		if err != nil {
			panic(err)
		}
		kept.Timestep, kept.Encoded = &ts, nil
	}
	b.mu.Lock()
	b.replies = append(b.replies, kept)
	b.mu.Unlock()
	b.news <- struct{}{}
}

// next waits for a reply.
func (b *inbox) next() wire.Reply {
	<-b.news
	b.mu.Lock()
	defer b.mu.Unlock()
	r := b.replies[0]
	b.replies = b.replies[1:]
	return r
}

// harness is a manager over a log in a folder.
type harness struct {
	t       *testing.T
	m       *session.Manager
	log     *episode.Log // nil with a memory
	memory  *memory
	fake    *fake
	options session.Options
	crashed bool
}

// recordings reads episodes from the log.
type recordings struct{ log *episode.Log }

func (r recordings) Episode(ctx context.Context, id string) (found *episode.Episode, err error) {
	_, err = r.log.Episodes(ctx, episode.Place{}, func(e episode.Ended) error {
		if e.ID == id {
			found, err = e.Episode()
		}
		return err
	})
	if found == nil && err == nil {
		err = gym.Errorf(gym.CodeUnknownEpisode, "there is no episode %q", id)
	}
	return found, err
}

// newHarness makes a manager over a folder; dir "" is a memory.
func newHarness(t *testing.T, dir string, f *fake, change func(*session.Options)) *harness {
	t.Helper()
	registry := gym.NewRegistry()
	must(t, registry.Register(f.registration()))
	h := &harness{t: t, memory: newMemory(), fake: f}
	var journal session.Journal = h.memory
	var err error
	if dir != "" {
		h.log, err = episode.Open(dir, episode.Options{})
		must(t, err)
		journal = h.log
	}
	h.options = session.Options{
		Registry: registry, Backends: &backend.Resolver{Recordings: recordings{h.log}}, Journal: journal, Limits: wire.DefaultLimits(),
		Key: []byte("0123456789abcdef0123456789abcdef"), Version: "envserver/test",
		Metrics: session.NewMetrics(prometheus.NewRegistry()), Log: zerolog.Nop(), AbandonAfter: time.Second,
	}
	if change != nil {
		change(&h.options)
	}
	h.m, err = session.NewManager(h.options)
	must(t, err)
	t.Cleanup(h.stop)
	return h
}

// stop ends the manager as a server that shuts down.
func (h *harness) stop() {
	if h.crashed {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := h.m.Shutdown(ctx); err != nil {
		h.t.Errorf("shutdown: %v", err)
	}
	if h.log == nil {
		return
	}
	if err := h.log.Close(); err != nil {
		h.t.Errorf("close the log: %v", err)
	}
}

// crash leaves the log as a server that was killed leaves it.
func (h *harness) crash() {
	h.crashed = true
	must(h.t, h.log.Close())
}

// user is a client with one session.
type user struct {
	h     *harness
	box   *inbox
	s     *session.Session
	token string
}

// open opens session "s1" with request 1.
func (h *harness) open() *user {
	h.t.Helper()
	u := &user{h: h, box: newInbox()}
	var err error
	u.s, err = h.m.Open(u.box, openRequest(), u.box)
	must(h.t, err)
	r := u.box.next()
	if r.Opened == nil {
		h.t.Fatalf("open: %+v", r)
	}
	u.token = r.Opened.Token
	return u
}

func openRequest() *wire.Request {
	return &wire.Request{ID: 1, Op: wire.OpOpen, Session: "s1", Env: fakeID}
}

// resume takes the session over on a new connection.
func (u *user) resume(h *harness) (*user, wire.Reply) {
	h.t.Helper()
	n := &user{h: h, box: newInbox(), token: u.token}
	var err error
	n.s, err = h.m.Resume(n.box, &wire.Request{ID: 1000, Op: wire.OpResume, Session: "s1", Token: u.token}, n.box)
	must(h.t, err)
	return n, n.box.next()
}

// do carries a request out.
func (u *user) do(q wire.Request) wire.Reply {
	u.h.t.Helper()
	q.Session = "s1"
	if err := u.s.Submit(u.box, &q, u.box); err != nil {
		return wire.Reply{ID: q.ID, Error: wire.ErrorOf(err)}
	}
	return u.box.next()
}

func reset(id int64) wire.Request { return wire.Request{ID: id, Op: wire.OpReset} }

func step(id int64, action string) wire.Request {
	return wire.Request{ID: id, Op: wire.OpStep, Action: gym.Action(action)}
}

// text is a reply in a few words: what was observed, or the error's code.
func text(r wire.Reply) string {
	switch {
	case r.Error != nil:
		return string(r.Error.Code)
	case r.Timestep != nil:
		return r.Timestep.Observation.Text
	case r.Closed:
		return "closed"
	case r.Advice != nil:
		return *r.Advice
	case r.Opened != nil:
		return "opened"
	case r.Resumed != nil:
		return fmt.Sprintf("resumed steps %d last %d", r.Resumed.Steps, r.Resumed.LastID)
	}
	return "?"
}

func (u *user) want(q wire.Request, want string) wire.Reply {
	u.h.t.Helper()
	r := u.do(q)
	if got := text(r); got != want {
		u.h.t.Fatalf("%s %d %q: %s, want %s", q.Op, q.ID, q.Action, got, want)
	}
	return r
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
