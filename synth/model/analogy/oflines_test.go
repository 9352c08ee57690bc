package analogy

import (
	"fmt"
	"strings"
	"testing"
)

// What follows from a button may depend on what nothing else asks for: here, whether a box on the
// page is ticked. Another scene's recordings tell it.
func TestDecisionsOfLines(t *testing.T) {
	m := &memory{lineTrees: map[string]*tree{}, k: &knowledge{lex: &lexicon{wording: map[string]bool{"Send": true}}}}
	line := `[1] button "Send"`
	about := m.k.calledAs(line)
	if !strings.Contains(about, "Send") {
		t.Fatalf("the line is called %q", about)
	}
	g := &grower{weight: []float64{1, 1}, least: 6}
	m.ofLines = map[string][]int32{}
	for i := range int32(leastOfLine) {
		class := i % 2 // ticked, or not
		m.cases = append(m.cases, kase{class: class, atoms: []int32{class}})
		g.atoms, g.label = append(g.atoms, []int32{class}), append(g.label, class)
		m.ofLines["\x00press\x00"+about] = append(m.ofLines["\x00press\x00"+about], i)
	}
	m.growOfLines(g)
	d := &dreamer{m: m, b: &belief{text: &reading{raw: line}}}
	for ticked := range int32(2) {
		got := d.agreeing(call{frame: "press", args: []string{"1"}}, []int32{0, 1, 2, 3}, []int32{ticked})
		if want := fmt.Sprint([]int32{ticked, 2 + ticked}); fmt.Sprint(got) != want {
			t.Errorf("ticked %d: cases %v, want %v", ticked, got, want)
		}
	}
}
