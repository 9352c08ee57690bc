package server_test

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"dreamgym/adapters/house"
	client "dreamgym/clients/go"
	"dreamgym/envserver/episode"
	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/backend"
	"dreamgym/envserver/internal/echo"
	"dreamgym/envserver/internal/server"
	"dreamgym/envserver/internal/session"
	"dreamgym/envserver/internal/store"
	"dreamgym/envserver/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fixture is a server over a data folder, in this process.
type fixture struct {
	url      string
	log      *episode.Log
	store    *store.Store
	sessions *session.Manager
	server   *server.Server
	metrics  *prometheus.Registry
	registry *gym.Registry
	stop     func()
}

// setup are the things a test may change.
type setup struct {
	dir     string
	limits  wire.Limits
	server  server.Options
	envs    []gym.Registration
	options func(*session.Options)
	log     *zerolog.Logger
}

func start(t *testing.T, s setup) *fixture {
	t.Helper()
	if s.dir == "" {
		s.dir = t.TempDir()
	}
	if s.limits == (wire.Limits{}) {
		s.limits = wire.DefaultLimits()
	}
	f := &fixture{metrics: prometheus.NewRegistry(), registry: gym.NewRegistry()}
	must(t, house.Register(f.registry))
	must(t, echo.Register(f.registry))
	for _, reg := range s.envs {
		must(t, f.registry.Register(reg))
	}
	var err error
	f.log, err = episode.Open(s.dir, episode.Options{})
	must(t, err)
	f.store, err = store.Open(t.Context(), s.dir, f.log.Reader)
	must(t, err)
	backends := &backend.Resolver{Recordings: f.store}
	o := session.Options{
		Registry: f.registry, Backends: backends, Journal: f.log, Limits: s.limits, Key: make([]byte, 32),
		Version: "envserver/test", Metrics: session.NewMetrics(f.metrics), Log: zerolog.New(zerolog.NewTestWriter(t)),
		AbandonAfter: 20 * time.Millisecond,
	}
	if s.options != nil {
		s.options(&o)
	}
	f.sessions, err = session.NewManager(o)
	must(t, err)
	s.server.Sessions, s.server.Registry, s.server.Backends, s.server.Episodes = f.sessions, f.registry, backends, f.store
	s.server.Limits, s.server.Version, s.server.Metrics = s.limits, "envserver/test", f.metrics
	s.server.Log = zerolog.New(zerolog.NewTestWriter(t))
	if s.log != nil {
		s.server.Log = *s.log
	}
	f.server = server.New(s.server)
	f.serve(t)
	return f
}

func (f *fixture) serve(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	f.url = "http://" + l.Addr().String()
	served := make(chan error, 1)
	go func() { served <- f.server.Serve(l) }()
	f.stop = sync.OnceFunc(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := f.server.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
		if err := f.store.Close(); err != nil {
			t.Errorf("close the catalogue: %v", err)
		}
		if err := f.log.Close(); err != nil {
			t.Errorf("close the log: %v", err)
		}
	})
	t.Cleanup(f.stop)
}

func (f *fixture) dial(t *testing.T, o client.Options) *client.Client {
	t.Helper()
	c, err := client.Dial(t.Context(), f.url, o)
	must(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestPlay lets the scripted policy win an episode of a household, in both encodings.
func TestPlay(t *testing.T) {
	f := start(t, setup{})
	for _, json := range []bool{false, true} {
		c := f.dial(t, client.Options{JSON: json})
		s, err := c.Open(t.Context(), "house/heat-and-place-v0", client.OpenOptions{})
		must(t, err)
		ts, err := s.Reset(t.Context(), client.ResetOptions{Seed: new(int64(3))})
		must(t, err)
		if ts.Info[gym.InfoBackend] != "real" || ts.Info["seed"] != int64(3) || ts.Info[gym.InfoEpisode] == nil {
			t.Errorf("info of the first timestep: %v", ts.Info)
		}
		for !ts.Ended() {
			a, err := s.Advise(t.Context())
			must(t, err)
			ts, err = s.Step(t.Context(), a)
			must(t, err)
		}
		if ts.Reward != 1 || !ts.Terminated {
			t.Errorf("the scripted policy ended with %+v", ts)
		}
		must(t, s.Close(t.Context()))
	}
	must(t, f.store.CatchUp(t.Context()))
	rows, err := f.store.List(t.Context(), store.Filter{})
	must(t, err)
	if len(rows) != 2 || rows[0].Reason != episode.Terminated || rows[0].Return != 1 {
		t.Errorf("recorded: %+v", rows)
	}
}
