package analogy

import (
	"hash/fnv"
	"strconv"
	"strings"
)

// hidden is what an episode holds that no recording of its scene shows. Each fact is
// drawn once, by the episode's seed and what it is about, from recorded cases; and what
// the goal needs exists somewhere.
type hidden struct {
	seed   int64
	placed map[string][]item // owner → what the goal needs and was put there
}

// habits are how an environment's lists are filled, over all scenes.
type habits struct {
	lists  map[string][]holding       // list frame and kind of owner → lists as first shown
	kinds  map[string]map[string]bool // scene → the kinds of things that its start names
	homes  map[string]map[string]int  // kind of thing → kind of owner → how often it was there
	owners map[string]int             // kind of owner → how many things were in such
	count  map[string]map[string]int  // kind of thing → scene → how many of it were seen
}

// holding is a list as a scene first showed it.
type holding struct {
	scene string
	items []item
}

// learnHabits reads the starts of all recorded scenes.
func (k *knowledge) learnHabits() *habits {
	h := &habits{map[string][]holding{}, map[string]map[string]bool{}, map[string]map[string]int{}, map[string]int{}, map[string]map[string]int{}}
	for _, id := range keys(k.scenes) {
		s := k.scenes[id]
		h.kinds[id] = s.kinds
		for _, key := range keys(s.lists) {
			parts := strings.SplitN(key, "\x00", 3)
			if parts[1] == "" || !k.isScene[id] {
				continue
			}
			at := parts[0] + "\x00" + class(parts[1])
			h.lists[at] = append(h.lists[at], holding{id, s.lists[key]})
			for _, it := range s.lists[key] {
				kind := class(it.entity)
				if h.homes[kind] == nil {
					h.homes[kind], h.count[kind] = map[string]int{}, map[string]int{}
				}
				h.homes[kind][class(parts[1])]++
				h.owners[class(parts[1])]++
				h.count[kind][id]++
			}
		}
	}
	return h
}

// hide places what the goal needs and the recordings of the scene do not have.
func (m *memory) hide(d *dreamer, seed int64) *hidden {
	h := &hidden{seed, map[string][]item{}}
	present := map[string]map[string]bool{} // kind → those of it that are known
	note := func(e string) {
		if present[class(e)] == nil {
			present[class(e)] = map[string]bool{}
		}
		present[class(e)][e] = true
	}
	for _, f := range d.b.scene {
		for _, items := range f.lists {
			for _, it := range items {
				note(it.entity)
			}
		}
	}
	places := d.b.text.named()
	var open []string // places that no recording has looked into
	for _, p := range keys(places) {
		note(p)
		if m.habits.owners[class(p)] > 0 && !d.b.looked(p) {
			open = append(open, p)
		}
	}
	need := m.needs(d.b.goal.form)
	done := map[string]bool{}
	for i, want := range d.b.goal.slot {
		n := 1
		if i == 0 {
			n = need
		}
		if len(present[want]) < n && !done[want] && !places[want] {
			done[want] = true
			h.place(m, want, n, present[want], open)
		}
	}
	return h
}

// named are the entities that a text names.
func (r *reading) named() map[string]bool {
	out := map[string]bool{}
	for _, p := range r.pieces {
		part{pieces: []*sentence{p}}.names(out)
	}
	return out
}

// needs is how many of the first thing that a goal names its recorded successes had
// treated alike; those of the most alike form where its own was never reached.
func (m *memory) needs(form string) int {
	best, most := "", 0.5
	for _, key := range keys(m.guards) {
		of := key[strings.LastIndexByte(key, 0)+1:]
		if of == "" || form == "" {
			continue
		}
		if s := alike(words(form), words(of)); s > most || of == form {
			best, most = of, s
		}
		if of == form {
			break
		}
	}
	for _, key := range keys(m.guards) {
		if best == "" || !strings.HasSuffix(key, "\x00"+best) {
			continue
		}
		for _, a := range m.guards[key].atoms {
			if n, ok := strings.CutPrefix(m.atoms[a], "twins="); ok {
				if k, err := strconv.Atoi(n); err == nil {
					return k + 1
				}
			}
		}
	}
	return 1
}

