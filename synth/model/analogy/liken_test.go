package analogy

import (
	"fmt"
	"strings"
	"testing"

	"dreamgym/synth/experience"
)

// A goal of a new form is dreamed where a recording came near to reach it: with a book that was lent, as it
// asks for, though no recorded goal did; not with one that was held.
func TestReachable(t *testing.T) {
	m := newMemory(visits(), nil)
	const goal = `Have the book "Winters" lent to me.`
	var all []likening
	for i := range m.cases {
		if named, _ := namedIn(m.cases[i].t.Goal); m.cases[i].t.Step == 0 {
			all = append(all, likening{swap{[]string{named[0].text}, []string{"Winters"}}, int32(i)})
		}
	}
	best := m.reachable(goal, all, []string{"Winters"})
	for _, l := range best {
		was, book := false, l.recorded[0]
		for i := range m.cases {
			was = was || strings.Contains(m.cases[i].t.Next, book+" was lent")
		}
		if !was {
			t.Errorf("it is dreamed with %q, which nobody lent", book)
		}
	}
	if len(best) == 0 {
		t.Error("it is dreamed with no book")
	}
	if best := m.reachable(goal, nil, nil); len(best) > 0 {
		t.Errorf("of no likenings %v are reachable", best)
	}
}

// A name that no recorded goal has after the same word stands for one that a line to act upon has on a page
// which shows what the others stand for; not for what pages have in common.
func TestNeighbours(t *testing.T) {
	front := "[1] link \"Home\"\ntext \"Your orders\""
	for n := range 12 {
		front += fmt.Sprintf("\n[%d] link \"Order %d\"", n+2, 501+n)
	}
	item := func(n, i int) string { return fmt.Sprintf("%c%c Vase", 'A'+n, 'a'+i) }
	var all []*experience.Transition
	for n := range 12 {
		page := fmt.Sprintf("[1] link \"Home\"\ntext \"Order %d\"\n[2] link %q\n[3] link %q\n[4] button \"Send back\"", 501+n, item(n, 0), item(n, 1))
		task := fmt.Sprint("task ", n)
		t := experience.Transition{Episode: task, Task: task, Scene: "shop", Goal: fmt.Sprintf("Open the page of order %d.", 501+n)}
		first, last := t, t
		first.State, first.Action, first.Next = front, fmt.Sprintf("click('%d')", n+2), page
		last.State, last.Action, last.Next, last.Step, last.Terminated = page, "say('done')", page, 1, true
		all = append(all, &first, &last)
	}
	m := newMemory(all, nil)
	const goal = `How many pieces of "Tall Glass" came with order 7000?`
	found := m.withNeighbours([]string{"Tall Glass"}, m.likenings(goal))
	for _, l := range found {
		var n int
		if _, err := fmt.Sscan(l.recorded[1], &n); err != nil || l.recorded[0] != item(n-501, 0) && l.recorded[0] != item(n-501, 1) {
			t.Errorf("%q stand for %q", l.recorded, l.wanted)
		}
		if back, want := l.back(goal), fmt.Sprintf("How many pieces of %q came with order %d?", l.recorded[0], n); back != want {
			t.Errorf("the goal is %q, want %q", back, want)
		}
	}
	if len(found) != 24 {
		t.Errorf("%d names stand beside 12 orders, want 24", len(found))
	}
	if found := m.withNeighbours([]string{"Tall Glass", "Cup"}, m.likenings(goal)); len(found) > 0 {
		t.Errorf("of two missing names one stands for %q", found[0].recorded)
	}
}
