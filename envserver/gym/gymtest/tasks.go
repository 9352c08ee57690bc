package gymtest

import (
	"reflect"

	"dreamgym/envserver/gym"

	"golang.org/x/sync/errgroup"
)

// checkTasks looks at the task set: ids that find their tasks, splits that keep apart.
func checkTasks(t T, c Config) {
	set := c.Registration.Tasks
	ids := make(map[string]gym.Split)
	scenes := make(map[gym.Split]map[string]bool)
	for _, split := range gym.Splits() {
		n, err := set.Len(t.Context(), split)
		if err != nil {
			t.Fatalf("Tasks.Len of %s: %v", split, err)
		}
		scenes[split] = make(map[string]bool)
		for i := range n {
			task := taskAt(t, set, split, i)
			if _, twice := ids[task.ID]; twice {
				t.Errorf("two tasks have the id %q", task.ID)
			}
			ids[task.ID] = split
			scenes[split][task.Scene] = true
		}
		for _, i := range []int{-1, n, n + 1} {
			_, err := set.At(t.Context(), split, i)
			wantCode(t, "Tasks.At beyond the split", err, gym.CodeUnknownTask)
		}
	}
	_, err := set.Find(t.Context(), "no such task")
	wantCode(t, "Tasks.Find of an unknown id", err, gym.CodeUnknownTask)
	checkScenes(t, scenes)
	checkTaskSharing(t, c)
}

// taskAt answers a task and wants it to be found under its id.
func taskAt(t T, set gym.TaskSet, split gym.Split, i int) gym.Task {
	t.Helper()
	task, err := set.At(t.Context(), split, i)
	if err != nil {
		t.Fatalf("Tasks.At %s %d: %v", split, i, err)
	}
	if task.ID == "" || task.Split != split {
		t.Errorf("task %d of %s has the id %q and the split %q", i, split, task.ID, task.Split)
	}
	found, err := set.Find(t.Context(), task.ID)
	if err != nil || !reflect.DeepEqual(found, task) {
		t.Errorf("task %d of %s is not what Find answers for %q (%v)", i, split, task.ID, err)
	}
	return task
}

// checkScenes wants seen scenes to be trained and unseen ones not to be.
func checkScenes(t T, scenes map[gym.Split]map[string]bool) {
	t.Helper()
	for s := range scenes[gym.SplitSeen] {
		if s != "" && !scenes[gym.SplitTrain][s] {
			t.Errorf("scene %q is called seen, and train has not got it", s)
		}
	}
	for s := range scenes[gym.SplitUnseen] {
		if scenes[gym.SplitTrain][s] || scenes[gym.SplitSeen][s] {
			t.Errorf("scene %q is called unseen, and train or seen has it", s)
		}
	}
}

// checkTaskSharing uses the set from several goroutines, and writes into what it gives.
func checkTaskSharing(t T, c Config) {
	t.Helper()
	set := c.Registration.Tasks
	if n, err := set.Len(t.Context(), c.Split); err != nil || n == 0 {
		return
	}
	var g errgroup.Group
	for range 4 {
		g.Go(func() error {
			_, err := set.At(t.Context(), c.Split, 0)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Errorf("Tasks.At from several goroutines: %v", err)
	}
	task := taskAt(t, set, c.Split, 0)
	before := text(task)
	if task.Params != nil {
		task.Params[scribbled] = ""
	}
	if task.Start != nil {
		scribble(&gym.Timestep{Observation: *task.Start})
	}
	if text(taskAt(t, set, c.Split, 0)) != before {
		t.Errorf("a task holds what was written into an earlier answer")
	}
}
