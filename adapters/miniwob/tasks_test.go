package miniwob

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dreamgym/adapters/chrome"
	"dreamgym/envserver/gym"
)

// all answers every task of a split.
func all(t *testing.T, set gym.TaskSet, s gym.Split) []gym.Task {
	t.Helper()
	n, err := set.Len(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	list := make([]gym.Task, n)
	for i := range list {
		if list[i], err = set.At(t.Context(), s, i); err != nil {
			t.Fatal(err)
		}
	}
	return list
}

func find(t *testing.T, r *gym.Registry, id string) gym.Registration {
	t.Helper()
	reg, err := r.Find(id)
	if err != nil {
		t.Fatal(err)
	}
	return reg
}

// TestHeldOutGoals: no goal is in both splits, about one in seven is held out, and a
// page with few goals keeps them all in train.
func TestHeldOutGoals(t *testing.T) {
	_, r := testSuite(t, Config{Seeds: 120})
	for id, held := range map[string]bool{"miniwob/login-user-v0": true, "miniwob/navigate-tree-v0": true, "miniwob/click-button-v0": false} {
		t.Run(id, func(t *testing.T) {
			set := find(t, r, id).Tasks
			train, seen := all(t, set, gym.SplitTrain), all(t, set, gym.SplitSeen)
			if len(train)+len(seen) != 120 || len(all(t, set, gym.SplitUnseen)) != 0 {
				t.Errorf("%d + %d tasks", len(train), len(seen))
			}
			if share := float64(len(seen)) / 120; held && (share < 0.03 || share > 0.35) || !held && share != 0 {
				t.Errorf("%d of 120 tasks are held out", len(seen))
			}
			for _, s := range seen {
				if slices.ContainsFunc(train, func(t gym.Task) bool { return t.Goal == s.Goal }) {
					t.Errorf("the goal %q is in both splits", s.Goal)
				}
			}
		})
	}
}

// checkStart wants each task's start to be what a Reset shows, in a page that was used
// before as in a fresh one.
func checkStart(t *testing.T, reg gym.Registration) {
	env, err := reg.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer env.Close()
	for _, i := range []int{0, 7, 3, 0} {
		task, err := reg.Tasks.At(t.Context(), gym.SplitTrain, i)
		if err != nil {
			t.Fatal(err)
		}
		ts, err := env.Reset(t.Context(), gym.ResetOptions{Task: task})
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(*task.Start, ts.Observation); d != "" || task.Goal != ts.Observation.Goal || task.Goal == "" {
			t.Errorf("%s (-start +reset):\n%s", task.ID, d)
		}
		for _, a := range ts.Observation.Actions[:min(3, len(ts.Observation.Actions))] {
			if ts, err = env.Step(t.Context(), gym.Action(a)); err != nil || ts.Ended() {
				break
			}
		}
	}
}

func TestCache(t *testing.T) {
	dir := t.TempDir()
	_, r := testSuite(t, Config{Seeds: 25, Cache: dir})
	first := all(t, find(t, r, "miniwob/enter-text-v0").Tasks, gym.SplitTrain)
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("files %q, %v", files, err)
	}
	// Another suite reads the cache: it needs neither Chrome nor the package.
	r2 := gym.NewRegistry()
	s2, err := Register(r2, Config{Seeds: 25, Cache: dir, Dir: "/nowhere"})
	if err != nil {
		t.Fatal(err)
	}
	defer s2.Close()
	if d := cmp.Diff(first, all(t, find(t, r2, "miniwob/enter-text-v0").Tasks, gym.SplitTrain)); d != "" {
		t.Error(d)
	}
	// What is damaged is not used.
	if err := os.WriteFile(files[0], []byte(`[{"goal": 1}]`), 0o600); err != nil {
		t.Fatal(err)
	}
	_, r3 := testSuite(t, Config{Seeds: 25, Cache: dir})
	if d := cmp.Diff(first, all(t, find(t, r3, "miniwob/enter-text-v0").Tasks, gym.SplitTrain)); d != "" {
		t.Error(d)
	}
}

// TestEndlessStart: a start that never ends is none, and those beside it are there.
func TestEndlessStart(t *testing.T) {
	s, _ := testSuite(t, Config{Chrome: chrome.Config{Settle: 300 * time.Millisecond, Grace: 300 * time.Millisecond}})
	v := survey{suite: s, page: pages()[0]}
	defer v.drop()
	if f, err := v.one(t.Context(), "for (;;);"); err != nil || f.Goal != "" {
		t.Errorf("it gives %+v, %v", f, err)
	}
	if f, err := v.one(t.Context(), start(1)); err != nil || f.Goal == "" {
		t.Errorf("then a start gives %+v, %v", f, err)
	}
	none := newTasks(s, v.page)
	train, seen := none.divide([]found{{Goal: "a"}, {}, {Goal: "b"}})
	if len(train) != 2 || len(seen) != 0 || train[1].ID != "seed-3" {
		t.Errorf("tasks %+v and %+v", train, seen)
	}
}
