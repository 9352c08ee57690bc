package remote

import (
	"cmp"
	"context"
	"strconv"
	"strings"

	"dreamgym/envserver/gym"
)

// The scenes: a seed of the splits train and seen begins where train might have begun;
// those of unseen are kept apart, so that nothing recorded is taken for theirs.
const (
	sceneKnown = "seeds"
	sceneOther = "other seeds"
)

// tasks has a task for every seed; the splits follow each other.
type tasks struct {
	env, goal string
	sizes     [3]int // in the order of gym.Splits
}

var _ gym.TaskSet = tasks{}

func newTasks(r Remote) tasks { return tasks{r.id(), cmp.Or(r.Goal, "play "+r.Name), r.seeds()} }

// first is the first seed of a split, and how many it has.
func (t tasks) first(s gym.Split) (first, n int) {
	for i, split := range gym.Splits() {
		if split == s {
			return first, t.sizes[i]
		}
		first += t.sizes[i]
	}
	return 0, 0
}

// Len is the number of seeds in a split.
func (t tasks) Len(_ context.Context, s gym.Split) (int, error) {
	_, n := t.first(s)
	return n, nil
}

// At answers the task of a split's seed i.
func (t tasks) At(_ context.Context, s gym.Split, i int) (gym.Task, error) {
	first, n := t.first(s)
	if i < 0 || i >= n {
		return gym.Task{}, gym.Errorf(gym.CodeUnknownTask, "%s has %d tasks in %s; there is none at %d", t.env, n, s, i)
	}
	task := gym.Task{ID: "seed-" + strconv.Itoa(first+i), Goal: t.goal, Split: s, Scene: sceneKnown, Seed: int64(first + i)}
	if s == gym.SplitUnseen {
		task.Scene = sceneOther
	}
	return task, nil
}

// Find answers the task of a seed.
func (t tasks) Find(ctx context.Context, id string) (gym.Task, error) {
	digits, ok := strings.CutPrefix(id, "seed-")
	if seed, err := strconv.Atoi(digits); ok && err == nil && strconv.Itoa(seed) == digits {
		for _, s := range gym.Splits() {
			if first, n := t.first(s); first <= seed && seed < first+n {
				return t.At(ctx, s, seed-first)
			}
		}
	}
	return gym.Task{}, gym.Errorf(gym.CodeUnknownTask, "%s has no task of this id; ids are seed-0 to seed-%d", t.env, t.sizes[0]+t.sizes[1]+t.sizes[2]-1)
}
