package sites

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"dreamgym/adapters/chrome"
)

// TestAdmissible lists what can be done to a page, and how the episode can be ended.
func TestAdmissible(t *testing.T) {
	nodes := []chrome.Node{
		{ID: 1, Role: "link", Name: "Home"},
		{ID: 2, Role: "textbox", Fill: true, Value: "lamp"},
		{ID: 3, Role: "textbox", Fill: true, States: []string{"readonly"}},
		{ID: 4, Role: "button", States: []string{"disabled"}},
		{ID: 5, Role: "button", States: []string{"covered"}},
		{ID: 6, Role: "combobox", Options: []chrome.Option{{Name: "all", Selected: true}, {Name: "it's"}, {Name: "it's"}}},
		{Role: "text", Name: "(by Ada Bell),"},
		{ID: 7, Role: "link", Name: "by Ada Bell"}, {ID: 8, Role: "button", Name: "Save"}, {ID: 9, Role: "link", Name: "$5"}, {Role: "text", Name: "$5"},
	}
	acts := []string{
		"click('1')", "fill('2', 'chair')", "click('3')", `select_option('6', 'it\'s')`, "click('7')", "click('8')", "click('9')",
	}
	goal := values(`Find "lamp" or "chair", not "lamp".`)
	if d := cmp.Diff(append(acts, "send_msg_to_user('done')"), admissible(nodes, goal, false)); d != "" {
		t.Error(d)
	}
	answers := []string{"send_msg_to_user('by Ada Bell')", "send_msg_to_user('Ada Bell')", "send_msg_to_user('$5')", "report_infeasible('it is not there')"}
	if d := cmp.Diff(append(acts, answers...), admissible(nodes, goal, true)); d != "" {
		t.Error(d)
	}
}
