package analogy

import (
	"fmt"
	"slices"
	"testing"
)

// booking is a form of the library, filled in, and the page that sums it up.
type booking struct {
	library
	book, binding, copies, post, fee, price string
	lent                                    int
}

func (o booking) form() string {
	pick := func(name string) string {
		if name == o.binding {
			return " chosen"
		}
		return ""
	}
	mark := func(name string) string {
		if name == o.post {
			return " marked"
		}
		return ""
	}
	return o.page("lib/order", fmt.Sprintf("text %q", o.book), fmt.Sprintf("text %q", o.price),
		`[] list "Binding"`, `  entry "Any"`+pick(""), `  entry "Cloth"`+pick("Cloth"), `  entry "Leather"`+pick("Leather"),
		fmt.Sprintf("[] field %q value=%q", "Copies", o.copies),
		`text "Sent"`, `[] dot "By post (3.00)"`+mark("By post"), `[] dot "By courier (7.50)"`+mark("By courier"), `[] dot "By boat (1.00)"`+mark("By boat"),
		`[] button "Order"`)
}

func (o booking) placed(each, total string) string {
	l := o.library
	l.lent += o.lent
	return l.page("lib/placed", `text "Sent"`, fmt.Sprintf("text %q", o.post),
		`[] link "`+o.book+`"`, `text "Binding: `+o.binding+`"`, fmt.Sprintf("text %q", o.price), fmt.Sprintf("text %q", o.copies), fmt.Sprintf("text %q", each),
		`text "Fee"`, fmt.Sprintf("text %q", o.fee), `text "Total"`, fmt.Sprintf("text %q", total))
}

func bookings() []booking {
	return []booking{
		{book: "Atlas of Fens", binding: "Cloth", copies: "2", lent: 2, post: "By post", fee: "3.00", price: "12.50"},
		{book: "Chart of Tides", binding: "Leather", copies: "3", lent: 3, post: "By courier", fee: "7.50", price: "20.00"},
		{book: "Larks at Dawn", binding: "Cloth", copies: "4", lent: 4, post: "By boat", fee: "1.00", price: "8.25"},
		{book: "Hares of the Hill", binding: "Leather", copies: "5", lent: 5, post: "By post", fee: "3.00", price: "10.10"},
		{book: "Moths by Night", binding: "Cloth", copies: "6", lent: 6, post: "By courier", fee: "7.50", price: "4.40"},
		{book: "Ships in Glass", binding: "Leather", copies: "7", lent: 7, post: "By boat", fee: "1.00", price: "11.00"},
	}
}

// What a form was filled in with stands on the page that sums it up, with what follows from it: what
// was picked and marked by its name, numbers worked out, and the count above as many more.
func TestFormsAreCarriedToTheNextPage(t *testing.T) {
	all := library{}.recorded()
	for i, sums := range [][2]string{{"25.00", "28.00"}, {"60.00", "67.50"}, {"33.00", "34.00"}, {"50.50", "53.50"}, {"26.40", "33.90"}, {"77.00", "78.00"}} {
		o := bookings()[i]
		all = append(all, [5]string{"lib", fmt.Sprint("order", i), o.form(), "click('11')", o.placed(sums[0], sums[1])})
	}
	o := booking{book: "Owls in Barns", binding: "Leather", copies: "12", lent: 12, post: "By post", fee: "3.00", price: "100.50", library: library{lent: 1}}
	d := dreaming(t, steps(all...), "lib", "other", o.form())
	if got, want := d.predict("click('11')").text, o.placed("1206.00", "1209.00"); got != want {
		t.Errorf("\n%s\nwant\n%s", got, want)
	}
}

// Lines that an edit adds are told of the page that they come up on.
func TestAddedLinesAreToldOfTheirPage(t *testing.T) {
	l := library{}
	page := func(book string, told ...string) string {
		return l.page("lib/book", append(told, `text "Picture"`, fmt.Sprintf("text %q", book), `text "By post"`, `text "In cloth"`, `text "With maps"`, `text "Second printing"`, `[] button "Keep"`, `text "Bound in cloth"`)...)
	}
	all := l.recorded()
	for i, o := range bookings()[1:] {
		all = append(all, [5]string{"lib", fmt.Sprint("keep", i), page(o.book), "click('6')", page(o.book, fmt.Sprintf("text %q", o.book+" is kept for you."))})
	}
	d := dreaming(t, steps(all...), "lib", "other", page("Owls in Barns"))
	if got, want := d.predict("click('6')").text, page("Owls in Barns", `text "Owls in Barns is kept for you."`); got != want {
		t.Errorf("\n%s\nwant\n%s", got, want)
	}
}

