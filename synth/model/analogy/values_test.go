package analogy

import (
	"slices"
	"strconv"
	"testing"

	"dreamgym/synth/experience"
)

// inbox are pages of several tasks: what their buttons say comes again, what their mails
// say does not.
func inbox() *lexicon {
	var all []*experience.Transition
	for i, name := range []string{"Ann", "Ben", "Cid", "Dan", "Eva", "Fay"} {
		n := strconv.Itoa(i + 2)
		state := "[1] button \"Reply\"\n[" + n + "] link \"Cart (" + n + ")\"\ntext \"from: " + name + "\"\ntext \"" + name + " writes. And writes.\""
		all = append(all, &experience.Transition{Task: name, Scene: "s", Episode: name, State: state, Action: "click('1')", Next: state})
	}
	x := newLexicon(map[string]bool{})
	x.learnWording(all)
	return x
}

func TestValues(t *testing.T) {
	tests := []struct {
		line, template string
		ents           []string
	}{
		{`[7] button "Reply"`, `[{e}] button "Reply"`, []string{"7"}},
		{`text "from: Zoe Adams"`, `text "from: {e}"`, []string{"Zoe Adams"}},
		{`text "Zoe writes. And writes."`, `text "{e}"`, []string{"Zoe writes. And writes."}},
		{`[3] link "Cart (12)"`, `[{e}] link "Cart ({e})"`, []string{"3", "12"}},
		{`[3] textbox "Reply" value="Uma"`, `[{e}] textbox "Reply" value="{e}"`, []string{"3", "Uma"}},
		{`Balance 12.50, was 3`, `Balance {e}, was {e}`, []string{"12.50", "3"}},
		{`an empty "" quotation 4`, `an empty "" quotation {e}`, []string{"4"}},
	}
	x := inbox()
	for _, test := range tests {
		if r := x.parse(test.line); r.template != test.template || !slices.Equal(r.ents, test.ents) {
			t.Errorf("%s is read as %s with %q, want %s with %q", test.line, r.template, r.ents, test.template, test.ents)
		}
	}
}

// A sentence does not end within a quotation.
func TestQuotationsAreOnePiece(t *testing.T) {
	for text, pieces := range map[string]int{
		`text "One. Two. Three."`:       1,
		`He says "One. Two." and goes.`: 1,
		`An inch is 1". So it is.`:      2,
		"One. Two.\nThree.":             3,
	} {
		if got := cut(text); len(got) != pieces || join(got) != text {
			t.Errorf("%q is cut into %q", text, got)
		}
	}
}

func TestNumbers(t *testing.T) {
	for _, test := range []struct{ a, b, sum, difference string }{
		{"2", "3", "5", "-1"}, {"1.25", "0.10", "1.35", "1.15"}, {"3", "0.5", "3.5", "2.5"}, {"-1", "1", "0", "-2"},
	} {
		sum, ok1 := plus(test.a, test.b)
		difference, ok2 := minus(test.a, test.b)
		if !ok1 || !ok2 || sum != test.sum || difference != test.difference {
			t.Errorf("%s and %s make %s and %s, want %s and %s", test.a, test.b, sum, difference, test.sum, test.difference)
		}
	}
	for _, no := range []string{"", "x", "1e9", "12:30", "1.2.3", "NaN", "99999999999999999999"} {
		if v, ok := plus(no, "1"); ok {
			t.Errorf("%q + 1 is %s", no, v)
		}
	}
}
