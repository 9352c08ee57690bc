package analogy

import (
	"reflect"
	"testing"
)

// A block stands in the place of the lines of one body alone that are not the other's, each once.
func TestBlocks(t *testing.T) {
	const atlas, chart, copies, shelf = `[1] link "Atlas"`, `[2] link "Chart"`, `text "3 copies"`, `text "Shelf 4"`
	tests := []struct {
		name string
		a, b []string
		want []block
	}{
		{"the same", []string{atlas, copies}, []string{atlas, copies}, nil},
		{"what stands behind a name", []string{atlas + " chosen", copies}, []string{atlas, copies}, nil},
		{"another line between", []string{atlas, chart}, []string{atlas, shelf, chart}, []block{{1, 1, []string{shelf}}}},
		{"a line less at the end", []string{atlas, chart, copies}, []string{atlas}, []block{{1, 3, nil}}},
		{"the same by accident", []string{atlas, copies}, []string{chart, copies}, []block{{0, 2, []string{chart, copies}}}},
		{"the same by accident in one of them", []string{atlas, copies}, []string{atlas, shelf, copies}, []block{{1, 2, []string{shelf, copies}}}},
	}
	for _, test := range tests {
		got := blocks(test.a, test.b)
		for i := range got {
			if len(got[i].lines) == 0 {
				got[i].lines = nil
			}
		}
		if !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}
