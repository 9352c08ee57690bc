package analogy

import (
	"slices"
	"strings"
	"testing"
)

// What may be done with a line goes by its kind, and what may be picked by what stands below it.
func TestLineAtoms(t *testing.T) {
	b := &belief{page: &screen{lines: []string{`[1] link "Wren"`, `[2] combobox "Colour"`, `  option "Grey"`, `[3] combobox "Size"`, `  option "Tall"`}}}
	tests := []struct {
		args []string
		want []string
	}{
		{[]string{"1"}, []string{`k=link ""`}},
		{[]string{"2", "Grey"}, []string{`k=combobox ""`, "u=1"}},
		{[]string{"2", "Tall"}, []string{`k=combobox ""`}},
		{[]string{"Grey"}, nil},
	}
	for _, test := range tests {
		var got []string
		b.lineAtoms(func(parts ...string) { got = append(got, strings.Join(parts, "")) }, call{frame: "do", args: test.args})
		if !slices.Equal(got, test.want) {
			t.Errorf("%q: %q, want %q", test.args, got, test.want)
		}
	}
}
