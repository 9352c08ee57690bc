package analogy

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"dreamgym/synth/experience"
	"dreamgym/synth/model"
)

// front is the first page of a library; desk is a book's page, after something was done with it.
func front(books ...string) string {
	lines := []string{`[1] link "Home"`, `text "Welcome to the library"`}
	for i, b := range books {
		lines = append(lines, fmt.Sprintf("[%d] link %q", i+2, b))
	}
	return strings.Join(lines, "\n")
}

// deeds are what can be done with a book, and how the page says that it was done.
func deeds() [][2]string {
	return [][2]string{{"", ""}, {"Hold", "held"}, {"Renew", "renewed"}, {"Reserve", "reserved"}, {"Mark", "marked"}, {"Lend", "lent"}}
}

func desk(book string, copies, deed int) string {
	lines := []string{`[1] link "Home"`, fmt.Sprintf("text %q", book), fmt.Sprintf(`text "%d copies"`, copies), fmt.Sprintf(`text "%d readers"`, copies+3)}
	for i, d := range deeds()[1:] {
		lines = append(lines, fmt.Sprintf("[%d] button %q", i+2, d[0]))
	}
	if deed > 0 {
		lines = append(lines, fmt.Sprintf("text %q", book+" was "+deeds()[deed][1]+"."))
	}
	return strings.Join(lines, "\n")
}

// visit opens a book, does something with it or nothing, and says something.
func visit(goal, task string, books [2]string, open, copies, deed int, say string, won bool) []*experience.Transition {
	texts, actions := []string{front(books[:]...), desk(books[open], copies, 0)}, []string{fmt.Sprintf("click('%d')", open+2)}
	if deed > 0 {
		texts, actions = append(texts, desk(books[open], copies, deed)), append(actions, fmt.Sprintf("click('%d')", deed+1))
	}
	texts, actions = append(texts, texts[len(texts)-1]), append(actions, "say('"+say+"')")
	var ep []*experience.Transition
	for i, a := range actions {
		end := i == len(actions)-1
		ep = append(ep, &experience.Transition{Episode: task, Task: task, Scene: "library", Goal: goal, Step: i, State: texts[i], Action: a, Next: texts[i+1],
			Terminated: end, Reward: float64(boolean(end && won))})
	}
	return ep
}

// visits are episodes of seven forms of goals. Of each form half are won; in others something else is
// done or said, or another book is asked for. Books are lent, but for no goal.
func visits() []*experience.Transition {
	goals := []string{`Go to the page that tells of %q.`, `See that the book %q is held.`, `I want %q to be renewed soon.`, `Have somebody get me %q reserved today.`,
		`My wish is to find %q marked.`, `How many copies has %q?`, `Of %q, how large is the number of readers who wait?`}
	var all []*experience.Transition
	for i := range 24 * len(goals) {
		form, n := i%len(goals), i/len(goals)
		books := [2]string{fmt.Sprintf("Vol%c%c", 'A'+n, 'a'+form), fmt.Sprintf("Tom%c%c", 'A'+n, 'a'+form)}
		open, copies, deed, say := n/2%2, 11+i%30, form, "done"
		if form > 4 {
			deed, say = 0, fmt.Sprint(copies+3*(form-5))
		}
		wanted, won := books[open], n%2 == 0
		switch {
		case won:
		case n%3 == 0:
			wanted = books[1-open]
		case form > 4:
			say = []string{"Home", "done", fmt.Sprint(copies + 40)}[n/3%3]
		case n%3 == 1:
			deed = (form + 1 + n/3%4) % len(deeds())
		default:
			say = fmt.Sprint(copies)
		}
		all = append(all, visit(fmt.Sprintf(goals[form], wanted), fmt.Sprint("task ", i), books, open, copies, deed, say, won)...)
	}
	return all
}

