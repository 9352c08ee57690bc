package analogy

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// library makes pages of a site: an address, menus that tell who is signed in and how much is
// lent, a body, and a footer.
type library struct {
	reader string
	lent   int
	query  string
}

func (l library) page(address string, body ...string) string {
	value := ""
	if l.query != "" {
		value = fmt.Sprintf(" value=%q", l.query)
	}
	lines := []string{fmt.Sprintf("address %q", address), fmt.Sprintf("[] field %q%s", "Find a book", value), `[] link "Maps"`, `[] link "Poems"`}
	if l.reader != "" {
		lines = append(lines, `[] link "Your desk"`)
	}
	lines = append(lines, fmt.Sprintf("[] link \"Lent (%d)\"", l.lent), `[] link "Opening hours"`)
	lines = append(append(lines, body...), `text "The library of Lower Marsh"`)
	if l.reader != "" {
		lines = append(lines, `[] button "Leave"`)
	}
	n := 0
	for i, line := range lines {
		if strings.HasPrefix(line, "[] ") {
			n++
			lines[i] = fmt.Sprintf("[%d] %s", n, line[3:])
		}
	}
	return strings.Join(lines, "\n")
}

func (l library) maps() string {
	return l.page("lib/maps", `text "Maps"`, `[] link "Atlas of Fens"`, `text "3 copies"`, `[] link "Chart of Tides"`, `text "1 copy"`, `text "Shelf 4"`)
}

func (l library) poems() string {
	return l.page("lib/poems", `text "Poems"`, `[] link "Larks"`, `text "2 copies"`, `text "Shelf 9"`, `text "Ask for more"`)
}

func (l library) book(name, copies string) string {
	return l.page("lib/book/"+strings.ReplaceAll(name, " ", "+"), `text "About this book"`, fmt.Sprintf("text %q", name), fmt.Sprintf("text %q", copies), `[] button "Borrow"`, `text "Bound in cloth"`)
}

func (l library) borrow() library { l.lent++; return l }

// recorded are the steps of readers who are not signed in.
func (l library) recorded() [][5]string {
	var all [][5]string
	for i := range 6 {
		task := fmt.Sprint("task", i)
		add := func(from, action, to string) { all = append(all, [5]string{"lib", task, from, action, to}) }
		add(l.maps(), "click('3')", l.poems())
		add(l.poems(), "click('2')", l.maps())
		add(l.maps(), "click('6')", l.book("Atlas of Fens", "3 copies"))
		add(l.book("Atlas of Fens", "3 copies"), "click('6')", l.borrow().maps())
	}
	return all
}

// A page is told on the ground of the episode: with its menus, its counts and its labels.
func TestPagesAreToldOnTheirGround(t *testing.T) {
	guest, reader := library{}, library{reader: "Ann", lent: 2}
	all := steps(guest.recorded()...)
	for name, test := range map[string]struct{ from, action, to string }{
		"from the menu":                  {reader.maps(), "click('3')", reader.poems()},
		"from a line of the page":        {reader.maps(), "click('7')", reader.book("Atlas of Fens", "3 copies")},
		"by a button that counts one up": {reader.book("Atlas of Fens", "3 copies"), "click('7')", reader.borrow().maps()},
	} {
		d := dreaming(t, all, "lib", "other", test.from)
		if got := d.predict(test.action).text; got != test.to {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, test.to)
		}
	}
}

