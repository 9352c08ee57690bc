package compat

import (
	"context"
	"hash/fnv"
	"sync/atomic"
	"time"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/session"
	"dreamgym/envserver/wire"
)

// Lease is a front end's hold on one session. Its calls block until they are answered; it may
// be used by many goroutines, and the session carries their requests out one after another.
type Lease struct {
	Target
	s *session.Session

	// Episode and Steps are of the episode that ran when the session was resumed; "" and 0
	// otherwise.
	Episode string
	Steps   int

	last atomic.Int64 // the newest request id that was taken
}

// Reset is what an episode is to be; the zero value leaves everything open.
type Reset struct {
	Backend    string // "": the lease's
	Task       string // its id; or Split and Index
	Split      gym.Split
	Index      *int64
	Seed       *int64
	Evaluation bool
	Episode    string // of the backend replay: the recorded episode
}

// Call says how a request is to be carried out.
type Call struct {
	// Key names the request: one that was carried out under the same key is answered again.
	// "": it is a new one.
	Key string
	// Timeout shortens the server's own; zero: it does not.
	Timeout time.Duration
}

// Open leases a session under an id of the front end's choice. Where the server is full it
// waits for room, for Host.Wait at the most.
func (h *Host) Open(ctx context.Context, id string, t Target) (*Lease, error) {
	ctx, cancel := context.WithTimeout(ctx, h.Wait)
	defer cancel()
	for pause := 5 * time.Millisecond; ; pause = min(2*pause, 200*time.Millisecond) {
		l, err := h.open(id, t)
		if gym.CodeOf(err) != gym.CodeCapacityReached {
			return l, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(pause):
		}
	}
}

func (h *Host) open(id string, t Target) (*Lease, error) {
	l := &Lease{Target: t}
	l.last.Store(1)
	q := &wire.Request{ID: 1, Op: wire.OpOpen, Session: id, Env: t.Reg.Spec.ID, Backend: string(t.Backend)}
	a := newAnswer()
	s, err := h.Sessions.Open(l, q, a)
	if err != nil {
		return nil, err
	}
	l.s = s
	return l, a.wait(nil)
}

// Resume takes over a session that is open without a client, as one is after the server was
// started anew; CodeUnknownSession where there is none of this id.
func (h *Host) Resume(id string) (*Lease, error) {
	l := &Lease{}
	a := newAnswer()
	q := &wire.Request{ID: 1, Op: wire.OpResume, Session: id, Token: h.Sessions.Token(id)}
	s, err := h.Sessions.Resume(l, q, a)
	if err != nil {
		return nil, err
	}
	l.s = s
	return l, a.wait(func(r *wire.Reply) (err error) {
		l.last.Store(r.Resumed.LastID)
		l.Backend = gym.Backend(r.Resumed.Backend)
		l.Episode, l.Steps = r.Resumed.Episode, r.Resumed.Steps
		l.Reg, err = h.Registry.Find(r.Resumed.Spec.ID)
		return err
	})
}

// Deliver makes a Lease the session's client; every request names where its own answer goes.
func (*Lease) Deliver(*wire.Reply) {}

// Reset starts an episode.
func (l *Lease) Reset(r Reset, c Call) (gym.Timestep, error) {
	return l.act(r.request(), c)
}

// Step carries an action out.
func (l *Lease) Step(a gym.Action, c Call) (gym.Timestep, error) {
	return l.act(wire.Request{Op: wire.OpStep, Action: a}, c)
}

// SendReset is Reset for a caller that does not wait: the answer goes to to, perhaps before
// SendReset returns. An error is the answer to a request that was not taken. A reset has a
// goroutine of its own: it runs deep, and the caller's stack would stay large from then on.
func (l *Lease) SendReset(r Reset, c Call, to session.Client) error {
	return l.submit(r.request(), c, to)
}

