package sites

import (
	"strings"
	"testing"

	"dreamgym/envserver/gym"
)

// TestPlaces tries where a policy can go and where it cannot.
func TestPlaces(t *testing.T) {
	s, r := testSuite(t)
	reg := registered(t, r, "sites/shop-v0")
	env, err := reg.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer env.Close()
	task := sample(t, reg)[0]
	start, err := env.Reset(t.Context(), gym.ResetOptions{Task: task})
	if err != nil {
		t.Fatal(err)
	}
	own, err := s.server.address(s.sites)
	if err != nil {
		t.Fatal(err)
	}
	visitPlaces(t, env, own)
	if again, err := env.Reset(t.Context(), gym.ResetOptions{Task: task}); err != nil || again.Observation.Text != start.Observation.Text {
		t.Errorf("after all this the task begins with\n%s\n(%v), before with\n%s", again.Observation.Text, err, start.Observation.Text)
	}
}

// visitPlaces tries addresses, the server's own among them.
func visitPlaces(t *testing.T, env gym.Env, own string) {
	t.Helper()
	const home, cart = "/shop/", "/shop/cart"
	for _, at := range []struct{ action, where, problem string }{
		{"go_back()", home, "no page to go to"},
		{"goto('http://sites.test/shop/cart')", cart, ""},
		{"goto('" + own + "/shop/')", cart, "only pages of"},
		{"goto('http://127.0.0.1:8000/')", cart, "only pages of"},
		{"goto('file:///etc/passwd')", cart, "only pages of"},
		{"goto('/_open/x?to=/shop/')", cart, "only pages of"},
		{"click('99999')", cart, "missing"},
		{"send_msg_to_user(", cart, "wrong syntax"},
		{"go_back()", home, ""},
	} {
		ts, err := env.Step(t.Context(), gym.Action(at.action))
		if err != nil {
			t.Fatal(err)
		}
		problem, _ := ts.Info[gym.InfoActionError].(string)
		if !strings.Contains(problem, at.problem) || (problem == "") != (at.problem == "") || ts.Ended() {
			t.Errorf("%s: %v", at.action, ts.Info)
		}
		if first, _, _ := strings.Cut(ts.Observation.Text, "\n"); first != `address "`+public+at.where+`"` {
			t.Errorf("%s leads to %s", at.action, first)
		}
		if strings.Contains(ts.Observation.Text, "127.0.0.1") {
			t.Errorf("%s: the server's own address is shown", at.action)
		}
	}
}

// TestEnds wants nothing to be earned by what was not said to be done, nor by giving up.
func TestEnds(t *testing.T) {
	s, r := testSuite(t)
	reg := registered(t, r, "sites/shop-v0")
	env := onPaper(t, s, "sites/shop-v0")
	for _, task := range sample(t, reg) {
		one, w := templateOf(task), s.world(task.Seed)
		moves := one.solution(w, task.Params)
		moves[len(moves)-1] = answer(func(screen) string { return "I do not know" })
		want := 1.0 // what the others ask for is not an answer
		if one.kind == find {
			want = 0
		}
		if ts := perform(t, env, task, moves); ts.Reward != want || !ts.Terminated {
			t.Errorf("%s: after another message it earns %v, %v", task.ID, ts.Reward, ts.Info)
		}
		moves = one.solution(w, task.Params)
		moves[len(moves)-1] = func(screen, int) (gym.Action, bool) { return infeasible + "('it is not there')", true }
		if ts := perform(t, env, task, moves); ts.Reward != 0 || conditions(ts)["ended"] != false || ts.Info[infoReason] == nil {
			t.Errorf("%s: giving up earns %v, %v", task.ID, ts.Reward, ts.Info)
		}
		moves = one.solution(w, task.Params)
		moves[len(moves)-1] = func(screen, int) (gym.Action, bool) { return "send_msg_to_user(", false }
		if ts := cutOff(t, env, task, moves); ts.Reward != 0 || !ts.Truncated || conditions(ts)["ended"] != false {
			t.Errorf("%s: at the step limit it earns %v, %v", task.ID, ts.Reward, ts.Info)
		}
	}
	if s.sites.Len() != 1 {
		t.Errorf("%d sessions are open after one environment's episodes", s.sites.Len())
	}
	env.Close()
	if s.sites.Len() != 0 {
		t.Errorf("%d sessions are open after Close", s.sites.Len())
	}
}

// cutOff plays by moves that do not end.
func cutOff(t *testing.T, env gym.Env, task gym.Task, moves []move) gym.Timestep {
	t.Helper()
	ts, err := env.Reset(t.Context(), gym.ResetOptions{Task: task})
	for policy := (&script{moves: moves}); err == nil && !ts.Ended(); {
		ts, err = env.Step(t.Context(), policy.Act(ts))
	}
	if err != nil {
		t.Fatal(err)
	}
	return ts
}

// TestEndOfSuite wants an environment to say so when the sites are gone.
func TestEndOfSuite(t *testing.T) {
	s, r := testSuite(t)
	reg := registered(t, r, "sites/shop-v0")
	env := onPaper(t, s, "sites/shop-v0")
	s.Close()
	if _, err := env.Reset(t.Context(), gym.ResetOptions{Task: sample(t, reg)[0]}); gym.CodeOf(err) != gym.CodeShuttingDown {
		t.Errorf("a reset after the end: %v", err)
	}
}
