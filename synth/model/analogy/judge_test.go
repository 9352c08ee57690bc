package analogy

import (
	"fmt"
	"testing"

	"dreamgym/synth/experience"
)

// What a refused step cost it costs again; what it never cost is free.
func TestRefusedStepsKeepTheirCost(t *testing.T) {
	for _, cost := range []float64{-0.5, 0} {
		var all []*experience.Transition
		for i := range 12 {
			add := func(action, next string, reward float64) {
				all = append(all, &experience.Transition{Episode: fmt.Sprint(i), Scene: "s", Task: "t", Step: len(all) % 8, Goal: "go on", State: "A yard.", Action: action, Next: next, Reward: reward})
			}
			add("climb wall", "You cannot.", cost)
			add("push gate", "You cannot.", cost)
			add("eat moss", "You cannot.", cost)
			for range 4 {
				add("wait", "Time passes.", 0)
			}
			add("look", "A wall and a gate.", 0)
		}
		d := dreaming(t, all, "s", "t", "A yard.")
		for action, want := range map[string]float64{"push gate": cost, "eat moss": cost, "wait": 0, "look": 0} {
			if a := d.predict(action); a.label.reward != want || a.failed != (action != "wait" && action != "look") {
				t.Errorf("cost %v: %q earns %v, failed %t; want %v", cost, action, a.label.reward, a.failed, want)
			}
		}
	}
}

// Where most recorded steps win, an action that no recording speaks for wins nothing.
func TestMostlyWins(t *testing.T) {
	var all []*experience.Transition
	add := func(episode, step int, state, action, next string, reward float64, ended bool) {
		listed := []string{"press('2')", "press('3')"}
		all = append(all, &experience.Transition{Episode: fmt.Sprint(episode), Scene: "s", Task: fmt.Sprint("t", episode%4), Step: step, Goal: "go on",
			State: state, Action: action, Next: next, Reward: reward, Terminated: ended, Actions: listed, NextActions: listed})
	}
	const start = "[1] board\n[2] go\n[3] stop"
	for i := range 24 {
		step := 0
		if i%6 == 0 {
			add(i, 0, start, "press('3')", start, 0, false)
			step = 1
		}
		add(i, step, start, "press('2')", "[1] done", 1, true)
	}
	d := dreaming(t, all, "s", "t0", start)
	for action, want := range map[string]float64{"press('2')": 1, "press('3')": 0, "press('500')": 0, "shout": 0} {
		if a := d.predict(action); a.label.reward != want {
			t.Errorf("%q earns %v, want %v", action, a.label.reward, want)
		}
	}
}

// A reward on the way that conditions alone promise is believed where such promises came
// true, or where this episode has paid before and not stopped paying.
func TestPromises(t *testing.T) {
	m := &memory{}
	on, end, cost := m.labelID(outcomeLabel{1, false}), m.labelID(outcomeLabel{1, true}), m.labelID(outcomeLabel{-1, false})
	tests := []struct {
		name            string
		label           int32
		came, failed    int // promises to held-out episodes
		rewards, unpaid int // in this one
		want            bool
	}{
		{"nothing speaks for it", on, 0, 0, 0, 0, false},
		{"promises came true", on, 8, 2, 0, 0, true},
		{"too few of them", on, 4, 0, 0, 0, false},
		{"too many did not", on, 7, 3, 0, 0, false},
		{"it has paid before", on, 0, 0, 1, 1, true},
		{"it no longer pays", on, 0, 0, 1, 2, false},
		{"an end", end, 0, 0, 0, 0, true},
		{"a cost", cost, 0, 0, 0, 0, true},
	}
	for _, test := range tests {
		m.promises = tally{test.came, test.failed}
		d := &dreamer{m: m, b: &belief{rewards: test.rewards}, unpaid: test.unpaid}
		if got := d.pays(test.label); got != test.want {
			t.Errorf("%s: believed %t, want %t", test.name, got, test.want)
		}
	}
}

// What always ended an episode ends it, whether it earns something or not, and listed or not.
func TestWhatAlwaysEndsEnds(t *testing.T) {
	var all []*experience.Transition
	for i := range 24 {
		add := func(step int, action, next string, reward float64, ended bool) {
			all = append(all, &experience.Transition{Episode: fmt.Sprint(i), Scene: "s", Task: fmt.Sprint("t", i), Step: step, Goal: "go on",
				State: "A desk.", Action: action, Next: next, Reward: reward, Terminated: ended, Actions: []string{"wait", "hand in red"}, NextActions: []string{"wait"}})
		}
		add(0, "wait", "A desk.", 0, false)
		paper := []string{"red", "blue"}[i%2]
		add(1, "hand in "+paper, "A desk.", float64(1-i%2), true)
	}
	d := dreaming(t, all, "s", "other", "A desk.")
	d.b.actions = []string{"wait", "hand in red"}
	for action, want := range map[string]bool{"hand in red": true, "hand in blue": true, "wait": false} {
		if a := d.predict(action); a.label.terminated != want || a.failed {
			t.Errorf("%q: terminated %t, failed %t; want %t", action, a.label.terminated, a.failed, want)
		}
	}
}
