package analogy

import (
	"strconv"
	"strings"
)

// moment is what a candidate action is judged by: the belief after a step, and the step.
type moment struct {
	b      *belief
	last   call
	failed bool
	was    map[string]bool
	held   map[string]string // entity → whose list it is in
	seen   map[string]string // entity → "e" named, "l" listed in the text on the screen
	near   map[string]bool   // entity → named where one is
	selfs  map[string]bool
	done   map[string]bool // actions that had an effect
	scene  *setting
}

func newMoment(b *belief, last call, failed bool, was []string, scene *setting) *moment {
	if scene == nil {
		scene = &setting{}
	}
	m := &moment{b, last, failed, map[string]bool{}, map[string]string{}, map[string]string{}, map[string]bool{}, map[string]bool{}, b.effective(), scene}
	for _, a := range was {
		m.was[a] = true
	}
	for _, key := range keys(b.lists) {
		parts := strings.SplitN(key, "\x00", 3)
		if parts[1] == "" {
			continue
		}
		items, _ := b.list(owner{leadIn: parts[0], entity: parts[1]})
		for _, it := range items {
			m.held[it.entity] = parts[1]
		}
	}
	for _, o := range b.k.selves {
		items, _ := b.list(o)
		for _, it := range items {
			m.selfs[it.entity] = true
		}
	}
	note := func(r *reading, f func(e, how string)) {
		for _, p := range r.pieces {
			for _, it := range p.list {
				f(it.entity, "l")
			}
			for _, e := range p.ents {
				f(e, "e")
			}
		}
	}
	note(b.text, func(e, how string) { m.seen[e] = how })
	if v, ok := b.views[b.place]; ok {
		note(v.text, func(e, _ string) { m.near[e] = true })
	}
	return m
}

// salient are the entities that two-argument actions may be about now.
func (m *moment) salient() []string {
	set := map[string]bool{}
	for _, a := range m.last.args {
		set[a] = true
	}
	for e := range m.seen {
		set[e] = true
	}
	for e := range m.near {
		set[e] = true
	}
	for e := range m.selfs {
		set[e] = true
	}
	return keys(set)
}

// lineAtoms tell of what kind the line is that an action is about, whatever it is called, and which
// arguments the lines below it quote.
func (b *belief) lineAtoms(add func(...string), c call) {
	lines := b.screen().lines
	at, _ := acted(lines, c)
	if at < 0 {
		return
	}
	add("k=", pattern(lines[at]))
	for i, a := range c.args {
		if quoting(below(lines, at), a) >= 0 {
			add("u=", strconv.Itoa(i))
		}
	}
}

// atoms are the conditions under which an action is admissible.
func (m *moment) atoms(c call) []string {
	out := make([]string, 0, 24)
	add := func(parts ...string) { out = append(out, strings.Join(parts, "")) }
	add("was=", strconv.FormatBool(m.was[c.text()]))
	add("last=", m.last.frame, strconv.FormatBool(m.failed))
	if m.b.k.paged {
		m.b.pageAtoms(add, c)
		m.b.lineAtoms(add, c)
		return out
	}
	for i, a := range c.args {
		n := strconv.Itoa(i)
		role := "-"
		for j, x := range m.last.args {
			if x == a {
				role = strconv.Itoa(j)
			}
		}
		add("r", n, "=", role)
		add("r", n, "=", role, " ", m.last.frame, strconv.FormatBool(m.failed))
		add("s", n, "=", m.b.active(a))
		add("m", n, "=", m.seen[a])
		add("n", n, "=", strconv.FormatBool(m.near[a]))
		add("v", n, "=", strconv.FormatBool(m.selfs[a]))
		add("a", n, "=", m.b.said[a])
		add("c", n, "=", class(a))
		add("h", n, "=", strconv.FormatBool(m.held[a] != ""))
		add("p", n, "=", strconv.FormatBool(m.b.placeNames(a)))
		for j, x := range c.args {
			if i != j {
				add("in", n, "=", strconv.FormatBool(m.held[a] == x))
			}
		}
	}
	if w := m.scene.first[c.text()]; w != nil && w.episodes > 1 {
		add("way=", strconv.FormatBool(subset(w.deeds, m.done)))
	}
	add("S=", strconv.Itoa(min(len(m.selfs), 2)))
	if len(m.b.text.pieces) > 0 {
		add("t=", m.b.text.pieces[0].template)
	}
	return out
}
