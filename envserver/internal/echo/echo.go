// Package echo is an environment that does nothing but answer: for benchmarks and first
// connections.
package echo

import (
	"context"
	"strconv"
	"strings"

	"dreamgym/envserver/gym"
)

// ID is the environment's id.
const ID = "test/echo-v0"

// textBytes is the length of every observation.
const textBytes = 300

// dots fill an observation up.
var dots = strings.Repeat(".", textBytes)

// Register adds test/echo-v0.
func Register(r *gym.Registry) error {
	s := gym.Spec{
		ID: ID, Description: "answers any action with 300 bytes, counts its steps, never ends",
		Rewards: []float64{0}, Deterministic: true, MaxText: textBytes, MaxAction: 4 << 10,
	}
	return r.Register(gym.Registration{
		Spec: s, Tasks: tasks{},
		Open: func(context.Context) (gym.Env, error) { return &env{spec: s}, nil },
	})
}

// tasks is one task a split.
type tasks struct{}

func (tasks) Len(context.Context, gym.Split) (int, error) { return 1, nil }

func (tasks) At(_ context.Context, s gym.Split, i int) (gym.Task, error) {
	if i != 0 || !s.Valid() {
		return gym.Task{}, gym.Errorf(gym.CodeUnknownTask, "each split has one task: there is no index %d", i)
	}
	scene := "here"
	if s == gym.SplitUnseen {
		scene = "elsewhere"
	}
	return gym.Task{ID: "echo-" + string(s), Split: s, Scene: scene}, nil
}

func (t tasks) Find(ctx context.Context, id string) (gym.Task, error) {
	for _, s := range gym.Splits() {
		if id == "echo-"+string(s) {
			return t.At(ctx, s, 0)
		}
	}
	return gym.Task{}, gym.Errorf(gym.CodeUnknownTask, "there is no task %q", id)
}

type env struct {
	spec  gym.Spec
	task  gym.Task
	steps int
}

func (e *env) Reset(ctx context.Context, o gym.ResetOptions) (gym.Timestep, error) {
	if err := ctx.Err(); err != nil {
		return gym.Timestep{}, gym.AsError(err)
	}
	e.task, e.steps = o.Task, 0
	ts := e.timestep()
	ts.Info[gym.InfoTask], ts.Info[gym.InfoSplit], ts.Info[gym.InfoScene] = o.Task.ID, string(o.Task.Split), o.Task.Scene
	ts.Info[gym.InfoSeedHonoured] = true
	return ts, nil
}

func (e *env) Step(ctx context.Context, a gym.Action) (gym.Timestep, error) {
	if e.task.ID == "" {
		return gym.Timestep{}, gym.Errorf(gym.CodeResetRequired, "no episode is running: reset first")
	}
	if err := e.spec.CheckAction(a); err != nil {
		return gym.Timestep{}, err
	}
	if err := ctx.Err(); err != nil {
		e.task = gym.Task{}
		return gym.Timestep{}, gym.AsError(err)
	}
	e.steps++
	return e.timestep(), nil
}

func (e *env) timestep() gym.Timestep {
	text := "step " + strconv.Itoa(e.steps) + " "
	return gym.Timestep{
		Observation: gym.Observation{Text: text + dots[len(text):]},
		Info:        gym.Info{gym.InfoBackend: string(gym.BackendReal)},
	}
}

func (e *env) Close() error {
	e.task = gym.Task{}
	return nil
}
