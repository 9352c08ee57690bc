package analogy

import (
	"math"
	"sort"
)

// tree is a decision over atoms: it separates the outcomes of one frame by the
// conditions that held. Every inner node asks for one atom.
type tree struct {
	atom    int32 // what is asked; -1 in a leaf
	yes, no *tree
	cases   []int32         // in a leaf: indices of cases
	common  map[string]vote // in a leaf of outcomes: kinds of arguments, "" for any → the commonest class
	chance  bool            // in a leaf of outcomes: alike cases came out differently
	label   int32           // in a leaf of earnings: what most tasks agree on
	share   float64         // in a settled leaf: how many of its cases were so
}

// grower makes trees over cases.
type grower struct {
	atoms  [][]int32 // case → its atoms, ascending
	label  []int32   // case → outcome
	weight []float64 // atom → how much its evidence counts
	least  float64   // evidence, in nats times two, that a split must have
}

// grow separates cases as long as an atom tells their labels apart.
func (g *grower) grow(cases []int32, depth int) *tree {
	atom, gain := g.split(cases)
	if depth <= 0 || atom < 0 || gain < g.least {
		return &tree{atom: -1, cases: cases}
	}
	var yes, no []int32
	for _, c := range cases {
		if has(g.atoms[c], atom) {
			yes = append(yes, c)
		} else {
			no = append(no, c)
		}
	}
	return &tree{atom: atom, yes: g.grow(yes, depth-1), no: g.grow(no, depth-1)}
}

// split answers the atom that tells most about the labels, and how much: twice the
// log-likelihood ratio.
func (g *grower) split(cases []int32) (atom int32, gain float64) {
	total := map[int32]int{}
	for _, c := range cases {
		total[g.label[c]]++
	}
	if len(total) < 2 {
		return -1, 0
	}
	with := map[int32]map[int32]int{}
	for _, c := range cases {
		for _, a := range g.atoms[c] {
			if with[a] == nil {
				with[a] = map[int32]int{}
			}
			with[a][g.label[c]]++
		}
	}
	atom = -1
	base := nats(total, nil)
	for a, n := range with {
		d := math.Round(2e6*g.weight[a]*(base-nats(n, nil)-nats(total, n))) / 1e6
		if d > gain || d == gain && a < atom {
			atom, gain = a, d
		}
	}
	return atom, gain
}

// nats is the entropy of counts times their number, minus taken away first.
func nats(count, minus map[int32]int) float64 {
	n, s := 0, 0.0
	for l, c := range count {
		c -= minus[l]
		if c > 0 {
			n += c
			s -= float64(c) * math.Log(float64(c))
		}
	}
	if n == 0 {
		return 0
	}
	return s + float64(n)*math.Log(float64(n))
}

// leaf finds where a set of atoms ends.
func (t *tree) leaf(atoms []int32) *tree {
	for t.atom >= 0 {
		if has(atoms, t.atom) {
			t = t.yes
		} else {
			t = t.no
		}
	}
	return t
}

// path tells the atoms asked on the way to a leaf, and the answers.
func (t *tree) path(atoms []int32) (asked []int32, held []bool) {
	for t.atom >= 0 {
		h := has(atoms, t.atom)
		asked, held = append(asked, t.atom), append(held, h)
		if h {
			t = t.yes
		} else {
			t = t.no
		}
	}
	return asked, held
}

func has(sorted []int32, a int32) bool {
	i := sort.Search(len(sorted), func(i int) bool { return sorted[i] >= a })
	return i < len(sorted) && sorted[i] == a
}

// vote is what most of several cases agree on, with the newest of them.
type vote struct {
	rep     int32
	support float64
	cited   []int32
}

// each calls f with every leaf.
func (t *tree) each(f func(leaf *tree)) {
	if t.atom < 0 {
		f(t)
		return
	}
	t.yes.each(f)
	t.no.each(f)
}
