package arena

import (
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"dreamgym/adapters/chrome"
	"dreamgym/adapters/sites/internal/task"
)

func exactly(text string) Wanted { return Wanted{Exact: &text} }

func including(texts ...string) Wanted { return Wanted{Include: texts} }

// TestAnswered has what WebArena's own evaluator says of the same answers.
func TestAnswered(t *testing.T) {
	for _, tt := range []struct {
		want Wanted
		said string
		good bool
	}{
		{exactly("$12.50"), "$12.50", true}, {exactly("$12.50"), "12.50", false}, {exactly("$12.50"), "$12.50.", false},
		{exactly("Cast Iron"), ` "cast iron" `, true}, {exactly("Cast Iron"), "'cast iron'", true}, {exactly("Cast Iron"), `'cast iron"`, false}, {exactly("Cast Iron"), "cast  iron", false},
		{exactly("a"), "'", false}, {exactly("a"), "", false}, {exactly("N/A"), "n/a", true}, {exactly("'a'"), "a", true},
		{including("red", "Blue"), "It is blue and red.", true}, {including("red", "blue"), "red", false}, {including("7 days"), "within 17 days", true},
		{including("7"), "17", false}, {including("7"), "There are 7 of them", true}, {including("7"), "7, I think", true}, {including("7"), "it is 7", true}, {including("7"), "it is (7)", true},
		{including("7"), "7.5", false}, {including("7"), "7:30", false}, {including("7"), "1,700", false}, {including("7"), "1,7", false}, {including("7"), "$7", true}, {including("7"), "7%", true},
		{including("7"), "it is: 7.", true}, {including("7"), "3/7", false}, {including("7"), "a,7b", false}, {including("7"), "6,a", false}, {including("a"), "b,a", true}, {including("a"), "a:b", true},
		{including("7", "8"), "17 and 18", true}, {including("17"), "117", true}, {including("7"), "'7'", true}, {including("7"), "so '7' it is", true},
		{including("7"), "It is **7**.", true}, {including("7"), "“7”", true}, {exactly("a"), `"'a'"`, true}, {exactly("a"), `"''a''"`, false},
		{Wanted{Fuzzy: jsontext.Value(`"N/A"`)}, "N/A", true}, {Wanted{Fuzzy: jsontext.Value(`"N/A"`)}, "it is not there", false},
		{Wanted{Exact: new(string), Include: []string{"a"}}, "a", false}, {Wanted{Exact: new(string)}, "", true},
	} {
		if got := tt.want.answered(tt.said); got != tt.good {
			t.Errorf("%q for %+v: %t", tt.said, tt.want, got)
		}
	}
}

func TestFound(t *testing.T) {
	for _, tt := range []struct {
		want Wanted
		seen string
		good bool
	}{
		{exactly("Tom & Ann"), "Tom &amp; Ann\n", true}, {exactly("Tom & Ann"), "Tom & Ann & I", false}, {exactly(""), "", true},
		{including("no |OR| yes"), "YES!", true}, {including("no |OR| yes"), "maybe", false}, {including("y", "e |OR| u"), "yellow", true}, {including("y", "u"), "yellow", false},
		{including("7"), "17", true}, {Wanted{Exact: new(string), Include: []string{"a"}}, "", true},
	} {
		if got := tt.want.found(tt.seen); got != tt.good {
			t.Errorf("%q for %+v: %t", tt.seen, tt.want, got)
		}
	}
}

// TestArrived has what WebArena's own evaluator says of the same addresses.
func TestArrived(t *testing.T) {
	const at = "http://sites.test/shop"
	for _, tt := range []struct {
		address, reference string
		good               bool
	}{
		{at + "/cart", at + "/cart", true}, {at + "/cart/", at + "/cart", true}, {at + "/cart", at + "/cart/", true}, {at + "/cart/1", at + "/cart", true}, {at + "/cart", at + "/cart/1", false},
		{at + "/", at + "/cart", false}, {"https://sites.test/shop/cart#x", at + "/cart", true}, {"http://other.test/shop/cart", at + "/cart", false},
		{at + "/l?a=1&b=2", at + "/l?b=2", true}, {at + "/l?a=1", at + "/l?b=2", false}, {at + "/l?b=3", at + "/l?b=2", false}, {at + "/l?b=3&b=2", at + "/l?b=2", true},
		{at + "/l?a=1", at + "/l?a=1&b=", true}, {at + "/l?a=x+y", at + "/l?a=x%20y", true},
		{at + "/l?b=3", at + "/l?b=2 |OR| " + at + "/m?b=3", true}, {at + "/m", at + "/l |OR| " + at + "/m", true}, {at + "/n", at + "/l |OR| " + at + "/m", false},
		{at + "/a%2Fb", at + "/a/b", false}, {at + "/a%20b", at + "/a%20b", true}, {"chrome-error://chromewebdata/", at + "/", false}, {"", at + "/", false},
	} {
		if got := arrived(tt.address, tt.reference); got != tt.good {
			t.Errorf("%s for %s: %t", tt.address, tt.reference, got)
		}
	}
}

// TestJudge wants every one of the types to hold, and those alone to be asked for.
func TestJudge(t *testing.T) {
	all := Eval{Types: []string{stringMatch, urlMatch, programHTML}, Answers: &Wanted{Include: []string{"x"}}, URL: task.Public + "/shop/cart", HTML: []Content{{Required: including("a")}, {Required: including("b")}}}
	answer := all
	answer.Types = all.Types[:1]
	word := &chrome.Said{Text: "x"}
	for _, tt := range []struct {
		eval    Eval
		said    *chrome.Said
		address string
		seen    []string
		fails   string
	}{
		{all, word, "/shop/cart", []string{"a", "b"}, ""},
		{all, nil, "/shop/cart", []string{"a", "b"}, task.Ended},
		{all, &chrome.Said{Text: "y"}, "/shop/cart", []string{"a", "b"}, task.Answered},
		{all, &chrome.Said{Text: "x", Infeasible: true}, "/shop/cart", []string{"a", "b"}, task.Answered},
		{all, word, "/shop/", []string{"a", "b"}, task.Arrived},
		{all, word, "/shop/cart", []string{"-", "b"}, task.Contained},
		{all, word, "/shop/cart", []string{"a", "-"}, task.Contained},
		{answer, word, "", nil, ""},
	} {
		v := (&Task{Eval: tt.eval}).judge(task.Outcome{Said: tt.said, Address: tt.address, Seen: tt.seen})
		if (v.Reward == 1) != (tt.fails == "") || tt.fails != "" && (v.Conditions[tt.fails] != false || v.Reason == "") {
			t.Errorf("%+v on %s with %q: %+v, not %q", tt.said, tt.address, tt.seen, v, tt.fails)
		}
	}
}
