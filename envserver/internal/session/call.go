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

// call bounds one call into an Env. Its context ends at the deadline; an Env that has not
// returned a while later is given up: the session goes on without it, in another
// goroutine, and the Env is closed when it does return.
type call struct {
	state atomic.Int32
	// over is called in a goroutine of its own when the call is given up.
	over func()
	wait time.Duration
}

// run calls f; false says that it was given up on meanwhile: nothing of the session may
// be touched then.
func (c *call) run(deadline time.Duration, f func(context.Context) (gym.Timestep, error)) (ts gym.Timestep, err error, mine bool) {
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	stop := context.AfterFunc(ctx, c.overdue)
	ts, err = guarded(ctx, f)
	stop()
	if err == nil {
		err = checkTimestep(&ts)
	}
	return ts, err, c.state.CompareAndSwap(callRuns, callReturned)
}

// overdue gives the Env some time to notice that its context has ended.
func (c *call) overdue() {
	time.AfterFunc(c.wait, func() {
		if c.state.CompareAndSwap(callRuns, callAbandoned) {
			c.over()
		}
	})
}

// guarded turns a panic into CodeEnvCrashed.
func guarded(ctx context.Context, f func(context.Context) (gym.Timestep, error)) (ts gym.Timestep, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &gym.Error{Code: gym.CodeEnvCrashed, Msg: "the environment failed", Err: fmt.Errorf("panic: %v\n%s", p, debug.Stack())}
		}
	}()
	return f(ctx)
}

// checkTimestep refuses what cannot be sent.
func checkTimestep(ts *gym.Timestep) error {
	if math.IsNaN(ts.Reward) || math.IsInf(ts.Reward, 0) {
		return gym.Errorf(gym.CodeEnvCrashed, "the environment gave a reward that is not a finite number")
	}
	return nil
}
