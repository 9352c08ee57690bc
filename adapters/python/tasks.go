package python

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

// tasks has a task for every seed; each split has a range of them.
type tasks struct {
	env    string
	goal   string
	ranges map[gym.Split][2]int // first seed, and the one after the last
}

var _ gym.TaskSet = (*tasks)(nil)

func newTasks(h Hosted) *tasks {
	t := &tasks{env: h.id(), goal: cmp.Or(h.Goal, "play "+h.ID), ranges: make(map[gym.Split][2]int)}
	first := 0
	for i, n := range h.seeds() {
		t.ranges[gym.Splits()[i]] = [2]int{first, first + n}
		first += n
	}
	return t
}

// Len is the number of seeds in a split.
func (t *tasks) Len(_ context.Context, s gym.Split) (int, error) {
	r := t.ranges[s]
	return r[1] - r[0], nil
}

// At answers the task of a split's seed i.
func (t *tasks) At(_ context.Context, s gym.Split, i int) (gym.Task, error) {
	r := t.ranges[s]
	if i < 0 || i >= r[1]-r[0] {
		return gym.Task{}, gym.Errorf(gym.CodeUnknownTask, "%s has %d tasks in %s; there is none at %d", t.env, r[1]-r[0], s, i)
	}
	return t.task(s, r[0]+i), nil
}

// Find answers the task of a seed.
func (t *tasks) Find(_ context.Context, id string) (gym.Task, error) {
	digits, ok := strings.CutPrefix(id, "seed-")
	seed, err := strconv.Atoi(digits)
	if ok && err == nil && strconv.Itoa(seed) == digits {
		for s, r := range t.ranges {
			if r[0] <= seed && seed < r[1] {
				return t.task(s, seed), nil
			}
		}
	}
	return gym.Task{}, gym.Errorf(gym.CodeUnknownTask, "%s has no task of this id; ids are seed-0 to seed-%d", t.env, t.ranges[gym.SplitUnseen][1]-1)
}

func (t *tasks) task(s gym.Split, seed int) gym.Task {
	scene := sceneKnown
	if s == gym.SplitUnseen {
		scene = sceneOther
	}
	return gym.Task{ID: "seed-" + strconv.Itoa(seed), Goal: t.goal, Split: s, Scene: scene, Seed: int64(seed)}
}
