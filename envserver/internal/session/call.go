package session

import (
	"context"
	"fmt"
	"math"
	"runtime/debug"
	"sync"
	"time"

	"dreamgym/envserver/gym"
)

// call is a call into a session's Env, or one that opens it, and the context of that. The
// context ends at the deadline; an Env that has not returned a while later is given up: the
// session goes on without it, in another goroutine, and the Env is closed when it does
// return. The session's alarm is why this is no context of package context: those have timers.
type call struct {
	s     *Session
	t     task
	env   gym.Env
	until time.Time    // the deadline
	ts    gym.Timestep // what the Env answered

	mu    sync.Mutex
	due   time.Time     // when the alarm is to go off
	err   error         // why the context ended
	ended chan struct{} // nil until somebody waits for that
	left  bool          // the Env returned, or was given up
}

var _ context.Context = (*call)(nil)

// action is what is done to an Env. It may open another and touches nothing else of the
// session: when it does not return, the session goes on without it and the Env.
type action func(ctx context.Context, env *gym.Env) (gym.Timestep, error)

// call runs f within a deadline, and tells how long that took; false says that it was given up
// on meanwhile: nothing of the session may be touched then.
func (s *Session) call(t task, deadline time.Duration, f action) (ts *gym.Timestep, took time.Duration, err error, mine bool) {
	began := time.Now()
	until := began.Add(deadline)
	c := &call{s: s, t: t, env: s.play.env, until: until, due: until}
	s.watch(c)
	err = guarded(c, f)
	took = time.Since(began)
	if err == nil {
		err = checkTimestep(&c.ts)
	}
	if mine = c.leave(); mine {
		s.play.env = c.env
	} else {
		s.m.discard(c.env)
	}
	return &c.ts, took, err, mine
}

// watch has the session's alarm go off for c.
func (s *Session) watch(c *call) {
	if s.alarm == nil {
		s.alarm = s.m.clock.New(s.overdue)
	}
	s.called.Store(c)
	s.alarm.Set(c.due)
}

// overdue ends the context of the call under way, and the second time the session's waiting
// for its Env.
func (s *Session) overdue() {
	if c := s.called.Load(); c != nil && c.expire(time.Now()) {
		s.giveUp(c.t)
	}
}

// expire ends the context and sets the alarm anew; the second time it takes the call from the
// Env: true. It does nothing where the alarm went off for the call before.
func (c *call) expire(now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.left || now.Before(c.due):
	case c.err == nil:
		c.finish(context.DeadlineExceeded)
		c.due = now.Add(c.s.m.o.AbandonAfter)
		c.s.alarm.Set(c.due)
	default:
		c.left = true
		return true
	}
	return false
}

// leave takes the call from the Env that returned; false where it was given up before.
func (c *call) leave() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.finish(context.Canceled)
	if c.left {
		return false
	}
	c.left = true
	c.s.called.Store(nil)
	c.s.alarm.Stop()
	return true
}

// finish ends the context, unless it has ended; it is called with the lock held.
func (c *call) finish(err error) {
	if c.err != nil {
		return
	}
	c.err = err
	if c.ended != nil {
		close(c.ended)
	}
}

// Deadline implements context.Context.
func (c *call) Deadline() (time.Time, bool) { return c.until, true }

// Done implements context.Context.
func (c *call) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended == nil {
		c.ended = make(chan struct{})
		if c.err != nil {
			close(c.ended)
		}
	}
	return c.ended
}

// Err implements context.Context.
func (c *call) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Value implements context.Context.
func (c *call) Value(any) any { return nil }

// guarded calls f. It turns a panic into CodeEnvCrashed.
func guarded(c *call, f action) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &gym.Error{Code: gym.CodeEnvCrashed, Msg: "the environment failed", Err: fmt.Errorf("panic: %v\n%s", p, debug.Stack())}
		}
	}()
	c.ts, err = f(c, &c.env)
	return err
}

// checkTimestep refuses what cannot be sent.
func checkTimestep(ts *gym.Timestep) error {
	if math.IsNaN(ts.Reward) || math.IsInf(ts.Reward, 0) {
		return gym.Errorf(gym.CodeEnvCrashed, "the environment gave a reward that is not a finite number")
	}
	return nil
}
