package gymtest

import (
	"context"
	"strings"
	"time"

	"dreamgym/envserver/gym"

	"go.uber.org/goleak"
)

func checkFirst(t T, c Config) {
	p := open(t, c)
	for _, o := range c.resets(t) {
		for _, fault := range c.inspectFirst(o, p.reset(o)) {
			t.Errorf("the first timestep of task %s: %s", o.Task.ID, fault)
		}
	}
}

func checkStepBeforeReset(t T, c Config) {
	open(t, c).refused("before Reset", "look", gym.CodeResetRequired)
}

// checkEpisodes plays whole episodes and looks at every timestep.
func checkEpisodes(t T, c Config) {
	p := open(t, c)
	for _, o := range c.resets(t) {
		trace := p.play(o, c.Policy(o), c.longest())
		if len(trace) < 2 {
			t.Errorf("task %s: the policy does not act", o.Task.ID)
		}
		for i, m := range trace {
			for _, fault := range c.inspect(m.ts) {
				t.Errorf("task %s, timestep %d, after %q: %s", o.Task.ID, i, m.action, fault)
			}
		}
		c.checkLength(t, trace)
	}
}

// checkLength wants an episode to be cut off at the step limit, and not before.
func (c Config) checkLength(t T, trace []moment) {
	limit, steps, last := c.Registration.Spec.MaxSteps, len(trace)-1, trace[len(trace)-1].ts
	switch {
	case limit > 0 && steps > limit, limit > 0 && steps == limit && !last.Ended():
		t.Errorf("the step limit is %d, and after %d steps the episode goes on", limit, limit)
	case last.Info[gym.InfoStop] == gym.StopStepLimit && steps != limit:
		t.Errorf("the step limit is %d, and the episode stops for it after %d steps", limit, steps)
	}
}

// checkStepLimit comes to the step limit.
func checkStepLimit(t T, c Config) {
	limit := c.Registration.Spec.MaxSteps
	if limit == 0 {
		t.Skipf("there is no step limit")
	}
	p := open(t, c)
	for _, o := range c.resets(t) {
		trace := p.play(o, c.staller(o), c.longest())
		c.checkLength(t, trace)
		if last := trace[len(trace)-1].ts; len(trace)-1 == limit && last.Truncated {
			if got := last.Info[gym.InfoStop]; got != gym.StopStepLimit {
				t.Errorf("at the step limit info.stop is %v", got)
			}
			return
		}
	}
	t.Skipf("no episode came to the step limit of %d", limit)
}

// staller is the policy that is to come to the step limit.
func (c Config) staller(o gym.ResetOptions) gym.Policy {
	if c.Stall == nil {
		return c.Policy(o)
	}
	return stall(c.Stall)
}

type stall func(gym.Timestep) gym.Action

func (s stall) Act(ts gym.Timestep) gym.Action { return s(ts) }

func checkStepAfterEnd(t T, c Config) {
	p := open(t, c)
	for _, o := range c.resets(t) {
		trace := p.play(o, c.Policy(o), c.longest())
		if len(trace) < 2 || !trace[len(trace)-1].ts.Ended() {
			continue
		}
		again := trace[len(trace)-1].action
		p.refused("after the end", again, gym.CodeResetRequired)
		p.refused("after the end, once more", again, gym.CodeResetRequired)
		p.reset(o)
		return
	}
	t.Skipf("no episode came to an end")
}

// checkResetAgain resets in the middle of an episode and wants a whole new one.
func checkResetAgain(t T, c Config) {
	p, o := open(t, c), c.first(t)
	begun := p.play(o, c.Policy(o), 2)
	again := p.play(o, c.Policy(o), 2)
	for _, fault := range c.inspectFirst(o, again[0].ts) {
		t.Errorf("the first timestep after another Reset: %s", fault)
	}
	if c.repeatable() {
		compare(t, "after another Reset", begun, again)
	}
}

