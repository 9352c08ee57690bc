package analogy

import (
	"slices"
	"testing"
)

func TestChosen(t *testing.T) {
	came := []string{`[1] combobox "Size"`, `  option "Any"`, `  option "Small" selected`, `[2] button "Go"`}
	lines := []string{`[7] combobox "Size"`, `  option "Any"`, `  option "Small"`, `  option "Large" selected`, `  option "Huge"`}
	markingOf(call{frame: "pick", args: []string{"1", "Small"}}, came).apply(lines, call{frame: "pick", args: []string{"7", "Huge"}})
	want := []string{`[7] combobox "Size"`, `  option "Any"`, `  option "Small"`, `  option "Large"`, `  option "Huge" selected`}
	if !slices.Equal(lines, want) {
		t.Errorf("marked are %q", lines)
	}
}

func TestUnchanged(t *testing.T) {
	was := []string{`[1] textbox "Find"`, `[2] link "Cart"`}
	came := []string{`[1] textbox "Find"`, `[2] link "Cart" current`}
	got := unchanged(was, came, []string{`[4] textbox "Find" value="rope"`, `[5] link "Cart"`})
	if want := []string{`[1] textbox "Find" value="rope"`, `[2] link "Cart" current`}; !slices.Equal(got, want) {
		t.Errorf("fields are %q", got)
	}
}

// A mark that goes where it is set is a cursor; one that stays where it was is none.
func TestLearnCursors(t *testing.T) {
	var all [][5]string
	for range leastMoves {
		all = append(all, [5]string{"s", "t", "[1] a \"x\" here on\n[2] a \"y\"", "click('2')", "[1] a \"x\" on\n[2] a \"y\" here on"})
	}
	if got := learnCursors(steps(all...)); !got["here"] || got["on"] {
		t.Errorf("cursors are %v", got)
	}
}

// What is picked of a list is picked of one of other things, however many, whatever was picked
// there.
func TestPickingFromAList(t *testing.T) {
	page := func(picked string, options ...string) string {
		text := `[1] combobox "Size"`
		for _, o := range options {
			text += "\n  option \"" + o + `"`
			if o == picked {
				text += " selected"
			}
		}
		return text + "\n[2] button \"Go\""
	}
	var all [][]string
	for i, options := range [][]string{
		{"Djibouti", "Peru"}, {"Carla", "Moe", "Ada", "Vi"}, {"red", "green", "blue"}, {"North", "South", "East", "West", "Up"}, {"oak", "elm", "fir"}, {"do", "re", "mi", "fa"},
	} {
		picked := options[1+i%(len(options)-1)]
		// However long the list, it is one kind of outcome: many would be told as texts.
		e := diff(call{frame: "select", args: []string{"1", picked}}, page(options[0], options...), page(picked, options...))
		if e == nil || e.class() != "edit|mark1 selected" {
			t.Errorf("picking %s of %q is %+v", picked, options, e)
		}
		all = append(all, []string{page(options[0], options...), "select_option('1', '" + picked + "')", page(picked, options...), "click('2')", page(picked, options...)})
	}
	got := dreamt(t, recordedAs(all...), page("ten", "ten", "two", "six"), "select_option('1', 'six')", "select_option('1', 'two')")
	if want := page("two", "ten", "two", "six"); got != want {
		t.Errorf("the dream says\n%s\nwant\n%s", got, want)
	}
}
