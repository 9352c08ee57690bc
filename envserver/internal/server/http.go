package server

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	jsonv1 "github.com/go-json-experiment/json/v1"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"dreamgym/envserver/episode"
	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/store"
	"dreamgym/envserver/wire"
)

// Episodes lists and reads recorded episodes. *store.Store is one.
type Episodes interface {
	List(ctx context.Context, f store.Filter) ([]store.Row, error)
	Episode(ctx context.Context, id string) (*episode.Episode, error)
}

// metrics are of connections; those of sessions are the sessions' own.
type metrics struct {
	connections prometheus.Gauge
	closed      *prometheus.CounterVec // code
	errors      *prometheus.CounterVec // code
}

func newMetrics(r *prometheus.Registry) metrics {
	m := metrics{
		connections: prometheus.NewGauge(prometheus.GaugeOpts{Name: "dreamgym_connections", Help: "Open connections."}),
		closed:      prometheus.NewCounterVec(prometheus.CounterOpts{Name: "dreamgym_connections_closed_total", Help: "Connections closed by the server, by code."}, []string{"code"}),
		errors:      prometheus.NewCounterVec(prometheus.CounterOpts{Name: "dreamgym_requests_refused_total", Help: "Requests answered with an error before they reached a session."}, []string{"code"}),
	}
	r.MustRegister(m.connections, m.closed, m.errors, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// handler routes requests. Health is for anybody, the rest for those who are allowed.
func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.Handle("GET /v1/ws", s.allowed(s.connect))
	mux.Handle("GET /v1/envs", s.allowed(s.getEnvs))
	mux.Handle("GET /v1/episodes", s.allowed(s.getEpisodes))
	mux.Handle("GET /v1/episodes/{id}", s.allowed(s.getEpisode))
	mux.Handle("GET /metrics", s.allowed(promhttp.HandlerFor(s.o.Metrics, promhttp.HandlerOpts{}).ServeHTTP))
	for pattern, h := range s.o.Mounts {
		mux.Handle(pattern, s.allowed(h.ServeHTTP))
	}
	return mux
}

func (s *Server) readyz(w http.ResponseWriter, _ *http.Request) {
	if s.conns.Closed() {
		writeError(w, http.StatusServiceUnavailable, gym.Errorf(gym.CodeShuttingDown, "the server is shutting down"))
		return
	}
	w.Write([]byte("ok\n"))
}

// allowed lets those through who bear the token and come from an allowed origin.
func (s *Server) allowed(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !s.knows(r):
			writeError(w, http.StatusUnauthorized, gym.Errorf(gym.CodeUnauthorized, "send the token: Authorization: Bearer TOKEN"))
		case !s.originAllowed(r):
			writeError(w, http.StatusForbidden, gym.Errorf(gym.CodeUnauthorized, "pages of this origin may not use the server: see --allow-origin"))
		default:
			next(w, r)
		}
	})
}

// knows checks the token, in a time that tells nothing about it. Clients of other protocols
// send it as X-API-Key.
func (s *Server) knows(r *http.Request) bool {
	if s.o.Token == "" {
		return true
	}
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		token, ok = r.Header.Get("X-API-Key"), true
	}
	sum := sha256.Sum256([]byte(token))
	return subtle.ConstantTimeCompare(sum[:], s.token[:]) == 1 && ok
}

// originAllowed keeps other people's pages out. Without a token the server's own name
// must be one of this machine, so that no page's name can be made to lead here.
func (s *Server) originAllowed(r *http.Request) bool {
	if s.o.Token == "" && !localName(r.Host) {
		return false
	}
	origin := r.Header.Get("Origin")
	if origin == "" || slices.Contains(s.o.AllowOrigin, origin) || slices.Contains(s.o.AllowOrigin, "*") {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host)
}

// localName tells whether a request's host is an address, or localhost.
func localName(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return strings.EqualFold(host, "localhost") || net.ParseIP(strings.Trim(host, "[]")) != nil
}

func (s *Server) getEnvs(w http.ResponseWriter, r *http.Request) {
	answer(w, map[string]any{"envs": s.envs(r.Context())}, nil)
}

func (s *Server) getEpisodes(w http.ResponseWriter, r *http.Request) {
	f, err := episodeFilter(r.URL.Query())
	if err != nil {
		answer(w, nil, err)
		return
	}
	rows, err := s.o.Episodes.List(r.Context(), f)
	answer(w, map[string]any{"episodes": rows}, err)
}

func (s *Server) getEpisode(w http.ResponseWriter, r *http.Request) {
	e, err := s.o.Episodes.Episode(r.Context(), r.PathValue("id"))
	answer(w, e, err)
}

