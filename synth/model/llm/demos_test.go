package llm

import (
	"fmt"
	"strings"
	"testing"

	"dreamgym/synth/experience"
)

// rehearsed has episodes a to h, each of one step that wins in the same way but for its own
// words.
func rehearsed() *Retriever {
	b := experience.NewBuffer(0)
	for i := range 8 {
		id := string(rune('a' + i))
		b.Add([]experience.Transition{{
			Episode: id, Scene: "s" + id, Goal: "Get there.", State: "Here.", Action: "go", Next: fmt.Sprintf("There, %s.", id), Reward: 1, Terminated: true,
		}})
		b.Add([]experience.Transition{{Episode: id + "0", State: "Elsewhere.", Action: "wait", Next: "Nothing."}, {Episode: id + "0", Step: 1, State: "Elsewhere.", Action: "wait", Next: "Nothing."}})
	}
	return NewRetriever(b.Snapshot(), experience.NewIndex(b.Snapshot()))
}

// What is left out is replaced by the next like it, however much it is.
func TestExcept(t *testing.T) {
	r := rehearsed()
	names := func(ts []*experience.Transition) (all string) {
		for _, t := range ts {
			all += t.Episode
		}
		return all
	}
	near := func(k int, except Except) []*experience.Transition {
		t.Helper()
		all, err := r.Demonstrations(t.Context(), "Here.", "go", "sx", k, except)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	before := func(last string) Except {
		return func(t *experience.Transition) bool { return t.Episode < last }
	}
	if got := names(near(2, nil)); got != "ba" {
		t.Errorf("the nearest are %s", got)
	}
	if got := names(near(2, before("c"))); got != "dc" {
		t.Errorf("but for a and b they are %s", got)
	}
	if got := names(near(1, before("h"))); got != "h" {
		t.Errorf("but for all before h they are %s", got)
	}
	if got := near(3, func(*experience.Transition) bool { return true }); len(got) != 0 {
		t.Errorf("but for all they are %v", got)
	}
	for _, none := range []int{0, -1} {
		if got := near(none, nil); len(got) != 0 {
			t.Errorf("%d are %v", none, got)
		}
	}
	if a, b := names(r.Example("Get there.", "sa", nil)), names(r.Example("Get there.", "sa", before("b"))); a != "a" || b != "b" {
		t.Errorf("the examples are %s and %s", a, b)
	}
	if r.Common() != 0 {
		t.Errorf("the common reward is %g", r.Common())
	}
}

// An answer is written whole for training, and read as it was.
func TestWhole(t *testing.T) {
	next := "There."
	for reasoning, want := range map[string]string{
		"":    `{"reasoning":"","next_state":"There.","reward":1,"terminated":true}`,
		"So.": `{"reasoning":"So.","next_state":"There.","reward":1,"terminated":true}`,
	} {
		a := Answer{Reasoning: reasoning, NextState: &next, Reward: 1, Terminated: true}
		if a.Whole() != want {
			t.Errorf("%q is written %s", reasoning, a.Whole())
		}
		if _, err := (Shape{Form: FormState, MaxText: 100}).Read(a.Whole()); err != nil {
			t.Error(err)
		}
	}
}

// Only the newest steps are kept, and what was before them is told.
func TestKeep(t *testing.T) {
	p := Prompt{Shape: Shape{Form: FormState}, Goal: "Get there."}
	p.Keep(1) // there is nothing to drop
	for i := range 5 {
		next := fmt.Sprintf("State %d.", i)
		p.Add(fmt.Sprintf("act %d", i), next, Answer{NextState: &next})
		p.Keep(2)
	}
	m := p.Messages(Step{Action: "act 5"})
	if len(m) != 6 || m[1].Content != "Action: act 3" || !strings.HasSuffix(m[0].Content, "After the first 3 steps, which are left out, the state was:\nState 2.\n") {
		t.Errorf("%v", m)
	}
	if strings.Count(m[0].Content, "which are left out") != 1 {
		t.Errorf("the system part is %q", m[0].Content)
	}
}
