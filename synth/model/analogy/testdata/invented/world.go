// Package invented has small environments made up for tests of experience models. They
// share neither words nor layout with any environment that the project ships.
package invented

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
)

// Game is one episode under way.
type Game interface {
	// Text is what the start shows.
	Text() string
	// Actions are admissible now; nil where the environment lists none.
	Actions() []string
	// Act answers what an action leads to.
	Act(action string) (text string, reward float64, terminated bool)
}

// World is an environment: a task set and a way to play its tasks.
type World struct {
	Spec gym.Spec
	// Train are tasks in scenes that are recorded; Unseen are in others.
	Train, Unseen []gym.Task
	// New starts a task.
	New func(t gym.Task, seed int64) Game
	// Solution is a way to a task's goal.
	Solution func(t gym.Task) []string
}

// Registration registers the world.
func (w *World) Registration() gym.Registration {
	return gym.Registration{
		Spec: w.Spec, Tasks: tasks{w},
		Open: func(context.Context) (gym.Env, error) { return &env{world: w}, nil },
	}
}

// tasks are a world's task set.
type tasks struct{ w *World }

func (s tasks) of(split gym.Split) []gym.Task {
	switch split {
	case gym.SplitTrain:
		return s.w.Train
	case gym.SplitUnseen:
		return s.w.Unseen
	}
	return nil
}

func (s tasks) Len(_ context.Context, split gym.Split) (int, error) { return len(s.of(split)), nil }

func (s tasks) At(_ context.Context, split gym.Split, i int) (gym.Task, error) {
	if all := s.of(split); i >= 0 && i < len(all) {
		return cloned(all[i]), nil
	}
	return gym.Task{}, gym.Errorf(gym.CodeUnknownTask, "there is no task %d", i)
}

func (s tasks) Find(_ context.Context, id string) (gym.Task, error) {
	for _, t := range slices.Concat(s.w.Train, s.w.Unseen) {
		if t.ID == id {
			return cloned(t), nil
		}
	}
	return gym.Task{}, gym.Errorf(gym.CodeUnknownTask, "there is no task %q", id)
}

func cloned(t gym.Task) gym.Task {
	params := make(map[string]string, len(t.Params))
	for k, v := range t.Params {
		params[k] = v
	}
	t.Params = params
	return t
}

// env plays a world as the contract has it.
type env struct {
	world *World
	task  gym.Task
	game  Game
	steps int
}

func (e *env) Reset(ctx context.Context, o gym.ResetOptions) (gym.Timestep, error) {
	if err := ctx.Err(); err != nil {
		return gym.Timestep{}, err
	}
	e.task, e.game, e.steps = o.Task, e.world.New(o.Task, o.Seed), 0
	ts := e.timestep(e.game.Text())
	ts.Info[gym.InfoTask], ts.Info[gym.InfoSplit], ts.Info[gym.InfoScene] = o.Task.ID, string(o.Task.Split), o.Task.Scene
	ts.Info[gym.InfoSeedHonoured] = true
	return ts, nil
}

func (e *env) Step(ctx context.Context, a gym.Action) (gym.Timestep, error) {
	if err := ctx.Err(); err != nil {
		return gym.Timestep{}, err
	}
	if e.game == nil {
		return gym.Timestep{}, gym.Errorf(gym.CodeResetRequired, "reset first")
	}
	if err := e.world.Spec.CheckAction(a); err != nil {
		return gym.Timestep{}, err
	}
	text, reward, terminated := e.game.Act(string(a))
	e.steps++
	ts := e.timestep(text)
	ts.Reward, ts.Terminated = reward, terminated
	if !terminated && e.steps >= e.world.Spec.MaxSteps {
		ts.Truncated, ts.Info[gym.InfoStop] = true, gym.StopStepLimit
	}
	if terminated {
		ts.Observation.Actions = nil
	}
	if ts.Ended() {
		e.game = nil
	}
	return ts, nil
}

func (e *env) Close() error {
	e.game = nil
	return nil
}

func (e *env) timestep(text string) gym.Timestep {
	return gym.Timestep{
		Observation: gym.Observation{Goal: e.task.Goal, Text: text, Actions: e.game.Actions()},
		Info:        gym.Info{gym.InfoBackend: string(gym.BackendReal)},
	}
}

// Player chooses what to do after a step; "" leaves the episode. A fresh one is made
// for each episode.
type Player func(actions []string) string

// Noisy follows a task's solution, but with a probability does something at random:
// a listed action, or one of spare.
func (w *World) Noisy(t gym.Task, noise float64, spare []string, rng *rand.Rand) Player {
	left := w.Solution(t)
	return func(actions []string) string {
		if len(left) == 0 || rng.Float64() < noise {
			all := slices.Concat(actions, spare)
			return all[rng.IntN(len(all))]
		}
		a := left[0]
		left = left[1:]
		return a
	}
}

// Record plays a task as one episode of at most the Spec's steps.
func (w *World) Record(id string, t gym.Task, seed int64, play Player) experience.Episode {
	g := w.New(t, seed)
	ep := experience.Episode{ID: id, Task: t.ID, Scene: t.Scene, Goal: t.Goal, Split: t.Split}
	state, actions := g.Text(), g.Actions()
	for step := range w.Spec.MaxSteps {
		a := play(actions)
		if a == "" {
			break
		}
		next, reward, terminated := g.Act(a)
		tr := experience.Transition{Task: t.ID, Scene: t.Scene, Episode: id, Step: step, Goal: t.Goal, State: state, Action: a, Next: next, Reward: reward, Terminated: terminated, Actions: actions}
		if !terminated {
			tr.NextActions = g.Actions()
		}
		ep.Steps = append(ep.Steps, tr)
		if terminated {
			break
		}
		state, actions = next, tr.NextActions
	}
	return ep
}

// Episodes records n episodes of tasks in turn, by players from random to faultless.
// Equal seeds give equal recordings.
func (w *World) Episodes(tasks []gym.Task, n int, seed int64, spare ...string) []experience.Episode {
	rng := rand.New(rand.NewPCG(uint64(seed), 7))
	out := make([]experience.Episode, 0, n)
	for i := range n {
		t := tasks[i%len(tasks)]
		noise := []float64{1, 0.5, 0.2, 0}[(i+i/len(tasks))%4]
		out = append(out, w.Record(fmt.Sprintf("%d-%d", seed, i), t, int64(i), w.Noisy(t, noise, spare, rng)))
	}
	return out
}

// Fill puts recorded episodes into a buffer.
func Fill(b *experience.Buffer, eps []experience.Episode) {
	for _, e := range eps {
		b.Add(e.Steps)
	}
}
