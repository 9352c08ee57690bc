package sites

import (
	"flag"
	"testing"

	"dreamgym/adapters/sites/internal/task"
)

var everyTask = flag.Bool("every", false, "play every task, not one of each template in some worlds")

// onPaper opens an Env without Chrome.
func onPaper(t *testing.T, s *Suite, id string) *Env {
	t.Helper()
	for _, v := range s.variants {
		if v.id == id {
			e := &Env{suite: s, variant: v, open: newPaper}
			t.Cleanup(func() { e.Close() })
			return e
		}
	}
	t.Fatalf("there is no %s", id)
	return nil
}

// someWorlds are in how many worlds a template is played where not every task is.
const someWorlds = 2

// TestEveryTask plays a task of each template in some worlds rightly, and one of each
// template in the ways that come close; with -every it plays all of them.
func TestEveryTask(t *testing.T) {
	s, r := testSuite(t)
	for _, v := range s.variants {
		env := onPaper(t, s, v.id)
		known, worlds := make(map[string]int), make(map[string]int)
		for _, one := range every(t, registered(t, r, v.id)) {
			name := one.Params[task.ParamTemplate]
			if known[name+one.Scene]++; known[name+one.Scene] == 1 {
				worlds[name]++
			}
			if !*everyTask && (known[name+one.Scene] > 1 || worlds[name] > someWorlds) {
				continue
			}
			known[name]++
			p := v.tasks.Play(one)
			checkSolution(t, env, one, p)
			if known[name] == 1 || *everyTask && known[name]%10 == 0 {
				checkMisses(t, env, one, p)
			}
		}
	}
}
