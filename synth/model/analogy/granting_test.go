package analogy

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"dreamgym/synth/experience"
	"dreamgym/synth/model"
)

// shelf is the page of a book, of which there are so many copies. Its labels are numbers, too.
func shelf(book string, copies int) string {
	lines := []string{`[1] link "Home"`, `[2] link "Authors"`, `[3] link "Opening hours"`, `[4] link "Renew"`}
	for i := 5; i < 12; i++ {
		lines = append(lines, fmt.Sprintf(`[%d] link "Room %c"`, i, 'A'+i))
	}
	count := fmt.Sprintf(`text "%d copies"`, copies)
	if copies == 1 {
		count = `text "1 copy"`
	}
	return strings.Join(append(lines, fmt.Sprintf("text %q", book), count, fmt.Sprintf(`text "%d stars of 5"`, 1+copies%5), `[12] button "Hold"`), "\n")
}

// asks are episodes that open the page of a book and answer how many copies there are.
func asks(task, book string, copies int, answer string) []*experience.Transition {
	goal, ep := fmt.Sprintf("How many copies of %q are there?", book), task+answer
	front := fmt.Sprintf("[1] link \"Home\"\n[2] link %q\ntext \"Look around.\"", book)
	won := answer == fmt.Sprint(copies)
	return []*experience.Transition{
		{Episode: ep, Task: task, Scene: "library", Goal: goal, State: front, Action: "click('2')", Next: shelf(book, copies)},
		{Episode: ep, Task: task, Scene: "library", Goal: goal, Step: 1, State: shelf(book, copies), Action: "answer('" + answer + "')", Next: shelf(book, copies), Terminated: true, Reward: float64(boolean(won))},
	}
}

// An answer is what is said, though a line may have it for a label; it earns what such answers
// earned where it stands in a line as theirs did, "9 copies" or "1 copy", and nowhere else.
func TestAnswersOfNumbers(t *testing.T) {
	var all []*experience.Transition
	for i := range 40 {
		book, copies := fmt.Sprintf("Book of %c%c", 'A'+i%7, 'a'+i), 1+i%9
		wrong := []string{"Home", fmt.Sprint(1 + (copies+2)%9), "Opening hours", "Hold"}[i%4]
		all = append(all, asks(fmt.Sprint("t", i), book, copies, fmt.Sprint(copies))...)
		all = append(all, asks(fmt.Sprint("t", i), book, copies, wrong)...)
	}
	m := newMemory(all, nil)
	if m.k.grammar.parse("answer('4')").said != 1 || m.k.grammar.parse("click('4')").said != 0 {
		t.Error("what is answered is taken for a label, or what is clicked is not")
	}
	for _, copies := range []int{1, 4, 8} {
		d := &dreamer{m: m, start: model.Start{MostLikely: true}}
		d.start.Task.ID, d.start.Task.Scene = "new", "library"
		text := shelf("Book of Nights", copies)
		d.b = m.believe(`How many copies of "Book of Nights" are there?`, text, nil, "new", "library")
		d.hidden, d.last.at = m.hide(d, 0), -1
		for _, answer := range []string{fmt.Sprint(copies), "11", "Home", "Renew", "Hold", "Book of Nights"} {
			want := float64(boolean(answer == fmt.Sprint(copies)))
			if got := d.predict("answer('" + answer + "')").label; got.reward != want {
				t.Errorf("%q of %d copies earns %v, want %v", answer, copies, got.reward, want)
			}
		}
	}
}

// answers are a memory of answers that were right and wrong: by condition, how many had it alone.
func answers(right, wrong map[int32]int) (*memory, *guard) {
	m := emptyMemory()
	m.atoms, m.kinds = []string{`Q0="-"`, `R0="# copies"`, `R0="# copy"`, "P=Hold", "P=Renew"}, []string{"Q0", "R0", "R0", "P", "P"}
	m.labels, m.ending = []outcomeLabel{{0, true}, {1, true}}, map[string]bool{"say": true}
	g := &guard{}
	for label, some := range []map[int32]int{wrong, right} {
		for a, n := range some {
			for range n {
				i := int32(len(m.cases))
				m.cases = append(m.cases, kase{t: &experience.Transition{}, call: call{frame: "say"}, form: "how many", label: int32(label), atoms: []int32{a}})
				m.frames["say"] = append(m.frames["say"], i)
				if label == 1 {
					g.wins = append(g.wins, i)
				}
			}
		}
	}
	g.episodes = len(g.wins)
	return m, g
}

func TestStandsIn(t *testing.T) {
	const copies, copyOf, other, more = 1, 2, 3, 4
	for name, test := range map[string]struct {
		right, wrong map[int32]int
		asked, want  []int32
	}{
		"two lines":              {map[int32]int{copies: 9, copyOf: 2}, map[int32]int{other: 30}, nil, []int32{copies, copyOf}},
		"asked for already":      {map[int32]int{copies: 9, copyOf: 2}, map[int32]int{other: 30}, []int32{0}, nil},
		"one stood nowhere":      {map[int32]int{copies: 9, other: 1}, map[int32]int{other: 30}, nil, nil},
		"few":                    {map[int32]int{copies: 5, copyOf: 2}, map[int32]int{other: 30}, nil, nil},
		"as failures, too":       {map[int32]int{copies: 9, copyOf: 2}, map[int32]int{copies: 29, other: 1}, nil, nil},
		"as few of the failures": {map[int32]int{copies: 9, copyOf: 2}, map[int32]int{copies: 3, more: 30}, nil, []int32{copies, copyOf}},
	} {
		m, g := answers(test.right, test.wrong)
		g.atoms = test.asked
		if got := m.standsIn(g); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

// A guard promises what its successes earned where it tells them from all failures of their form.
func TestSureGuards(t *testing.T) {
	const copies, other = 1, 3
	for name, test := range map[string]struct {
		right, wrong int
		passing      int // failures that pass
		want         bool
	}{
		"tells them apart": {12, 12, 0, true}, "a failure passes": {12, 12, 1, false}, "few successes": {9, 12, 0, false}, "few failures": {12, 9, 0, false},
	} {
		m, g := answers(map[int32]int{copies: test.right}, map[int32]int{other: test.wrong, copies: test.passing})
		g.atoms = []int32{copies}
		m.guards[guardKey("say", 1, "how many")] = g
		m.learnSure()
		d := &dreamer{m: m, b: &belief{goal: goal{form: "how many"}}}
		_, got := d.promised(call{frame: "say"}, []int32{copies})
		_, bad := d.promised(call{frame: "say"}, []int32{other})
		if got != test.want || bad {
			t.Errorf("%s: promised %t, want %t, and %t where the guard does not hold", name, got, test.want, bad)
		}
	}
}