// endOf is what an end earns for a goal, after a course through the library.
func endOf(m *memory, goal, say string, books [2]string, open, deed int) float64 {
	ep := visit(goal, "new", books, open, 20, deed, say, false)
	d := &dreamer{m: m, start: model.Start{MostLikely: true}}
	d.start.Task.ID, d.start.Task.Scene = "new", "library"
	d.b = m.believe(goal, ep[0].State, nil, "new", "library")
	d.hidden, d.last.at = m.hide(d, 0), -1
	for _, t := range ep[:len(ep)-1] {
		d.b.observe(t.Action, t.Next, nil)
	}
	return d.predict(ep[len(ep)-1].Action).label.reward
}

// A goal of a form that was never reached is reached where what it says was done and shown, as it was
// where goals of other forms were; not on another thing's page, nor by another deed, nor by another answer.
func TestFulfilment(t *testing.T) {
	m := newMemory(visits(), nil)
	books := [2]string{"Nights", "Winters"}
	const lend, ask = `Have the book "Winters" lent to me.`, `By how many copies is "Winters" there?`
	for _, test := range []struct {
		goal, say  string
		open, deed int
		want       float64
	}{
		{lend, "done", 1, 5, 1},
		{lend, "done", 1, 0, 0},
		{lend, "done", 1, 3, 0},
		{lend, "done", 0, 5, 0},
		{lend, "20", 1, 5, 0},
		{ask, "20", 1, 0, 1},
		{ask, "20", 0, 0, 0},
		{ask, "done", 1, 0, 0},
		{ask, "99", 1, 0, 0},
	} {
		if got := endOf(m, test.goal, test.say, books, test.open, test.deed); got != test.want {
			t.Errorf("%+v earns %v", test, got)
		}
	}
}

// Where held-out forms cannot be told, nothing is promised to forms that were never reached.
func TestFulfilmentIsTrustedByOtherForms(t *testing.T) {
	all := visits()
	for i, e := range slices.Backward(all) {
		if e.Terminated {
			e.Reward = float64(i / 3 % 2)
		}
	}
	if m := newMemory(all, nil); len(m.fulfilments) > 0 {
		t.Errorf("ends that came by chance are told: %v", m.fulfilments)
	}
	if m := newMemory(visits()[:30], nil); len(m.fulfilments) > 0 {
		t.Error("a handful of ends tells others")
	}
}

func TestLogistic(t *testing.T) {
	var rows [][]float64
	var yes []bool
	for i := range 100 { // three of four where the sign is set, one of four where it is not
		rows, yes = append(rows, []float64{float64(i % 2), 0.5}), append(yes, (i%2 == 1) != (i/2%4 == 0))
	}
	w := fitLogistic(rows, yes)
	for sign, want := range []float64{0.25, 0.75} {
		if p := w.of([]float64{float64(sign), 0.5}); math.Abs(p-want) > 0.02 {
			t.Errorf("sign %d: %v, want %v", sign, p, want)
		}
	}
}

func TestNamedIn(t *testing.T) {
	all, rest := namedIn(`Put 2 of the product "Blue Cup 7" with order 5512, into my cart.`)
	want := []namedValue{{"2", "put", false}, {"Blue Cup 7", "product", true}, {"5512", "order", false}}
	if !slices.Equal(all, want) || strings.Contains(rest, "Cup") {
		t.Errorf("named are %v beside %q, want %v", all, rest, want)
	}
}

// A goal of a new form is dreamed with the things that another names after the same words.
func TestLikening(t *testing.T) {
	s := newLikening(`Open the page of the product "Red Cup", ordered with order 17.`, `Send the product "Tall Blue Vase" of order 5512 back.`)
	if got := s.show(`[3] link "Red Cup" of order 17, 170`); got != `[3] link "Tall Blue Vase" of order 5512, 170` {
		t.Error("shown is", got)
	}
	if got := s.back("fill('Tall Blue Vase')"); got != "fill('Red Cup')" {
		t.Error("done is", got)
	}
	if s := newLikening(`Open the page of "A".`, `Close the door 5.`); len(s.recorded) > 0 {
		t.Error("likened are", s)
	}
}

