package analogy

import (
	"strings"
	"testing"
)

// A step that was told as an edit of one page edits another.
func TestEdit(t *testing.T) {
	tests := []struct {
		name       string
		frame      string
		args       []string
		from, to   string // lines, divided by a stroke
		otherArgs  []string
		page, want string
	}{
		{"another value of a key", "open {0}", []string{"door"}, "Hall|Door: shut|Lamp: off", "Hall|Door: open|Lamp: off", []string{"door"}, "Yard|Door: jammed|Gold: 3", "Yard|Door: open|Gold: 3"},
		{"a number of a key goes on", "dig", nil, "Mine|Gold: 3 bars|Depth: 10", "Mine|Gold: 4 bars|Depth: 10", nil, "Mine|Gold: 41 bars|Depth: 99", "Mine|Gold: 42 bars|Depth: 99"},
		{"a number of a key goes down", "dig", nil, "Mine|Food: 9|Depth: 10", "Mine|Food: 7|Depth: 10", nil, "Mine|Food: 6|Depth: 50", "Mine|Food: 4|Depth: 50"},
		{"the value is an argument", "wear {0}", []string{"hat"}, "You|Worn: none|Left: 2", "You|Worn: hat|Left: 2", []string{"scarf"}, "You|Worn: hat|Left: 7", "You|Worn: scarf|Left: 7"},
		{"the key is an argument", "light {0}", []string{"lamp"}, "Hall|lamp: off|fire: off", "Hall|lamp: on|fire: off", []string{"fire"}, "Hall|lamp: off|fire: off", "Hall|lamp: off|fire: on"},
		{"a key that two lines have is left", "dig", nil, "Mine|Gold: 3|Depth: 10", "Mine|Gold: 4|Depth: 10", nil, "Mine|Gold: 3|Gold: 7", "Mine|Gold: 3|Gold: 7"},
		{"the line that the argument labels", "click('{0}')", []string{"2"}, "[1] box \"A\" on=false|[2] box \"B\" on=false|end", "[1] box \"A\" on=false|[2] box \"B\" on=true|end", []string{"1"}, "[1] box \"A\" on=false|[2] box \"B\" on=false|end", "[1] box \"A\" on=true|[2] box \"B\" on=false|end"},
		{"a line that comes up", "more", nil, "top|one|two", "top|one|new|two", nil, "top|one|three|end", "top|one|new|three|end"},
		{"a line that goes", "less", nil, "top|one|two|end", "top|one|end", nil, "top|two|three|end", "top|three|end"},
	}
	lines := func(s string) string { return strings.ReplaceAll(s, "|", "\n") }
	for _, test := range tests {
		e := diff(call{frame: test.frame, args: test.args}, lines(test.from), lines(test.to))
		if e == nil {
			t.Errorf("%s: no edit tells the step", test.name)
			continue
		}
		if got := e.apply(call{frame: test.frame, args: test.args}, lines(test.from), lines(test.from)); got != lines(test.to) {
			t.Errorf("%s: on the same page it gives %q, want %q", test.name, got, lines(test.to))
		}
		if got := e.apply(call{frame: test.frame, args: test.otherArgs}, lines(test.page), lines(test.page)); got != lines(test.want) {
			t.Errorf("%s: on another page it gives %q, want %q", test.name, got, lines(test.want))
		}
	}
}

// Edits of one kind have one name, whatever the values were.
func TestEditClass(t *testing.T) {
	of := func(arg, from, to string) string {
		return diff(call{frame: "set {0}", args: []string{arg}}, "Hall\n"+from+"\nend", "Hall\n"+to+"\nend").class()
	}
	if a, b := of("x", "Gold: 3", "Gold: 4"), of("x", "Gold: 17", "Gold: 18"); a != b {
		t.Errorf("one more is %q, then %q", a, b)
	}
	if a, b := of("x", "Gold: 3", "Gold: 4"), of("x", "Gold: 3", "Gold: 5"); a == b {
		t.Errorf("one more and two more are %q", a)
	}
	if a, b := of("hat", "Worn: none", "Worn: hat"), of("scarf", "Worn: hat", "Worn: scarf"); a != b {
		t.Errorf("wearing is %q, then %q", a, b)
	}
	if a, b := of("x", "Door: shut", "Door: open"), of("x", "Door: open", "Door: shut"); a == b {
		t.Errorf("opening and shutting are %q", a)
	}
}

// Too little that is left is no edit.
func TestNoEdit(t *testing.T) {
	for _, test := range [][2]string{{"one\ntwo\nthree", "four\nfive\nsix"}, {"one", "two"}, {"one\ntwo", "one"}} {
		if e := diff(call{}, test[0], test[1]); e != nil {
			t.Errorf("%q to %q is %q", test[0], test[1], e.class())
		}
	}
}

// Frames are told by edits where these are of fewer kinds than the pages.
func TestEditsWhereTheyAreFewer(t *testing.T) {
	page := func(about, state string) string {
		return "[1] switch \"Light\" on=" + state + "\nroom\n" + about + "\nend"
	}
	var all [][5]string
	for _, about := range []string{"a red rug", "two tall clocks", "no windows", "some dust", "an old stove", "plain walls", "wet paint", "one stool"} {
		for range 2 {
			all = append(all, [5]string{"house", about, page(about, "false"), "click('1')", page(about, "true")},
				[5]string{"house", about, page(about, "true"), "click('1')", page(about, "false")})
		}
	}
	for _, state := range [][2]string{{"false", "true"}, {"true", "false"}} {
		d := dreaming(t, steps(all...), "house", "other", page("never seen before", state[0]))
		if a := d.predict("click('1')"); a.text != page("never seen before", state[1]) {
			t.Errorf("a switch that is on=%s becomes\n%s", state[0], a.text)
		}
	}
}

// A link that leads from pages of several kinds to one and the same turns the page; a
// switch that changes the page one is on does not.
func TestTurnsAndSwitches(t *testing.T) {
	rest := map[string]string{"home": "Good things.\nCome in.", "lamps": "They glow.\nThey are warm.\nOne each.", "cart": "Nothing here."}
	page := func(name, on string) string {
		return "[1] link \"Cart\"\n[2] switch \"Dark\" on=" + on + "\n" + rest[name] + "\nend of the page"
	}
	var all [][5]string
	for _, from := range []string{"home", "lamps", "cart"} {
		for range 4 {
			all = append(all, [5]string{"s", from, page(from, "no"), "click('1')", page("cart", "no")}, [5]string{"s", from, page(from, "no"), "click('2')", page(from, "yes")})
		}
	}
	d := dreaming(t, steps(all...), "s", "home", page("home", "no"))
	for action, want := range map[string]bool{"click('1')": true, "click('2')": false} {
		line := d.m.aboutLine(steps([5]string{"s", "home", page("home", "no"), action, ""})[0])
		if line == "" || d.m.turns[line] != want {
			t.Errorf("%s is about %q, which turns the page: %t, want %t", action, line, d.m.turns[line], want)
		}
	}
	for _, c := range d.m.cases {
		if told := c.edit != nil; told == (c.t.Action == "click('1')") {
			t.Errorf("%s of %q is told as an edit: %t", c.t.Action, c.t.State, told)
		}
	}
}
