// Package session holds clients' leases on environments: it carries requests out exactly
// once, in order, within their deadlines, records them before it answers, and keeps a
// session through a lost connection and, where its environment allows, a restart.
package session

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/alarm"
	"dreamgym/envserver/internal/backend"
	"dreamgym/envserver/wire"
)

// Options of a Manager.
type Options struct {
	Registry *gym.Registry
	Backends *backend.Resolver
	Journal  Journal
	Limits   wire.Limits
	// Key makes sessions' tokens; with the same key they hold over a restart.
	Key []byte
	// Version is the server's, for the episodes' headers.
	Version string
	Metrics *Metrics
	Log     zerolog.Logger
	// AbandonAfter is how long past its deadline an environment may take to return before
	// it is given up; 2 s when zero.
	AbandonAfter time.Duration
	// Now tells the time; time.Now when nil.
	Now func() time.Time
}

// Manager holds every session of a server. It may be used by many goroutines.
type Manager struct {
	o     Options
	codec *wire.Codec // msgpack: what logs keep
	clock alarm.Clock

	mu       sync.RWMutex
	sessions map[string]*Session
	closed   tombstones

	draining atomic.Bool

	busy    sync.WaitGroup // sessions with work
	closing sync.WaitGroup // environments being closed
}

// NewManager makes a Manager, with the sessions that the journal has open: they wait for
// their clients to resume them.
func NewManager(o Options) (*Manager, error) {
	if o.AbandonAfter == 0 {
		o.AbandonAfter = 2 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	m := &Manager{o: o, codec: wire.NewCodecs().Msgpack, sessions: make(map[string]*Session)}
	return m, m.restore()
}

// Client is a connection as sessions see it. A Client is compared by identity.
type Client interface {
	// Deliver takes the answer to a request. It does not keep r or what it holds beyond
	// the call. It may wait for the network, for a bounded time.
	Deliver(r *wire.Reply)
}

// Open makes a session of the client's and queues its open request, whose answer goes to
// to. A session that is open already is answered for as the protocol says.
func (m *Manager) Open(c Client, q *wire.Request, to Client) (*Session, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s := m.sessions[q.Session]; s != nil {
		return s, s.reopen(c, q, to)
	}
	if m.draining.Load() {
		return nil, errDraining()
	}
	if len(m.sessions) >= m.o.Limits.Sessions {
		return nil, gym.Errorf(gym.CodeCapacityReached, "the server holds as many sessions as it may: limit \"sessions\" is %d", m.o.Limits.Sessions)
	}
	s := &Session{m: m, id: q.Session, client: c, opened: openedBy{request: q.ID, digest: q.Digest()}}
	m.sessions[s.id] = s
	m.closed.forget(s.id)
	m.o.Metrics.sessions.Inc()
	return s, s.Submit(c, q, to)
}

// Resume gives a session to the client that has its token, and queues the request's answer.
func (m *Manager) Resume(c Client, q *wire.Request, to Client) (*Session, error) {
	m.mu.RLock()
	s := m.sessions[q.Session]
	m.mu.RUnlock()
	if s == nil {
		return nil, unknownSession(q.Session)
	}
	if !hmac.Equal([]byte(q.Token), []byte(m.Token(s.id))) {
		return nil, gym.Errorf(gym.CodeUnauthorized, "the token is not that of session %q", q.Session)
	}
	s.Attach(c)
	return s, s.Submit(c, q, to)
}

// Closed tells whether a request to close a session was carried out before.
func (m *Manager) Closed(session string, request int64) bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.closed.has(session, request)
}

// Len is the number of open sessions.
func (m *Manager) Len() int {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return len(m.sessions)
}

// Token is what resumes a session: who has it may take the session over.
func (m *Manager) Token(id string) string {
	h := hmac.New(sha256.New, m.o.Key)
	h.Write([]byte(id))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:18])
}

// remove forgets a closed session; request closed it, 0 the server.
func (m *Manager) remove(s *Session, request int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.sessions[s.id] != s {
		return
	}
	delete(m.sessions, s.id)
	if request != 0 {
		m.closed.add(s.id, request)
	}
	m.o.Metrics.sessions.Dec()
}

// discard closes an Env that nobody uses any more. Close may take its time.
func (m *Manager) discard(env gym.Env) {
	if env == nil {
		return
	}
	m.closing.Go(func() {
		defer func() {
			if p := recover(); p != nil {
				m.o.Log.Error().Interface("panic", p).Msg("an environment panicked when closed")
			}
		}()
		if err := env.Close(); err != nil {
			m.o.Log.Warn().Err(err).Msg("an environment did not close cleanly")
		}
	})
}

func errDraining() error {
	return gym.Errorf(gym.CodeShuttingDown, "the server is shutting down")
}

func unknownSession(id string) error {
	return gym.Errorf(gym.CodeUnknownSession, "session %q is not open here: open it, or resume it with its token", id)
}

// tombstones remember the newest closed sessions, so that a repeated close is answered
// as the first.
type tombstones struct {
	by   map[string]int64 // request that closed it
	ring []string
	next int
}

const maxTombstones = 4096

func (t *tombstones) add(id string, request int64) {
	if t.by == nil {
		t.by = make(map[string]int64)
	}
	if len(t.ring) < maxTombstones {
		t.ring = append(t.ring, id)
	} else {
		delete(t.by, t.ring[t.next])
		t.ring[t.next] = id
		t.next = (t.next + 1) % maxTombstones
	}
	t.by[id] = request
}

func (t *tombstones) forget(id string) { delete(t.by, id) }

func (t *tombstones) has(id string, request int64) bool {
	r, ok := t.by[id]
	return ok && r == request
}
