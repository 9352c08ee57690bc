package gym_test

import (
	"math"
	"testing"

	"dreamgym/envserver/gym"
)

// TestSeedCounts fills in what was left out, and refuses what is no number of seeds.
func TestSeedCounts(t *testing.T) {
	if got := (gym.SeedCounts{Seen: new(7)}).Seeds(); got != [3]int{1000, 7, 100} {
		t.Errorf("the splits have %v seeds", got)
	}
	for n, ok := range map[int]bool{0: true, 5: true, -1: false, math.MaxInt32: false} {
		if err := (gym.SeedCounts{Unseen: &n}).CheckSeeds(); (err == nil) != ok {
			t.Errorf("%d seeds: %v", n, err)
		}
	}
}

// TestSeedTasks finds every task by its id, in no split but its own.
func TestSeedTasks(t *testing.T) {
	set := gym.SeedTasks{Env: "test/x-v0", Goal: "play", Sizes: [3]int{3, 0, 2}}
	seen := make(map[string]gym.Task)
	for i, split := range gym.Splits() {
		n, err := set.Len(t.Context(), split)
		if err != nil || n != set.Sizes[i] {
			t.Errorf("%s has %d tasks, %v", split, n, err)
		}
		for k := range n {
			task, err := set.At(t.Context(), split, k)
			if err != nil || !gym.IsSeedTask(task) || task.Split != split || task.Goal != "play" || seen[task.ID].ID != "" {
				t.Errorf("%s %d: %+v, %v", split, k, task, err)
			}
			seen[task.ID] = task
			if found, err := set.Find(t.Context(), task.ID); err != nil || found.ID != task.ID || found.Seed != task.Seed {
				t.Errorf("%s is found as %+v, %v", task.ID, found, err)
			}
		}
		if _, err := set.At(t.Context(), split, n); gym.CodeOf(err) != gym.CodeUnknownTask {
			t.Errorf("%s %d: %v", split, n, err)
		}
	}
	if len(seen) != 5 || seen["seed-4"].Scene == seen["seed-2"].Scene || seen["seed-4"].Seed != 4 {
		t.Errorf("the tasks are %v", seen)
	}
	for _, id := range []string{"seed-5", "seed--1", "seed-01", "seed-", "4", "seed-x"} {
		if _, err := set.Find(t.Context(), id); gym.CodeOf(err) != gym.CodeUnknownTask {
			t.Errorf("%q: %v", id, err)
		}
	}
	if gym.IsSeedTask(gym.Task{Seed: -1, Scene: "seeds"}) || gym.IsSeedTask(gym.Task{Seed: 1}) {
		t.Error("another environment's task is taken for one")
	}
}
