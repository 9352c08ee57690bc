package miniwob

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"dreamgym/adapters/chrome"
)

func TestValues(t *testing.T) {
	tests := map[string][]string{
		`Enter the username "kim" and the password "x5" into the text fields.`: {"kim", "x5"},
		`Enter "Kim" and then "Kim".`:                                          {"Kim"},
		`Find the email by Emalee and forward that email to Lizzy-Ann.`:        {"Emalee", "Lizzy-Ann"},
		`Press go. Then wait.`:                                                 nil,
		`Set 42 and 3.5, not three.`:                                           {"42", "3.5"},
		`"a" "b" "c" "d" "e" "f" "g" "h" "i" "j" "k" "l"`:                      {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"},
		``: nil,
	}
	for goal, want := range tests {
		if d := cmp.Diff(want, values(goal)); d != "" {
			t.Errorf("%s\n%s", goal, d)
		}
	}
}

func TestAdmissible(t *testing.T) {
	nodes := []chrome.Node{
		{Role: "text", Name: "Name"},
		{ID: 1, Role: "textbox", Fill: true, Value: "kim"},
		{ID: 2, Role: "textbox", Fill: true, States: []string{"readonly"}},
		{ID: 3, Role: "combobox", Options: []chrome.Option{{Name: "it's", Selected: false}, {Name: "b", Selected: true}}},
		{ID: 4, Role: "button", States: []string{"disabled"}},
		{ID: 5, Role: "button", States: []string{"covered"}},
		{ID: 6, Role: "button"},
		{ID: 7, Role: "menuitem"},
	}
	want := []string{"fill('1', 'ann')", "click('2')", `select_option('3', 'it\'s')`, "click('6')", "click('7')", "hover('7')"}
	if d := cmp.Diff(want, admissible(nodes, []string{"kim", "ann"})); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"click('1')"}, admissible(nodes[:2], nil)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"noop()"}, admissible(nodes[:1], nil)); d != "" {
		t.Error(d)
	}
}
