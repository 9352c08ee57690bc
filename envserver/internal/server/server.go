// Package server puts sessions on the network: protocol v1 over WebSocket, and a few
// pages over HTTP for health, metrics and lists.
package server

import (
	"context"
	"crypto/sha256"
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/alarm"
	"dreamgym/envserver/internal/backend"
	"dreamgym/envserver/internal/session"
	"dreamgym/envserver/wire"
)

// Options of a Server.
type Options struct {
	Sessions *session.Manager
	Registry *gym.Registry
	Backends *backend.Resolver
	Episodes Episodes
	Limits   wire.Limits
	// Version is told in hello: "envserver/0.1.0".
	Version string
	// Token is what requests must bear; "": none is asked for, and the server answers only
	// to names of this machine.
	Token string
	// AllowOrigin lists origins ("https://example.org") that pages may connect from beside
	// the server's own; "*" allows any.
	AllowOrigin []string
	// Connections bounds how many there may be; 20,000 when zero.
	Connections int
	// PingEvery is the time between pings; a connection that shows no sign of life for two
	// of them is cut. 20 s when zero.
	PingEvery time.Duration
	// WriteTimeout is how long a client may take to accept what is sent; 10 s when zero.
	WriteTimeout time.Duration
	// Mounts are handlers of other protocols, by a pattern of ServeMux; who may use them is
	// checked before they are called.
	Mounts  map[string]http.Handler
	Metrics *prometheus.Registry
	Log     zerolog.Logger
}

func (o Options) withDefaults() Options {
	if o.Connections == 0 {
		o.Connections = 20000
	}
	if o.PingEvery == 0 {
		o.PingEvery = 20 * time.Second
	}
	if o.WriteTimeout == 0 {
		o.WriteTimeout = 10 * time.Second
	}
	return o
}

// Server answers HTTP requests and holds the connections that came of them.
type Server struct {
	o        Options
	token    [sha256.Size]byte
	codecs   wire.Codecs
	upgrader websocket.Upgrader
	http     *http.Server
	m        metrics
	writing  sync.Pool // *[]byte
	reading  sync.Pool // *bytes.Buffer
	clock    alarm.Clock

	mu       sync.Mutex
	conns    map[*conn]struct{}
	readers  sync.WaitGroup
	draining atomic.Bool
}

// New makes a server; Serve starts it.
func New(o Options) *Server {
	s := &Server{o: o.withDefaults(), codecs: wire.NewCodecs(), conns: make(map[*conn]struct{}), token: sha256.Sum256([]byte(o.Token))}
	s.m = newMetrics(o.Metrics)
	s.upgrader = websocket.Upgrader{
		HandshakeTimeout: 10 * time.Second,
		ReadBufferSize:   1 << 10, WriteBufferSize: 1 << 10, WriteBufferPool: new(sync.Pool),
		Subprotocols: []string{wire.SubprotocolMsgpack, wire.SubprotocolJSON},
		CheckOrigin:  func(*http.Request) bool { return true }, // allowed has checked it
	}
	s.http = &http.Server{Handler: s.handler(), ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 64 << 10}
	return s
}

// Serve answers on l until Shutdown is called.
func (s *Server) Serve(l net.Listener) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go s.keep(ctx)
	if err := s.http.Serve(gather{l}); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Shutdown takes no more connections or requests, lets what is under way end and be
// answered, and closes the connections. It ends early with ctx.
func (s *Server) Shutdown(ctx context.Context) error {
	s.draining.Store(true)
	stopped := make(chan error, 1)
	go func() { stopped <- s.http.Shutdown(ctx) }()
	err := s.o.Sessions.Shutdown(ctx)
	for _, c := range s.all() {
		c.bye(websocket.CloseGoingAway, "the server shuts down")
	}
	return errors.Join(err, <-stopped, s.waitReaders(ctx))
}

func (s *Server) waitReaders(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.readers.Wait()
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		for _, c := range s.all() {
			c.ws.Close()
		}
		return ctx.Err()
	}
}

// all answers the connections there are.
func (s *Server) all() []*conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]*conn, 0, len(s.conns))
	for c := range s.conns {
		all = append(all, c)
	}
	return all
}

// add takes a connection in; false when there are as many as there may be.
func (s *Server) add(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.conns) >= s.o.Connections || s.draining.Load() {
		return false
	}
	s.conns[c] = struct{}{}
	s.readers.Add(1)
	s.m.connections.Inc()
	return true
}

func (s *Server) remove(c *conn) {
	s.mu.Lock()
	delete(s.conns, c)
	s.mu.Unlock()
	s.m.connections.Dec()
	s.readers.Done()
}

// keep pings connections and cuts dead and silent ones, until ctx ends.
func (s *Server) keep(ctx context.Context) {
	tick := time.NewTicker(s.o.PingEvery)
	defer tick.Stop()
	silent := max(1, int(time.Duration(s.o.Limits.IdleTimeoutMS)*time.Millisecond/s.o.PingEvery))
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			for _, c := range s.all() {
				c.keep(silent)
			}
		}
	}
}
