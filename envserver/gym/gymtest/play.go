package gymtest

import (
	"bytes"
	"context"
	"encoding/json"
	"time"

	"dreamgym/envserver/gym"

	"github.com/google/go-cmp/cmp"
)

// unbounded is where episodes of an environment without a step limit are left.
const unbounded = 30

// player drives one Env for a check.
type player struct {
	t   T
	c   Config
	env gym.Env
	// busy: a call has not come back; nobody else may call the Env then.
	busy bool
}

// open makes an Env that is closed with the test, unless it hangs.
func open(t T, c Config) *player {
	t.Helper()
	p := &player{t: t, c: c, env: openEnv(t, c, c.Open)}
	t.Cleanup(func() {
		if !p.busy {
			closeEnv(t, c, p.env)
		}
	})
	return p
}

func openEnv(t T, c Config, open func(context.Context) (gym.Env, error)) gym.Env {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), c.Timeout)
	defer cancel()
	env, err := open(ctx)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return env
}

// closeEnv closes an Env and reports what goes wrong.
func closeEnv(t T, c Config, env gym.Env) {
	t.Helper()
	if _, err := within(t, c.Timeout, "Close", func() (gym.Timestep, error) { return gym.Timestep{}, env.Close() }); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// within makes a call and gives up on it after a time.
func within(t T, limit time.Duration, what string, call func() (gym.Timestep, error)) (gym.Timestep, error) {
	t.Helper()
	type answer struct {
		ts  gym.Timestep
		err error
	}
	answers := make(chan answer, 1)
	go func() {
		ts, err := call()
		answers <- answer{ts, err}
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case a := <-answers:
		return a.ts, a.err
	case <-timer.C:
		t.Fatalf("%s hangs: it did not answer within %v", what, limit)
	}
	panic("unreachable: Fatalf does not return")
}

// tryReset resets in ctx.
func (p *player) tryReset(ctx context.Context, o gym.ResetOptions) (gym.Timestep, error) {
	p.t.Helper()
	p.busy = true
	ts, err := within(p.t, p.c.Timeout, "Reset", func() (gym.Timestep, error) { return p.env.Reset(ctx, o) })
	p.busy = false
	return ts, err
}

// tryStep steps in ctx.
func (p *player) tryStep(ctx context.Context, a gym.Action) (gym.Timestep, error) {
	p.t.Helper()
	p.busy = true
	ts, err := within(p.t, p.c.Timeout, "Step", func() (gym.Timestep, error) { return p.env.Step(ctx, a) })
	p.busy = false
	return ts, err
}

// reset resets; an error ends the check.
func (p *player) reset(o gym.ResetOptions) gym.Timestep {
	p.t.Helper()
	ts, err := p.tryReset(p.t.Context(), o)
	if err != nil {
		p.t.Fatalf("Reset of task %s: %v", o.Task.ID, err)
	}
	return ts
}

// step steps; an error ends the check.
func (p *player) step(a gym.Action) gym.Timestep {
	p.t.Helper()
	ts, err := p.tryStep(p.t.Context(), a)
	if err != nil {
		p.t.Fatalf("Step %q: %v", a, err)
	}
	return ts
}

// refused steps and wants an error with one of the codes.
func (p *player) refused(when string, a gym.Action, codes ...gym.Code) {
	p.t.Helper()
	_, err := p.tryStep(p.t.Context(), a)
	wantCode(p.t, "Step "+when, err, codes...)
}

// wantCode wants an error with one of the codes.
func wantCode(t T, what string, err error, codes ...gym.Code) {
	t.Helper()
	got := gym.CodeOf(err)
	for _, code := range codes {
		if got == code {
			return
		}
	}
	t.Errorf("%s: got error code %q (%v), want %q", what, got, err, codes)
}

// moment is a timestep and the action that led to it.
type moment struct {
	action gym.Action
	ts     gym.Timestep
}

// play resets and lets a policy act until the episode or the policy ends, at most
// `most` steps.
func (p *player) play(o gym.ResetOptions, policy gym.Policy, most int) []moment {
	p.t.Helper()
	trace := []moment{{"", p.reset(o)}}
	for len(trace) <= most {
		now := trace[len(trace)-1].ts
		if now.Ended() {
			break
		}
		a := policy.Act(now)
		if a == "" {
			break
		}
		trace = append(trace, moment{a, p.step(a)})
	}
	return trace
}

// longest is the number of steps after which an episode has ended or is left.
func (c Config) longest() int {
	if n := c.Registration.Spec.MaxSteps; n > 0 {
		return n + 1
	}
	return unbounded
}

// actions are what a trace was made with.
func actions(trace []moment) []gym.Action {
	all := make([]gym.Action, 0, len(trace))
	for _, m := range trace[1:] {
		all = append(all, m.action)
	}
	return all
}

// resets are the episodes that checks play.
func (c Config) resets(t T) []gym.ResetOptions {
	t.Helper()
	if c.Resets != nil {
		return c.Resets
	}
	n, err := c.Registration.Tasks.Len(t.Context(), c.Split)
	if err != nil || n == 0 {
		t.Fatalf("Tasks.Len of %s: %d tasks, %v", c.Split, n, err)
	}
	count := min(n, c.Count)
	all := make([]gym.ResetOptions, count)
	for i := range all {
		task, err := c.Registration.Tasks.At(t.Context(), c.Split, i*n/count)
		if err != nil {
			t.Fatalf("Tasks.At: %v", err)
		}
		all[i] = gym.ResetOptions{Task: task, Seed: c.Seed + int64(i)}
	}
	return all
}

// first is the first of the episodes that checks play.
func (c Config) first(t T) gym.ResetOptions {
	t.Helper()
	all := c.resets(t)
	if len(all) == 0 {
		t.Fatalf("Resets names no episode")
	}
	return all[0]
}

// text writes a value down, to be compared. The server's episode id is left out of a
// timestep's info: it differs by nature.
func text(v any) string {
	if ts, ok := v.(gym.Timestep); ok {
		info := make(gym.Info, len(ts.Info))
		for k, x := range ts.Info {
			if k != gym.InfoEpisode {
				info[k] = x
			}
		}
		ts.Info = info
		v = ts
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(v); err != nil {
		return "not to be written as JSON: " + err.Error()
	}
	return b.String()
}

// compare wants two traces to be the same.
func compare(t T, what string, want, got []moment) {
	t.Helper()
	if len(want) != len(got) {
		t.Errorf("%s: %d timesteps, want %d", what, len(got), len(want))
	}
	for i := range min(len(want), len(got)) {
		if d := cmp.Diff(text(want[i].ts), text(got[i].ts)); d != "" {
			t.Errorf("%s: timestep %d, after %q, differs (-want +got):\n%s", what, i, got[i].action, d)
			return
		}
	}
}
