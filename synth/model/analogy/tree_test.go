package analogy

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// grown grows a tree over n cases whose label is that of two of their atoms, with some
// noise atoms beside.
func grown(seed uint64, n int) (*tree, *grower) {
	rng := rand.New(rand.NewPCG(seed, 0))
	g := &grower{weight: make([]float64, 12), least: 6}
	for i := range g.weight {
		g.weight[i] = 1
	}
	var all []int32
	for i := range n {
		var atoms []int32
		for a := range int32(12) {
			if rng.IntN(2) == 0 {
				atoms = append(atoms, a)
			}
		}
		g.atoms = append(g.atoms, atoms)
		label := int32(0)
		if has(atoms, 3) {
			label++
		}
		if has(atoms, 3) && has(atoms, 7) {
			label++
		}
		g.label = append(g.label, label)
		all = append(all, int32(i))
	}
	return g.grow(all, 8), g
}

// shape writes a tree down.
func shape(t *tree) string {
	if t.atom < 0 {
		return fmt.Sprint(t.cases)
	}
	return fmt.Sprintf("(%d %s %s)", t.atom, shape(t.yes), shape(t.no))
}

func TestTreeSeparates(t *testing.T) {
	tr, g := grown(1, 200)
	for i := range g.atoms {
		leaf := tr.leaf(g.atoms[i])
		for _, c := range leaf.cases {
			if g.label[c] != g.label[i] {
				t.Fatalf("case %d of label %d shares its leaf with case %d of label %d", i, g.label[i], c, g.label[c])
			}
		}
	}
	asked, held := tr.path(g.atoms[0])
	if len(asked) == 0 || len(asked) != len(held) {
		t.Fatalf("path = %v, %v", asked, held)
	}
	for i, a := range asked {
		if a != 3 && a != 7 {
			t.Errorf("the tree asks for %d, which decides nothing", a)
		}
		if held[i] != slices.Contains(g.atoms[0], a) {
			t.Errorf("path says that %d held: %t", a, held[i])
		}
	}
}

func TestTreeIsSettled(t *testing.T) {
	for seed := range uint64(5) {
		one, _ := grown(seed, 120)
		for range 5 {
			if two, _ := grown(seed, 120); shape(one) != shape(two) {
				t.Fatalf("the same cases gave two trees:\n%s\n%s", shape(one), shape(two))
			}
		}
	}
}

func TestTreeNeedsEvidence(t *testing.T) {
	g := &grower{atoms: [][]int32{{0}, {}}, label: []int32{0, 1}, weight: []float64{1}, least: 6}
	if tr := g.grow([]int32{0, 1}, 8); tr.atom >= 0 {
		t.Errorf("two cases are enough to tell outcomes apart by %d", tr.atom)
	}
	g = &grower{atoms: [][]int32{{0}, {}, {0}}, label: []int32{0, 0, 0}, weight: []float64{1}, least: 0}
	if tr := g.grow([]int32{0, 1, 2}, 8); tr.atom >= 0 {
		t.Errorf("one outcome is told apart by %d", tr.atom)
	}
	twins := &grower{atoms: [][]int32{{0, 1}, {}, {0, 1}, {}, {0, 1}, {}, {0, 1}, {}, {0, 1}, {}}, label: []int32{0, 1, 0, 1, 0, 1, 0, 1, 0, 1}, weight: []float64{1, 1}, least: 6}
	if tr := twins.grow([]int32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 8); tr.atom != 0 {
		t.Errorf("of two atoms that tell the same, %d is asked for, want the first", tr.atom)
	}
}
