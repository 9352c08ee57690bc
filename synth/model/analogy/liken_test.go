package analogy

import (
	"strings"
	"testing"
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
	best := m.reachable(goal, all)
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
	if best := m.reachable(goal, nil); len(best) > 0 {
		t.Errorf("of no likenings %v are reachable", best)
	}
}
