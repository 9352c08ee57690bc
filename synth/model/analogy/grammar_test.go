package analogy

import (
	"fmt"
	"slices"
	"testing"
)

// every makes a template's actions of all pairs of arguments.
func every(template string, first, second []string) []string {
	var all []string
	for _, a := range first {
		if len(second) == 0 {
			all = append(all, fmt.Sprintf(template, a))
		}
		for _, b := range second {
			if a != b {
				all = append(all, fmt.Sprintf(template, a, b))
			}
		}
	}
	return all
}

func TestGrammar(t *testing.T) {
	things := []string{"mug 1", "mug 2", "pen 1", "red hat", "apple 3"}
	places := []string{"bed 1", "sofa 2", "niche 1", "niche 2", "old trunk 1"}
	type parse struct {
		action, frame string
		args          []string
	}
	tests := []struct {
		name    string
		actions []string
		want    []parse
	}{
		{
			"verb, thing, preposition, place",
			slices.Concat([]string{"look", "wait"}, every("go to %s", places, nil), every("open %s", places, nil), every("examine %s", append(things, places...), nil),
				every("take %s from %s", things, places), every("move %s to %s", things, places), every("warm %s with %s", things[:2], []string{"stove 1", "lamp 1"})),
			[]parse{
				{"look", "look", nil},
				{"go to sofa 2", "go to {0}", []string{"sofa 2"}},
				{"open niche 1", "open {0}", []string{"niche 1"}},
				{"take mug 1 from niche 2", "take {0} from {1}", []string{"mug 1", "niche 2"}},
				{"take red hat from old trunk 1", "take {0} from {1}", []string{"red hat", "old trunk 1"}},
				{"move apple 3 to bed 1", "move {0} to {1}", []string{"apple 3", "bed 1"}},
				{"take a thing never seen from bed 1", "take {0} from {1}", []string{"a thing never seen", "bed 1"}},
				{"examine red hat", "examine {0}", []string{"red hat"}},
			},
		},
		{
			"calls with quotes",
			[]string{"click('a12')", "click('a13')", `fill('7', "bob")`, "scroll(0, 100)"},
			[]parse{
				{"click('a12')", "click('{0}')", []string{"a12"}},
				{"click('new')", "click('{0}')", []string{"new"}},
				{`fill('7', "bob")`, `fill('{0}', "{1}")`, []string{"7", "bob"}},
				{`fill('7', "bob, (or) ann")`, `fill('{0}', "{1}")`, []string{"7", "bob, (or) ann"}},
				{`fill('7', "")`, `fill('{0}', "{1}")`, []string{"7", ""}},
				{"scroll(0, 100)", "scroll({0}, {1})", []string{"0", "100"}},
				{"noop()", "noop()", nil},
			},
		},
		{
			"brackets",
			[]string{"search[red shoes]", "click[buy now]", "click[back]"},
			[]parse{
				{"search[red shoes]", "search[{0}]", []string{"red shoes"}},
				{"search[red shoes, size 9]", "search[{0}]", []string{"red shoes, size 9"}},
				{"click[< prev]", "click[{0}]", []string{"< prev"}},
				{"[red, green]", "[{0}]", []string{"red, green"}},
			},
		},
		{
			"arguments by name",
			[]string{`send(to="Ann", text="hello")`, "wait(seconds=3)"},
			[]parse{
				{`send(to="Bo", text="no, thanks = no")`, `send(to="{0}", text="{1}")`, []string{"Bo", "no, thanks = no"}},
				{"wait(seconds=12)", "wait(seconds={0})", []string{"12"}},
				{"find('a=b')", "find('{0}')", []string{"a=b"}},
				{"find(a-b=c)", "find({0})", []string{"a-b=c"}},
			},
		},
		{
			"numbers alone",
			[]string{"1", "2", "17"},
			[]parse{{"17", "{0}", []string{"17"}}, {" 40 ", "{0}", []string{"40"}}, {"4a", "4a", nil}},
		},
		{
			"single words",
			[]string{"left", "right", "jump"},
			[]parse{{"left", "left", nil}, {"jump", "jump", nil}, {" left ", "left", nil}},
		},
		{
			"free numbers",
			[]string{"bid 10", "bid 25", "bid 300", "set dial 3 to 40", "set dial 1 to 7", "set dial 2 to 99", "set dial 3 to 12"},
			[]parse{
				{"bid 12", "bid {0}", []string{"12"}},
				{"set dial 3 to 15", "set {0} to {1}", []string{"dial 3", "15"}},
			},
		},
		{
			"a verb that only ever takes one kind",
			slices.Concat(every("unlatch %s", []string{"crate 1", "crate 2", "crate 3", "crate 4"}, nil), every("lift %s", []string{"crate 1", "lamp 1", "rug 1"}, nil)),
			[]parse{{"unlatch crate 3", "unlatch {0}", []string{"crate 3"}}, {"lift lamp 1", "lift {0}", []string{"lamp 1"}}},
		},
		{
			"what is joined elsewhere, with one thing alone",
			slices.Concat(every("fetch %s off %s", things, places), every("walk to %s", append(places, "tap 1"), nil), every("rinse %s under tap 1", things, nil)),
			[]parse{{"rinse red hat under tap 1", "rinse {0} under {1}", []string{"red hat", "tap 1"}}, {"fetch mug 2 off bed 1", "fetch {0} off {1}", []string{"mug 2", "bed 1"}}},
		},
		{
			"two words lead",
			slices.Concat(every("walk over to %s", places, nil), every("examine %s", places, nil)),
			[]parse{{"walk over to sofa 2", "walk over to {0}", []string{"sofa 2"}}},
		},
	}
	for _, test := range tests {
		g := learnGrammar(test.actions, nil)
		g.remember(test.actions)
		for _, want := range test.want {
			if got := g.parse(want.action); got.frame != want.frame || !slices.Equal(got.args, want.args) {
				t.Errorf("%s: parse(%q) = %q %q, want %q %q", test.name, want.action, got.frame, got.args, want.frame, want.args)
			}
		}
	}
}

