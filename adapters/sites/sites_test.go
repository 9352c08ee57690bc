package sites

import (
	"testing"

	"go.uber.org/goleak"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/gym/gymtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testSuite registers the environments. The tests need Chrome: where it is missing they
// fail with the command that installs it.
func testSuite(t testing.TB) (*Suite, *gym.Registry) {
	t.Helper()
	r := gym.NewRegistry()
	s, err := Register(r, Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, r
}

func registered(t testing.TB, r *gym.Registry, id string) gym.Registration {
	t.Helper()
	reg, err := r.Find(id)
	if err != nil {
		t.Fatal(err)
	}
	return reg
}

// every lists the tasks of all splits.
func every(t testing.TB, reg gym.Registration) []gym.Task {
	t.Helper()
	var all []gym.Task
	for _, split := range gym.Splits() {
		n, err := reg.Tasks.Len(t.Context(), split)
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			task, err := reg.Tasks.At(t.Context(), split, i)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, task)
		}
	}
	return all
}

// perform plays a task by some moves and answers the last timestep.
func perform(t testing.TB, env gym.Env, task gym.Task, moves []move) gym.Timestep {
	t.Helper()
	ts, err := env.Reset(t.Context(), gym.ResetOptions{Task: task})
	policy := &script{moves: moves}
	for n := 1; err == nil && !ts.Ended(); n++ {
		a := policy.Act(ts)
		if a == "" {
			t.Fatalf("%s, step %d: the policy is at a loss on %q\n%s", task.ID, n, task.Goal, ts.Observation.Text)
		}
		before := ts.Observation.Text
		ts, err = env.Step(t.Context(), a)
		if why := ts.Info[gym.InfoActionError]; why != nil {
			t.Errorf("%s, step %d, %s: %v on\n%s", task.ID, n, a, why, before)
		}
	}
	if err != nil {
		t.Fatalf("%s: %v", task.ID, err)
	}
	return ts
}

// sample is one task of every template.
func sample(t testing.TB, reg gym.Registration) []gym.Task {
	t.Helper()
	var some []gym.Task
	known := make(map[string]bool)
	for _, task := range every(t, reg) {
		if name := task.Params[paramTemplate]; !known[name] {
			known[name] = true
			some = append(some, task)
		}
	}
	return some
}

// TestInChrome plays one task of every template in Chrome: the solver earns 1, and what
// comes close earns nothing, for the condition that it fails.
func TestInChrome(t *testing.T) {
	s, r := testSuite(t)
	reg := registered(t, r, "sites/shop-v0")
	env, err := reg.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer env.Close()
	for _, task := range sample(t, reg) {
		t.Run(task.ID, func(t *testing.T) { checkTask(t, s, env, task) })
	}
}

// checkTask plays a task rightly, and in two ways that come close.
func checkTask(t *testing.T, s *Suite, env gym.Env, task gym.Task) {
	t.Helper()
	one, w := templateOf(task), s.world(task.Seed)
	if ts := perform(t, env, task, one.solution(w, task.Params)); ts.Reward != 1 || !ts.Terminated {
		t.Errorf("%s: the solver earns %v, %v on %q\n%s", task.ID, ts.Reward, ts.Info, task.Goal, ts.Observation.Text)
	}
	failing := map[kind]string{find: "answer", visit: "page", change: "changes"}[one.kind]
	if ts := perform(t, env, task, one.nearMiss(w, task.Params)); ts.Reward != 0 || conditions(ts)[failing] != false {
		t.Errorf("%s: a near miss earns %v, %v", task.ID, ts.Reward, ts.Info)
	}
	ts := perform(t, env, task, one.meddling(w, task.Params))
	if c := conditions(ts); ts.Reward != 0 || c["nothing_else"] != false || c[failing] != true {
		t.Errorf("%s: the change with an unwanted one earns %v, %v", task.ID, ts.Reward, ts.Info)
	}
}

func conditions(ts gym.Timestep) map[string]any {
	c, _ := ts.Info[infoConditions].(map[string]any)
	return c
}

// TestBuyingInChrome plays WebShop's tasks.
func TestBuyingInChrome(t *testing.T) {
	_, r := testSuite(t)
	reg := registered(t, r, "sites/webshop-v0")
	env, err := reg.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer env.Close()
	all := every(t, reg)
	for i := 0; i < len(all); i += 40 {
		policy, ok := reg.Solver(all[i]).(*script)
		if ts := perform(t, env, all[i], policy.moves); !ok || ts.Reward != 1 || !ts.Terminated {
			t.Errorf("%s: the solver earns %v, %v on %q\n%s", all[i].ID, ts.Reward, ts.Info, all[i].Goal, ts.Observation.Text)
		}
	}
}

func TestConformance(t *testing.T) {
	_, r := testSuite(t)
	for _, reg := range r.All() {
		t.Run(reg.Spec.ID, func(t *testing.T) {
			gymtest.Run(t, gymtest.Config{
				Registration: reg, Count: 2, Solutions: 2,
				Stall: func(gym.Timestep) gym.Action { return "noop()" },
			})
		})
	}
}
