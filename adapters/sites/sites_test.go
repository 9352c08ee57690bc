package sites

import (
	"context"
	"testing"
	"time"

	"go.uber.org/goleak"

	"dreamgym/adapters/chrome"
	"dreamgym/adapters/sites/internal/task"
	"dreamgym/envserver/gym"
	"dreamgym/envserver/gym/gymtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testSuite registers the environments. The tests need Chrome: where it is missing they
// fail with the command that installs it.
func testSuite(t testing.TB) (*Suite, *gym.Registry) {
	t.Helper()
	return testSuiteOf(t, "")
}

// testSuiteOf is testSuite with a file of tasks.
func testSuiteOf(t testing.TB, tasks string) (*Suite, *gym.Registry) {
	t.Helper()
	r := gym.NewRegistry()
	s, err := Register(r, Config{Chrome: chrome.Config{Settle: 20 * time.Second}, Tasks: tasks}) // the machine may be busy
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

// opened opens an environment, which the test's end closes.
func opened(t testing.TB, reg gym.Registration) gym.Env {
	t.Helper()
	env, err := reg.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { env.Close() })
	return env
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
func perform(t testing.TB, env gym.Env, one gym.Task, moves []task.Move) gym.Timestep {
	t.Helper()
	ts, err := env.Reset(t.Context(), gym.ResetOptions{Task: one})
	policy := &task.Script{Moves: moves}
	for n := 1; err == nil && !ts.Ended(); n++ {
		a := policy.Act(ts)
		if a == "" {
			t.Fatalf("%s, step %d: the policy is at a loss on %q\n%s", one.ID, n, one.Goal, ts.Observation.Text)
		}
		before := ts.Observation.Text
		ts, err = env.Step(t.Context(), a)
		if why := ts.Info[gym.InfoActionError]; why != nil {
			t.Errorf("%s, step %d, %s: %v on\n%s", one.ID, n, a, why, before)
		}
	}
	if err != nil {
		t.Fatalf("%s: %v", one.ID, err)
	}
	return ts
}

// sample is one task of every template.
func sample(t testing.TB, reg gym.Registration) []gym.Task {
	t.Helper()
	var some []gym.Task
	known := make(map[string]bool)
	for _, one := range every(t, reg) {
		if name := one.Params[task.ParamTemplate]; !known[name] {
			known[name] = true
			some = append(some, one)
		}
	}
	return some
}

// inChrome is how many templates there are to one that is played in Chrome, too.
const inChrome = 3

// TestInChrome plays a task of some templates in Chrome, with -every of all: the solver
// earns 1.
func TestInChrome(t *testing.T) {
	s, r := testSuite(t)
	for _, v := range s.variants {
		reg := registered(t, r, v.id)
		env, err := reg.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for i, one := range sample(t, reg) {
			if *everyTask || i%inChrome == 0 {
				t.Run(v.id+"/"+one.ID, func(t *testing.T) { checkSolution(t, env, one, v.tasks.Play(one)) })
			}
		}
		env.Close()
	}
}

// checkSolution plays a task rightly.
func checkSolution(t *testing.T, env gym.Env, one gym.Task, p *task.Play) {
	t.Helper()
	if ts := perform(t, env, one, p.Solution); ts.Reward != 1 || !ts.Terminated {
		t.Errorf("%s: the solver earns %v, %v on %q\n%s", one.ID, ts.Reward, ts.Info, one.Goal, ts.Observation.Text)
	}
}

// checkMisses plays a task in the ways that come close. An unwanted change alone is to
// fail no other condition.
func checkMisses(t *testing.T, env gym.Env, one gym.Task, p *task.Play) {
	t.Helper()
	for _, miss := range p.Misses() {
		ts := perform(t, env, one, miss.Moves)
		c := conditions(ts)
		if ts.Reward != miss.Reward || miss.Fails != "" && c[miss.Fails] != false {
			t.Errorf("%s: %s earns %v, %v", one.ID, miss.Name, ts.Reward, ts.Info)
		}
		for name, holds := range c {
			if miss.Fails == task.NothingElse && name != miss.Fails && holds != true {
				t.Errorf("%s: %s fails %s, too", one.ID, miss.Name, name)
			}
		}
	}
}

func conditions(ts gym.Timestep) map[string]any {
	c, _ := ts.Info[task.InfoConditions].(map[string]any)
	return c
}

// TestConformance holds the environments to the contract: one of them in Chrome, the others
// without it, as they have the same Env; with -every all of them in Chrome.
func TestConformance(t *testing.T) {
	s, r := testSuite(t)
	for i, v := range s.variants {
		t.Run(v.id, func(t *testing.T) { conform(t, s, registered(t, r, v.id), i > 0 && !*everyTask) })
	}
}

// conform holds one environment to the contract, on paper or in Chrome.
func conform(t *testing.T, s *Suite, reg gym.Registration, paper bool) {
	t.Helper()
	c := gymtest.Config{Registration: reg, Count: 2, Solutions: 2, Stall: func(gym.Timestep) gym.Action { return "noop()" }}
	if paper {
		c.Open = func(context.Context) (gym.Env, error) { return onPaper(t, s, reg.Spec.ID), nil }
	}
	gymtest.Run(t, c)
}
