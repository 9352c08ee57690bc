package sites

import (
	"reflect"
	"strings"
	"testing"

	"dreamgym/adapters/chrome"
	"dreamgym/adapters/sites/internal/task"
	"dreamgym/envserver/gym"
)

// TestPlaces tries where a policy can go and where it cannot.
func TestPlaces(t *testing.T) {
	s, r := testSuite(t)
	reg := registered(t, r, "sites/shop-v0")
	env := opened(t, reg)
	one := sample(t, reg)[0]
	start, err := env.Reset(t.Context(), gym.ResetOptions{Task: one})
	if err != nil {
		t.Fatal(err)
	}
	own, err := s.server.address(s.sites)
	if err != nil {
		t.Fatal(err)
	}
	visitPlaces(t, env, own)
	if again, err := env.Reset(t.Context(), gym.ResetOptions{Task: one}); err != nil || again.Observation.Text != start.Observation.Text {
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
		if first, _, _ := strings.Cut(ts.Observation.Text, "\n"); first != `address "`+task.Public+at.where+`"` {
			t.Errorf("%s leads to %s", at.action, first)
		}
		if strings.Contains(ts.Observation.Text, "127.0.0.1") {
			t.Errorf("%s: the server's own address is shown", at.action)
		}
	}
}

// TestTabsClosed opens links beside the page, which has one tab: what comes of it is told.
func TestTabsClosed(t *testing.T) {
	_, r := testSuite(t)
	reg := registered(t, r, "sites/shop-v0")
	env := opened(t, reg)
	ts, err := env.Reset(t.Context(), gym.ResetOptions{Task: sample(t, reg)[0]})
	if err != nil {
		t.Fatal(err)
	}
	link, ok := task.Read(ts.Observation.Text).Find("My orders", "link")
	if !ok {
		t.Fatalf("there is no such link on\n%s", ts.Observation.Text)
	}
	for _, at := range []struct {
		action string
		closed any
	}{
		{"click('" + link.ID + "', button='middle')", 1}, {"click('" + link.ID + "', modifiers=['Control'])", 1}, {"noop()", nil},
	} {
		next, err := env.Step(t.Context(), gym.Action(at.action))
		if err != nil {
			t.Fatal(err)
		}
		if next.Info[gym.InfoTabsClosed] != at.closed || next.Observation.Text != ts.Observation.Text {
			t.Errorf("%s: %v\n%s", at.action, next.Info, next.Observation.Text)
		}
	}
}

// TestEnds wants nothing to be earned by what was not said to be done, nor by giving up.
func TestEnds(t *testing.T) {
	s, r := testSuite(t)
	reg := registered(t, r, "sites/shop-v0")
	env := onPaper(t, s, "sites/shop-v0")
	for _, one := range sample(t, reg) {
		play := func(last task.Move) []task.Move {
			moves := env.variant.tasks.Play(one).Solution
			return append(moves[:len(moves)-1], last)
		}
		want := 1.0 // what the others ask for is not an answer
		if one.Params[task.ParamKind] == string(task.Find) {
			want = 0
		}
		other := task.Answer(func(task.Screen) string { return "I do not know" })
		if ts := perform(t, env, one, play(other)); ts.Reward != want || !ts.Terminated {
			t.Errorf("%s: after another message it earns %v, %v", one.ID, ts.Reward, ts.Info)
		}
		giveUp := func(task.Screen, int) (gym.Action, bool) { return task.Infeasible + "('it is not there')", true }
		if ts := perform(t, env, one, play(giveUp)); ts.Reward != 0 || conditions(ts)[task.Ended] != false || ts.Info[task.InfoReason] == nil {
			t.Errorf("%s: giving up earns %v, %v", one.ID, ts.Reward, ts.Info)
		}
		stutter := func(task.Screen, int) (gym.Action, bool) { return "send_msg_to_user(", false }
		if ts := cutOff(t, env, one, play(stutter)); ts.Reward != 0 || !ts.Truncated || conditions(ts)[task.Ended] != false {
			t.Errorf("%s: at the step limit it earns %v, %v", one.ID, ts.Reward, ts.Info)
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

// TestMessage wants what is said, and that alone, to end an episode.
func TestMessage(t *testing.T) {
	s, r := testSuite(t)
	one := sample(t, registered(t, r, "sites/shop-v0"))[0]
	env := onPaper(t, s, "sites/shop-v0")
	for a, want := range map[string]struct {
		said    *chrome.Said
		problem bool
	}{
		`send_msg_to_user('$5')`: {&chrome.Said{Text: "$5"}, false}, ` send_msg_to_user(text="a b") `: {&chrome.Said{Text: "a b"}, false},
		`report_infeasible('no')`: {&chrome.Said{Text: "no", Infeasible: true}, false}, `report_infeasible(reason="no")`: {&chrome.Said{Text: "no", Infeasible: true}, false},
		`send_msg_to_user(`: {nil, true}, `send_msg_to_user()`: {nil, true}, `noop()`: {nil, false},
	} {
		if _, err := env.Reset(t.Context(), gym.ResetOptions{Task: one}); err != nil {
			t.Fatal(err)
		}
		var said *chrome.Said
		judge := env.play.Judge
		env.play.Judge = func(o task.Outcome) task.Verdict { said = o.Said; return judge(o) }
		ts, err := env.Step(t.Context(), gym.Action(a))
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(said, want.said) || ts.Terminated != (want.said != nil) || (ts.Info[gym.InfoActionError] != nil) != want.problem {
			t.Errorf("%s: %v, %v", a, said, ts.Info)
		}
	}
}

// cutOff plays by moves that do not end.
func cutOff(t *testing.T, env gym.Env, one gym.Task, moves []task.Move) gym.Timestep {
	t.Helper()
	ts, err := env.Reset(t.Context(), gym.ResetOptions{Task: one})
	for policy := (&task.Script{Moves: moves}); err == nil && !ts.Ended(); {
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
