package house

import (
	"context"
	"strings"

	"dreamgym/envserver/gym"
)

// env plays episodes in the scenes of a world.
type env struct {
	spec  gym.Spec
	world *world

	state *state // nil when no episode runs
	goal  goal
	said  string // the goal as the task says it
	steps int
}

var _ gym.Env = (*env)(nil)

func (w *world) open(ctx context.Context, s gym.Spec) (gym.Env, error) {
	if err := ctx.Err(); err != nil {
		return nil, gym.AsError(err)
	}
	return &env{spec: s, world: w}, nil
}

// Reset puts everything in the task's scene where it belongs.
func (e *env) Reset(ctx context.Context, o gym.ResetOptions) (gym.Timestep, error) {
	e.state = nil
	if err := ctx.Err(); err != nil {
		return gym.Timestep{}, gym.AsError(err)
	}
	s, ok := e.world.scenes[o.Task.Scene]
	g := goalOf(o.Task)
	if !ok || !s.allows(g) {
		return gym.Timestep{}, gym.Errorf(gym.CodeUnknownTask, "the task does not name a scene and a goal that it allows: take it from the task set")
	}
	e.state, e.goal, e.said, e.steps = newState(s), g, o.Task.Goal, 0
	info := gym.Info{
		gym.InfoBackend: string(gym.BackendReal), gym.InfoTask: o.Task.ID, gym.InfoSplit: string(o.Task.Split),
		gym.InfoScene: s.id, gym.InfoSeedHonoured: true,
	}
	return gym.Timestep{Observation: e.state.start(e.said), Info: info}, nil
}

// Step carries one action out. What is unknown or cannot be done is a step, too.
func (e *env) Step(ctx context.Context, a gym.Action) (gym.Timestep, error) {
	if e.state == nil {
		return gym.Timestep{}, gym.Errorf(gym.CodeResetRequired, "no episode is running: reset first")
	}
	if err := ctx.Err(); err != nil {
		e.state = nil
		return gym.Timestep{}, gym.AsError(err)
	}
	if err := e.spec.CheckAction(a); err != nil {
		return gym.Timestep{}, err
	}
	e.steps++
	text := e.state.act(strings.TrimSpace(string(a)))
	return e.timestep(text), nil
}

// timestep tells what came of a step and ends the episode where it is over. A reached
// goal leaves nothing to do; what the step limit cuts off lists what could be done.
func (e *env) timestep(text string) gym.Timestep {
	ts := gym.Timestep{
		Observation: gym.Observation{Goal: e.said, Text: text},
		Info:        gym.Info{gym.InfoBackend: string(gym.BackendReal)},
	}
	if e.state.holds(e.goal) {
		ts.Reward, ts.Terminated = 1, true
		e.state = nil
		return ts
	}
	ts.Observation.Actions = e.state.actions()
	if e.steps >= maxSteps {
		ts.Truncated = true
		ts.Info[gym.InfoStop] = gym.StopStepLimit
		e.state = nil
	}
	return ts
}

// Close ends the episode that runs.
func (e *env) Close() error {
	e.state = nil
	return nil
}
