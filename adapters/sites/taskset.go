package sites

import (
	"cmp"
	"context"
	"maps"
	"sync"

	"dreamgym/adapters/sites/internal/task"
	"dreamgym/envserver/gym"
)

// dealt are the tasks of a variant, made when they are first asked for.
type dealt struct {
	once sync.Once
	set  task.Set

	bySplit map[gym.Split][]gym.Task
	byID    map[string]gym.Task
	example string // an id
}

func (d *dealt) split(s gym.Split) []gym.Task {
	d.once.Do(func() {
		d.bySplit, d.byID = d.set.Deal(), make(map[string]gym.Task)
		for _, split := range gym.Splits() {
			for _, t := range d.bySplit[split] {
				d.byID[t.ID] = t
				d.example = cmp.Or(d.example, t.ID)
			}
		}
	})
	return d.bySplit[s]
}

// taskSet shows a variant's tasks.
type taskSet struct {
	id    string
	dealt *dealt
}

var _ gym.TaskSet = taskSet{}

// Len is the number of tasks in a split.
func (t taskSet) Len(_ context.Context, s gym.Split) (int, error) {
	return len(t.dealt.split(s)), nil
}

// At answers task i of a split.
func (t taskSet) At(_ context.Context, s gym.Split, i int) (gym.Task, error) {
	list := t.dealt.split(s)
	if i < 0 || i >= len(list) {
		return gym.Task{}, gym.Errorf(gym.CodeUnknownTask, "%s has %d tasks in %s; there is none at %d", t.id, len(list), s, i)
	}
	return copied(list[i]), nil
}

// Find answers the task with an id.
func (t taskSet) Find(_ context.Context, id string) (gym.Task, error) {
	d := t.dealt
	d.split(gym.SplitTrain)
	found, ok := d.byID[id]
	if !ok {
		return gym.Task{}, gym.Errorf(gym.CodeUnknownTask, "%s has no task of this id; ids are such as %s", t.id, d.example)
	}
	return copied(found), nil
}

// copied shares no memory with the set.
func copied(t gym.Task) gym.Task {
	t.Params = maps.Clone(t.Params)
	return t
}
