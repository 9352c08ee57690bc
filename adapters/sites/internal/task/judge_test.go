package task

import (
	"testing"

	"dreamgym/adapters/chrome"
)

func TestSameAnswer(t *testing.T) {
	for _, tt := range []struct {
		said, want string
		same       bool
	}{
		{"$12.50", "$12.50", true}, {"It costs $12.50.", "$12.50", true}, {"12.50", "$12.50", true}, {"$1,012.50", "$1,012.50", true}, {"1012.50", "$1,012.50", true},
		{"12.5", "$12.50", true}, {"$5", "$5.00", true}, {"It is 7, I think", "7", true}, {"-7", "7", false},
		{"$12.51", "$12.50", false}, {"$12.50 or $13.00", "$12.50", false}, {"", "$12.50", false},
		{"7 reviews", "7", true}, {"17", "7", false}, {"3 of 7", "7", false},
		{" \"Cast Iron\" ", "Cast iron", true}, {"cast iron.", "Cast iron", true}, {"cast iron or steel", "Cast iron", false}, {"iron", "Cast iron", false},
		{"2 years", "2 years", true}, {"3 years", "2 years", false}, {"2", "2 years", false},
	} {
		if got := sameAnswer(tt.said, tt.want); got != tt.same {
			t.Errorf("%q for %q: %t", tt.said, tt.want, got)
		}
	}
}

// TestChanges wants what was asked for once to be done once.
func TestChanges(t *testing.T) {
	for _, tt := range []struct {
		want, changed []string
		fails         string
	}{
		{[]string{"a", "b"}, []string{"b", "a"}, ""}, {nil, nil, ""},
		{[]string{"a"}, []string{"a", "a"}, NothingElse}, {[]string{"a"}, []string{"a", "b"}, NothingElse}, {nil, []string{"a"}, NothingElse},
		{[]string{"a", "b"}, []string{"a"}, Changed}, {[]string{"a", "a"}, []string{"a"}, Changed},
	} {
		v := Want{Changes: tt.want}.judge(Outcome{Changes: tt.changed, Said: &chrome.Said{Text: "done"}})
		if (v.Reward == 1) != (tt.fails == "") || tt.fails != "" && v.Conditions[tt.fails] != false {
			t.Errorf("%q for %q: %+v", tt.changed, tt.want, v)
		}
	}
}
