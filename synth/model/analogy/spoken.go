package analogy

import (
	"math"
	"slices"
)

const (
	mostStands = 3 // lines in which what is said may stand
	leastStood = 4 // successes that each of these has on average, at the least
)

// standsIn are the lines of which every success of a guard had one that has what was said:
// "9 reviews" or "1 review". None where the guard asks for one line already, where the successes
// are few, or where failures have such lines, too.
func (m *memory) standsIn(g *guard) []int32 {
	if m.asksWhere(g) {
		return nil
	}
	var out []int32
	for left := slices.Clone(g.wins); len(left) > 0; {
		best, counts := int32(-1), map[int32]int{}
		for _, i := range left {
			for _, a := range m.cases[i].atoms {
				if !m.said(a) {
					continue
				}
				if counts[a]++; best < 0 || counts[a] > counts[best] {
					best = a
				}
			}
		}
		if best < 0 || len(out) == mostStands {
			return nil
		}
		out = append(out, best)
		left = slices.DeleteFunc(left, func(i int32) bool { return has(m.cases[i].atoms, best) })
	}
	had := tally{}
	for c := range m.failures(g) {
		had.add(hasOne(c.atoms, out))
	}
	p := (float64(had.yes) + 0.5) / (float64(had.yes+had.no) + 1)
	if leastStood*len(out) > len(g.wins) || math.Pow(p, float64(g.episodes)) >= m.chance(g.episodes) {
		return nil
	}
	return out
}

// said tells whether a condition is about where on the page stands what is said.
func (m *memory) said(a int32) bool { return m.kinds[a][0] == 'Q' || m.kinds[a][0] == 'R' }

// hasOne tells whether one of some conditions holds.
func hasOne(atoms, some []int32) bool {
	return slices.ContainsFunc(some, func(a int32) bool { return has(atoms, a) })
}
