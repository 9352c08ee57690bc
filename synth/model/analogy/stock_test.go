package analogy

import "testing"

// What a goal names and a page has is known to be there, in this episode; other things of the page,
// which may be another scene's, are not.
func TestStockWithWhatAGoalNames(t *testing.T) {
	s := newStock()
	s.take(&excerpt{at: readAddress("http://a.test/list"), entries: []entry{newEntry([]string{`link "Oak Chair"`, `text "$5"`})}})
	s.names = keys(s.entries)
	x := excerpt{at: readAddress("http://a.test/other"), entries: []entry{
		newEntry([]string{`link "Elm Table"`, `text "$9"`}), newEntry([]string{`link "Fir Bench"`, `text "$7"`}),
	}}
	got := s.withNamed(x, []string{"Elm Table", "cheap"})
	if len(got.names) != 2 || got.names[0] != `link "Elm Table"` || !got.belongs(got.names[0], "http://a.test/other") {
		t.Errorf("known are %q", got.names)
	}
	if len(s.names) != 1 || len(s.entries) != 1 {
		t.Errorf("the recorded stock has become %q", s.names)
	}
}

// A search for what a goal names by several words finds something: where nothing known has that
// name, a list of what is known would be wrong.
func TestStockLacks(t *testing.T) {
	s := newStock()
	s.take(&excerpt{at: readAddress("http://a.test/list"), entries: []entry{newEntry([]string{`link "Oak Chair"`, `text "$5"`})}})
	s.names = keys(s.entries)
	goal := []string{"Oak Chair", "Elm Table", "Oak"}
	for search, want := range map[string]bool{"Elm+Table": true, "Oak+Chair": false, "Oak": false, "Fir+Bench": false} {
		if got := s.lacks(readAddress("http://a.test/list?q="+search), goal); got != want {
			t.Errorf("%s is lacking: %t", search, got)
		}
	}
}

// Paths that list the same things may list all of each other's; what paths divide among them stays
// divided.
func TestPathsThatListTheSame(t *testing.T) {
	s := newStock()
	list := func(path string, names ...string) {
		x := &excerpt{at: readAddress("http://a.test/" + path)}
		for _, n := range names {
			x.entries = append(x.entries, newEntry([]string{`link "` + n + `"`, `text "$5"`}))
		}
		s.take(x)
	}
	list("all", "Oak Chair", "Elm Table", "Fir Bench", "Ash Bed")
	list("search", "Oak Chair", "Elm Table", "Fir Bench")
	list("lamps", "Tin Lamp", "Red Lamp", "Big Lamp")
	s.settle()
	for path, want := range map[string]bool{"search": true, "all": true, "lamps": false} {
		if got := s.belongs(`link "Ash Bed"`, "http://a.test/"+path); got != want {
			t.Errorf("%s lists it: %t", path, got)
		}
	}
}
