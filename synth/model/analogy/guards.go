package analogy

import (
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"
)

// guard is what every recorded success of one kind shares and failures beside it lack.
// A reward is granted only where all of it holds: a policy looks for false successes and
// learns nothing else.
type guard struct {
	atoms    []int32
	stands   []int32 // one of these holds, where there are any
	absent   []int32 // what no success had and failures often do
	wins     []int32
	episodes int
}

// learnGuards makes the guards of every frame, label and form of goal. Where forms come
// back with other tasks, those that are won in one way are one; where every task words
// its goal in its own way, a form tells one route only and all forms together count too.
func (m *memory) learnGuards() {
	groups, tasks, forms := map[string][]int32{}, map[string]bool{}, map[string]bool{}
	for i := range m.cases {
		c := &m.cases[i]
		tasks[c.t.Task], forms[c.form] = true, true
		if m.labels[c.label] == m.common {
			continue
		}
		for _, f := range []string{c.form, ""} {
			key := guardKey(c.call.frame, c.label, f)
			groups[key] = append(groups[key], int32(i))
		}
	}
	m.recurring = 2*len(tasks) >= 3*len(forms)
	for _, key := range keys(groups) {
		m.guards[key] = m.newGuard(groups[key])
	}
	if m.recurring {
		m.poolGuards(keys(groups))
	}
	m.learnSure()
}

func guardKey(frame string, label int32, form string) string {
	return fmt.Sprint(frame, "\x00", label, "\x00", form)
}

// poolGuards takes forms together whose successes share a deed that is rare beside them:
// "two of a kind", "made hot first". More successes tell the accidental conditions.
func (m *memory) poolGuards(all []string) {
	by := map[string][]string{} // frame, label and rare deed → guards
	for _, key := range all {
		if strings.HasSuffix(key, "\x00") {
			continue
		}
		g := m.guards[key]
		for _, a := range g.atoms {
			if k := m.kinds[a]; m.rare(g, a) && (k[0] == 'd' || k == "twins") {
				at := key[:strings.LastIndexByte(key, 0)] + "\x00" + m.atoms[a]
				by[at] = append(by[at], key)
			}
		}
	}
	for _, at := range keys(by) {
		var wins []int32
		for _, key := range by[at] {
			wins = append(wins, m.guards[key].wins...)
		}
		if len(by[at]) < 2 {
			continue
		}
		slices.Sort(wins)
		pooled := m.newGuard(slices.Compact(wins))
		for _, key := range by[at] {
			m.guards[key] = pooled
		}
	}
}

// lost tells whether a case earned nothing: the task went on, or ended where its frame always
// ends it.
func (m *memory) lost(c *kase) bool {
	l := m.labels[c.label]
	return !c.failed && (l == m.common || m.ending[c.call.frame] && l.reward <= m.common.reward)
}

// failures are the cases of a guard's frame that earned nothing.
func (m *memory) failures(g *guard) iter.Seq[*kase] {
	return func(yield func(*kase) bool) {
		for _, i := range m.frames[m.cases[g.wins[0]].call.frame] {
			if c := &m.cases[i]; m.lost(c) && !yield(c) {
				return
			}
		}
	}
}

// rare tells whether a condition holds for few failures of the guard's frame.
func (m *memory) rare(g *guard, a int32) bool {
	n := tally{}
	for c := range m.failures(g) {
		n.add(has(c.atoms, a))
	}
	return 8*n.yes < n.yes+n.no
}