// A count goes as far as it went; where it came to one and the same from several, it comes to
// that, and it is never below none.
func TestCountsOnTheGround(t *testing.T) {
	desk := func(lent int) string {
		return library{lent: lent}.page("lib/desk", `text "Your desk"`, `[] button "Give one back"`, `[] button "Give all back"`, `text "Open until six"`)
	}
	done := func(lent int) string {
		return library{lent: lent}.page("lib/done", `text "Thank you"`, `text "Come again"`, `[] link "To your desk"`)
	}
	all := library{}.recorded()
	for i := range 6 {
		task, lent := fmt.Sprint("desk", i), 2+i%2
		all = append(all, [5]string{"lib", task, desk(lent), "click('6')", done(lent - 1)}, [5]string{"lib", task, desk(lent), "click('7')", done(0)})
	}
	for _, test := range []struct {
		lent, want int
		action     string
	}{{5, 4, "click('6')"}, {5, 0, "click('7')"}, {1, 0, "click('7')"}, {1, 0, "click('6')"}, {0, 2, "click('6')"}} {
		d := dreaming(t, steps(all...), "lib", "other", desk(test.lent))
		if got, want := d.predict(test.action).text, done(test.want); got != want {
			t.Errorf("%d lent, %s:\n%s\nwant\n%s", test.lent, test.action, got, want)
		}
	}
}

// A page that was never seen is told as one like it was, of what the action is about.
func TestUnseenPagesAreToldOfWhatWasActedUpon(t *testing.T) {
	l := library{}
	d := dreaming(t, steps(l.recorded()...), "lib", "other", l.maps())
	if got, want := d.predict("click('7')").text, l.book("Chart of Tides", "1 copy"); got != want {
		t.Errorf("\n%s\nwant\n%s", got, want)
	}
}

// Of pages that were never seen the one that the goal names rather has what else the goal says.
func TestUnseenPagesHaveWhatTheGoalSays(t *testing.T) {
	l := library{}
	shelf := l.page("http://lib.test/shelf", `text "Shelf"`, `[] link "Atlas of Fens"`, `[] link "Hymns of Old"`, `[] link "Chart of Tides"`, `text "Shelf 4"`)
	book := func(name, choice string, entries ...string) string {
		body := []string{`text "About this book"`, fmt.Sprintf("text %q", name), fmt.Sprintf("[] list %q", choice)}
		for _, e := range entries {
			body = append(body, fmt.Sprintf("  entry %q", e))
		}
		return l.page("http://lib.test/book/"+strings.ReplaceAll(name, " ", "+"), append(body, `[] button "Borrow"`, `text "Ask at the desk"`, `text "Due in May"`, `text "One at a time"`, `text "Bound in cloth"`, `text "No fee"`)...)
	}
	bound := func(name string) string { return book(name, "Binding", "Cloth", "Leather") }
	sung := func(name string) string { return book(name, "Voice", "Alto", "Bass") }
	all := l.recorded()
	for i := range 6 {
		task := fmt.Sprint("shelf", i)
		all = append(all, [5]string{"lib", task, shelf, "click('6')", bound("Atlas of Fens")}, [5]string{"lib", task, bound("Atlas of Fens"), "click('7')", l.borrow().maps()},
			[5]string{"lib", task, shelf, "click('7')", sung("Hymns of Old")}, [5]string{"lib", task, sung("Hymns of Old"), "click('7')", l.borrow().maps()})
	}
	for goal, want := range map[string]string{
		`Borrow "Chart of Tides" in the Binding that is of Leather.`: bound("Chart of Tides"),
		`Borrow "Chart of Tides" for the Voice that is a Bass.`:      sung("Chart of Tides"),
	} {
		d := dreaming(t, steps(all...), "lib", "other", shelf)
		d.b = d.m.believe(goal, shelf, nil, "other", "lib")
		if got := d.predict("click('8')").text; got != want {
			t.Errorf("%s\n%s\nwant\n%s", goal, got, want)
		}
	}
}

