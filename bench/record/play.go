package main

import (
	"context"
	"hash/fnv"
	"math/rand/v2"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
)

// elsewhere is the share of random actions taken from what was admissible earlier in
// the episode, and so may fail now.
const elsewhere = 0.1

// recorder plays one environment.
type recorder struct {
	reg gym.Registration
	env gym.Env
	rng *rand.Rand
	// trained are the scenes recorded for train.
	trained map[string]bool
}

// play records one episode by the solver with a share of random actions.
func (r *recorder) play(ctx context.Context, task gym.Task, id string, noise float64) (experience.Episode, error) {
	e := experience.Episode{ID: id, Task: task.ID, Scene: task.Scene, Goal: task.Goal, Split: task.Split}
	solver := r.reg.Solver(task)
	ts, err := r.env.Reset(ctx, gym.ResetOptions{Task: task, Seed: r.rng.Int64N(1 << 31)})
	var known []string
	for err == nil && !ts.Ended() {
		if e.Goal == "" {
			e.Goal = ts.Observation.Goal
		}
		known = append(known, ts.Observation.Actions...)
		action := solver.Act(ts)
		if action == "" || r.rng.Float64() < noise {
			action = r.random(ts.Observation.Actions, known)
		}
		var next gym.Timestep
		next, err = r.env.Step(ctx, action)
		if gym.CodeOf(err) == gym.CodeInvalidAction { // no longer an action here: nothing was done
			action = r.random(ts.Observation.Actions, ts.Observation.Actions)
			next, err = r.env.Step(ctx, action)
		}
		if err != nil {
			break
		}
		e.Steps = append(e.Steps, experience.Transition{
			Task: e.Task, Scene: e.Scene, Episode: id, Step: len(e.Steps), Goal: e.Goal,
			State: ts.Observation.Text, Action: string(action), Next: next.Observation.Text,
			Reward: next.Reward, Terminated: next.Terminated, Truncated: next.Truncated,
			Actions: ts.Observation.Actions, NextActions: next.Observation.Actions,
		})
		ts = next
	}
	return e, err
}

// random answers an admissible action, or now and then one that was so earlier.
func (r *recorder) random(admissible, known []string) gym.Action {
	if len(admissible) == 0 || r.rng.Float64() < elsewhere {
		admissible = known
	}
	return gym.Action(admissible[r.rng.IntN(len(admissible))])
}

// hash numbers a split for the seed of its recorder.
func hash(s gym.Split) uint64 {
	h := fnv.New64a()
	h.Write([]byte(s))
	return h.Sum64()
}
