package analogy

import (
	"fmt"
	"strings"
	"testing"
)

// store are the pages of a store: two links are on each, with how much was bought.
func store(page string, bought int) string {
	nav := fmt.Sprintf("[1] link \"Home\"\n[2] link \"Cart (%d)\"\n", bought)
	switch page {
	case "home":
		return nav + "heading \"Welcome\"\n[3] link \"Lamps\"\ntext \"Good things.\""
	case "cart":
		return nav + "heading \"Your cart\"\ntext \"Nothing else.\"\n[3] button \"Check out\""
	}
	return nav + "heading \"Lamps\"\ntext \"They glow.\"\n[3] button \"Buy\"\n[4] textbox \"Note\""
}

// A link leads where it leads from every page, and what stands beside it is kept.
func TestTurningPages(t *testing.T) {
	var episodes [][]string
	for range 8 {
		episodes = append(episodes, []string{store("home", 0),
			"click('3')", store("lamps", 0), "click('3')", store("lamps", 1), "click('2')", store("cart", 1), "click('1')", store("home", 1),
			"click('2')", store("cart", 1), "click('1')", store("home", 1), "click('3')", store("lamps", 1), "click('1')", store("home", 1)})
	}
	s := recordedAs(episodes...)
	for actions, want := range map[string]string{
		"click('2')":            store("cart", 25),
		"click('3'),click('2')": store("cart", 25),
		"click('2'),click('1')": store("home", 25),
	} {
		if got := dreamt(t, s, store("home", 25), strings.Split(actions, ",")...); got != want {
			t.Errorf("after %s the dream says\n%s\nwant\n%s", actions, got, want)
		}
	}
}

func TestCommonLines(t *testing.T) {
	lines := func(s string) []string { return strings.Split(s, "") }
	for _, test := range []struct{ a, b, kept string }{
		{"abcdef", "abXdef", "abdef"}, {"abc", "abc", "abc"}, {"abc", "xyz", ""}, {"aXbYc", "abc", "abc"}, {"", "abc", ""},
	} {
		inA, inB := common(lines(test.a), lines(test.b))
		for text, in := range map[string][]bool{test.a: inA, test.b: inB} {
			kept := ""
			for i, k := range in {
				if k {
					kept += text[i : i+1]
				}
			}
			if kept != test.kept {
				t.Errorf("of %q and %q %q is kept in %q, want %q", test.a, test.b, kept, text, test.kept)
			}
		}
	}
}
