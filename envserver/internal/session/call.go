package session

import (
	"context"
	"fmt"
	"math"
	"runtime/debug"
	"sync"
	"time"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/alarm"
)

// call is a call into a session's Env, or one that opens it, and the context of that. The
// context ends at the deadline; an Env that has not returned a while later is given up: the
// session goes on without it, in another goroutine, and the Env is closed when it does
// return. The alarm is why this is no context of package context: those have timers.
type call struct {
	s     *Session
	t     task
	env   gym.Env
	until time.Time // the deadline
	alarm *alarm.Alarm

	mu    sync.Mutex
	err   error         // why the context ended
	ended chan struct{} // nil until somebody waits for that
	left  bool          // the Env returned, or was given up
}

var _ context.Context = (*call)(nil)

// action is what is done to an Env. It may open another and touches nothing else of the
// session: when it does not return, the session goes on without it and the Env.
type action func(ctx context.Context, env *gym.Env) (gym.Timestep, error)

// call runs f within a deadline; false says that it was given up on meanwhile: nothing of
// the session may be touched then.
func (s *Session) call(t task, deadline time.Duration, f action) (ts gym.Timestep, err error, mine bool) {
	c := &call{s: s, t: t, env: s.play.env, until: time.Now().Add(deadline)}
	c.alarm = s.m.clock.New(c.overdue)
	c.alarm.Set(deadline)
	ts, err = guarded(c, f)
	c.end(context.Canceled)
	if err == nil {
		err = checkTimestep(&ts)
	}
	if mine = c.leave(); mine {
		s.play.env = c.env
	} else {
		s.m.discard(c.env)
	}
	return ts, err, mine
}

// overdue ends the context, and for the second time the session's waiting for the Env.
func (c *call) overdue() {
	if c.end(context.DeadlineExceeded) {
		c.alarm.Set(c.s.m.o.AbandonAfter)
	} else if c.Err() == context.DeadlineExceeded && c.leave() {
		c.s.giveUp(c.t)
	}
}

// leave takes the call from the Env, once.
func (c *call) leave() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	first := !c.left
	c.left = true
	c.alarm.Stop()
	return first
}

// end ends the context, once.
func (c *call) end(err error) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return false
	}
	c.err = err
	if c.ended != nil {
		close(c.ended)
	}
	return true
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

// guarded turns a panic into CodeEnvCrashed.
func guarded(c *call, f action) (ts gym.Timestep, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &gym.Error{Code: gym.CodeEnvCrashed, Msg: "the environment failed", Err: fmt.Errorf("panic: %v\n%s", p, debug.Stack())}
		}
	}()
	return f(c, &c.env)
}

// checkTimestep refuses what cannot be sent.
func checkTimestep(ts *gym.Timestep) error {
	if math.IsNaN(ts.Reward) || math.IsInf(ts.Reward, 0) {
		return gym.Errorf(gym.CodeEnvCrashed, "the environment gave a reward that is not a finite number")
	}
	return nil
}
