package gym

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// The scenes of SeedTasks: a seed of the splits train and seen begins where train might have
// begun; those of unseen are kept apart, so that nothing recorded is taken for theirs.
const (
	sceneSeeds      = "seeds"
	sceneOtherSeeds = "other seeds"
)

// SeedTasks are the tasks of an environment that knows no tasks, only seeds: task "seed-7" is its
// reset with seed 7. The splits follow each other from seed 0, so no seed is in two.
type SeedTasks struct {
	Env   string // its id, for errors
	Goal  string // of every task
	Sizes [3]int // how many seeds each split has, in the order of Splits
}

var _ TaskSet = SeedTasks{}

// SeedCounts are how many seeds the splits have, as configuration declares them: 1000, 100 and 100
// when left out.
type SeedCounts struct {
	Train  *int `json:"train"`
	Seen   *int `json:"seen"`
	Unseen *int `json:"unseen"`
}

// mostSeeds bounds a split's, so that seeds of all splits are 32-bit numbers.
const mostSeeds = math.MaxInt32 / 4

// CheckSeeds says what numbers are right where one is not.
func (c SeedCounts) CheckSeeds() error {
	for _, n := range c.Seeds() {
		if n < 0 || n > mostSeeds {
			return fmt.Errorf("train, seen and unseen are numbers of seeds from 0 to %d", mostSeeds)
		}
	}
	return nil
}

// Seeds are the counts in the order of Splits.
func (c SeedCounts) Seeds() [3]int {
	all := [3]int{1000, 100, 100}
	for i, n := range []*int{c.Train, c.Seen, c.Unseen} {
		if n != nil {
			all[i] = *n
		}
	}
	return all
}

// IsSeedTask tells whether a task may come from SeedTasks.
func IsSeedTask(t Task) bool {
	return t.Seed >= 0 && (t.Scene == sceneSeeds || t.Scene == sceneOtherSeeds)
}

// Len is the number of seeds in a split.
func (s SeedTasks) Len(_ context.Context, split Split) (int, error) {
	_, n := s.seeds(split)
	return n, nil
}

// At answers the task of a split's seed i.
func (s SeedTasks) At(_ context.Context, split Split, i int) (Task, error) {
	first, n := s.seeds(split)
	if i < 0 || i >= n {
		return Task{}, Errorf(CodeUnknownTask, "%s has %d tasks in %s; there is none at %d", s.Env, n, split, i)
	}
	t := Task{ID: "seed-" + strconv.Itoa(first+i), Goal: s.Goal, Split: split, Scene: sceneSeeds, Seed: int64(first + i)}
	if split == SplitUnseen {
		t.Scene = sceneOtherSeeds
	}
	return t, nil
}

// Find answers the task of a seed.
func (s SeedTasks) Find(ctx context.Context, id string) (Task, error) {
	digits, ok := strings.CutPrefix(id, "seed-")
	if seed, err := strconv.Atoi(digits); ok && err == nil && strconv.Itoa(seed) == digits {
		for _, split := range Splits() {
			if first, n := s.seeds(split); first <= seed && seed < first+n {
				return s.At(ctx, split, seed-first)
			}
		}
	}
	return Task{}, Errorf(CodeUnknownTask, "%s has no task of this id; ids are seed-0 to seed-%d", s.Env, s.Sizes[0]+s.Sizes[1]+s.Sizes[2]-1)
}

// seeds are the first seed of a split, and how many it has.
func (s SeedTasks) seeds(split Split) (first, n int) {
	for i, of := range Splits() {
		if of == split {
			return first, s.Sizes[i]
		}
		first += s.Sizes[i]
	}
	return 0, 0
}
