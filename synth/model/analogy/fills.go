package analogy

import (
	"strconv"
	"strings"
)

// slot is a free place of a kind of outcome: how often each relation named what stood
// there, what did, and how far a number was from the one shown there before.
type slot struct {
	hits  map[string]*tally
	said  map[string]int
	steps map[string]int
}

func (s *slot) count(rel map[string]string, want string) {
	s.said[want]++
	if step, ok := minus(want, rel[wasThere]); ok {
		s.steps[step]++
	}
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
	if step := commonest(s.steps); s.steps[step] >= 3 {
		if r := float64(s.steps[step]) / float64(sum(s.steps)); r > share {
			if v, is := plus(rel[wasThere], step); is {
				name, value, share, ok = wasThere+" and "+step, v, r, true
			}
		}
	}
	for _, n := range keys(rel) {
		if t := s.hits[n]; t != nil && t.yes >= 2 && (rate(t) > share || rate(t) == share && strings.HasPrefix(n, wasThere)) {
			name, value, share, ok = n, rel[n], rate(t), true
		}
	}
	return name, value, ok
}

// mostUntold is how often a relation, or what mostly stands there, may be right by
// accident in a place whose value chance decides.
const mostUntold = 0.7

// leastDraws is how often, on average, each value that chance decides was recorded: where
// nearly every value is another, something that is not known decides.
const leastDraws = 5

// untold tells whether nothing names what stands in the place, which is one of a few
// values.
func (s *slot) untold() bool {
	if sum(s.said) < leastDraws*len(s.said) {
		return false
	}
	often := func(n int) bool { return float64(n) > mostUntold*float64(sum(s.said)) }
	if often(s.said[commonest(s.said)]) || often(s.steps[commonest(s.steps)]) {
		return false
	}
	for _, t := range s.hits {
		if t.yes >= 2 && rate(t) > mostUntold {
			return false
		}
	}
	return true
}

// telling follows a text as it is told, and knows what could stand in its next place.
type telling struct {
	b     *belief
	c     call
	rel   map[string]string
	told  []string // what was said in free places
	piece string   // the piece's template and what was said in it so far
	loose string   // the same without numbers
}

// names of relations that are known by the place itself.
const (
	wasThere    = "there before"
	wasExactly  = "there before, beside the same numbers"
	wasRecorded = "recorded there"
	isKnown     = "known there"
)

func (b *belief) telling(c call) *telling { return &telling{b: b, c: c, rel: b.relations(c)} }

// begin goes on to a piece.
func (t *telling) begin(p *sentence) { t.piece, t.loose = p.template, p.template }

// say notes what stands in the next place; free tells whether no argument names it.
func (t *telling) say(value string, free bool) {
	t.piece, t.loose = placeAfter(t.piece, value), placeAfter(t.loose, unnumbered(value))
	if free {
		t.told = append(t.told, value)
	}
}

// placeAfter names the place of a piece that comes after some values were said: with the
// same words and values before it, it is one and the same.
func placeAfter(piece, value string) string { return piece + "\x00" + value }

// unnumbered is a value that is no number; any number is one and the same.
func unnumbered(value string) string {
	if _, is := amount(value); is {
		return "#"
	}
	return value
}

// at puts in what is known of the next place: what was shown there last, and numbers that
// come of it by what the action names.
func (t *telling) at() map[string]string {
	t.b.running(t.rel, t.told)
	for _, name := range []string{wasThere, wasExactly, isKnown} {
		delete(t.rel, name)
	}
	for i := range t.c.args {
		for _, name := range []string{"+arg", "-arg", "+of", "-of"} {
			delete(t.rel, wasThere+name+strconv.Itoa(i))
		}
	}
	if known, ok := t.b.known(t.piece); ok {
		t.rel[isKnown] = known
	}
	if was, ok := t.b.shown[t.piece]; ok {
		t.rel[wasExactly] = was
	}
	was, ok := t.b.shown[t.loose]
	if !ok {
		return t.rel
	}
	t.rel[wasThere] = was
	for i, arg := range t.c.args {
		for name, n := range map[string]string{"arg": arg, "of": t.b.amounts[arg]} {
			if v, ok := plus(was, n); ok {
				t.rel[wasThere+"+"+name+strconv.Itoa(i)] = v
			}
			if v, ok := minus(was, n); ok {
				t.rel[wasThere+"-"+name+strconv.Itoa(i)] = v
			}
		}
	}
	return t.rel
}

// learnFills counts, per class and free slot, which relation names what stood there.
func (m *memory) learnFills(eps []episodeOf) {
	i := 0
	for _, ep := range eps {
		b := m.believe(ep[0].Goal, ep[0].State, ep[0].Actions, ep[0].Task, ep[0].Scene)
		b.episode = ep[0].Episode
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

// mostPlaces bounds the places of an outcome that are learned.
const mostPlaces = 200

// countFills goes through what came to pass and counts, for every free place, which
// relations name what stands there.
func (m *memory) countFills(b *belief, c *kase) {
	if c.edit != nil || c.turn != nil || len(m.freeIn(c)) == 0 {
		return
	}
	before := m.before(c)
	t, known := b.telling(c.call), fillKeys(c.class, c.call.frame, c.named)
	n := 0
	for _, p := range c.next.pieces[:len(c.next.pieces)-c.bonus] {
		t.begin(p)
		for j, e := range p.ents {
			free := p.slotOf(c.call, j) == openThing
			if free && n < mostPlaces {
				rel := t.at()
				delete(rel, wasRecorded)
				if n < len(before) {
					rel[wasRecorded] = before[n]
				}
				for _, key := range known {
					m.fills[key] = counted(m.fills[key], n)
					m.fills[key][n].count(rel, e)
				}
				n++
			}
			t.say(e, free)
		}
	}
}

// fillKeys are what places of an outcome are known by: its kind after this very action,
// and after the action's frame.
func fillKeys(class int32, frame, action string) [2]string {
	c := strconv.Itoa(int(class)) + "\x00"
	return [2]string{c + "action " + action, c + "frame " + frame}
}

// counted makes sure that there is an nth slot.
func counted(slots []*slot, n int) []*slot {
	for len(slots) <= n {
		slots = append(slots, &slot{map[string]*tally{}, map[string]int{}, map[string]int{}})
	}
	return slots
}

// leastAction is how often an action must have had an outcome of a kind for its own places
// to be trusted before its frame's.
const leastAction = 4

// slotsFor are the places of an outcome's kind as the action had them, else its frame.
func (m *memory) slotsFor(class int32, frame, action string) []*slot {
	keys := fillKeys(class, frame, action)
	if own := m.fills[keys[0]]; len(own) > 0 && sum(own[0].said) >= leastAction {
		return own
	}
	return m.fills[keys[1]]
}

// before is what stood in the free places when the same action was recorded in the same
// scene with an outcome of the same kind, in another episode.
func (m *memory) before(c *kase) []string {
	list := m.same[c.t.Scene+"\x00"+c.named]
	for i := len(list) - 1; i >= 0; i-- {
		if k := &m.cases[list[i]]; k.t.Episode != c.t.Episode && k.class == c.class {
			return m.freeIn(k)
		}
	}
	return nil
}

// freeIn is what stands in the free places of a case's outcome: what its action does not
// name.
func (m *memory) freeIn(c *kase) []string {
	var out []string
	for _, p := range c.next.pieces[:len(c.next.pieces)-c.bonus] {
		for j, e := range p.ents {
			if p.slotOf(c.call, j) == openThing {
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
