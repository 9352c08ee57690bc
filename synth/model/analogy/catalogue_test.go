package analogy

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A library lists books, five a page: those of a genre, with a word in the title, with so many
// pages at most, by title or by length.

type book struct {
	title, genre string
	length       int
}

// libraryBooks are those of a town's library; each title has a word that tells its genre.
func libraryBooks(town int) []book {
	var out []book
	for i := range 24 {
		genre, about := "novels", "Winter"
		if i%2 == 1 {
			genre, about = "guides", "Knots"
		}
		out = append(out, book{fmt.Sprintf("%s of %c%d", about, 'A'+i*7%24, town), genre, 100 + (i*37+town*11)%90})
	}
	return out
}

// libraryPage is the true page at an address: which page it is, the fields, and the list.
func libraryPage(town int, at address) sheet {
	genre := at.path[strings.LastIndexByte(at.path, '/')+1:]
	var found []book
	for _, b := range libraryBooks(town) {
		if b.genre == genre && fitsQuery(b, at) {
			found = append(found, b)
		}
	}
	slices.SortFunc(found, func(a, b book) int {
		if at.has("by") && at.values("by")[0] == "length" && a.length != b.length {
			return cmp.Compare(a.length, b.length)
		}
		return strings.Compare(a.title, b.title)
	})
	page := 1
	if v := at.values("p"); len(v) > 0 {
		page, _ = strconv.Atoi(v[0])
	}
	s := sheet{own: []string{`address "` + at.String() + `"`}, body: libraryFields(at)}
	s.body = append(s.body, fmt.Sprintf(`text "Found %d"`, len(found)))
	from := min(len(found), 5*(page-1))
	for _, b := range found[from:min(len(found), from+5)] {
		s.body = append(s.body, `[0] link "`+b.title+`"`, fmt.Sprintf(`text "%d pages"`, b.length))
	}
	if len(found) > 5*page {
		s.body = append(s.body, `[0] link "Further"`)
	}
	s.body = numbered(s.body, 1)
	return s
}

func fitsQuery(b book, at address) bool {
	for _, v := range at.values("most") {
		if n, _ := strconv.Atoi(v); b.length > n {
			return false
		}
	}
	for _, v := range at.values("word") {
		if !strings.Contains(b.title, v) {
			return false
		}
	}
	return true
}

func libraryFields(at address) []string {
	field := func(name, param string) string {
		l := `[0] textbox "` + name + `"`
		if v := at.values(param); len(v) > 0 {
			l += ` value="` + v[0] + `"`
		}
		return l
	}
	by := []string{`  option "Title"`, `  option "Length"`}
	if v := at.values("by"); len(v) > 0 {
		by[boolean(v[0] == "length")] += " selected"
	}
	return append(append([]string{`[0] combobox "Order"`}, by...), field("Word", "word"), field("At most", "most"), `[0] button "Go"`)
}

// libraryCatalogue has learned from pages of three libraries, none of which has two conditions.
func libraryCatalogue() *catalogue {
	c := newCatalogue(paths{"http:": true, "": true, "library.test": true, "shelf": true, "novels": true, "guides": true})
	for town := range 3 {
		for _, genre := range []string{"novels", "guides"} {
			for _, query := range []string{"", "?p=2", "?p=3", "?by=title", "?by=title&p=2", "?by=length", "?by=length&p=2", "?by=length&p=3", "?by=title&most=140", "?by=title&most=120", "?by=title&word=Winter", "?by=title&word=Knots"} {
				at := readAddress("http://library.test/shelf/" + genre + query)
				c.note(strconv.Itoa(town), libraryPage(town, at))
			}
		}
	}
	c.learn()
	return c
}

func TestListsThatNobodyOpened(t *testing.T) {
	c := libraryCatalogue()
	for _, query := range []string{"?by=length&most=150", "?by=length&most=150&p=2", "?by=title&most=130&p=2", "?by=length&word=Knots", "?by=title&most=10", "?by=title&most=101"} {
		at := readAddress("http://library.test/shelf/guides" + query)
		want := libraryPage(1, at)
		blank := want
		blank.body = slices.Clone(want.body[:6])
		got, from := c.listed("1", blank, nil, func() []notedPage { return nil })
		if from != 6 {
			t.Fatalf("%s: the list begins at line %d", query, from)
		}
		if !slices.Equal(bare(got.body), bare(want.body)) {
			t.Errorf("%s:\n%s\nwant:\n%s", query, strings.Join(got.body, "\n"), strings.Join(want.body, "\n"))
		}
	}
}

// What this episode showed counts, also where no recording has it.
func TestListsOfThisEpisode(t *testing.T) {
	c := libraryCatalogue()
	at := readAddress("http://library.test/shelf/novels")
	shown := libraryPage(1, at)
	shown.body = slices.Insert(shown.body, 7, `[90] link "Winter of 9"`, `text "99 pages"`)
	at.asks = []ask{{"by", "title"}, {"most", "99"}}
	blank := libraryPage(1, at)
	got, _ := c.listed("1", blank, nil, func() []notedPage {
		return []notedPage{{at: readAddress("http://library.test/shelf/novels"), body: shown.body}}
	})
	if all := strings.Join(got.body, "\n"); !strings.Contains(all, `link "Winter of 9"`) || !strings.Contains(all, "Found 1") {
		t.Errorf("the book is not listed:\n%s", all)
	}
}

