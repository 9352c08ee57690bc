package miniwob

import (
	"testing"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/gym/gymtest"
)

// TestPages tries every page: its starts, its solver, and what every Env promises.
func TestPages(t *testing.T) {
	s, r := testSuite(t, Config{Seeds: 24})
	for _, p := range pages() {
		t.Run(p.name, func(t *testing.T) {
			reg := find(t, r, p.spec().ID)
			t.Run("start", func(t *testing.T) { checkStart(t, reg) })
			t.Run("solver", func(t *testing.T) { checkSolver(t, s, p) })
			t.Run("conformance", func(t *testing.T) {
				gymtest.Run(t, gymtest.Config{
					Registration: reg,
					Count:        2,
					Solutions:    1, // checkSolver plays more of them
					Stall:        func(gym.Timestep) gym.Action { return "noop()" },
				})
			})
		})
	}
}

// checkSolver wants the solver to earn the reward on each of some seeds, without an
// action that fails.
func checkSolver(t *testing.T, s *Suite, p page) {
	e := &Env{suite: s, page: p}
	defer e.Close()
	for seed := int64(1); seed <= 6; seed++ {
		solveOne(t, e, seed)
	}
}

func solveOne(t *testing.T, e *Env, seed int64) {
	t.Helper()
	ts := reset(t, e, seed)
	policy := newSolver(e.page)
	for n := 1; !ts.Ended(); n++ {
		a := policy.Act(ts)
		if a == "" {
			t.Fatalf("seed %d: the solver gives up on %q\n%s", seed, ts.Observation.Goal, ts.Observation.Text)
		}
		before := ts.Observation.Text
		var err error
		if ts, err = e.Step(t.Context(), a); err != nil {
			t.Fatalf("seed %d, step %d, %s: %v", seed, n, a, err)
		}
		if why := ts.Info[gym.InfoActionError]; why != nil {
			t.Errorf("seed %d, step %d, %s: %v on\n%s", seed, n, a, why, before)
		}
	}
	if ts.Reward != 1 {
		t.Errorf("seed %d: reward %v, %v on %q\n%s", seed, ts.Reward, ts.Info, ts.Observation.Goal, ts.Observation.Text)
	}
}
