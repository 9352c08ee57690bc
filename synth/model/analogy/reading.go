package analogy

import "strings"

// reading is a whole text as the lexicon reads it.
type reading struct {
	raw    string
	pieces []*sentence
	seps   []string
	// key tells what the text is a view of: its first piece, a list in it left open.
	key string
	// owners[i] is whose list piece i holds.
	owners []owner
}

// owner names a list: the entity that it belongs to, or the view that it is part of.
type owner struct {
	leadIn string
	entity string // "" where the view owns it
	view   string // the view's key, where the entity is ""
}

// readText reads a text. Readings of the same text are shared.
func (x *lexicon) readText(s string) *reading {
	ps := cut(s)
	r := &reading{raw: s, pieces: make([]*sentence, len(ps)), seps: make([]string, len(ps)), owners: make([]owner, len(ps))}
	for i, p := range ps {
		r.pieces[i], r.seps[i] = x.read(p.text), p.sep
	}
	if len(ps) > 0 {
		r.key = r.pieces[0].raw
		if r.pieces[0].listed {
			r.key = r.pieces[0].bound()
		}
	}
	for i, p := range r.pieces {
		if p.listed {
			r.owners[i] = r.ownerOf(i)
		}
	}
	return r
}

// bound is the template with its entities put in again: only the list stays open.
func (s *sentence) bound() string {
	t := s.template
	for _, e := range s.ents {
		t = strings.Replace(t, "{e}", e, 1)
	}
	return t
}

// ownerOf finds whose list piece i holds: an entity named in the piece, else the one
// that the piece before it on the same line is about, else the view.
func (r *reading) ownerOf(i int) owner {
	p := r.pieces[i]
	if len(p.ents) > 0 {
		return owner{leadIn: p.leadIn, entity: p.ents[0]}
	}
	for j := i - 1; j >= 0 && !strings.Contains(r.seps[j], "\n"); j-- {
		if n := len(r.pieces[j].ents); n > 0 {
			return owner{leadIn: p.leadIn, entity: r.pieces[j].ents[n-1]}
		}
	}
	return owner{leadIn: p.leadIn, view: r.key}
}

// render writes a list as the environment does: its members between commas, the last
// behind its own joint.
func (x *lexicon) render(items []item) string {
	if len(items) == 0 {
		return commonest(x.empties)
	}
	var b strings.Builder
	for i, it := range items {
		switch {
		case i == 0:
		case i == len(items)-1:
			b.WriteString(x.joint(len(items)))
		default:
			b.WriteString(x.comma + " ")
		}
		b.WriteString(it.phrase)
	}
	return b.String()
}

// joint is what stands before the last of n members.
func (x *lexicon) joint(n int) string {
	j := x.joints[min(n, 3)]
	if j == "" {
		return x.comma + " "
	}
	return j
}

// piecesOf are a text's pieces as they stand.
func piecesOf(r *reading) []piece {
	out := make([]piece, len(r.pieces))
	for i, p := range r.pieces {
		out[i] = piece{p.raw, r.seps[i]}
	}
	return out
}
