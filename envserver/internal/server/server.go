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
	"time"

	"github.com/gorilla/websocket"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/alarm"
	"dreamgym/envserver/internal/backend"
	"dreamgym/envserver/internal/conns"
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
	// Room is for the connections, and for those of other protocols; nil: there is no limit.
	Room *conns.Room
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
	crew     *crew

	conns *conns.Set[*conn]
}

// New makes a server; Serve starts it.
func New(o Options) *Server {
	s := &Server{o: o.withDefaults(), codecs: wire.NewCodecs(), token: sha256.Sum256([]byte(o.Token)), crew: newCrew()}
	s.conns = conns.New[*conn](s.o.Room)
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
	defer s.crew.dismiss()
	s.conns.Close()
	stopped := make(chan error, 1)
	go func() { stopped <- s.http.Shutdown(ctx) }()
	err := s.o.Sessions.Shutdown(ctx)
	for _, c := range s.conns.All() {
		c.bye(websocket.CloseGoingAway, "the server shuts down")
	}
	return errors.Join(err, <-stopped, s.waitReaders(ctx))
}

func (s *Server) waitReaders(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.conns.Wait()
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		for _, c := range s.conns.All() {
			c.ws.Close()
		}
		return ctx.Err()
	}
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
			for _, c := range s.conns.All() {
				c.keep(silent)
			}
		}
	}
}
