package analogy

import "dreamgym/synth/experience"

// learnEdits finds the frames whose outcomes are fewer told as edits of the lines on the
// screen than as texts.
func (m *memory) learnEdits(all []*experience.Transition) map[string]bool {
	edits, texts := map[string]map[string]bool{}, map[string]map[string]bool{}
	for _, t := range all {
		c := m.k.grammar.parse(t.Action)
		if e := diff(c, t.State, t.Next); e != nil {
			add(edits, c.frame, e.class())
			add(texts, c.frame, bind(c, m.k.lex.readText(t.Next)))
		}
	}
	out := map[string]bool{}
	for f := range edits {
		out[f] = len(edits[f]) <= len(texts[f])
	}
	return out
}

// learnTurns finds the kinds of lines that turn the page: from pages of several kinds they
// lead to one and the same, which no one edit of the pages explains.
func (m *memory) learnTurns(all []*experience.Transition) map[string]bool {
	type way struct{ line, named, to string }
	from, edits, line := map[way]map[string]bool{}, map[way]map[string]bool{}, map[way]string{}
	for _, t := range all {
		about := m.aboutLine(t)
		if about == "" {
			continue
		}
		w := way{about, t.Scene + "\x00" + m.k.named(t.State, t.Action), wordingOf(m.k.lex.readText(t.Next))}
		line[w] = about
		add(from, w, wordingOf(m.k.lex.readText(t.State)))
		if e := diff(m.k.grammar.parse(t.Action), t.State, t.Next); e != nil {
			add(edits, w, e.class())
		} else {
			add(edits, w, "")
		}
	}
	turns := map[string]*tally{}
	for w, states := range from {
		if len(states) < 2 {
			continue
		}
		if turns[w.line] == nil {
			turns[w.line] = &tally{}
		}
		turns[w.line].add(len(edits[w]) > 1)
	}
	out := map[string]bool{}
	for l, n := range turns {
		out[l] = n.yes > n.no
	}
	return out
}

// aboutLine is the kind of line that a transition's action is about: its wording, with its
// values open; "" where it is about none.
func (m *memory) aboutLine(t *experience.Transition) string {
	c := m.k.grammar.parse(t.Action)
	if line := lineAt(t.State, c); line != "" {
		return c.frame + "\x00" + m.k.lex.read(line).template
	}
	return ""
}

// wordingOf is a text with all its values open.
func wordingOf(r *reading) string {
	s := ""
	for i, p := range r.pieces {
		s += p.template + r.seps[i]
	}
	return s
}
