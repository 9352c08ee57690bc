// Package openenv is the front end for OpenEnv: an environment under
// /envs/{namespace}/{name}[@backend], over WebSocket and over HTTP, and as tools of the Model
// Context Protocol.
//
// A WebSocket is a session. A session may also be made over HTTP, be shared by both, and be
// joined again after its WebSocket was lost.
package openenv

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/prometheus/client_golang/prometheus"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/alarm"
	"dreamgym/envserver/internal/compat"
	"dreamgym/envserver/internal/conns"
)

// answerWithin bounds a step and a reset: clients wait 60 s for an answer and would take a late
// one for the next.
const answerWithin = 55 * time.Second

// Options of a Front; their zero values work.
type Options struct {
	// PingEvery is the time between looks at WebSockets; one without a sign of life for three
	// of them is cut. 20 s when zero.
	PingEvery time.Duration
	// WriteTimeout is how long a client may take to accept an answer; 10 s when zero.
	WriteTimeout time.Duration
	// Tasks answers /{env}/splits, tasks, num_tasks, task and task_range.
	Tasks http.Handler
	// Room is for the WebSockets, and for connections of other protocols; nil: there is no limit.
	Room *conns.Room
	// Metrics is where the front end's own are registered; nil: nowhere.
	Metrics prometheus.Registerer
}

// metrics are of what sessions do not count.
type metrics struct {
	connections prometheus.Gauge
	refused     *prometheus.CounterVec // code
}

func newMetrics(r prometheus.Registerer) metrics {
	m := metrics{
		connections: prometheus.NewGauge(prometheus.GaugeOpts{Name: "dreamgym_openenv_connections", Help: "Open WebSockets of OpenEnv's clients."}),
		refused:     prometheus.NewCounterVec(prometheus.CounterOpts{Name: "dreamgym_openenv_errors_total", Help: "Requests of OpenEnv's clients that were answered with an error."}, []string{"code"}),
	}
	if r != nil {
		r.MustRegister(m.connections, m.refused)
	}
	return m
}

// Front is the front end. It may be used by many goroutines.
type Front struct {
	host     *compat.Host
	o        Options
	upgrader websocket.Upgrader
	clock    alarm.Clock
	m        metrics
	plays    compat.Table[*play]
	buffers  sync.Pool // *[]byte, to write to
	frames   sync.Pool // *bytes.Buffer, read into
	conns    *conns.Set[*conn]
}

// New makes a front end; Run keeps its connections.
func New(h *compat.Host, o Options) *Front {
	if o.PingEvery == 0 {
		o.PingEvery = 20 * time.Second
	}
	if o.WriteTimeout == 0 {
		o.WriteTimeout = 10 * time.Second
	}
	return &Front{
		host: h, o: o, m: newMetrics(o.Metrics), conns: conns.New[*conn](o.Room),
		upgrader: websocket.Upgrader{
			HandshakeTimeout: 10 * time.Second,
			ReadBufferSize:   1 << 10, WriteBufferSize: 4 << 10, WriteBufferPool: new(sync.Pool),
			CheckOrigin: func(*http.Request) bool { return true }, // the server has checked it
		},
	}
}

// root is the path of an environment.
const root = "/envs/{namespace}/{name}"

// Mounts are where the front end answers.
func (f *Front) Mounts() []compat.Mount {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+root+"/ws", f.connect)
	mux.HandleFunc("GET "+root+"/mcp", f.connectMCP)
	for pattern, serve := range map[string]endpoint{
		"GET " + root + "/health":            f.health,
		"GET " + root + "/metadata":          f.metadata,
		"GET " + root + "/schema":            f.schema,
		"GET " + root + "/openapi.json":      f.openapi,
		"GET " + root + "/list_environments": f.listEnvironments,
		"GET " + root + "/state":             f.state,
		"POST " + root + "/reset":            f.reset,
		"POST " + root + "/step":             f.step,
		"POST " + root + "/mcp":              f.mcp,
		"DELETE " + root + "/mcp":            f.endMCP,
		root + "/{env}/{list}":               f.tasks,
		root + "/{envspace}/{env}/{list}":    f.tasks,
	} {
		mux.HandleFunc(pattern, f.serve(serve))
	}
	mux.HandleFunc("/envs/", func(w http.ResponseWriter, _ *http.Request) { f.fail(w, errNothing()) })
	return []compat.Mount{{Pattern: "/envs/", Handler: mux}}
}

// request is a request and the environment that its path names.
type request struct {
	*http.Request
	compat.Target
	name string // the environment as the path has it, with the backend where it is there
}

type endpoint func(w http.ResponseWriter, r request) error

// serve finds the environment before an endpoint answers, and answers for one that fails.
func (f *Front) serve(e endpoint) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		t, err := f.host.Target(named(r))
		if err == nil {
			err = e(w, request{r, t, named(r)})
		}
		if err != nil {
			f.fail(w, err)
		}
	}
}

// named is the environment that a path names.
func named(r *http.Request) string { return r.PathValue("namespace") + "/" + r.PathValue("name") }

func errNothing() error {
	return gym.Errorf(gym.CodeUnknownOperation, "there is nothing at this path for this method: an environment is at /envs/{namespace}/{name}, docs/openenv.md lists what it has")
}

// tasks has the lists of tasks answered, for the environment of the path alone.
func (f *Front) tasks(w http.ResponseWriter, r request) error {
	env, list := r.PathValue("env"), r.PathValue("list")
	if space := r.PathValue("envspace"); space != "" {
		env = space + "/" + env
	}
	known := list == "splits" || list == "tasks" || list == "num_tasks" || list == "task" || list == "task_range"
	switch id, _, _ := strings.Cut(env, "@"); {
	case !known || f.o.Tasks == nil:
		return errNothing()
	case id != r.Reg.Spec.ID:
		return gym.Errorf(gym.CodeUnknownEnvironment, "the tasks here are those of %s, not of %q", r.Reg.Spec.ID, gym.Clip(env))
	}
	within := r.Clone(r.Context())
	within.URL.Path, within.URL.RawPath = "/"+r.name+"/"+list, ""
	f.o.Tasks.ServeHTTP(w, within)
	return nil
}

// Run looks after connections until ctx ends, then closes them.
func (f *Front) Run(ctx context.Context) {
	tick := time.NewTicker(f.o.PingEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			f.end()
			return
		case <-tick.C:
			for _, c := range f.conns.All() {
				c.keep()
			}
		}
	}
}

// end closes every connection and waits until nobody reads them.
func (f *Front) end() {
	f.conns.Close()
	for _, c := range f.conns.All() {
		c.part(websocket.CloseGoingAway, "the server shuts down")
	}
	f.conns.Wait()
}
