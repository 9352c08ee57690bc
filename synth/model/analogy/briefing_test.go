package analogy

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
	"dreamgym/synth/model"
)

// quiz is recorded as played at random: the first screen alone says which lamp is wanted. Where
// reminded is set, every screen does.
func quiz(episodes int, reminded bool) *experience.Buffer {
	b, r := experience.NewBuffer(0), rand.New(rand.NewPCG(1, 2))
	lamps := []string{"amber", "jade", "violet"}
	for i := range episodes {
		wanted := lamps[r.IntN(3)]
		wish, state := fmt.Sprintf("Make it %s tonight.", wanted), ""
		state = "All lamps are off. " + wish
		var ts []experience.Transition
		for step := range 4 {
			lamp := lamps[r.IntN(3)]
			next := "One lamp burns: " + lamp + "."
			if reminded {
				next += " " + wish
			}
			t := experience.Transition{Task: fmt.Sprint("quiz ", i), Scene: "hall", Goal: "win the quiz", Episode: fmt.Sprint(i), Step: step, State: state, Action: lamp, Next: next}
			if lamp == wanted {
				t.Reward, t.Terminated = 1, true
			}
			t.Truncated = !t.Terminated && step == 3
			ts, state = append(ts, t), next
			if t.Terminated {
				break
			}
		}
		b.Add(ts)
	}
	return b
}

func TestWhatFirstScreensWantIsKept(t *testing.T) {
	m := New()
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	snapshot := quiz(60, false).Snapshot()
	for _, wanted := range []string{"amber", "jade", "violet"} {
		for _, said := range []string{"amber", "jade", "violet"} {
			begin := gym.Observation{Goal: "win the quiz", Text: "All lamps are off. Make it " + wanted + " tonight."}
			ep, err := m.Begin(context.Background(), model.Start{Spec: gym.Spec{ID: "test/quiz-v0"}, Task: gym.Task{ID: "new", Scene: "hall", Goal: "win the quiz", Start: &begin}, Experience: snapshot})
			if err != nil {
				t.Fatal(err)
			}
			if goal := ep.First().Next.Goal; goal != "win the quiz" {
				t.Errorf("the goal is shown as %q", goal)
			}
			other := "amber"
			if wanted == other {
				other = "jade"
			}
			var p model.Prediction
			for _, action := range []string{other, said} {
				if p, err = ep.Predict(context.Background(), action); err != nil {
					t.Fatal(err)
				}
				ep.Observe(model.Outcome{Action: action, Next: p.Next, Reward: p.Reward, Terminated: p.Terminated, Dreamed: true})
			}
			if won := p.Reward == 1 && p.Terminated; won != (said == wanted) {
				t.Errorf("%s wanted, %s said: %+v", wanted, said, p)
			}
		}
	}
}

func TestBriefingsAreThoseOfFirstScreensAlone(t *testing.T) {
	brief := func(b *experience.Buffer) *briefing {
		var all []*experience.Transition
		for t := range b.Snapshot().All() {
			all = append(all, t)
		}
		return learnBriefing(episodes(all))
	}
	told := brief(quiz(30, false))
	if told == nil || told.of("All lamps are off. Make it jade tonight.") != "All lamps are off. Make it jade tonight." {
		t.Errorf("a briefing is not known: %v", told)
	}
	if b := brief(quiz(30, true)); b != nil {
		t.Error("what later screens say, too, is taken for a briefing")
	}
	if b := brief(quiz(1, false)); b != nil {
		t.Error("one first screen is taken for briefings")
	}
}
