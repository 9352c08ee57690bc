package main

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"dreamgym/adapters/chrome"
	"dreamgym/envserver/episode"
	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/backend"
	"dreamgym/envserver/internal/compat/openenv"
	"dreamgym/envserver/internal/config"
	"dreamgym/envserver/internal/conns"
	"dreamgym/envserver/internal/server"
	"dreamgym/envserver/internal/session"
	"dreamgym/envserver/internal/store"
	"dreamgym/synth/dream"
	"dreamgym/synth/model"
)

// core is everything that runs over one data folder.
type core struct {
	settings config.Server
	room     *conns.Room // for the connections of every protocol
	log      zerolog.Logger
	registry *gym.Registry
	adapters io.Closer
	episodes *episode.Log
	store    *store.Store
	browsers chrome.Meter
	feed     *feed
	model    io.Closer
	sessions *session.Manager
	openenv  *openenv.Front
	server   *server.Server

	stop       context.CancelFunc // of what runs in the background
	background sync.WaitGroup
}

// openCore opens a data folder for serving, recovers what a crash left, and makes a
// server of it. On failure nothing stays open.
func openCore(ctx context.Context, s config.Server, data string, log zerolog.Logger) (_ *core, err error) {
	c := &core{settings: s, log: log, registry: gym.NewRegistry()}
	var background context.Context
	background, c.stop = context.WithCancel(context.Background())
	defer func() {
		if err != nil {
			err = errors.Join(err, c.close(ctx))
		}
	}()
	if c.adapters, err = register(c.registry, s, data, &c.browsers, log); err != nil {
		return nil, err
	}
	durability := s.Durability
	if durability == config.DurabilityNone {
		durability = episode.DurableProcess
	}
	if c.episodes, err = episode.Open(data, episode.Options{Durability: durability}); err != nil {
		return nil, err
	}
	if c.store, err = store.Open(ctx, data, c.episodes.Reader); err != nil {
		return nil, err
	}
	c.feed = newFeed(s.BufferSize, c.episodes, c.registry, log)
	if err = c.feed.fillImports(data); err != nil {
		return nil, err
	}
	if err = c.serveSessions(ctx, data); err != nil {
		return nil, err
	}
	c.background.Go(func() { c.feed.follow(background) })
	c.background.Go(func() {
		c.store.Follow(background, c.episodes, func(err error) { log.Error().Err(err).Msg("the catalogue is behind the log") })
	})
	c.background.Go(func() { c.sessions.Run(background, reapEvery(s)) })
	c.background.Go(func() { c.openenv.Run(background) })
	return c, nil
}

// serveSessions makes the sessions and the server over them.
func (c *core) serveSessions(ctx context.Context, data string) error {
	key, err := sessionKey(data)
	if err != nil {
		return err
	}
	metrics := prometheus.NewRegistry()
	exportBrowsers(metrics, &c.browsers)
	m, closer, err := openModel(ctx, c.settings.Model, data, newModelMetrics(metrics))
	if err != nil {
		return err
	}
	c.model = closer
	if l, ok := m.(model.Learner); ok && c.settings.Model.Encoder.URL != "" {
		c.feed.learn(l) // what another encoder encoded is encoded anew
	}
	backends := &backend.Resolver{Dreamer: &dream.Dreamer{Model: m, Buffer: c.feed.buffer}, Recordings: c.store}
	var journal session.Journal = c.episodes
	if c.settings.Durability == config.DurabilityNone {
		journal = session.Unrecorded{}
	}
	c.sessions, err = session.NewManager(session.Options{
		Registry: c.registry, Backends: backends, Journal: journal, Limits: c.settings.Limits(), Key: key,
		Version: "envserver/" + version, Metrics: session.NewMetrics(metrics), Log: c.log,
	})
	if err != nil {
		return err
	}
	c.room = conns.NewRoom(c.settings.MaxConnections)
	mounts, err := c.mounts(backends, metrics)
	if err != nil {
		return err
	}
	c.server = server.New(server.Options{
		Sessions: c.sessions, Registry: c.registry, Backends: backends, Episodes: c.store, Limits: c.settings.Limits(),
		Version: "envserver/" + version, Token: c.settings.Token, AllowOrigin: c.settings.AllowOrigin,
		Room: c.room, PingEvery: c.settings.PingEvery, WriteTimeout: c.settings.WriteTimeout,
		Mounts: mounts, Metrics: metrics, Log: c.log,
	})
	return nil
}

// reapEvery is how often to look for idle sessions: often enough for the shortest limit.
func reapEvery(s config.Server) time.Duration {
	return min(max(min(s.IdleTimeout, s.Grace)/4, 10*time.Millisecond), 10*time.Second)
}

// sessionKey answers the key that sessions' tokens are made with. It is kept beside the
// data, for its owner alone, so that tokens hold over a restart.
func sessionKey(data string) ([]byte, error) {
	path := filepath.Join(data, "session.key")
	key, err := os.ReadFile(path)
	if err == nil && len(key) >= 32 {
		return key, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, &gym.Error{Code: gym.CodeStorage, Msg: "session.key in the data folder cannot be read", Err: err}
	}
	key = make([]byte, 32)
	rand.Read(key) // it never fails
	if err := os.WriteFile(path, key, 0o600); err != nil {
		return nil, &gym.Error{Code: gym.CodeStorage, Msg: "session.key cannot be written to the data folder", Err: err}
	}
	return key, nil
}

// listen opens an address and tells other commands of it.
func (c *core) listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, &gym.Error{Code: gym.CodeInvalidConfig, Msg: "cannot listen on " + address + ": another program may use the port (try --listen 127.0.0.1:0)", Err: err}
	}
	if err := c.episodes.Announce("http://" + l.Addr().String()); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// headroom is how much garbage may come together, beside as much as is in use, before it
// is collected. A server in use holds little and leaves much behind, so that without it
// the collector would run all the time.
const headroom = 16 << 20

// serve answers on l until ctx ends, then drains.
func (c *core) serve(ctx context.Context, l net.Listener) error {
	spare := make([]byte, headroom) // address space: it is never written to
	defer runtime.KeepAlive(spare)
	served := make(chan error, 1)
	go func() { served <- c.server.Serve(l) }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.Background(), c.settings.DrainTimeout)
	defer cancel()
	return errors.Join(c.server.Shutdown(drain), <-served)
}

// close frees everything, the data folder last.
func (c *core) close(context.Context) error {
	c.stop()
	var errs []error
	c.background.Wait()
	if c.model != nil {
		errs = append(errs, c.model.Close())
	}
	if c.adapters != nil {
		errs = append(errs, c.adapters.Close())
	}
	if c.store != nil {
		errs = append(errs, c.store.Close())
	}
	if c.episodes != nil {
		errs = append(errs, c.episodes.Close())
	}
	return errors.Join(errs...)
}
