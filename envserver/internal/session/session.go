package session

import (
	"sync"
	"sync/atomic"
	"time"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/alarm"
	"dreamgym/envserver/wire"
)

// Session is a lease on one environment. Requests may be submitted from many goroutines;
// one goroutine at a time carries them out, and there is none while nothing is to be done.
type Session struct {
	m      *Manager
	id     string
	opened openedBy

	mu       sync.Mutex
	client   Client    // whose requests are taken; nil while nobody holds the session
	detached time.Time // when the client was lost
	queue    []task
	working  bool
	ended    bool
	// last is when the newest reply was given, in Unix nanoseconds.
	last atomic.Int64

	called atomic.Pointer[call] // the call under way
	alarm  *alarm.Alarm         // of calls; nil before the first

	play play // of the goroutine that works
}

// openedBy identifies the request that opened a session.
type openedBy struct {
	request int64
	digest  [wire.DigestSize]byte
}

// task is a request in the queue.
type task struct {
	q  *wire.Request
	to Client
}

// ID is the session's id.
func (s *Session) ID() string { return s.id }

// Ended tells whether the session was closed.
func (s *Session) Ended() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended
}

// Touch keeps the session from being idle, as a reply does. It answers whether the session is
// open still.
func (s *Session) Touch() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ended {
		s.last.Store(s.m.o.Now().UnixNano())
	}
	return !s.ended
}

// Submit queues a request of the client's, which is the session's from then on, and sees
// that it is carried out; the answer goes to to. An error is the answer to a request that
// was not queued.
func (s *Session) Submit(c Client, q *wire.Request, to Client) error {
	idle, err := s.Queue(c, q, to)
	if idle {
		go s.Work()
	}
	return err
}

// Queue is Submit for a caller that lends its goroutine: when it answers that the session
// is idle, Work must be called.
func (s *Session) Queue(c Client, q *wire.Request, to Client) (idle bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.m.draining.Load():
		return false, errDraining()
	case s.ended:
		return false, unknownSession(s.id)
	case s.client != c:
		return false, gym.Errorf(gym.CodeSessionLost, "session %q was resumed on another connection", s.id)
	case len(s.queue) >= s.m.o.Limits.QueuePerSession:
		return false, gym.Errorf(gym.CodeCapacityReached, "session %q has as many requests waiting as it may: limit \"queue_per_session\" is %d", s.id, s.m.o.Limits.QueuePerSession)
	}
	s.queue = append(s.queue, task{q, to})
	if idle = !s.working; idle {
		s.working = true
		s.m.busy.Add(1)
	}
	return idle, nil
}

// reopen answers an open request for a session that is open.
func (s *Session) reopen(c Client, q *wire.Request, to Client) error {
	again := s.opened == openedBy{q.ID, q.Digest()}
	s.mu.Lock()
	held := s.client == c
	if again && !held {
		s.client = c
	}
	s.mu.Unlock()
	switch {
	case again:
		return s.Submit(c, q, to)
	case held && s.opened.request == q.ID:
		return conflict()
	}
	return gym.Errorf(gym.CodeSessionExists, "session %q is open already", q.Session)
}

// Attach makes c the client that holds the session, in place of any other. It answers whether
// the session is open still.
func (s *Session) Attach(c Client) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.client = c
	return !s.ended
}

// Detach leaves the session without a client, if c held it.
func (s *Session) Detach(c Client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.client == c {
		s.client, s.detached = nil, s.m.o.Now()
	}
}

// take answers the next task; false when there is none, and the goroutine must go.
func (s *Session) take() (task, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queue) == 0 {
		s.working = false
		s.m.busy.Done()
		return task{}, false
	}
	t := s.queue[0]
	if len(s.queue) == 1 {
		s.queue[0] = task{}
		s.queue = s.queue[:0]
	} else {
		s.queue = s.queue[1:]
	}
	return t, true
}

// Work carries tasks out until none is left, or until it was given up on in one of them.
func (s *Session) Work() {
	for {
		t, ok := s.take()
		if !ok || !s.serve(t) {
			return
		}
	}
}

// serve carries one task out and answers it; false when it was given up on meanwhile,
// and another goroutine has gone on.
func (s *Session) serve(t task) bool {
	r := &s.play.reply
	if !s.carryOut(t, r) {
		return false
	}
	s.answer(t, r)
	*r = wire.Reply{}
	return true
}

// answer delivers a reply.
func (s *Session) answer(t task, r *wire.Reply) {
	r.ID, r.Session = t.q.ID, s.id
	s.last.Store(s.m.o.Now().UnixNano())
	if r.Error != nil {
		s.m.o.Metrics.errors.WithLabelValues(string(r.Error.Code)).Inc()
	}
	t.to.Deliver(r)
}

// end takes no more requests; what is queued is answered with unknown_session.
func (s *Session) end() {
	s.mu.Lock()
	s.ended = true
	left := s.queue
	s.queue = nil
	s.mu.Unlock()
	for i := range left {
		r := wire.Reply{Error: wire.ErrorOf(unknownSession(s.id))}
		s.answer(left[i], &r)
	}
}

// conflict shows no id: the reply has it, and a front end's client knows the request by another name.
func conflict() error {
	return gym.Errorf(gym.CodeRequestConflict, "the id of this request was that of another request before")
}
