package analogy

import (
	"fmt"
	"slices"
	"strings"
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

// A goal of a form that no recording has, in a scene that none has, begins in a recorded world, with what it
// names in the place of what a goal there named after the same words.
func TestNewFormsBeginInAWorld(t *testing.T) {
	var all []*experience.Transition
	page := "[1] link \"Home\"\n[2] link \"Cups\"\ntext \"All things\""
	list := "[1] link \"Home\"\n[2] link \"Cups\""
	for i := range 12 {
		list += fmt.Sprintf("\n[%d] link \"Cup %c\"", i+3, 'A'+i)
	}
	for i := range 12 {
		thing := fmt.Sprintf("Cup %c", 'A'+i)
		goal, ep := fmt.Sprintf("Open the page of the product %q.", thing), fmt.Sprint("ep ", i)
		all = append(all,
			&experience.Transition{Episode: ep, Task: ep, Scene: "shop", Goal: goal, State: page, Action: "click('2')", Next: list},
			&experience.Transition{Episode: ep, Task: ep, Scene: "shop", Goal: goal, Step: 1, State: list, Action: fmt.Sprintf("click('%d')", i+3), Next: "[1] link \"Home\"\ntext \"" + thing + "\"", Reward: 1, Terminated: true})
	}
	m := newMemory(all, nil)
	d, err := m.begin(model.Start{Task: gym.Task{ID: "new", Scene: "market", Goal: `Send the product "Tall Vase" back to me.`}, MostLikely: true})
	if err != nil {
		t.Fatal(err)
	}
	first := d.First()
	if first.Next.Goal != `Send the product "Tall Vase" back to me.` || !strings.Contains(first.Next.Text, "All things") {
		t.Errorf("it begins with %+v", first.Next)
	}
	d.Observe(model.Outcome{Action: "click('2')", Next: gym.Observation{Text: d.swap.show(d.predict("click('2')").text)}, Dreamed: true})
	if text := d.swap.show(d.b.text.raw); !strings.Contains(text, `"Tall Vase"`) {
		t.Errorf("listed is %s", text)
	}
	if _, err := m.begin(model.Start{Task: gym.Task{ID: "new", Scene: "market", Goal: "Sweep floors."}}); err == nil {
		t.Error("a goal that names nothing known begins")
	}
}

// In a scene that is one for many goals a new task starts as one of its form did, and may do with what it
// names what that one might do with what it named; what stands on the screen stays.
func TestAdmissibleAtAStart(t *testing.T) {
	page := "[1] field \"Find\"\n[2] link \"Cup A\"\n[3] link \"Help\""
	help := "[1] link \"Home\"\n[2] link \"More\"\ntext \"The Tall Vase is sold for the code Five.\""
	var all []*experience.Transition
	for i := range 12 {
		ep, thing := fmt.Sprint("ep ", i), fmt.Sprintf("Cup %c", 'A'+i)
		goal, actions := fmt.Sprintf("Buy the product %q.", thing), []string{"click('2')", "click('3')", "say('Cup A')", fmt.Sprintf("fill('1', '%s')", thing), "say('done')"}
		if i%2 > 0 {
			goal, actions = "How many products are there?", []string{"click('2')", "click('3')", "say('7')"}
		}
		all = append(all, &experience.Transition{Episode: ep, Task: ep, Scene: "shop", Goal: goal, State: page, Action: "click('3')", Next: help, Actions: actions},
			&experience.Transition{Episode: ep, Task: ep, Scene: "shop", Goal: goal, Step: 1, State: help, Action: "say('done')", Next: help, Actions: []string{"say('done')"}, Terminated: true})
	}
	m := newMemory(all, nil)
	for goal, want := range map[string][]string{
		`Buy the product "Tall Vase".`:                      {"click('2')", "click('3')", "say('Cup A')", "fill('1', 'Tall Vase')", "say('done')"},
		`Buy the product "Tall Vase" with the code "Five".`: {"click('2')", "click('3')", "say('Cup A')", "fill('1', 'Tall Vase')", "fill('1', 'Five')", "say('done')"},
		"How many products are there today?":                {"click('2')", "click('3')", "say('7')"},
	} {
		d, err := m.begin(model.Start{Task: gym.Task{ID: "new", Scene: "shop", Goal: goal}, Seed: 3})
		if err != nil {
			t.Fatal(err)
		}
		if got := d.First().Next.Actions; !slices.Equal(got, want) {
			t.Errorf("%s: admissible are %q, want %q", goal, got, want)
		}
	}
}
