package server

import (
	"context"
	"sync"
	"time"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/session"
	"dreamgym/envserver/wire"
)

// listTimeout bounds the making of a list.
const listTimeout = 5 * time.Minute

// maxLists bounds the lists that are made for a connection at a time.
const maxLists = 8

// dispatch sees that a request is answered, by whomever.
func (c *conn) dispatch(q *wire.Request) {
	switch q.Op {
	case wire.OpPing:
		c.Deliver(&wire.Reply{ID: q.ID, Pong: true})
	case wire.OpEnvs, wire.OpTasks:
		c.startList(q)
	case wire.OpBatch:
		c.batch(q)
	case wire.OpSteps:
		if c.fits(q, len(q.Sessions)) {
			c.steps(q, c)
		}
	default:
		c.submit(q, c)
	}
}

// submit hands a request to its session; the answer goes to to. Who is to carry it out, if
// nobody does yet: see assign.
func (c *conn) submit(q *wire.Request, to session.Client) {
	var err error
	switch s := c.sessions[q.Session]; {
	case q.Op == wire.OpOpen:
		err = c.open(q, to)
	case q.Op == wire.OpResume:
		err = c.resume(q, to)
	case q.Op == wire.OpClose && c.srv.o.Sessions.Closed(q.Session, q.ID):
		to.Deliver(&wire.Reply{ID: q.ID, Session: q.Session, Closed: true})
	case s == nil:
		err = gym.Errorf(gym.CodeUnknownSession, "session %q is not open on this connection: open it, or resume it with its token", q.Session)
	default:
		var idle bool
		if idle, err = s.Queue(c, q, to); idle {
			c.assign(s)
		} else if gym.CodeOf(err) == gym.CodeUnknownSession {
			c.drop(q.Session)
		}
	}
	if err != nil {
		c.fail(to, q, err)
	}
}

// fail answers a request that no session took.
func (c *conn) fail(to session.Client, q *wire.Request, err error) {
	r := wire.Reply{ID: q.ID, Session: q.Session, Error: wire.ErrorOf(err)}
	c.srv.m.errors.WithLabelValues(string(r.Error.Code)).Inc()
	to.Deliver(&r)
}

func (c *conn) open(q *wire.Request, to session.Client) error {
	return c.hold(q, to, c.srv.o.Sessions.Open)
}

func (c *conn) resume(q *wire.Request, to session.Client) error {
	return c.hold(q, to, c.srv.o.Sessions.Resume)
}

// hold gets the connection a session, if it may have one more.
func (c *conn) hold(q *wire.Request, to session.Client, get func(session.Client, *wire.Request, session.Client) (*session.Session, error)) error {
	most := c.srv.o.Limits.SessionsPerConnection
	if n := len(c.sessions) + 1; n > most || n >= 2*c.swept {
		c.sweep()
	}
	if _, here := c.sessions[q.Session]; !here && len(c.sessions) >= most {
		return gym.Errorf(gym.CodeCapacityReached, "the connection has as many sessions as it may: limit \"sessions_per_connection\" is %d", most)
	}
	s, err := get(c, q, to)
	if err != nil {
		return err
	}
	if c.sessions == nil {
		c.sessions = make(map[string]*session.Session)
	}
	c.sessions[s.ID()] = s
	c.held.Store(int32(len(c.sessions)))
	return nil
}

// sweep forgets the sessions that have ended. It is done whenever there may be twice as
// many as were left the last time: it costs an open no more the more there are.
func (c *conn) sweep() {
	for id, s := range c.sessions {
		if s.Ended() {
			delete(c.sessions, id)
		}
	}
	c.swept = len(c.sessions)
	c.held.Store(int32(c.swept))
}

// drop forgets a session that is closed.
func (c *conn) drop(id string) {
	delete(c.sessions, id)
	c.held.Store(int32(len(c.sessions)))
}

// startList makes a list beside the reading of requests: it may take its time.
func (c *conn) startList(q *wire.Request) {
	if c.lists.Add(1) > maxLists {
		c.lists.Add(-1)
		c.fail(c, q, gym.Errorf(gym.CodeCapacityReached, "the connection waits for %d lists already: ask again when they are answered", maxLists))
		return
	}
	go func() {
		defer c.lists.Add(-1)
		c.list(q)
	}()
}

// list answers envs and tasks.
func (c *conn) list(q *wire.Request) {
	ctx, cancel := context.WithTimeout(context.Background(), listTimeout)
	defer cancel()
	r := wire.Reply{ID: q.ID}
	var err error
	if q.Op == wire.OpEnvs {
		r.Envs = c.srv.envs(ctx)
	} else {
		r.Tasks, err = c.srv.tasks(ctx, q)
	}
	if err != nil {
		c.fail(c, q, err)
		return
	}
	c.Deliver(&r)
}

// batch hands the members of a batch to their sessions, each with a place for its answer.
func (c *conn) batch(q *wire.Request) {
	n := len(q.Requests)
	for i := range q.Requests {
		n += max(len(q.Requests[i].Sessions), 1) - 1
	}
	if !c.fits(q, n) {
		return
	}
	b := &batch{c: c, id: q.ID, left: len(q.Requests), answers: make([]*[]byte, len(q.Requests))}
	members := make([]member, len(q.Requests))
	for i := range q.Requests {
		m := &q.Requests[i]
		members[i] = member{b, i}
		if m.Fault != nil {
			c.fail(&members[i], m, m.Fault)
			continue
		}
		if m.Op == wire.OpSteps {
			c.steps(m, &members[i])
			continue
		}
		c.submit(m, &members[i])
	}
}

// fits tells whether so many requests may be in one frame; where not, it has said so.
func (c *conn) fits(q *wire.Request, n int) bool {
	most := c.srv.o.Limits.Batch
	if n > most {
		c.fail(c, q, gym.Errorf(gym.CodeTooLarge, "the batch has %d requests: limit \"batch\" is %d", n, most))
	}
	return n <= most
}

// batch gathers the answers to its members; the last one sends them.
type batch struct {
	c  *conn
	id int64

	mu      sync.Mutex
	left    int
	answers []*[]byte
}

// member is a member's place in a batch.
type member struct {
	b *batch
	i int
}

// Deliver keeps a member's answer.
func (m *member) Deliver(r *wire.Reply) { m.send(m.b.c.encode(r)) }

func (m *member) send(answer *[]byte) {
	m.b.mu.Lock()
	m.b.answers[m.i] = answer
	m.b.left--
	last := m.b.left == 0
	m.b.mu.Unlock()
	if last {
		m.b.send()
	}
}

// send sends the answers as one frame.
func (b *batch) send() {
	s := b.c.srv
	parts := make([][]byte, len(b.answers))
	for i, a := range b.answers {
		parts[i] = *a
	}
	frame := s.buffer()
	out, err := b.c.codec.AppendBatch((*frame)[:0], b.id, parts)
	for _, a := range b.answers {
		s.free(a)
	}
	*frame = out
	if err != nil {
		s.free(frame)
		b.c.Deliver(&wire.Reply{ID: b.id, Error: wire.ErrorOf(err)})
		return
	}
	b.c.send(frame)
}
