package gym_test

import (
	"testing"

	"dreamgym/envserver/gym"
)

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