// What was parsed can be written again, and order and repetition of the actions that a
// grammar was learned from do not matter.
func TestGrammarIsSettled(t *testing.T) {
	actions := slices.Concat(every("take %s from %s", []string{"cup 1", "pen 1", "hat"}, []string{"box 1", "bag 1"}), every("go to %s", []string{"box 1", "bag 1", "bed 1"}, nil),
		[]string{"look", `type('3', "x y")`, "find[a b]"})
	one := learnGrammar(actions, nil)
	for _, a := range actions {
		if got := one.parse(a).text(); got != a {
			t.Errorf("%q is written again as %q", a, got)
		}
	}
	turned := slices.Clone(actions)
	slices.Reverse(turned)
	two := learnGrammar(turned, nil)
	for _, a := range actions {
		if x, y := one.parse(a), two.parse(a); x.frame != y.frame || !slices.Equal(x.args, y.args) {
			t.Errorf("%q is %q %q, and %q %q when learned in another order", a, x.frame, x.args, y.frame, y.args)
		}
	}
}

// FuzzParse parses anything; a call is never without a frame unless there is no action.
func FuzzParse(f *testing.F) {
	g := learnGrammar(slices.Concat(every("take %s from %s", []string{"cup 1", "pen 1", "hat"}, []string{"box 1", "bag 1"}), every("go to %s", []string{"box 1", "bag 1", "bed 1"}, nil)), nil)
	for _, s := range []string{"", " ", "take", "take from", "take cup 1 from", "go to", "f(", "f()", "f('a", "f('a\\', b')", "[", "x[y", "f({0}, '{1}')"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c := g.parse(s)
		if c.frame == "" && len(words(s)) > 0 {
			t.Errorf("parse(%q) has no frame", s)
		}
		if again := g.parse(s); again.frame != c.frame || !slices.Equal(again.args, c.args) {
			t.Errorf("parse(%q) = %v, then %v", s, c, again)
		}
	})
}