func TestSigns(t *testing.T) {
	f, said := &fulfilment{plain: "done", asking: "?"}, hearing{texts: 9, words: map[string]int{"held": 1, "book": 1}}
	const first, page = "[1] link \"Nights\"\ntext \"Welcome\"", "[7] text \"Nights\"\ntext \"20 copies\"\ntext \"Nights is held\""
	held := course{goal: `Is the book "Nights" held?`, first: first, before: page[:strings.LastIndex(page, "\n")], now: page, deeds: []string{`click('link "Nights"')`, `click('button "Book"')`}, said: "20 copies"}
	for name, test := range map[string]struct {
		change func(c *course)
		want   []float64
	}{
		"answered":         {func(*course) {}, []float64{1, 0.5, 0.5, 0.5, 1, 1, 1, 0.5}},
		"in its line":      {func(c *course) { c.said = "is held" }, []float64{1, 0.5, 0.5, 0.5, 1, 1, 1, 1}},
		"nowhere":          {func(c *course) { c.said = "21" }, []float64{1, 0.5, 0.5, 0.5, 1, 1, 0, 0}},
		"not answered":     {func(c *course) { c.said = "done" }, []float64{1, 0.5, 0.5, 0.5, 1, 1, 0, 0}},
		"nothing is asked": {func(c *course) { c.goal, c.said = `The book "Nights" is held.`, "done" }, []float64{1, 0.5, 0.5, 0.5, 1, 1, 1, 0}},
		"another":          {func(c *course) { c.goal = `Is the book "Days" held?` }, []float64{0, 0.5, 0.5, 0.5, 0, 0, 1, 0}},
		"no value":         {func(c *course) { c.goal = `Is the book held?` }, []float64{1, 0.5, 0.5, 0.5, 0, 0, 1, 0}},
		"earlier":          {func(c *course) { c.before = c.now }, []float64{1, 0.5, 0.5, 0, 1, 0, 1, 0.5}},
		"from the start":   {func(c *course) { c.first, c.before = c.now, c.now }, []float64{1, 0, 0.5, 0, 1, 0, 0, 0.5}},
		"nothing was done": {func(c *course) { c.deeds = nil }, []float64{1, 0.5, 0, 0.5, 0, 1, 1, 0.5}},
	} {
		c := held
		test.change(&c)
		if got := f.signs(said, c); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

// An episode is the same course whether it was recorded or is under way.
func TestCourse(t *testing.T) {
	all := visits()
	m := newMemory(all, nil)
	for i := range 12 {
		if !all[i].Terminated {
			continue
		}
		d := &dreamer{m: m}
		start := all[i-all[i].Step]
		d.b = m.believe(start.Goal, start.State, nil, start.Task, start.Scene)
		for _, e := range all[i-all[i].Step : i] {
			d.b.observe(e.Action, e.Next, nil)
		}
		got, want := d.course(m.cases[i].call), m.courseTo(int32(i))
		slices.Reverse(want.deeds)
		if got.goal != want.goal || got.first != want.first || got.before != want.before || got.now != want.now || !slices.Equal(got.deeds, want.deeds) {
			t.Errorf("under way %+v, recorded %+v", got, want)
		}
	}
}

// What a form that was hardly ever reached has in common by accident is not asked for.
func TestFulfilmentOfRareForms(t *testing.T) {
	all := visits()
	for i := range 3 {
		books := [2]string{fmt.Sprint("Early", i), fmt.Sprint("Late", i)}
		all = append(all, visit(fmt.Sprintf(`Have the book %q lent to me.`, books[0]), fmt.Sprint("lend ", i), books, 0, 20, 5, "done", true)...)
	}
	m := newMemory(all, nil)
	for deed, want := range map[int]float64{5: 1, 3: 0} {
		if got := endOf(m, `Have the book "Winters" lent to me.`, "done", [2]string{"Nights", "Winters"}, 1, deed); got != want {
			t.Errorf("deed %d earns %v, want %v", deed, got, want)
		}
	}
	won, lost := all[len(all)-1], "Early1"
	if got := endOf(m, won.Goal, "done", [2]string{"Early2", lost}, 1, 5); got != 0 {
		t.Errorf("lending another book earns %v", got)
	}
}
