package analogy

import "slices"

// besideLines is how many lines below the one acted upon go with it.
const besideLines = 4

// besideLine is what the line that an action is about is called, and what the lines below it
// are that have no label.
func besideLine(lines []string, c call) (about string, beside []string) {
	at, _ := acted(lines, c)
	if at < 0 {
		return "", nil
	}
	rest := below(lines, at)
	for _, l := range rest[:min(besideLines, len(rest))] {
		beside = append(beside, firstQuoted(l))
	}
	return firstQuoted(lines[at]), beside
}

// aroundLines is how many lines above the one acted upon, and below it, are around it.
const aroundLines = 2

// around are the patterns of the lines around the one that an action is about; "" where there are none.
func around(lines []string, c call) [2*aroundLines + 1]string {
	var out [2*aroundLines + 1]string
	at, _ := acted(lines, c)
	for i := range out {
		if j := at - aroundLines + i; at >= 0 && 0 <= j && j < len(lines) {
			out[i] = pattern(lines[j])
		}
	}
	return out
}

func firstQuoted(line string) string {
	if q := quoted([]string{line}); len(q) > 0 {
		return q[0]
	}
	return ""
}

// beside puts below lines that are called otherwise than in the recording what this scene's
// recordings have below lines of that name.
func (d *dreamer) beside(was, now []string) []string {
	out := slices.Clone(now)
	for i, l := range out {
		if _, ok := labelled(l); !ok || nameOf(l) == nameOf(was[i]) {
			continue
		}
		end := i + 1 + len(below(out, i))
		for _, known := range d.m.besides[d.start.Task.Scene+"\x00"+nameOf(l)] {
			if i+1+len(known) == end && sameKind(out[i+1:end], known) {
				copy(out[i+1:], known)
				break
			}
		}
	}
	return out
}

// sameKind tells whether what stands below two lines may be of one kind: a line and its counterpart
// have a word in common, or are the same but for their numbers.
func sameKind(a, b []string) bool {
	for i := range a {
		one, other := masked(firstQuoted(a[i])), masked(firstQuoted(b[i]))
		if one == other || slices.ContainsFunc(words(one), func(w string) bool { return wordAfter(w) && slices.Contains(words(other), w) }) {
			return true
		}
	}
	return false
}

// below are the lines without labels that follow a line.
func below(lines []string, i int) []string {
	to := i + 1
	for to < len(lines) {
		if _, ok := labelled(lines[to]); ok {
			break
		}
		to++
	}
	return lines[i+1 : to]
}

// noteBesides keeps what stands below the lines of a page that are no wording.
func (m *memory) noteBesides(scene string, s sheet) {
	for i, l := range s.body {
		if _, ok := labelled(l); !ok || m.k.lex.wording[masked(firstQuoted(l))] {
			continue
		}
		key, lines := scene+"\x00"+nameOf(l), below(s.body, i)
		if len(lines) == 0 || len(lines) > besideLines {
			continue
		}
		if !slices.ContainsFunc(m.besides[key], func(k []string) bool { return len(k) == len(lines) }) {
			m.besides[key] = append(m.besides[key], lines)
		}
	}
}
