package session

import (
	"context"
	"fmt"
	"math"
	"runtime/debug"
	"sync/atomic"
	"time"

	"dreamgym/envserver/gym"
)

// States of a call into an Env.
const (
	callRuns int32 = iota
	callReturned
	callAbandoned
)

// call is a call into a session's Env, or one that opens it. Its context ends at the
// deadline; an Env that has not returned a while later is given up: the session goes on
// without it, in another goroutine, and the Env is closed when it does return.
type call struct {
	s     *Session
	t     task
	env   gym.Env
	state atomic.Int32
}

// action is what is done to an Env. It may open another and touches nothing else of the
// session: when it does not return, the session goes on without it and the Env.
type action func(ctx context.Context, env *gym.Env) (gym.Timestep, error)

// call runs f within a deadline; false says that it was given up on meanwhile: nothing of
// the session may be touched then.
func (s *Session) call(t task, deadline time.Duration, f action) (ts gym.Timestep, err error, mine bool) {
	c := &call{s: s, t: t, env: s.play.env}
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	overdue := time.AfterFunc(deadline+s.m.o.AbandonAfter, c.abandon)
	ts, err = guarded(ctx, &c.env, f)
	overdue.Stop()
	if err == nil {
		err = checkTimestep(&ts)
	}
	if mine = c.state.CompareAndSwap(callRuns, callReturned); mine {
		s.play.env = c.env
	} else {
		s.m.discard(c.env)
	}
	return ts, err, mine
}

// abandon gives a call up that has not returned yet.
func (c *call) abandon() {
	if c.state.CompareAndSwap(callRuns, callAbandoned) {
		c.s.giveUp(c.t)
	}
}

// guarded turns a panic into CodeEnvCrashed.
func guarded(ctx context.Context, env *gym.Env, f action) (ts gym.Timestep, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &gym.Error{Code: gym.CodeEnvCrashed, Msg: "the environment failed", Err: fmt.Errorf("panic: %v\n%s", p, debug.Stack())}
		}
	}()
	return f(ctx, env)
}

// checkTimestep refuses what cannot be sent.
func checkTimestep(ts *gym.Timestep) error {
	if math.IsNaN(ts.Reward) || math.IsInf(ts.Reward, 0) {
		return gym.Errorf(gym.CodeEnvCrashed, "the environment gave a reward that is not a finite number")
	}
	return nil
}
