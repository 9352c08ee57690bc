package analogy

import (
	"slices"
	"testing"

	"dreamgym/synth/experience"
)

// goalsOf are transitions of one action under each of some instructions.
func goalsOf(action func(i int) string, goals ...string) []*experience.Transition {
	var all []*experience.Transition
	for i, g := range goals {
		all = append(all, &experience.Transition{Task: g, Scene: "s", Episode: g, Goal: g, State: "A page.", Action: action(i), Next: "Another page."})
	}
	return all
}

func TestForms(t *testing.T) {
	look := func(int) string { return "look" }
	mail := []string{"Mail the note of Ann to Zoe.", "Mail the note of Ben to Yves.", "Mail the note of Cid to Xenia.", "Mail the note of Dan to Will."}
	tests := []struct {
		name   string
		seen   []string
		goal   string
		form   string
		values []string
	}{
		{"names that no action has", mail, "Mail the note of Eva to Uma.", "Mail the note of {v} to {v} .", []string{"Eva", "Uma"}},
		{"several words in one place", mail, "Mail the note of old Eva to Uma.", "Mail the note of {v} to {v} .", []string{"old Eva", "Uma"}},
		{"numbers", []string{"Buy 2 cups.", "Buy 3 cups."}, "Buy 14 cups.", "Buy {e} cups.", []string{"14"}},
		{"another form", mail, "Burn the house down.", "Burn the house down.", nil},
		{"too few to tell", mail[:2], "Mail the note of Eva to Uma.", "Mail the note of Eva to Uma.", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			k := learnKnowledge(goalsOf(look, test.seen...))
			g := k.readGoal(test.goal)
			if g.form != test.form || !slices.Equal(g.values[1:], test.values) {
				t.Errorf("form %q with %q, want %q with %q", g.form, g.values[1:], test.form, test.values)
			}
		})
	}
}

// What the goal's slots are does not hang on which of its things were recorded.
func TestSlotsOfUnknownThings(t *testing.T) {
	things := []string{"cup", "pan", "jar", "box"}
	k := learnKnowledge(goalsOf(func(i int) string { return "take " + things[i] },
		"Put the cup on the jar, page 7.", "Put the pan on the box, page 8.", "Put the jar on the cup, page 9.", "Put the box on the pan, page 3."))
	g := k.readGoal("Put the vase on the stool, page 5.")
	for thing, slot := range map[string]int{"vase": 0, "stool": 1, "5": 2, "lamp": -1} {
		if got := g.slotFor(thing); got != slot {
			t.Errorf("%q is in slot %d, want %d", thing, got, slot)
		}
	}
}
