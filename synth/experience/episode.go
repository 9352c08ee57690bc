package experience

import (
	"dreamgym/envserver/episode"
	"dreamgym/envserver/gym"
)

// Episode is one recorded episode as transitions.
type Episode struct {
	ID    string
	Task  string
	Scene string
	Goal  string
	Split gym.Split
	// Steps are in order, at least one.
	Steps []Transition
}

// Return is the sum of the episode's rewards.
func (e *Episode) Return() float64 {
	var sum float64
	for i := range e.Steps {
		sum += e.Steps[i].Reward
	}
	return sum
}

// Start is the first observation.
func (e *Episode) Start() gym.Observation {
	first := &e.Steps[0]
	return gym.Observation{Goal: e.Goal, Text: first.State, Actions: first.Actions}
}

// Restart answers the task with its start condition, as a dream begins it.
func (e *Episode) Restart() gym.Task {
	start := e.Start()
	return gym.Task{ID: e.Task, Goal: e.Goal, Split: e.Split, Scene: e.Scene, Start: &start}
}

// FromLog takes the transitions out of an episode's log. An episode without a step has
// none. Whether it may be learned from is the caller's to ask ([episode.Episode.Learnable]).
func FromLog(log *episode.Episode) Episode {
	task := log.Header.Task
	e := Episode{ID: log.Header.ID, Task: task.ID, Scene: sceneOf(task), Goal: task.Goal, Split: task.Split}
	for i := 1; i < len(log.Steps); i++ {
		before, step := log.Steps[i-1].Timestep, log.Steps[i]
		if e.Goal == "" {
			e.Goal = before.Observation.Goal
		}
		e.Steps = append(e.Steps, Transition{
			Task: e.Task, Scene: e.Scene, Episode: e.ID, Step: i - 1, Goal: e.Goal,
			State: State(before.Observation), Action: string(step.Action), Next: State(step.Timestep.Observation),
			Reward: step.Timestep.Reward, Terminated: step.Timestep.Terminated, Truncated: step.Timestep.Truncated,
			Actions: before.Observation.Actions, NextActions: step.Timestep.Observation.Actions,
		})
	}
	return e
}

// State is what an observation shows, as text: its array to the bit, where it has one that is
// not too large, else its text.
func State(o gym.Observation) string {
	if o.Array != nil && len(o.Array.Data) <= gym.MostWorded {
		return o.Array.String()
	}
	return o.Text
}

// sceneOf is the task's scene; a task without one is a scene of its own.
func sceneOf(t gym.Task) string {
	if t.Scene == "" {
		return t.ID
	}
	return t.Scene
}
