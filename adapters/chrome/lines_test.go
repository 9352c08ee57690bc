package chrome

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLines reads what an observation wrote: names of any kind, values, states, options and
// frames.
func TestLines(t *testing.T) {
	o := Observation{
		Tabs: []Tab{{Title: "One"}, {Title: "Two", Active: true}}, Dialogs: []string{"Sure?"},
		Nodes: []Node{
			{Role: "text", Name: "say \"so\"\nand \\n"},
			{ID: 3, Role: "textbox", Name: "user", Value: "a \"b\" = \\", States: []string{"focused", "readonly"}},
			{ID: 4, Role: "combobox", Options: []Option{{Name: "red", Selected: true}, {Name: "green"}}},
			{Role: "iframe", Name: "Inner", Inner: "a"},
			{ID: 1, Role: "button", Name: "Go", Frame: "a", Depth: 1},
		},
	}
	want := []Line{
		{Role: "dialog", Name: "Sure?"},
		{Role: "text", Name: "say \"so\"\nand \\n"},
		{ID: "3", Role: "textbox", Name: "user", Value: "a \"b\" = \\", States: []string{"focused", "readonly"}},
		{ID: "4", Role: "combobox"}, {Role: "option", Name: "red", States: []string{"selected"}}, {Role: "option", Name: "green"},
		{ID: "a", Role: "iframe", Name: "Inner"},
		{ID: "a1", Role: "button", Name: "Go"},
	}
	got := Lines(o.Text() + "\nno line\n")
	for i := range got {
		if len(got[i].States) == 0 {
			got[i].States = nil
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if !got[2].Has("readonly") || got[2].Has("read") {
		t.Errorf("states of %+v", got[2])
	}
}