// A list that a step changes in place gets new labels, above all that the page had; the form
// above it stays, with what was chosen.
func TestListsChangeInPlace(t *testing.T) {
	page := func(address, shelf string, first, leave int, books ...string) string {
		body := []string{`text "Books"`, `[7] list "Shelf"`, `  entry "Low"`, `  entry "High"`, `[8] button "Show"`}
		for i, b := range books {
			body = append(body, fmt.Sprintf("[%d] link %q", first+i, b), `text "3 copies"`)
		}
		text := library{reader: "Ann"}.page(address, body...)
		text = strings.Replace(text, "[7] button \"Leave", fmt.Sprintf("[%d] button \"Leave", leave), 1)
		if shelf != "" {
			text = strings.Replace(text, fmt.Sprintf("entry %q", shelf), fmt.Sprintf("entry %q chosen", shelf), 1)
		}
		return text
	}
	all := library{}.recorded()
	for i := range 6 {
		task := fmt.Sprint("shelf", i)
		all = append(all, [5]string{"lib", task, page("lib/maps", "", 9, 11, "Atlas of Fens", "Chart of Tides"), "choose('7', 'Low')", page("lib/maps?low", "Low", 12, 11, "Chart of Tides")})
	}
	d := dreaming(t, steps(all...), "lib", "other", page("lib/poems", "", 9, 12, "Larks", "Owls", "Wrens"))
	if got, want := d.predict("choose('7', 'Low')").text, page("lib/poems?low", "Low", 13, 12, "Larks", "Owls", "Wrens"); got != want {
		t.Errorf("\n%s\nwant\n%s", got, want)
	}
}

// A link to the page that is seen leads to it as it is, whatever recordings show there.
func TestLinksToWhereOneIs(t *testing.T) {
	talks := func(last string) string {
		return societyPage("Enter", "talks", `text "Talks"`, `text "On fens"`, fmt.Sprintf("text %q", last))
	}
	walks := societyPage("Enter", "walks", `text "Walks"`, `text "To the mill"`, `text "To the gate"`)
	var all [][5]string
	for i := range 6 {
		task := fmt.Sprint("task", i)
		all = append(all, [5]string{"marsh", task, walks, "click('1')", talks("On owls")}, [5]string{"marsh", task, talks("On owls"), "click('2')", walks})
	}
	d := dreaming(t, steps(all...), "marsh", "other", talks("On eels"))
	if got := d.predict("click('1')").text; got != talks("On eels") {
		t.Errorf("\n%s\nwant\n%s", got, talks("On eels"))
	}
}

// What is around the line acted upon is changed as it was around another one that had the same
// around it: what stands behind names, and how far numbers went.
func TestLinesChangeLikeOthers(t *testing.T) {
	shelf := func(book string, label, copies int, held, returned string) []string {
		return []string{fmt.Sprintf("[%d] button \"Hold %s\"%s", label, book, held), fmt.Sprintf("text \"%d copies\"", copies), fmt.Sprintf("[%d] button \"Return %s\"%s", label+1, book, returned)}
	}
	page := func(larks, owls []string) string {
		return library{}.page("lib/poems", slices.Concat(larks, owls, []string{`text "Shelf 9"`})...)
	}
	larks, owls := shelf("Larks", 6, 7, "", ""), shelf("Owls", 8, 5, "", "")
	returned := shelf("Owls", 8, 5, "", " pressed")
	var all [][5]string
	for i := range 6 {
		task := fmt.Sprint("hold", i)
		all = append(all, library{}.recorded()[:2]...)
		all = append(all, [5]string{"lib", task, page(larks, owls), "click('6')", page(shelf("Larks", 10, 6, " pressed", ""), owls)})
		all = append(all, [5]string{"lib", task, page(shelf("Larks", 6, 7, "", " pressed"), owls), "click('6')", page(shelf("Larks", 10, 4, " pressed", ""), owls)})
	}
	for name, test := range map[string]struct{ from, to []string }{
		"held":               {owls, shelf("Owls", 10, 4, " pressed", "")},
		"held, not returned": {returned, shelf("Owls", 10, 2, " pressed", "")},
	} {
		d := dreaming(t, steps(all...), "lib", "other", page(larks, test.from))
		if got, want := d.predict("click('8')").text, page(larks, test.to); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
		}
	}
}

// Where pages share nothing above and below, they have no ground.
func TestNoGround(t *testing.T) {
	if g := learnGround(steps([5]string{"s", "t", "[1] a\nb\nc", "click('1')", "[1] d\ne\nf"})); g != nil {
		t.Errorf("the ground is between %q", g)
	}
}
