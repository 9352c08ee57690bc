package analogy

import (
	"slices"
	"testing"
)

func TestChosen(t *testing.T) {
	came := []string{`[1] combobox "Size"`, `  option "Any"`, `  option "Small" selected`, `[2] button "Go"`}
	lines := []string{`[7] combobox "Size"`, `  option "Any"`, `  option "Small"`, `  option "Large" selected`, `  option "Huge"`}
	markingOf(call{"pick", []string{"1", "Small"}}, came).apply(lines, call{"pick", []string{"7", "Huge"}})
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

// What is picked in a list of one length is picked in one of another, whatever was picked there.
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
	for i, picked := range []string{"Small", "Huge", "Large", "Small", "Tiny", "Huge"} {
		options := []string{"Any", "Small", "Large", "Huge", "Tiny", "Wide"}[:5+i%2]
		all = append(all, []string{page("Any", options...), "select_option('1', '" + picked + "')", page(picked, options...), "click('2')", page(picked, options...)})
	}
	got := dreamt(t, recordedAs(all...), page("Red", "Red", "Green", "Blue"), "select_option('1', 'Blue')", "select_option('1', 'Green')")
	if want := page("Green", "Red", "Green", "Blue"); got != want {
		t.Errorf("the dream says\n%s\nwant\n%s", got, want)
	}
}
