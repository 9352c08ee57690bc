package gymtest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"dreamgym/envserver/gym"
)

const (
	fakeLimit = 6 // steps
	fakeGoal  = "count to 3"
)

// fake is a small sound environment: "add" counts, and three of them win. Its function
// fields inject faults; nil means none.
type fake struct {
	count, steps int
	running      bool
	task         gym.Task

	onReset func(o gym.ResetOptions, ts *gym.Timestep, err *error)
	onStep  func(f *fake, ts *gym.Timestep, err *error)
	// unchecked actions are taken whatever they hold, early ones before a Reset.
	unchecked, early bool
	blind            bool // to contexts
	onClose          func() error
}

func fakeSpec() gym.Spec {
	return gym.Spec{ID: "test/count-v0", MaxSteps: fakeLimit, Rewards: []float64{0, 1}, Deterministic: true, ListsActions: true, MaxText: 100, MaxAction: 64}
}

func (f *fake) Reset(ctx context.Context, o gym.ResetOptions) (ts gym.Timestep, err error) {
	if f.onReset != nil {
		defer func() { f.onReset(o, &ts, &err) }()
	}
	f.running = false
	if err := ctx.Err(); err != nil && !f.blind {
		return gym.Timestep{}, gym.AsError(err)
	}
	f.count, f.steps, f.running, f.task = 0, 0, true, o.Task
	ts = gym.Timestep{Observation: f.observe(), Info: gym.Info{
		gym.InfoBackend: "real", gym.InfoTask: o.Task.ID, gym.InfoSplit: string(o.Task.Split),
		gym.InfoScene: o.Task.Scene, gym.InfoSeedHonoured: true,
	}}
	return ts, nil
}

func (f *fake) Step(ctx context.Context, a gym.Action) (ts gym.Timestep, err error) {
	if f.onStep != nil {
		defer func() { f.onStep(f, &ts, &err) }()
	}
	if !f.running && !f.early {
		return gym.Timestep{}, gym.Errorf(gym.CodeResetRequired, "reset first")
	}
	if err := ctx.Err(); err != nil && !f.blind {
		f.running = false
		return gym.Timestep{}, gym.AsError(err)
	}
	if err := fakeSpec().CheckAction(a); err != nil && !f.unchecked {
		return gym.Timestep{}, err
	}
	return f.act(a), nil
}

// act carries out a valid action.
func (f *fake) act(a gym.Action) gym.Timestep {
	f.steps++
	if a == "add" {
		f.count++
	}
	ts := gym.Timestep{Observation: f.observe(), Info: gym.Info{gym.InfoBackend: "real"}}
	switch {
	case f.count == 3:
		ts.Reward, ts.Terminated = 1, true
	case f.steps == fakeLimit:
		ts.Truncated = true
		ts.Info[gym.InfoStop] = gym.StopStepLimit
	}
	f.running = !ts.Ended()
	return ts
}

func (f *fake) observe() gym.Observation {
	return gym.Observation{Goal: fakeGoal, Text: fmt.Sprintf("%d of 3", f.count), Actions: []string{"add", "wait"}}
}

func (f *fake) Close() error {
	f.running = false
	if f.onClose != nil {
		return f.onClose()
	}
	return nil
}

// fakeTasks are the tasks of fake; its function fields inject faults.
type fakeTasks struct {
	onAt   func(s gym.Split, i int, task *gym.Task, err *error)
	onFind func(id string, task *gym.Task, err *error)
}

func (f *fakeTasks) Len(context.Context, gym.Split) (int, error) { return 4, nil }

func (f *fakeTasks) At(_ context.Context, s gym.Split, i int) (task gym.Task, err error) {
	if f.onAt != nil {
		defer func() { f.onAt(s, i, &task, &err) }()
	}
	if i < 0 || i >= 4 {
		return gym.Task{}, gym.Errorf(gym.CodeUnknownTask, "there are 4")
	}
	return fakeTask(s, i), nil
}

func (f *fakeTasks) Find(_ context.Context, id string) (task gym.Task, err error) {
	if f.onFind != nil {
		defer func() { f.onFind(id, &task, &err) }()
	}
	for _, s := range gym.Splits() {
		for i := range 4 {
			if t := fakeTask(s, i); t.ID == id {
				return t, nil
			}
		}
	}
	return gym.Task{}, gym.Errorf(gym.CodeUnknownTask, "no such task")
}

func fakeTask(s gym.Split, i int) gym.Task {
	scene := "a"
	if s == gym.SplitUnseen {
		scene = "b"
	}
	start := (&fake{}).observe()
	return gym.Task{ID: fmt.Sprintf("%s-%d", s, i), Goal: fakeGoal, Split: s, Scene: scene, Params: map[string]string{"n": "3"}, Start: &start}
}

// script says one action for ever.
type script gym.Action

func (s script) Act(gym.Timestep) gym.Action { return gym.Action(s) }

// fakeConfig is a sound configuration around envs that open makes.
func fakeConfig(open func() gym.Env) Config {
	return Config{
		Registration: gym.Registration{
			Spec: fakeSpec(), Tasks: &fakeTasks{},
			Open:   func(context.Context) (gym.Env, error) { return open(), nil },
			Solver: func(gym.Task) gym.Policy { return script("add") },
		},
		Stall: func(gym.Timestep) gym.Action { return "wait" },
	}
}

// recorder is a T that takes faults down instead of failing.
type recorder struct {
	ctx      context.Context
	faults   []string
	skipped  string
	cleanups []func()
}

func (r *recorder) Helper()                   {}
func (r *recorder) Context() context.Context  { return r.ctx }
func (r *recorder) Cleanup(f func())          { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Errorf(f string, a ...any) { r.faults = append(r.faults, fmt.Sprintf(f, a...)) }

func (r *recorder) Fatalf(f string, a ...any) {
	r.Errorf(f, a...)
	panic(stopped{})
}

func (r *recorder) Skipf(f string, a ...any) {
	r.skipped = fmt.Sprintf(f, a...)
	panic(stopped{})
}

// stopped is what ends a check that was stopped by Fatalf or Skipf.
type stopped struct{}

// guard runs f up to where it was stopped.
func guard(f func()) {
	defer func() {
		if x := recover(); x != nil {
			if _, ok := x.(stopped); !ok {
				panic(x)
			}
		}
	}()
	f()
}

// try runs one check.
func try(ctx context.Context, k check, c Config) *recorder {
	r := &recorder{ctx: ctx}
	guard(func() { k.run(r, c.withDefaults()) })
	for _, f := range slices.Backward(r.cleanups) {
		guard(f)
	}
	return r
}

// mentions tells whether one of the faults holds a text.
func (r *recorder) mentions(text string) bool {
	return slices.ContainsFunc(r.faults, func(f string) bool { return strings.Contains(f, text) })
}

// without copies an info and leaves a key out.
func without(info gym.Info, key string) gym.Info {
	info = maps.Clone(info)
	delete(info, key)
	return info
}
