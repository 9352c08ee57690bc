package analogy

import (
	"slices"
	"strings"

	"dreamgym/synth/experience"
)

// marks changes what stands behind names as the recorded step did: of the line that was acted
// upon, and of lines of the same names.
func marks(lines, from, to []string, acted, now string) {
	for _, l := range from {
		i := indexByName(to, l, 0)
		if i < 0 {
			continue
		}
		_, _, was := inParts(l)
		_, _, is := inParts(to[i])
		if was == is {
			continue
		}
		if l == acted {
			l = now
		}
		if i := indexByName(lines, l, 0); i >= 0 {
			label, name, _ := inParts(lines[i])
			lines[i] = label + name + is
		}
	}
}

// marking is what a step did that marked, of the lines below the one acted upon, the one that an
// argument names: which argument, and the mark.
type marking struct {
	arg  int
	mark string
}

// markingOf finds the marking of a recorded step; nil where it made none.
func markingOf(c call, came []string) *marking {
	at, _ := acted(came, c)
	if at < 0 {
		return nil
	}
	for i, arg := range c.args {
		if j := quoting(below(came, at), arg); j >= 0 {
			_, _, mark := inParts(below(came, at)[j])
			return &marking{i, mark}
		}
	}
	return nil
}

// apply picks what this action's argument names, where it is there, instead of what was picked.
func (p *marking) apply(lines []string, c call) {
	at, _ := acted(lines, c)
	if at < 0 || p.arg >= len(c.args) || quoting(below(lines, at), c.args[p.arg]) < 0 {
		return
	}
	for j, l := range below(lines, at) {
		_, name, behind := inParts(l)
		if behind == p.mark {
			behind = ""
		}
		if strings.Contains(l, `"`+c.args[p.arg]+`"`) {
			behind = p.mark
		}
		lines[at+1+j] = name + behind
	}
}

// marksOnly is the marking that is all that a step did; nil where it did something else.
func marksOnly(c call, from, to []string) *marking {
	p, lines := markingOf(c, to), slices.Clone(from)
	if p == nil || p.mark == "" {
		return nil
	}
	if p.apply(lines, c); !slices.Equal(lines, to) {
		return nil
	}
	return p
}

// unchanged are lines with what stands behind their names now where a recorded step left it.
func unchanged(was, came, now []string) []string {
	before, here, out := byName(was), byName(now), slices.Clone(came)
	for i, l := range came {
		label, name, behind := inParts(l)
		_, _, first := inParts(before[nameOf(l)])
		if line, ok := here[nameOf(l)]; ok && first == behind {
			_, _, now := inParts(line)
			out[i] = label + name + now
		}
	}
	return out
}

// leastMoves is how often a mark has to be seen to move, and never to stay, to be a cursor.
const leastMoves = 5

// learnCursors finds the marks that only one line has at a time: where another gets one, it is
// gone.
func learnCursors(all []*experience.Transition) map[string]bool {
	moves := map[string]*tally{}
	for _, t := range all {
		was, is := markedLines(linesOf(t.State)), markedLines(linesOf(t.Next))
		for mark, names := range is {
			for name := range names {
				if before := was[mark]; len(before) > 0 && !before[name] {
					if moves[mark] == nil {
						moves[mark] = &tally{}
					}
					moves[mark].add(len(names) == 1)
				}
			}
		}
	}
	out := map[string]bool{}
	for mark, t := range moves {
		out[mark] = t.yes >= leastMoves && rate(t) >= most
	}
	return out
}

// markedLines are the names of the lines with a label that each word stands behind.
func markedLines(lines []string) map[string]map[string]bool {
	out := map[string]map[string]bool{}
	for _, l := range lines {
		if _, ok := labelled(l); ok {
			_, name, behind := inParts(l)
			for _, mark := range strings.Fields(pattern(behind)) {
				add(out, mark, name)
			}
		}
	}
	return out
}

// withoutCursors are lines without the marks of one line at a time.
func (m *memory) withoutCursors(lines []string) []string {
	out := slices.Clone(lines)
	for i, l := range lines {
		label, name, behind := inParts(l)
		for _, mark := range keys(m.cursors) {
			if m.cursors[mark] {
				behind = strings.TrimSuffix(behind, " "+mark)
			}
		}
		out[i] = label + name + behind
	}
	return out
}