// newGuard finds what successes share that failures of the frame would rarely share by
// chance: p^n below a bound, p the condition's share among failures.
func (m *memory) newGuard(wins []int32) *guard {
	first := &m.cases[wins[0]]
	shared := append([]int32{}, first.atoms...)
	episodes, tasks := map[string]bool{}, map[string]bool{}
	for _, i := range wins {
		shared = intersect(shared, m.cases[i].atoms)
		episodes[m.cases[i].t.Episode] = true
		tasks[m.cases[i].t.Task] = true
	}
	g := &guard{wins: wins, episodes: len(episodes)}
	lost, among := 0, map[int32]int{}
	for c := range m.failures(g) {
		lost++
		for _, a := range c.atoms {
			among[a]++
		}
	}
	had := map[int32]bool{}
	for _, i := range wins {
		for _, a := range m.cases[i].atoms {
			had[a] = true
		}
	}
	for a := range int32(len(m.atoms)) {
		p := float64(among[a]) / (float64(lost) + 1)
		if k := m.kinds[a][0]; !had[a] && (k == 'P' || k == 'A' || k == 'V' || k == 'Q' || k == 'R') && math.Pow(1-p, float64(len(episodes))) < m.chance(len(episodes)) {
			g.absent = append(g.absent, a)
		}
	}
	for _, a := range shared {
		p := (float64(among[a]) + 0.5) / (float64(lost) + 1)
		if m.kinds[a][0] == 'G' && len(tasks) == 1 && !m.recurring {
			continue // one task's way to its goal is not the only one
		}
		if relational(m.kinds[a]) && !(m.kinds[a] == "H" && strings.Contains(m.atoms[a], `"-"`)) && math.Pow(p, float64(len(episodes))) < m.chance(len(episodes)) {
			g.atoms = append(g.atoms, a)
		}
	}
	m.loosen(g)
	m.loosenScreen(g)
	g.stands = m.standsIn(g)
	return g
}

// loosen leaves out that something was done last where that it was ever done is asked for,
// too, and no recorded failure speaks against it: what was made clean stays clean when it is
// put down and taken up again.
func (m *memory) loosen(g *guard) {
	ever := map[string]bool{}
	for _, a := range g.atoms {
		if m.kinds[a][0] == 'd' {
			_, deed, _ := strings.Cut(m.atoms[a], "=")
			ever[deed] = true
		}
	}
	for _, a := range slices.Clone(g.atoms) {
		_, deed, _ := strings.Cut(m.atoms[a], "=")
		if k := m.kinds[a][0]; (k != 'G' && k != 's') || !ever[deed] {
			continue
		}
		rest := slices.DeleteFunc(slices.Clone(g.atoms), func(x int32) bool { return x == a })
		if !m.lostWith(g, rest) {
			g.atoms = rest
		}
	}
}

// loosenScreen leaves out what is on the screen and the goal does not name, where the guard asks
// for something about the goal or about what was said, and no recorded failure speaks against it:
// other things may be beside.
func (m *memory) loosenScreen(g *guard) {
	if !slices.ContainsFunc(g.atoms, func(a int32) bool { return m.ofGoal(a) || m.kinds[a][0] == 'Q' || m.kinds[a][0] == 'R' }) {
		return
	}
	for _, a := range slices.Clone(g.atoms) {
		rest := slices.DeleteFunc(slices.Clone(g.atoms), func(x int32) bool { return x == a })
		if m.kinds[a][0] == 'P' && !m.ofGoal(a) && !m.lostWith(g, rest) {
			g.atoms = rest
		}
	}
}

// ofGoal tells whether a condition is about a value that the goal names.
func (m *memory) ofGoal(a int32) bool {
	return slices.ContainsFunc(quoted([]string{m.atoms[a]}), func(v string) bool { return v == "+" || v == "~" || number(v) && v != "" })
}

// lostWith tells whether a recorded failure of the guard's frame had all of some
// conditions.
func (m *memory) lostWith(g *guard, atoms []int32) bool {
	for c := range m.failures(g) {
		if !slices.ContainsFunc(atoms, func(a int32) bool { return !has(c.atoms, a) }) {
			return true
		}
	}
	return false
}

// chance is how likely it may be, at most, that n successes share a condition by
// accident. Where few successes of a form are recorded it is better to ask for too much.
func (m *memory) chance(n int) float64 {
	if !m.recurring {
		return 0.01
	}
	return max(0.05, 0.35/float64(n))
}

// relational tells whether a kind of condition is about what things are to goal and
// history, not about which things they are.
func relational(kind string) bool {
	switch kind[0] {
	case 'g', 'z', 'd', 's', 'G', 't', 'i', 'e', 'A', 'B', 'V', 'P', 'Q', 'R', 'H':
		return kind != "f" && kind != "form"
	}
	return false
}

func intersect(a, b []int32) []int32 {
	out := a[:0]
	for _, x := range a {
		if has(b, x) {
			out = append(out, x)
		}
	}
	return out
}

// alike is the share of words that two texts have in common.
func alike(a, b []string) float64 {
	have := map[string]bool{}
	for _, w := range a {
		have[w] = true
	}
	n, all := 0, len(have)
	for _, w := range b {
		if have[w] {
			n++
			delete(have, w)
		} else {
			all++
		}
	}
	return float64(n) / float64(max(1, all))
}
