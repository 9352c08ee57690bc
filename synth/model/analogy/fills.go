package analogy

import (
	"strconv"
	"strings"
)

// slot is a free place of a kind of outcome: how often each relation named what stood
// there, and what did.
type slot struct {
	hits map[string]*tally
	said map[string]int
}

func (s *slot) count(rel map[string]string, want string) {
	s.said[want]++
	for name, value := range rel {
		t := s.hits[name]
		if t == nil {
			t = &tally{}
			s.hits[name] = t
		}
		t.add(value == want)
	}
}

// leastFill is how often a relation has to have been right to be followed.
const leastFill = 0.3

// fill says what stands in the place now, by the relation that was right most often, or
// what mostly stood there; ok is false where nothing is to be trusted.
func (s *slot) fill(rel map[string]string) (name, value string, ok bool) {
	share := leastFill
	if top := commonest(s.said); s.said[top] >= 3 {
		if r := float64(s.said[top]) / float64(sum(s.said)); r > share {
			name, value, share, ok = "always there", top, r, true
		}
	}
	for _, n := range keys(rel) {
		if t := s.hits[n]; t != nil && t.yes >= 2 && rate(t) > share {
			name, value, share, ok = n, rel[n], rate(t), true
		}
	}
	return name, value, ok
}

// learnFills counts, per class and free slot, which relation names what stood there.
func (m *memory) learnFills(eps []episodeOf) {
	i := 0
	for _, ep := range eps {
		b := m.believe(ep[0].Goal, ep[0].State, ep[0].Actions, ep[0].Task, ep[0].Scene)
		for _, t := range ep {
			c := &m.cases[i]
			if m.isOpen(c.next) {
				for how, key := range m.keysFor(b, c.call, t.Action, t.Scene, t.Episode) {
					if m.leads[how] == nil {
						m.leads[how] = &tally{}
					}
					m.leads[how].add(key == c.next.key)
				}
			} else {
				m.countFills(b, c)
			}
			b.actions = t.Actions
			b.observe(t.Action, t.Next, t.NextActions)
			i++
		}
	}
}

func (m *memory) isOpen(r *reading) bool { return len(r.pieces) > 0 && m.open[r.pieces[0].template] }

func (m *memory) countFills(b *belief, c *kase) {
	if c.edit != nil {
		return
	}
	free := m.freeSlots(c)
	if len(free) == 0 {
		return
	}
	for len(m.fills[c.class]) < len(free) {
		m.fills[c.class] = append(m.fills[c.class], &slot{map[string]*tally{}, map[string]int{}})
	}
	rel := b.relations(c.call)
	for j, want := range free {
		b.running(rel, free[:j])
		m.fills[c.class][j].count(rel, want)
	}
}

// freeSlots are the entities in a case's outcome that its action does not name.
func (m *memory) freeSlots(c *kase) []string {
	var out []string
	for _, p := range c.next.pieces[:len(c.next.pieces)-c.bonus] {
		for _, e := range p.ents {
			if slotOf(c.call, e) == "{e}" {
				out = append(out, e)
			}
		}
	}
	return out
}

// relations name entities by what they are to the moment.
func (b *belief) relations(c call) map[string]string {
	out := map[string]string{}
	for i := len(b.deeds) - 1; i >= 0; i-- {
		if d := b.deeds[i]; !d.failed && len(d.call.args) > 0 {
			for j, a := range d.call.args {
				out["prev"+strconv.Itoa(j)] = a
			}
			break
		}
	}
	if v, ok := b.views[b.place]; ok && len(v.text.pieces[0].ents) > 0 {
		out["place"] = v.text.pieces[0].ents[0]
	}
	for _, e := range b.order {
		if s := b.active(e); s != "" {
			out["done "+s] = e
		}
	}
	for _, key := range keys(b.lists) {
		parts := strings.SplitN(key, "\x00", 3)
		if parts[1] == "" {
			continue
		}
		items, _ := b.list(owner{leadIn: parts[0], entity: parts[1]})
		for i, a := range c.args {
			if contains(items, a) {
				out["owner"+strconv.Itoa(i)] = parts[1]
			}
		}
	}
	for _, o := range b.k.selves {
		if items, _ := b.list(o); len(items) > 0 {
			out["self"] = items[0].entity
		}
	}
	b.valueRelations(c, out)
	return out
}

// keysFor are the views that an action may lead to, by how that is known.
func (m *memory) keysFor(b *belief, c call, action, scene, episode string) map[string]string {
	out := map[string]string{"here": b.place}
	if key := b.led[action+"\x00"+b.place]; key != "" {
		out["led"] = key
	}
	for i := len(b.deeds) - 1; i >= 0 && out["back"] == ""; i-- {
		d := b.deeds[i]
		if !d.failed && m.k.inverse[d.text] == action && b.led[d.text+"\x00"+d.place] == b.place {
			out["back"] = d.place
		}
	}
	for _, i := range m.led[scene+"\x00"+action+"\x00"+b.place] {
		if c := &m.cases[i]; c.t.Episode != episode && m.isOpen(c.next) {
			out["scene"] = c.next.key
		}
	}
	named := map[string]string{}
	for how, key := range out {
		named[c.frame+" "+how] = key
	}
	return named
}
