package analogy

import (
	"slices"
	"strings"
)

// guarded tells whether what the recorded successes share holds; else one condition
// that does not.
func (d *dreamer) guarded(c call, label int32, atoms []int32) (missing int32, ok bool) {
	g := d.m.guards[guardKey(c.frame, label, d.b.goal.form)]
	switch {
	case d.m.recurring && g == nil:
		if g = d.m.nearestGuard(c.frame, label, d.b.goal.form); g == nil {
			return -1, false
		}
	case !d.m.recurring && (g == nil || g.episodes < 3):
		g = d.m.guards[guardKey(c.frame, label, "")]
	}
	if g == nil {
		return 0, true
	}
	return g.holds(atoms)
}

// holds tells whether all holds that a guard asks for; else one condition that does not.
func (g *guard) holds(atoms []int32) (missing int32, ok bool) {
	for _, a := range g.atoms {
		if !has(atoms, a) {
			return a, false
		}
	}
	for _, a := range g.absent {
		if has(atoms, a) {
			return a, false
		}
	}
	if len(g.stands) > 0 && !hasOne(atoms, g.stands) {
		return g.stands[0], false
	}
	return 0, true
}

// nearestGuard is the guard of the recorded form that shares most words with one that
// was never won; nil where none shares half of them.
func (m *memory) nearestGuard(frame string, label int32, form string) *guard {
	prefix := guardKey(frame, label, "")
	want := words(form)
	var best *guard
	most := 0.5
	for _, key := range keys(m.guards) {
		if !strings.HasPrefix(key, prefix) || key == prefix {
			continue
		}
		if s := alike(want, words(key[len(prefix):])); s > most {
			best, most = m.guards[key], s
		}
	}
	return best
}

// leastSure is how many successes of a form promise others where all that they share holds.
const leastSure = 10

// learnSure finds the guards that tell successes of their form from its recorded failures: what
// was said stands where it stood in all of them.
func (m *memory) learnSure() {
	lost := map[string][]int32{} // by frame and form
	for i := range m.cases {
		if c := &m.cases[i]; m.lost(c) {
			key := c.call.frame + "\x00" + c.form
			lost[key] = append(lost[key], int32(i))
		}
	}
	m.sure = map[string][]int32{}
	for _, key := range keys(m.guards) {
		g, first := m.guards[key], &m.cases[m.guards[key].wins[0]]
		form := key[strings.LastIndexByte(key, 0)+1:]
		at := first.call.frame + "\x00" + form
		if m.labels[first.label].reward <= m.common.reward || form == "" || len(g.wins) < leastSure || len(lost[at]) < leastSure || !m.asksWhere(g) {
			continue
		}
		if !slices.ContainsFunc(lost[at], func(i int32) bool { _, ok := g.holds(m.cases[i].atoms); return ok }) {
			m.sure[at] = append(m.sure[at], first.label)
		}
	}
}

// asksWhere tells whether a guard asks where on the page stands what is said.
func (m *memory) asksWhere(g *guard) bool {
	return len(g.stands) > 0 || slices.ContainsFunc(g.atoms, m.said)
}

// promised is the label of a guard that is sure and holds.
func (d *dreamer) promised(c call, atoms []int32) (label int32, ok bool) {
	for _, l := range d.m.sure[c.frame+"\x00"+d.b.goal.form] {
		if _, ok := d.guarded(c, l, atoms); ok {
			return l, true
		}
	}
	return 0, false
}