func checkInvalidActions(t T, c Config) {
	p, o := open(t, c), c.first(t)
	codes := []gym.Code{gym.CodeInvalidAction}
	plainTrace := p.play(o, c.Policy(o), 2)
	disturbed := []moment{{"", p.reset(o)}}
	for _, m := range plainTrace[1:] {
		p.refused("with no action", "", codes...)
		p.refused("with blanks", " \t\n", codes...)
		p.refused("with what is not UTF-8", "look\xff\xfe", codes...)
		p.refused("with more than the limit", gym.Action(strings.Repeat("a", c.Registration.Spec.ActionLimit()+1)), codes...)
		disturbed = append(disturbed, moment{m.action, p.step(m.action)})
	}
	if c.repeatable() {
		compare(t, "between invalid actions", plainTrace, disturbed)
	}
}

// checkUnknownActions sends what can be read and means nothing: that is a step or an
// invalid action, and for a replay a divergence.
func checkUnknownActions(t T, c Config) {
	p, o := open(t, c), c.first(t)
	codes := []gym.Code{"", gym.CodeInvalidAction}
	if c.Backend == gym.BackendReplay {
		codes = []gym.Code{gym.CodeDiverged, gym.CodeInvalidAction}
	}
	for _, a := range []gym.Action{"xyzzy", "go to", "take from", "click(", "click('", "\x00", "🙂 ' \" ) \\", "{\"a\":1}"} {
		p.reset(o)
		ts, err := p.tryStep(t.Context(), a)
		wantCode(t, "Step with an unknown action", err, codes...)
		if err == nil {
			for _, fault := range c.inspect(ts) {
				t.Errorf("after the unknown action %q: %s", a, fault)
			}
		}
	}
	p.reset(o)
}

// checkCancellation makes calls whose context is over, or ends while they run.
func checkCancellation(t T, c Config) {
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	late, stop := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer stop()
	p, o := open(t, c), c.first(t)

	p.callIn(canceled, o, gym.CodeCanceled)
	p.callIn(late, o, gym.CodeDeadlineExceeded)
	p.cancelAmidst(o)
}

// callIn resets and steps in a context that is over, and then starts anew.
func (p *player) callIn(over context.Context, o gym.ResetOptions, code gym.Code) {
	p.t.Helper()
	_, err := p.tryReset(over, o)
	wantCode(p.t, "Reset in a context that is over", err, code)
	a := p.c.Policy(o).Act(p.reset(o))
	_, err = p.tryStep(over, a)
	wantCode(p.t, "Step in a context that is over", err, code)
	for _, fault := range p.c.inspectFirst(o, p.reset(o)) {
		p.t.Errorf("the first timestep after a cancelled step: %s", fault)
	}
}

// cancelAmidst cancels a step as it begins: it answers, or says that it was cancelled.
func (p *player) cancelAmidst(o gym.ResetOptions) {
	p.t.Helper()
	a := p.c.Policy(o).Act(p.reset(o))
	ctx, cancel := context.WithCancel(p.t.Context())
	go cancel()
	_, err := p.tryStep(ctx, a)
	wantCode(p.t, "Step that is cancelled as it begins", err, "", gym.CodeCanceled)
	cancel()
	p.reset(o)
}

func checkClose(t T, c Config) {
	unused := openEnv(t, c, c.Open)
	closeEnv(t, c, unused)
	closeEnv(t, c, unused)

	o := c.first(t)
	p := &player{t: t, c: c, env: openEnv(t, c, c.Open)}
	a := c.Policy(o).Act(p.reset(o))
	closeEnv(t, c, p.env)
	_, err := p.tryStep(t.Context(), a)
	if code := gym.CodeOf(err); code == "" || code == gym.CodeInternal {
		t.Errorf("Step after Close: got error code %q (%v), want one that says why", code, err)
	}
	closeEnv(t, c, p.env)
}

// checkGoroutines wants nothing to run on when an Env is closed. What the first Env of
// all starts and later ones share is excused.
func checkGoroutines(t T, c Config) {
	o := c.first(t)
	c.playOnce(t, o)
	before := goleak.IgnoreCurrent()
	c.playOnce(t, o)
	if err := goleak.Find(append([]goleak.Option{before}, c.Leaks...)...); err != nil {
		t.Errorf("goroutines run on after Close: %v", err)
	}
}

// playOnce opens an Env, plays a little and closes it.
func (c Config) playOnce(t T, o gym.ResetOptions) {
	t.Helper()
	p := &player{t: t, c: c, env: openEnv(t, c, c.Open)}
	p.play(o, c.Policy(o), 3)
	closeEnv(t, c, p.env)
}
