package house

import (
	"testing"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/gym/gymtest"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestConformance(t *testing.T) {
	r := gym.NewRegistry()
	if err := Register(r); err != nil {
		t.Fatal(err)
	}
	idle := func(gym.Timestep) gym.Action { return "dance" } // nothing happens, and it is a step
	for _, reg := range r.All() {
		t.Run(reg.Spec.ID, func(t *testing.T) { gymtest.Run(t, gymtest.Config{Registration: reg, Stall: idle}) })
	}
}

// TestSolverWins plays every task of every split.
func TestSolverWins(t *testing.T) {
	reg := registration(t, "house/any-v0")
	env := openEnv(t, reg)
	for _, split := range gym.Splits() {
		won, tasks := 0, every(t, reg, split)
		for _, task := range tasks {
			won += wins(t, env, reg.Solver(task), task)
		}
		if len(tasks) == 0 || won*100 < len(tasks)*99 {
			t.Errorf("%s: the solver wins %d of %d tasks, want at least 99 %%", split, won, len(tasks))
		}
	}
}

// TestRandomRarelyWins keeps the tasks from being won by chance.
func TestRandomRarelyWins(t *testing.T) {
	reg := registration(t, "house/any-v0")
	env := openEnv(t, reg)
	won, tasks := 0, every(t, reg, gym.SplitTrain)[:500]
	for i, task := range tasks {
		won += wins(t, env, gymtest.Random(int64(i)), task)
	}
	if won*100 > len(tasks)*10 {
		t.Errorf("random actions win %d of %d tasks", won, len(tasks))
	}
	t.Logf("random actions win %d of %d tasks", won, len(tasks))
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

func openEnv(t testing.TB, reg gym.Registration) gym.Env {
	t.Helper()
	e, err := reg.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// wins plays a task and answers 1 if the policy earns the reward, else 0.
func wins(t testing.TB, e gym.Env, p gym.Policy, task gym.Task) int {
	t.Helper()
	ts, err := e.Reset(t.Context(), gym.ResetOptions{Task: task})
	for err == nil && !ts.Ended() {
		a := p.Act(ts)
		if a == "" {
			break
		}
		ts, err = e.Step(t.Context(), a)
	}
	if err != nil {
		t.Fatal(err)
	}
	return int(ts.Reward)
}