// A value is put in the place of another where it stands by itself.
func TestReplacedWholeWords(t *testing.T) {
	for _, test := range [][4]string{
		{`text "Sand, size S"`, "Sand", "Ivory", `text "Ivory, size S"`},
		{`text "by Uma Sandoval, in Sand"`, "Sand", "Ivory", `text "by Uma Sandoval, in Ivory"`},
		{`address "lib?q=Larks+at+Dawn"`, "Dawn", "Dusk", `address "lib?q=Larks+at+Dusk"`},
		{"Sand Sand", "Sand", "Sand Sand", "Sand Sand Sand Sand"},
	} {
		if got := replaced(test[0], test[1], test[2]); got != test[3] {
			t.Errorf("%s for %s in %q: %q, want %q", test[2], test[1], test[0], got, test[3])
		}
	}
}

// What stands below a line is no evidence for another page, where other things stand below lines.
func TestBelowLinesOfOneKind(t *testing.T) {
	price, votes, colour := []string{`text "$12.50"`, `text "No votes yet"`}, []string{`text "$7.00"`, `text "3 of 5 (2 votes)"`}, []string{`text "Colour: Sand"`, `text "$12.50"`}
	if !sameKind(price, votes) || sameKind(votes, colour) || sameKind(colour, votes) {
		t.Error("what is of one kind is told by its lines")
	}
}

// An unseen page of what the goal names offers what the goal asks for, where its like do.
func TestOfferings(t *testing.T) {
	page := func(entries ...string) []string {
		out := []string{`[1] list "Binding"`, `  entry "Any" chosen`}
		for _, e := range entries {
			out = append(out, fmt.Sprintf("  entry %q", e))
		}
		return append(out, `[2] button "Order"`, `text "Two left"`)
	}
	m := &memory{offers: offers{}}
	m.offers.note(page("Cloth", "Paper"))
	m.offers.note(page("Leather", "Paper"))
	for _, test := range []struct {
		goal     string
		on, want []string
	}{
		{`"Atlas" in "Leather"`, page("Cloth", "Paper"), page("Leather", "Paper")},
		{`"Atlas" in "Paper"`, page("Cloth", "Paper"), page("Cloth", "Paper")},
		{`"Atlas" in "Silk"`, page("Cloth", "Paper"), page("Cloth", "Paper")},
	} {
		d := &dreamer{m: m, b: &belief{goal: goal{values: goalValues(test.goal)}}}
		if got := d.offering(test.on); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", test.goal, got, test.want)
		}
	}
}

func TestSwapTopsByParts(t *testing.T) {
	for _, test := range []struct {
		was, now, shown string
		want            [][2]string
	}{
		{"Order 5512", "Order 6021", "What order 5512 had is in the cart.", [][2]string{{"5512", "6021"}}},
		{"Review Tall Vase", "Review Cup", "Tall Vase", [][2]string{{"Tall Vase", "Cup"}}},
		{"Review Tall Vase", "Review Cup", "Tall Mirror", nil},
		{"Tall Vase, reviewed", "Cup, reviewed", "by Tall Vase,", [][2]string{{"Tall Vase,", "Cup,"}}},
		{"Tall Vase", "Cup", "Vase", nil},
	} {
		var got [][2]string
		swapTops([]string{fmt.Sprintf("text %q", test.was)}, []string{fmt.Sprintf("text %q", test.now)}, []string{fmt.Sprintf("text %q", test.shown)},
			func(was, now string) { got = append(got, [2]string{was, now}) })
		if !slices.Equal(got, test.want) {
			t.Errorf("%q, now %q: exchanged are %q, want %q", test.was, test.now, got, test.want)
		}
	}
}
