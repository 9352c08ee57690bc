package gymtest

import (
	"context"
	"slices"

	"dreamgym/envserver/gym"

	"golang.org/x/sync/errgroup"
)

// checkDeterminism plays the same actions on two Envs and wants the same timesteps.
func checkDeterminism(t T, c Config) {
	if !c.repeatable() {
		t.Skipf("the Spec promises no determinism")
	}
	for _, o := range c.resets(t) {
		one := open(t, c).play(o, c.Policy(o), c.longest())
		two := open(t, c).play(o, Tape(actions(one)), c.longest())
		compare(t, "the same actions again on task "+o.Task.ID, one, two)
	}
}

// checkIndependence plays on several Envs at once; none may notice the others.
func checkIndependence(t T, c Config) {
	resets := c.resets(t)
	resets = append(resets, resets[0])
	var alone [][]moment
	for _, o := range resets {
		alone = append(alone, open(t, c).play(o, c.Policy(o), 5))
	}
	players := make([]*player, len(resets))
	for i := range resets {
		players[i] = open(t, c)
	}
	together := make([][]moment, len(resets))
	for i, o := range resets {
		together[i] = []moment{{"", players[i].reset(o)}}
	}
	for step := 1; step <= 5; step++ {
		stepAll(t, c, players, alone, together, step)
	}
	for i := range together {
		if c.repeatable() {
			compare(t, "beside other Envs", alone[i], together[i])
		}
	}
}

// stepAll makes step n of every trace at once, each on its Env.
func stepAll(t T, c Config, players []*player, alone, together [][]moment, n int) {
	t.Helper()
	for _, p := range players {
		p.busy = true
	}
	_, err := within(t, c.Timeout, "Step beside other Envs", func() (gym.Timestep, error) {
		var g errgroup.Group
		for i, p := range players {
			if n < len(alone[i]) {
				g.Go(func() error { return p.stepBeside(t.Context(), alone[i][n].action, &together[i]) })
			}
		}
		return gym.Timestep{}, g.Wait()
	})
	if err != nil {
		t.Fatalf("Step beside other Envs: %v", err)
	}
	for _, p := range players {
		p.busy = false
	}
}

// stepBeside steps and adds to a trace. It may run beside those of other players.
func (p *player) stepBeside(ctx context.Context, a gym.Action, trace *[]moment) error {
	ts, err := p.env.Step(ctx, a)
	*trace = append(*trace, moment{a, ts})
	return err
}

// scribbled marks what a check wrote into a timestep.
const scribbled = "scribbled by gymtest"

// checkNothingReused keeps and overwrites timesteps: an Env neither changes what it
// gave away nor takes anything back from it.
func checkNothingReused(t T, c Config) {
	p, o := open(t, c), c.first(t)
	task := text(o.Task)
	policy := c.Policy(o)
	ts := p.reset(o)
	for range 3 {
		a := policy.Act(ts)
		if a == "" {
			break
		}
		kept := text(ts)
		next := p.step(a)
		if text(ts) != kept {
			t.Errorf("a timestep changed with the step after it")
		}
		scribble(&ts)
		if ts = next; ts.Ended() {
			break
		}
	}
	scribble(&ts)
	fresh := p.reset(o)
	scribble(&fresh)
	wantClean(t, "the timestep of another Reset", p.reset(o))
	if text(o.Task) != task {
		t.Errorf("the observation shares memory with the task's start")
	}
	p.overwriteEach(o)
}

// overwriteEach overwrites every timestep before the next step.
func (p *player) overwriteEach(o gym.ResetOptions) {
	p.t.Helper()
	policy := p.c.Policy(o)
	ts := p.reset(o)
	for range 3 {
		a := policy.Act(ts)
		if a == "" || ts.Ended() {
			return
		}
		scribble(&ts)
		ts = p.step(a)
		wantClean(p.t, "the timestep of a step", ts)
	}
}

// scribble overwrites all that is shared through a timestep.
func scribble(ts *gym.Timestep) {
	for i := range ts.Observation.Actions {
		ts.Observation.Actions[i] = scribbled
	}
	if ts.Info != nil {
		ts.Info[scribbled] = true
	}
	if ts.Observation.Extra != nil {
		ts.Observation.Extra[scribbled] = true
	}
}

func wantClean(t T, what string, ts gym.Timestep) {
	t.Helper()
	_, info := ts.Info[scribbled]
	_, extra := ts.Observation.Extra[scribbled]
	if info || extra || slices.Contains(ts.Observation.Actions, scribbled) {
		t.Errorf("%s holds what was written into an earlier one", what)
	}
}

// checkSchema wants every observation of a running episode to fill the same fields,
// those that the real side fills.
func checkSchema(t T, c Config) {
	p, o := open(t, c), c.first(t)
	trace := p.play(o, c.Policy(o), 5)
	want, whose := c.keys(trace[0].ts.Observation), "the first"
	if c.Backend != gym.BackendReal && c.Registration.Open != nil {
		want, whose = c.realKeys(t, o), "the real side's"
	}
	for i, m := range trace {
		if got := c.keys(m.ts.Observation); got != want && !m.ts.Ended() {
			t.Errorf("observation %d fills %q, %s fills %q", i, got, whose, want)
		}
	}
}

// realKeys are the fields that the real side fills at the start of an episode.
func (c Config) realKeys(t T, o gym.ResetOptions) string {
	t.Helper()
	real := openEnv(t, c, c.Registration.Open)
	t.Cleanup(func() { closeEnv(t, c, real) })
	p := &player{t: t, c: c, env: real}
	return c.keys(p.reset(o).Observation)
}

// checkSolutions wants the scripted policy to earn the highest reward on the real side.
func checkSolutions(t T, c Config) {
	if c.Backend != gym.BackendReal || c.Registration.Solver == nil {
		t.Skipf("there is nothing real to solve, or no solver")
	}
	p := open(t, c)
	for _, split := range gym.Splits() {
		n, err := c.Registration.Tasks.Len(t.Context(), split)
		if err != nil {
			t.Fatalf("Tasks.Len: %v", err)
		}
		count := min(n, c.Solutions)
		for i := range count {
			task, err := c.Registration.Tasks.At(t.Context(), split, i*n/count)
			if err != nil {
				t.Fatalf("Tasks.At: %v", err)
			}
			p.solve(gym.ResetOptions{Task: task, Seed: c.Seed})
		}
	}
}

// solve plays a task by its solver.
func (p *player) solve(o gym.ResetOptions) {
	p.t.Helper()
	trace := p.play(o, p.c.Registration.Solver(o.Task), p.c.longest())
	last := trace[len(trace)-1].ts
	if !last.Ended() {
		p.t.Errorf("task %s: the solver gives up after %d steps", o.Task.ID, len(trace)-1)
		return
	}
	best := 0.0
	for _, r := range p.c.Registration.Spec.Rewards {
		best = max(best, r)
	}
	if last.Reward <= 0 || last.Reward < best {
		p.t.Errorf("task %s: the solver earns %v, want %v", o.Task.ID, last.Reward, best)
	}
}