// episodeFilter reads the query of /v1/episodes strictly.
func episodeFilter(q url.Values) (store.Filter, error) {
	var f store.Filter
	for name, values := range q {
		v, err := values[0], error(nil)
		switch name {
		case "env":
			f.Env = v
		case "backend":
			f.Backend, err = gym.ParseBackend(v)
		case "split":
			f.Split = gym.Split(v)
		case "task":
			f.Task = v
		case "session":
			f.Session = v
		case "reason":
			f.Reason = episode.Reason(v)
		case "running":
			f.Running, err = strconv.ParseBool(v)
		case "limit":
			f.Limit, err = strconv.Atoi(v)
		case "offset":
			f.Offset, err = strconv.Atoi(v)
		default:
			return f, gym.Errorf(gym.CodeInvalidRequest, "there is no parameter %q", name)
		}
		if err != nil {
			return f, gym.Errorf(gym.CodeInvalidRequest, "parameter %q has a wrong value", name)
		}
	}
	return f, nil
}

// answer writes v, or the failure.
func answer(w http.ResponseWriter, v any, err error) {
	if err != nil {
		writeError(w, statusOf(gym.CodeOf(err)), err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.MarshalWrite(w, v, json.Deterministic(true), jsonv1.OmitEmptyWithLegacySemantics(true)) // who asked may be gone
}

func statusOf(c gym.Code) int {
	switch c {
	case gym.CodeInvalidRequest, gym.CodeUnknownBackend:
		return http.StatusBadRequest
	case gym.CodeUnknownEpisode, gym.CodeUnknownEnvironment:
		return http.StatusNotFound
	}
	return http.StatusInternalServerError
}

func writeError(w http.ResponseWriter, status int, err error) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.MarshalWrite(w, map[string]any{"error": wire.ErrorOf(err)})
}

// countTimeout bounds how long a list of environments waits for their tasks to be
// counted: some have to be looked for in a browser first.
const countTimeout = 2 * time.Second

// envs describes every environment. Those of one namespace are asked one after another, for
// they may share a browser; namespaces do not wait for each other. Splits that are not counted
// in time are left out.
func (s *Server) envs(ctx context.Context) []wire.EnvInfo {
	ctx, cancel := context.WithTimeout(ctx, countTimeout)
	defer cancel()
	registered := s.o.Registry.All()
	all := make([]wire.EnvInfo, len(registered))
	namespaces := make(map[string][]int)
	for i, reg := range registered {
		name, _, _ := strings.Cut(reg.Spec.ID, "/")
		namespaces[name] = append(namespaces[name], i)
	}
	var described sync.WaitGroup
	for _, indices := range namespaces {
		described.Go(func() {
			for _, i := range indices {
				all[i] = s.env(ctx, registered[i])
			}
		})
	}
	described.Wait()
	return all
}

// env describes one; what is missing for its real side or its tasks is said in it.
func (s *Server) env(ctx context.Context, reg gym.Registration) wire.EnvInfo {
	info := wire.EnvInfo{
		Spec: reg.Spec, Backends: s.o.Backends.Backends(reg), Splits: make(wire.TaskCounts), Solver: reg.Solver != nil,
	}
	if reg.Ready != nil {
		if err := reg.Ready(); err != nil {
			info.Missing = gym.AsError(err).Msg
			return info
		}
	}
	for _, split := range gym.Splits() {
		n, err := reg.Tasks.Len(ctx, split)
		switch {
		case err != nil && ctx.Err() != nil:
			return info
		case err != nil:
			info.Missing = gym.AsError(err).Msg
			return info
		case n > 0:
			info.Splits[split] = n
		}
	}
	return info
}

// tasks lists a part of a split.
func (s *Server) tasks(ctx context.Context, q *wire.Request) (*wire.TaskList, error) {
	id, _, err := gym.ParseID(q.Env)
	if err != nil {
		return nil, err
	}
	reg, err := s.o.Registry.Find(id)
	if err != nil {
		return nil, err
	}
	split, from, limit := q.Split, int64(0), q.Limit
	if split == "" {
		split = gym.SplitTrain
	}
	if limit == 0 {
		limit = wire.DefaultTasks
	}
	if q.Index != nil {
		from = *q.Index
	}
	n, err := reg.Tasks.Len(ctx, split)
	if err != nil {
		return nil, err
	}
	list := &wire.TaskList{Total: n, Tasks: []wire.TaskInfo{}}
	for i := from; i < min(from+limit, int64(n)); i++ {
		t, err := reg.Tasks.At(ctx, split, int(i))
		if err != nil {
			return nil, err
		}
		list.Tasks = append(list.Tasks, wire.TaskInfo{ID: t.ID, Goal: t.Goal, Split: t.Split, Scene: t.Scene})
	}
	return list, nil
}
