package analogy

import (
	"fmt"
	"testing"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
	"dreamgym/synth/model"
)

// opened is where a dream begins of a task of a scene that wants a lamp, after recordings of two others.
func opened(t *testing.T, scene string, screen func(lamp string) string, lamp string) string {
	t.Helper()
	goal := func(lamp string) string { return fmt.Sprintf("Press the button %q.", lamp) }
	b := experience.NewBuffer(0)
	for i := range 8 {
		lamp := []string{"One", "Two"}[i%2]
		b.Add([]experience.Transition{{
			Task: lamp, Scene: "hall", Goal: goal(lamp), Episode: fmt.Sprint(i), State: screen(lamp), Action: "click('1')",
			Next: screen(lamp) + "\ntext \"Pressed.\"", Reward: 1, Terminated: true,
		}})
	}
	m := New()
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	ep, err := m.Begin(t.Context(), model.Start{Spec: gym.Spec{ID: "test/hall-v0"}, Task: gym.Task{ID: "new", Scene: scene, Goal: goal(lamp)}, MostLikely: true, Experience: b.Snapshot()})
	if err != nil {
		t.Fatal(err)
	}
	return ep.First().Next.Text
}

// Pages that are made of the goal have a new goal's words; those of a scene that is one for all
// goals stay as they are.
func TestScenesOfSeveralGoalsAreNotMadeOfThem(t *testing.T) {
	made := func(lamp string) string { return fmt.Sprintf("[1] button %q\n[2] link \"Home\"", lamp) }
	for _, scene := range []string{"hall", ""} {
		if got := opened(t, scene, made, "Nine"); got != made("Nine") {
			t.Errorf("a page that is made of the goal begins in the scene %q as\n%s", scene, got)
		}
	}
	one := func(string) string { return "[1] button \"One\"\n[2] button \"Two\"" }
	if got := opened(t, "hall", one, "Nine"); got != one("") {
		t.Errorf("a page that several goals share begins as\n%s", got)
	}
}
