package analogy

import (
	"fmt"
	"slices"
	"testing"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
	"dreamgym/synth/model"
)

// rooms are episodes in two rooms that list what is admissible: a box is opened in one of
// them, and what is not listed is refused.
func rooms() []*experience.Transition {
	const hall, kitchen, opened, no = "You are in the hall.", "You are in the kitchen.", "The box is open.", "No."
	inHall, inKitchen := []string{"go in", "wait"}, []string{"go out", "open box", "wait"}
	var all []*experience.Transition
	for i := range 14 {
		for step, t := range []experience.Transition{
			{State: hall, Action: "fly", Next: no, Actions: inHall, NextActions: inHall},
			{State: no, Action: "go in", Next: kitchen, Actions: inHall, NextActions: inKitchen},
			{State: kitchen, Action: "open box", Next: opened, Actions: inKitchen, NextActions: inKitchen},
			{State: opened, Action: "go out", Next: hall, Actions: inKitchen, NextActions: inHall},
		} {
			t.Episode, t.Scene, t.Task, t.Goal, t.Step = fmt.Sprint(i), "house", "t", "go on", step
			all = append(all, &t)
		}
	}
	return all
}

// A list of admissible actions that was dreamed is no proof that what it lacks is not
// possible; one that the environment gave is.
func TestDreamedListsAreNoProof(t *testing.T) {
	for _, test := range []struct {
		dreamed             bool
		scene, action, want string
	}{
		{true, "house", "open box", "The box is open."},
		{true, "a house that was not recorded", "open box", "The box is open."},
		{true, "house", "fly", "No."},
		{true, "a house that was not recorded", "fly", "No."},
		{false, "house", "open box", "No."},
		{false, "house", "wait", "No."},
	} {
		d := dreaming(t, rooms(), test.scene, "t", "You are in the hall.")
		d.b.actions = []string{"go in", "wait"}
		lost := []string{"go out"} // the list lacks what is possible
		d.Observe(model.Outcome{Action: "go in", Next: gym.Observation{Text: "You are in the kitchen.", Actions: lost}, Dreamed: test.dreamed})
		if a := d.predict(test.action); a.text != test.want || a.failed != (test.want == "No.") {
			t.Errorf("%s, dreamed %t: %q leads to %q, failed %t; want %q", test.scene, test.dreamed, test.action, a.text, a.failed, test.want)
		}
	}
}

// Whether an action that a dreamed list lacks is possible is told by where it was possible
// before, whatever the room, and it then earns what it earned there.
func TestWhatADreamedListLacksIsToldByThePlace(t *testing.T) {
	const hall, opened, no = "You are in the hall.", "The box is open.", "No."
	inHall, inRoom := []string{"go in"}, []string{"go out", "open box"}
	room := func(i int) string {
		return fmt.Sprintf("You are in the %s.", []string{"kitchen", "cellar", "attic", "parlour"}[i%4])
	}
	var all []*experience.Transition
	for i := range 24 {
		for step, t := range []experience.Transition{
			{State: hall, Action: "open box", Next: no, Actions: inHall, NextActions: inHall},
			{State: no, Action: "go in", Next: room(i), Actions: inHall, NextActions: inRoom},
			{State: room(i), Action: "open box", Next: opened, Reward: 1, Terminated: true, Actions: inRoom, NextActions: inRoom},
		} {
			t.Episode, t.Scene, t.Task, t.Goal, t.Step = fmt.Sprint(i), "house", "t", "go on", step
			all = append(all, &t)
		}
	}
	for _, test := range []struct {
		done, at, want string
		reward         float64
	}{{"sing", hall, no, 0}, {"go in", room(0), opened, 1}} {
		d := dreaming(t, all, "house", "t", hall)
		d.b.actions = inHall
		d.Observe(model.Outcome{Action: test.done, Next: gym.Observation{Text: test.at, Actions: []string{"go out"}}, Dreamed: true})
		if a := d.predict("open box"); a.text != test.want || a.label.reward != test.reward {
			t.Errorf("%s: %q, reward %v; want %q, reward %v", test.at, a.text, a.label.reward, test.want, test.reward)
		}
	}
}

// What is picked stands below the line that it is picked at: elsewhere it cannot be picked.
func TestWhatMayBePickedStandsBelow(t *testing.T) {
	ad := &admissible{labels: map[string]*tally{}, quotes: map[string]*tally{}, options: map[string]*tally{}}
	lines := []string{`[1] list "Binding"`, `  entry "Cloth"`, `[2] list "Shelf"`, `  entry "Low"`, `  entry "High"`}
	ad.noteLabels(call{frame: "pick", args: []string{"1", "Cloth"}}, lines)
	ad.noteLabels(call{frame: "pick", args: []string{"2", "High"}}, lines)
	for _, test := range []struct {
		at   string
		c    call
		want []string
	}{
		{"pick\x000", call{frame: "pick"}, []string{"1", "2"}},
		{"pick\x001", call{frame: "pick", args: []string{"1"}}, []string{"Cloth"}},
		{"pick\x001", call{frame: "pick", args: []string{"2"}}, []string{"Low", "High"}},
		{"say\x000", call{frame: "say"}, []string{"hello"}},
	} {
		if got := ad.pool(test.at, lines, []string{"hello"})(test.c); !slices.Equal(got, test.want) {
			t.Errorf("%q after %q: %q, want %q", test.at, test.c.args, got, test.want)
		}
	}
}
