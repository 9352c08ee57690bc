package analogy

import "strings"

// showing is a view as it was shown once, in parts, with what had been done to each
// entity by then.
type showing struct {
	parts []part
	sigs  map[string]string
	own   bool // in this episode
}

// part is a run of a text's pieces about one thing.
type part struct {
	about  string // the entity; "" for text that is about none; a list's frame where the view owns the list
	pieces []*sentence
	seps   []string
	owners []owner
}

// showing divides a text into parts.
func (m *memory) showing(r *reading, sigs map[string]string) showing {
	s := showing{sigs: sigs}
	for i := 0; i < m.body(r); i++ {
		p := r.pieces[i]
		about := ""
		switch {
		case p.listed && r.owners[i].entity == "":
			about = p.leadIn
		case len(p.ents) > 0:
			about = p.ents[0]
		case i > 0 && !strings.Contains(r.seps[i-1], "\n"):
			about = s.parts[len(s.parts)-1].about
		}
		if n := len(s.parts); n == 0 || s.parts[n-1].about != about {
			s.parts = append(s.parts, part{about: about})
		}
		last := &s.parts[len(s.parts)-1]
		last.pieces = append(last.pieces, p)
		last.seps = append(last.seps, r.seps[i])
		last.owners = append(last.owners, r.owners[i])
	}
	return s
}

// maxShowings bounds how many recorded showings of a view are looked at: the newest.
const maxShowings = 40

// showings are the times when a view was shown: in this episode, and in its scene's
// recordings, oldest first.
func (d *dreamer) showings(key string) []showing {
	var out []showing
	recorded := d.m.viewed[d.start.Task.Scene+"\x00"+key]
	for _, i := range recorded[max(0, len(recorded)-maxShowings):] {
		k := &d.m.cases[i]
		out = append(out, d.m.showing(k.next, k.sigs))
	}
	if v, ok := d.b.views[key]; ok {
		s := d.m.showing(v.text, d.b.sigsAt(v.at))
		s.own = true
		out = append(out, s)
	}
	return out
}

// compose tells a view of its showings: the order of parts is that of the showing that
// fits best, each part is that of the showing which fits best where it is concerned.
func (d *dreamer) compose(all []showing) []piece {
	base := all[d.best(all, func(part) bool { return true })]
	var out []piece
	told := map[string]int{}
	for _, p := range base.parts {
		if p.about == "" {
			out = append(out, d.pieces(p)...)
			continue
		}
		out = append(out, d.partAbout(base, p.about, told[p.about], all)...)
		told[p.about]++
	}
	out = d.addMissing(out, all, told)
	if n := len(out); n > 0 {
		out[n-1].sep = ""
	}
	return out
}

// partAbout tells the nth of the base's parts about one thing, of the showing that fits
// best for that thing. Where that one has more or fewer of them, all come in the place of
// the first.
func (d *dreamer) partAbout(base showing, about string, nth int, all []showing) []piece {
	var having []showing
	for _, s := range all {
		if len(s.about(about)) > 0 {
			having = append(having, s)
		}
	}
	parts := having[d.best(having, func(p part) bool { return p.about == about })].about(about)
	switch {
	case len(parts) == len(base.about(about)):
		parts = parts[nth : nth+1]
	case nth > 0:
		return nil
	}
	var out []piece
	for _, p := range parts {
		out = append(out, d.pieces(p)...)
	}
	return out
}

// about are the parts about one thing, in order.
func (s showing) about(thing string) []part {
	var out []part
	for _, p := range s.parts {
		if p.about == thing {
			out = append(out, p)
		}
	}
	return out
}

// addMissing adds the parts about lists that the view owns and the base did not show.
func (d *dreamer) addMissing(out []piece, all []showing, told map[string]int) []piece {
	for i := len(all) - 1; i >= 0; i-- {
		for j, p := range all[i].parts {
			if told[p.about] > 0 || p.about == "" || len(p.pieces) != 1 || !p.pieces[0].listed || p.about != p.pieces[0].leadIn {
				continue
			}
			told[p.about]++
			if more := d.pieces(p); len(more) > 0 && len(out) > 0 {
				if j > 0 {
					before := all[i].parts[j-1]
					out[len(out)-1].sep = before.seps[len(before.seps)-1]
				}
				out = append(out, more...)
			}
		}
	}
	return out
}

// best is the showing at which what the chosen parts name had been treated most as it
// has been now; this episode's own of several, else the newest.
func (d *dreamer) best(all []showing, chosen func(part) bool) int {
	names := map[string]bool{}
	for _, s := range all {
		for _, p := range s.parts {
			if chosen(p) {
				p.names(names)
			}
		}
	}
	best, score := 0, -1
	for i, s := range all {
		n := 0
		for e := range names {
			if s.sigs[e] == d.b.active(e) {
				n += 2
			}
		}
		if s.own {
			n++
		}
		if n >= score {
			best, score = i, n
		}
	}
	return best
}

func (p part) names(to map[string]bool) {
	for _, s := range p.pieces {
		for _, e := range s.ents {
			to[e] = true
		}
		for _, it := range s.list {
			to[it.entity] = true
		}
	}
}

// pieces tells a part with its lists as they are believed to be. A list of the view's
// own that is empty is not told at all, unless the environment has words for it.
func (d *dreamer) pieces(p part) []piece {
	out := make([]piece, 0, len(p.pieces))
	for i, s := range p.pieces {
		text := s.raw
		if s.listed {
			if items, known := d.b.list(p.owners[i]); known && !same(items, s.list) {
				rendered := d.m.k.lex.render(items)
				if rendered == "" {
					continue
				}
				text = strings.Replace(s.bound(), "{L}", rendered, 1)
			}
		}
		out = append(out, piece{text, p.seps[i]})
	}
	return out
}
