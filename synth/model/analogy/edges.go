package analogy

import (
	"slices"

	"dreamgym/synth/experience"
)

// ground says where pages divide. Pages of one application may have several: who is signed in
// sees other menus than who is not.
type ground []edges

// edges are the line that ends what pages share at the top, and the one that begins what they
// share at the bottom.
type edges struct{ top, bottom string }

// leastGround is the share of turned pages that have to divide at one and the same line.
const leastGround = 0.2

// learnGround finds where pages divide; nil where they share no ground.
func learnGround(all []*experience.Transition) ground {
	var turned [][2][]string
	for _, t := range all {
		a, b := linesOf(t.State), linesOf(t.Next)
		if a[0] != b[0] && running(b) { // else it may be the same page
			turned = append(turned, [2][]string{a, b})
		}
	}
	var g ground
	for before := -1; len(turned) != before; {
		before = len(turned)
		if e, ok := learnEdges(turned); ok {
			g = append(g, e)
			turned = slices.DeleteFunc(turned, func(p [2][]string) bool { return slices.ContainsFunc(p[:], e.divide) })
		}
	}
	return g
}

// sharedEnds is with how many elements of one name two lists begin, and with how many of the others
// they end.
func sharedEnds(a, b []string, name func(string) string) (first, last int) {
	most := min(len(a), len(b))
	for first < most && name(a[first]) == name(b[first]) {
		first++
	}
	for last < most-first && name(a[len(a)-1-last]) == name(b[len(b)-1-last]) {
		last++
	}
	return first, last
}

// learnEdges finds where most turned pages divide; ok is false where too few divide alike.
func learnEdges(turned [][2][]string) (e edges, ok bool) {
	tops, bottoms := map[string]int{}, map[string]int{}
	for _, pages := range turned {
		a, b := pages[0], pages[1]
		first, last := sharedEnds(a[ownLines:], b[ownLines:], nameOf)
		if first > 0 {
			tops[nameOf(a[ownLines+first-1])]++
		}
		if last > 0 {
			bottoms[nameOf(a[len(a)-last])]++
		}
	}
	e = edges{commonest(tops), commonest(bottoms)}
	least := max(wordingTasks, int(leastGround*float64(len(turned))))
	return e, tops[e.top] >= least && bottoms[e.bottom] >= least
}

// bounds are the last line of the ground's upper part and the first of its lower part; -1
// and one behind the last line where the page has no such ground.
func (g ground) bounds(lines []string) (top, bottom int) {
	for _, e := range g {
		if e.divide(lines) {
			return e.bounds(lines)
		}
	}
	return -1, len(lines)
}

func (e edges) bounds(lines []string) (top, bottom int) {
	top, bottom = -1, len(lines)
	for i, l := range lines {
		switch nameOf(l) {
		case e.top:
			if top < 0 {
				top = i
			}
		case e.bottom:
			bottom = i
		}
	}
	return top, bottom
}

// divide tells whether a page has both edges.
func (e edges) divide(lines []string) bool {
	top, bottom := e.bounds(lines)
	return top >= ownLines && top < bottom && bottom < len(lines)
}