// looked tells whether the recordings of the scene show a list of an entity.
func (b *belief) looked(entity string) bool {
	for _, s := range b.scene {
		for key := range s.known {
			if parts := strings.SplitN(key, "\x00", 3); parts[1] == entity {
				return true
			}
		}
	}
	return false
}

// place puts at least n of a kind, or as many as some recorded scene had, where such
// things were recorded, or where anything was if none was ever seen.
func (h *hidden) place(m *memory, kind string, n int, present map[string]bool, places []string) {
	var at []string
	for _, from := range []map[string]int{m.habits.homes[kind], m.habits.owners} {
		for _, p := range places {
			for range min(from[class(p)], 50) {
				at = append(at, p)
			}
		}
		if len(at) > 0 {
			break
		}
	}
	if len(at) == 0 {
		return
	}
	if scenes := keys(m.habits.count[kind]); len(scenes) > 0 {
		n = max(n, m.habits.count[kind][scenes[h.draw("count "+kind, len(scenes))]])
	}
	for i := 1; len(present) < n && i < 100; i++ {
		name := kind + " " + strconv.Itoa(i)
		if !m.k.numbered[kind] && len(m.habits.homes[kind]) > 0 {
			name, n = kind, 1
		}
		if present[name] {
			continue
		}
		if present == nil {
			present = map[string]bool{}
		}
		present[name] = true
		p := at[h.draw("place "+name, len(at))]
		h.placed[p] = append(h.placed[p], item{name, m.k.phrase(name)})
	}
}

// alikeScenes is how much of what the most alike scene has in common another must have to
// be drawn from beside it.
const alikeScenes = 0.75

// like leaves the lists of those scenes that name the same kinds of things as this one: a
// shelf holds other things in a bathroom than in a kitchen.
func (h *habits) like(kinds map[string]bool, all []holding) []holding {
	likeness := make([]float64, len(all))
	most := 0.0
	for i, l := range all {
		likeness[i] = alike(keys(kinds), keys(h.kinds[l.scene]))
		most = max(most, likeness[i])
	}
	var out []holding
	for i, l := range all {
		if likeness[i] >= alikeScenes*most {
			out = append(out, l)
		}
	}
	return out
}

// kinds are those of the things that the episode's first text names.
func (b *belief) kinds() map[string]bool { return b.k.lex.readText(b.first).kinds() }

// kinds are those of the things that a text names.
func (r *reading) kinds() map[string]bool {
	out := map[string]bool{}
	for e := range r.named() {
		out[class(e)] = true
	}
	return out
}

// list draws what an owner holds: a list recorded of its kind, less what is known to be
// elsewhere, and what was placed there.
func (h *hidden) list(d *dreamer, o owner) []item {
	group := d.m.k.groups[o.leadIn]
	if group == "" {
		group = o.leadIn
	}
	var out []item
	if all := d.m.habits.like(d.b.kinds(), d.m.habits.lists[group+"\x00"+class(o.entity)]); len(all) > 0 {
		for _, it := range all[h.draw("list "+o.entity, len(all))].items {
			if !h.elsewhere(d, it.entity, o) {
				out = append(out, it)
			}
		}
	}
	for _, it := range h.placed[o.entity] {
		if !h.elsewhere(d, it.entity, o) && !contains(out, it.entity) {
			out = d.m.k.insert(out, it)
		}
	}
	return out
}

// elsewhere tells whether a thing is known to be somewhere else, or was taken.
func (h *hidden) elsewhere(d *dreamer, e string, o owner) bool {
	if len(d.b.touches[e]) > 0 {
		return true
	}
	for key, f := range d.b.lists {
		if key != d.m.k.listKey(o) && contains(f.items, e) {
			return true
		}
	}
	for _, s := range d.b.scene {
		for key, items := range s.lists {
			if key != d.m.k.listKey(o) && contains(items, e) {
				return true
			}
		}
	}
	for p, items := range h.placed {
		if p != o.entity && contains(items, e) {
			return true
		}
	}
	return false
}

// draw picks one of n by the episode's seed and what it is for.
func (h *hidden) draw(what string, n int) int {
	f := fnv.New64a()
	f.Write([]byte(strconv.FormatInt(h.seed, 10) + "\x00" + what))
	return int(spread(f.Sum64()) % uint64(n))
}