// What one menu's pages list is not what another's do: who is signed in may be shown more.
func TestListsBelowMenus(t *testing.T) {
	c := libraryCatalogue()
	page := func(menu string) sheet {
		s := libraryPage(1, readAddress("http://library.test/shelf/novels?by=length&most=133"))
		s.head = []string{`[1] link "Maps"`, `[2] link "` + menu + `"`}
		return s
	}
	member := page("Your desk")
	at, _ := addressIn(member.own)
	for i, l := range member.body {
		member.body[i] = strings.Replace(l, "Found ", "Found 4", 1)
	}
	episode := func() []notedPage { return []notedPage{{menu: member.menu(), at: at, body: member.body}} }
	for _, want := range []sheet{member, page("Enter")} {
		got, _ := c.listed("1", page(firstQuoted(want.head[1])), nil, episode)
		if got.body[6] != want.body[6] {
			t.Errorf("below %s it is %s, want %s", want.menu(), got.body[6], want.body[6])
		}
	}
}

func TestListsOfUnknownScenes(t *testing.T) {
	c := libraryCatalogue()
	page := libraryPage(7, readAddress("http://library.test/shelf/novels?by=title"))
	if got, from := c.listed("7", page, nil, func() []notedPage { return nil }); from != len(page.body) || !slices.Equal(got.body, page.body) {
		t.Errorf("a list of an unknown scene was told:\n%s", strings.Join(got.body, "\n"))
	}
}

// The fields of a page make its address: as they did, in the order that addresses have.
func TestAddressesOfFields(t *testing.T) {
	c := libraryCatalogue()
	was, came := readAddress("http://library.test/shelf/novels"), readAddress("http://library.test/shelf/novels?by=title&most=120")
	k := &kase{turn: &turn{origin: origin{from: libraryPage(0, was)}, to: libraryPage(0, came), place: true}}
	now := readAddress("http://library.test/shelf/guides?by=title&p=2")
	page := libraryPage(1, readAddress("http://library.test/shelf/guides?by=length&most=150"))
	page.own = libraryPage(1, now).own
	if got, ok := c.asked(k, page, now, true); !ok || got.String() != "http://library.test/shelf/guides?by=length&most=150" {
		t.Errorf("filters lead to %v", got)
	}
	came = readAddress("http://library.test/shelf/novels?by=title&p=2")
	k.turn.from, k.turn.to = libraryPage(0, readAddress("http://library.test/shelf/novels?by=title")), libraryPage(0, came)
	if got, ok := c.asked(k, libraryPage(1, now), now, true); !ok || got.String() != "http://library.test/shelf/guides?by=title&p=3" {
		t.Errorf("turning over leads to %v", got)
	}
}

// An address begins as the one before did where the recorded ones began alike, however deep in a place
// one is, and points back to where one was.
func TestAddressesOfPlaces(t *testing.T) {
	c := libraryCatalogue()
	at := func(s string) sheet { return sheet{own: []string{`address "http://library.test/` + s + `"`}} }
	for _, test := range []struct{ was, came, now, want string }{
		{"shelf/a", "shelf/a/loans", "shelf/b", "shelf/b/loans"},
		{"shelf/a", "shelf/a/loans", "shelf/b/rules/7", "shelf/b/loans"},
		{"shelf/a/rules/7", "shelf/a/loans", "shelf/b", "shelf/b/loans"},
		{"shelf/a", "enter?next=%2Fshelf%2Fa", "shelf/b/rules", "enter?next=%2Fshelf%2Fb%2Frules"},
		{"shelf/a", "enter?next=%2Fhall", "shelf/b", "enter?next=%2Fhall"},
	} {
		k := &kase{turn: &turn{origin: origin{from: at(test.was)}, to: at(test.came)}}
		got, ok := c.asked(k, at(test.came), readAddress("http://library.test/"+test.now), true)
		if want := "http://library.test/" + test.want; !ok || got.String() != want {
			t.Errorf("on %s it leads to %v, want %s", test.now, got, want)
		}
	}
}

func TestReadAddress(t *testing.T) {
	for _, s := range []string{"http://a.test/b/c?x=1&y=two+words&x=%26#part", "http://a.test/", "http://a.test/?q="} {
		if got := readAddress(s).String(); got != s {
			t.Errorf("%s comes back as %s", s, got)
		}
	}
	if a := readAddress("http://a.test/b?x=1&y=&x=2"); !slices.Equal(a.values("x"), []string{"1", "2"}) || a.values("y") != nil || !slices.Equal(a.names(), []string{"x", "y"}) {
		t.Errorf("read as %+v", a)
	}
}

// Numbers in what is asked for are no figures, and numbers of pages have bounds.
func TestFilledNumbers(t *testing.T) {
	k := &listKind{size: 5, paging: "p"}
	f := &frame{at: readAddress("http://a.test/?q=size+12"), lines: []string{`text "7 found for size 12"`}, figures: []string{"total ", ""}}
	x := &excerpt{at: readAddress("http://a.test/?q=1+2+3+rings"), total: 4, page: 1}
	if got := k.filled(f, x); len(got) != 1 || got[0] != `text "4 found for 1 2 3 rings"` {
		t.Errorf("told %q", got)
	}
	if n := k.pageOf(readAddress("http://a.test/?p=9223372036854775807")); n != 1 {
		t.Errorf("page %d", n)
	}
}
