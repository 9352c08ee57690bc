package experience

import (
	"context"

	"dreamgym/envserver/gym"
)

// Registration makes the environment that a recording amounts to: its tasks begin where
// they were recorded, and it has no real side.
func (r *Recording) Registration() gym.Registration {
	return gym.Registration{Spec: r.Spec(), Tasks: newTasks(r)}
}

// tasks are a recording's tasks; each is in the split of its first episode, train first.
type tasks struct {
	bySplit map[gym.Split][]gym.Task
	byID    map[string]gym.Task
}

var _ gym.TaskSet = (*tasks)(nil)

func newTasks(r *Recording) *tasks {
	set := &tasks{bySplit: make(map[gym.Split][]gym.Task), byID: make(map[string]gym.Task)}
	for _, split := range gym.Splits() {
		for i := range r.Episodes {
			e := &r.Episodes[i]
			if _, known := set.byID[e.Task]; known || e.Split != split {
				continue
			}
			task := e.Restart()
			set.byID[task.ID] = task
			set.bySplit[split] = append(set.bySplit[split], task)
		}
	}
	return set
}

// Len is the number of tasks in a split.
func (t *tasks) Len(_ context.Context, s gym.Split) (int, error) { return len(t.bySplit[s]), nil }

// At answers task i of a split.
func (t *tasks) At(_ context.Context, s gym.Split, i int) (gym.Task, error) {
	if i < 0 || i >= len(t.bySplit[s]) {
		return gym.Task{}, gym.Errorf(gym.CodeUnknownTask, "the split %s has %d tasks; there is no number %d", s, len(t.bySplit[s]), i)
	}
	return t.bySplit[s][i], nil
}

// Find answers the task with an id.
func (t *tasks) Find(_ context.Context, id string) (gym.Task, error) {
	task, ok := t.byID[id]
	if !ok {
		return gym.Task{}, gym.Errorf(gym.CodeUnknownTask, "no task of this id was recorded")
	}
	return task, nil
}
