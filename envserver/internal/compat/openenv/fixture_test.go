package openenv

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"dreamgym/envserver/episode"
	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/backend"
	"dreamgym/envserver/internal/compat"
	"dreamgym/envserver/internal/compat/compattest"
	"dreamgym/envserver/internal/compat/ors"
	"dreamgym/envserver/internal/session"
	"dreamgym/envserver/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	script = "/envs/" + compattest.ID
	gate   = "/envs/test/gate-v0" // its steps wait for the gate to be opened
	page   = "/envs/test/page-v0" // as if in a browser
)

// fixture is a front end on a port.
type fixture struct {
	*Front
	t       *testing.T
	url     string
	opened  chan struct{} // closed: the gate is open
	waiting atomic.Int64  // steps at the gate
}

// options of a fixture; a zero value is a host that has room.
type options struct {
	Options
	data   string
	room   int
	limits func(*wire.Limits)
}

func start(t *testing.T, o options) *fixture {
	t.Helper()
	f := &fixture{t: t, opened: make(chan struct{})}
	h := f.makeHost(o)
	o.Tasks = ors.Mounts(h)[0].Handler
	f.Front = New(h, o.Options)
	mux := http.NewServeMux()
	for _, m := range f.Mounts() {
		mux.Handle(m.Pattern, m.Handler)
	}
	server := httptest.NewServer(mux)
	f.url = server.URL
	ctx, cancel := context.WithCancel(context.Background())
	ran := make(chan struct{})
	go func() {
		defer close(ran)
		f.Run(ctx)
	}()
	t.Cleanup(func() {
		f.openGate()
		cancel()
		<-ran
		server.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	return f
}

// makeHost makes a server's sessions over a log.
func (f *fixture) makeHost(o options) *compat.Host {
	if o.data == "" {
		o.data = f.t.TempDir()
	}
	if o.room == 0 {
		o.room = 4096
	}
	registry := gym.NewRegistry()
	must(f.t, compattest.Register(registry))
	must(f.t, registry.Register(gateway(f)))
	must(f.t, registry.Register(pages(f.t, registry)))
	log, err := episode.Open(o.data, episode.Options{})
	must(f.t, err)
	limits := compattest.Limits(o.room)
	if o.limits != nil {
		o.limits(&limits)
	}
	backends := &backend.Resolver{}
	sessions, err := session.NewManager(session.Options{
		Registry: registry, Backends: backends, Journal: log, Limits: limits, Key: make([]byte, 32),
		Metrics: session.NewMetrics(prometheus.NewRegistry()), AbandonAfter: 20 * time.Millisecond,
	})
	must(f.t, err)
	f.t.Cleanup(func() {
		sessions.Shutdown(context.Background())
		log.Close()
	})
	return &compat.Host{Sessions: sessions, Registry: registry, Backends: backends, Limits: limits, Wait: 20 * time.Millisecond, Version: "test"}
}

// openGate opens the gate, for good.
func (f *fixture) openGate() {
	select {
	case <-f.opened:
	default:
		close(f.opened)
	}
}

// gateway is the environment whose steps wait; the action "deaf" does so for longer than its
// context.
func gateway(f *fixture) gym.Registration {
	r := gym.NewRegistry()
	must(f.t, compattest.RegisterAs(r, "test/gate-v0"))
	reg := r.All()[0]
	open := reg.Open
	reg.Open = func(ctx context.Context) (gym.Env, error) {
		env, err := open(ctx)
		return &gated{env, f}, err
	}
	return reg
}

type gated struct {
	gym.Env
	f *fixture
}

func (g *gated) Step(ctx context.Context, a gym.Action) (gym.Timestep, error) {
	g.f.waiting.Add(1)
	defer g.f.waiting.Add(-1)
	end := ctx.Done()
	if a == "deaf" {
		end = nil
	}
	select {
	case <-g.f.opened:
		return g.Env.Step(ctx, a)
	case <-end:
		return gym.Timestep{}, gym.AsError(ctx.Err())
	}
}

// pages is an environment that looks like a browser's.
func pages(t *testing.T, r *gym.Registry) gym.Registration {
	t.Helper()
	reg, err := r.Find(compattest.ID)
	must(t, err)
	reg.Spec.ID, reg.Spec.Browser = "test/page-v0", true
	return reg
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// until waits for a condition.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it never came about that %s", what)
		}
	}
}

// client is a WebSocket of a test.
type client struct {
	t  *testing.T
	ws *websocket.Conn
}

func (f *fixture) dial(path string) *client {
	f.t.Helper()
	ws, _, err := websocket.DefaultDialer.Dial(strings.Replace(f.url, "http", "ws", 1)+path, nil)
	must(f.t, err)
	f.t.Cleanup(func() { ws.Close() })
	return &client{f.t, ws}
}

// reset dials and begins an episode.
func (f *fixture) reset(path string) *client {
	f.t.Helper()
	c := f.dial(path + "/ws")
	c.want("observation", c.ask(`{"type":"reset"}`))
	return c
}

func (c *client) send(frame string) {
	c.t.Helper()
	must(c.t, c.ws.WriteMessage(websocket.TextMessage, []byte(frame)))
}

// answer is a frame of the server's.
type answer struct {
	Type string `json:"type"`
	Data struct {
		Observation map[string]any `json:"observation"`
		Reward      *float64       `json:"reward"`
		Done        bool           `json:"done"`
		Metadata    map[string]any `json:"metadata"`

		Message   string   `json:"message"`
		Code      string   `json:"code"`
		ErrorCode gym.Code `json:"error_code"`
		Active    int      `json:"active_sessions"`
		Max       int      `json:"max_sessions"`

		Episode *string `json:"episode_id"`
		Steps   int     `json:"step_count"`
		Session string  `json:"session_id"`

		Result map[string]any `json:"result"`
		Error  map[string]any `json:"error"`
	} `json:"data"`
}

func (c *client) read() answer {
	c.t.Helper()
	var a answer
	_, b, err := c.ws.ReadMessage()
	must(c.t, err)
	must(c.t, json.Unmarshal(b, &a))
	return a
}

func (c *client) ask(frame string) answer {
	c.t.Helper()
	c.send(frame)
	return c.read()
}

func (c *client) act(action string) answer {
	c.t.Helper()
	return c.ask(`{"type":"step","data":{"action":"` + action + `"}}`)
}

// state is the session's.
func (c *client) state() answer {
	c.t.Helper()
	return c.want("state", c.ask(`{"type":"state"}`))
}

func (c *client) want(kind string, a answer) answer {
	c.t.Helper()
	if a.Type != kind {
		c.t.Fatalf("the answer is %+v, want one of type %q", a, kind)
	}
	return a
}

// refused holds an answer to be an error of a code.
func (c *client) refused(a answer, want code) {
	c.t.Helper()
	if a.Type != "error" || a.Data.Code != string(want) || a.Data.Message == "" || a.Data.Reward != nil {
		c.t.Errorf("the answer is %+v, want the error %s", a, want)
	}
}

// ended reads until the connection ends, and answers the code.
func (c *client) ended() int {
	c.t.Helper()
	c.ws.SetReadDeadline(time.Now().Add(10 * time.Second))
	for {
		if _, _, err := c.ws.ReadMessage(); err != nil {
			if e, ok := err.(*websocket.CloseError); ok {
				return e.Code
			}
			c.t.Fatal(err)
		}
	}
}

// cut loses the connection.
func (c *client) cut() { c.ws.NetConn().Close() }

func equal(t *testing.T, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("want -, got +:\n%s", d)
	}
}
