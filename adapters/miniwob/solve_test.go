package miniwob

import (
	"testing"

	"dreamgym/envserver/gym"
)

func TestSolversEarnTheirReward(t *testing.T) {
	s, _ := testSuite(t, Config{})
	for _, p := range pages() {
		t.Run(p.name, func(t *testing.T) {
			e := &Env{suite: s, page: p}
			defer e.Close()
			for seed := int64(1); seed <= 8; seed++ {
				solveOne(t, e, seed)
			}
		})
	}
}

func solveOne(t *testing.T, e *Env, seed int64) {
	t.Helper()
	ts, err := e.Reset(t.Context(), gym.ResetOptions{Task: gym.Task{Seed: seed, Scene: e.page.name}})
	if err != nil {
		t.Fatal(err)
	}
	policy := newSolver(e.page)
	for n := 0; !ts.Ended(); n++ {
		a := policy.Act(ts)
		if a == "" {
			t.Fatalf("seed %d: the solver gives up on %q\n%s", seed, ts.Observation.Goal, ts.Observation.Text)
		}
		before := ts
		if ts, err = e.Step(t.Context(), a); err != nil {
			t.Fatalf("seed %d, step %d, %s: %v", seed, n, a, err)
		}
		if why := ts.Info[gym.InfoActionError]; why != nil {
			t.Errorf("seed %d, step %d, %s: %v on\n%s", seed, n, a, why, before.Observation.Text)
		}
	}
	if ts.Reward != 1 {
		t.Errorf("seed %d: reward %v, %v on %q\n%s", seed, ts.Reward, ts.Info, ts.Observation.Goal, ts.Observation.Text)
	}
}
