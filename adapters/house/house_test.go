package house

import (
	"context"
	"testing"

	"dreamgym/envserver/gym"
)

// TestSolverWins plays every task of every split.
func TestSolverWins(t *testing.T) {
	reg := registration(t, "house/any-v0")
	for _, split := range gym.Splits() {
		n, err := reg.Tasks.Len(t.Context(), split)
		if err != nil {
			t.Fatal(err)
		}
		won := 0
		for i := range n {
			task, err := reg.Tasks.At(t.Context(), split, i)
			if err != nil {
				t.Fatal(err)
			}
			if reward, _ := play(t, reg, task); reward == 1 {
				won++
			} else {
				t.Logf("lost: %s in %s: %s", task.ID, task.Scene, task.Goal)
			}
		}
		if n == 0 || won*100 < n*99 {
			t.Errorf("%s: the solver wins %d of %d tasks, want at least 99 %%", split, won, n)
		}
	}
}

func play(t *testing.T, reg gym.Registration, task gym.Task) (float64, int) {
	t.Helper()
	ctx := context.Background()
	e, err := reg.Open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	ts, err := e.Reset(ctx, gym.ResetOptions{Task: task})
	p := reg.Solver(task)
	n := 0
	for ; err == nil && !ts.Ended(); n++ {
		a := p.Act(ts)
		ts, err = e.Step(ctx, a)
	}
	if err != nil {
		t.Fatal(err)
	}
	return ts.Reward, n
}

// registration answers one of the package's environments.
func registration(t testing.TB, id string) gym.Registration {
	t.Helper()
	r := gym.NewRegistry()
	if err := Register(r); err != nil {
		t.Fatal(err)
	}
	reg, err := r.Find(id)
	if err != nil {
		t.Fatal(err)
	}
	return reg
}
