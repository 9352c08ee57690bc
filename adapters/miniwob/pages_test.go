package miniwob

import (
	"flag"
	"testing"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/gym/gymtest"
)

// whole tries every page to the full; without it a sample is, and the others are solved
// a few times.
var whole = flag.Bool("miniwob.all", false, "try all that is to be tried of every page")

// sampled is of how many pages one is tried to the full.
const sampled = 24

// TestPages tries the pages: their starts, their solvers, and what every Env promises.
func TestPages(t *testing.T) {
	_, r := testSuite(t, Config{Seeds: map[bool]int{true: 300, false: 25}[*whole]})
	for i, p := range pages() {
		if p.unplayable != "" {
			continue
		}
		t.Run(p.name, func(t *testing.T) {
			reg := find(t, r, p.spec().ID)
			full := *whole || i%sampled == 0
			if full && !p.chance {
				t.Run("start", func(t *testing.T) { checkStart(t, reg) })
			}
			if p.solve != nil {
				t.Run("solver", func(t *testing.T) { checkSolver(t, reg, p, full) })
			}
			if full {
				t.Run("conformance", func(t *testing.T) { conforms(t, reg, p) })
			}
		})
	}
}

func conforms(t *testing.T, reg gym.Registration, p page) {
	if p.misses > 0 {
		reg.Solver = nil // it does not win every task
	}
	gymtest.Run(t, gymtest.Config{
		Registration: reg,
		Count:        2,
		Solutions:    1, // checkSolver plays more of them
		Stall:        func(gym.Timestep) gym.Action { return "noop()" },
	})
}

// checkSolver wants the solver to earn the reward on tasks of every split, without an
// action that fails.
func checkSolver(t *testing.T, reg gym.Registration, p page, full bool) {
	e, err := reg.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if !full {
		if !win(t, e, reg, gym.Task{ID: "seed-7", Seed: 7, Scene: p.name}) && p.misses == 0 {
			t.Error("the task is not solved")
		}
		return
	}
	for _, split := range []gym.Split{gym.SplitTrain, gym.SplitSeen} {
		list := all(t, reg.Tasks, split)
		won, tried := 0, min(len(list), map[bool]int{true: 24, false: 4}[*whole])
		for _, task := range list[:tried] {
			if win(t, e, reg, task) {
				won++
			}
		}
		if misses := tried - won; misses > p.misses*tried/100 {
			t.Errorf("of %d tasks in %s, %d are not solved", tried, split, misses)
		}
	}
}

// win plays a task by its solver and tells whether it was won; where that is not
// promised, a loss is logged alone.
func win(t *testing.T, e gym.Env, reg gym.Registration, task gym.Task) bool {
	t.Helper()
	ts, err := e.Reset(t.Context(), gym.ResetOptions{Task: task})
	if err != nil {
		t.Fatal(err)
	}
	policy := reg.Solver(task)
	for n := 1; !ts.Ended(); n++ {
		a := policy.Act(ts)
		if a == "" {
			t.Logf("%s: the solver gives up on %q\n%s", task.ID, ts.Observation.Goal, ts.Observation.Text)
			return false
		}
		before := ts.Observation.Text
		if ts, err = e.Step(t.Context(), a); err != nil {
			t.Fatalf("%s, step %d, %s: %v", task.ID, n, a, err)
		}
		if why := ts.Info[gym.InfoActionError]; why != nil {
			t.Errorf("%s, step %d, %s: %v on\n%s", task.ID, n, a, why, before)
		}
	}
	if ts.Reward != 1 {
		t.Logf("%s: reward %v, %v on %q\n%s", task.ID, ts.Reward, ts.Info, ts.Observation.Goal, ts.Observation.Text)
	}
	return ts.Reward == 1
}

// TestUnplayable: a page that cannot be played says why, whatever is installed.
func TestUnplayable(t *testing.T) {
	_, r := testSuite(t, Config{})
	for _, p := range timePages() {
		reg := find(t, r, p.spec().ID)
		if err := reg.Ready(); p.unplayable != "" && gym.CodeOf(err) != gym.CodeNotAvailable || p.unplayable == "" && err != nil {
			t.Errorf("%s: %v", p.name, err)
		}
	}
}