// SendStep is Step for a caller that lends its goroutine: an idle session works in it, and so
// nobody has to be woken. The answer goes to to, in this goroutine or another, and perhaps
// before SendStep returns. An error is the answer to a request that was not taken. The request
// is made in q, which is the session's until the answer is given.
func (l *Lease) SendStep(q *wire.Request, a gym.Action, c Call, to session.Client) error {
	*q = wire.Request{}
	q.Op, q.Action = wire.OpStep, a
	l.name(q, c)
	idle, err := l.s.Queue(l, q, to)
	if idle {
		l.s.Work()
	}
	return err
}

// Outcome reads the answer to what SendReset and SendStep sent. again tells that it is the
// answer that the request got when it was carried out, earlier.
func Outcome(r *wire.Reply) (ts *gym.Timestep, again bool, err error) {
	ts, err = r.Outcome()
	return ts, err == nil && r.Timestep == nil, err
}

func (r Reset) request() wire.Request {
	return wire.Request{
		Op: wire.OpReset, Backend: r.Backend, Task: r.Task, Split: r.Split, Index: r.Index, Seed: r.Seed,
		Evaluation: r.Evaluation, Episode: r.Episode,
	}
}

// Close ends the session, and its episode if one is running.
func (l *Lease) Close() error {
	return l.do(wire.Request{Op: wire.OpClose}, Call{}, nil)
}

// Touch keeps the session from being idle; CodeUnknownSession if it has ended.
func (l *Lease) Touch() error {
	if !l.s.Touch() {
		return UnknownSession(l.s.ID())
	}
	return nil
}

// Detach leaves the session to whoever takes it over within the grace period.
func (l *Lease) Detach() { l.s.Detach(l) }

// Attach takes the session back after Detach; CodeUnknownSession if it has ended.
func (l *Lease) Attach() error {
	if !l.s.Attach(l) {
		return UnknownSession(l.s.ID())
	}
	return nil
}

// Ended tells whether the session was closed, by whomever.
func (l *Lease) Ended() bool { return l.s.Ended() }

func (l *Lease) act(q wire.Request, c Call) (ts gym.Timestep, err error) {
	err = l.do(q, c, func(r *wire.Reply) error {
		read, _, err := Outcome(r)
		if err == nil {
			ts = *read
		}
		return err
	})
	return ts, err
}

func (l *Lease) submit(q wire.Request, c Call, to session.Client) error {
	l.name(&q, c)
	return l.s.Submit(l, &q, to)
}

// do submits a request and waits for its answer, which take reads while it holds.
func (l *Lease) do(q wire.Request, c Call, take func(*wire.Reply) error) error {
	a := newAnswer()
	if err := l.submit(q, c, a); err != nil {
		return err
	}
	return a.wait(take)
}

func (l *Lease) name(q *wire.Request, c Call) {
	q.ID, q.Session, q.TimeoutMS = l.id(c.Key), l.s.ID(), c.Timeout.Milliseconds()
}

// id is a request's: the next one, or that which its key stands for.
func (l *Lease) id(key string) int64 {
	if key != "" {
		h := fnv.New64a()
		h.Write([]byte(key))
		return keyed | int64(h.Sum64()%keyed)
	}
	return l.last.Add(1)
}

// keyed is the bit that sets the ids of named requests apart from those that are counted;
// both stay within what the protocol can say.
const keyed = (wire.MaxInt + 1) / 2

// answer is where one reply goes. The reply is read by the waiting goroutine while Deliver
// holds it.
type answer struct {
	given chan *wire.Reply
	read  chan struct{}
}

func newAnswer() *answer { return &answer{make(chan *wire.Reply), make(chan struct{})} }

// Deliver hands a reply over and returns when it was read.
func (a *answer) Deliver(r *wire.Reply) {
	a.given <- r
	<-a.read
}

// wait answers the reply's failure, or take's.
func (a *answer) wait(take func(*wire.Reply) error) error {
	r := <-a.given
	defer close(a.read)
	switch {
	case r.Error != nil:
		return r.Error.Err()
	case take != nil:
		return take(r)
	}
	return nil
}
