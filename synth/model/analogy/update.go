package analogy

import (
	"slices"
	"strconv"
	"strings"
)

// updated tells the body of a page that a step changes in place: what it replaced between
// lines that stayed is replaced between the same lines now. New lines get new labels, from
// one above the highest that the page ever had.
func (d *dreamer) updated(k *kase, c call, now sheet, filled map[string]string, swaps [][2]string) sheet {
	from, to := k.turn.from, k.turn.to
	now.head, now.body = d.m.withoutCursors(now.head), d.m.withoutCursors(now.body)
	out := sheet{own: ownAfter(from.own, to.own, now.own, swaps), head: d.m.onGround(k, from.head, unchanged(from.head, inFields(to.head, swaps), now.head), now.head, filled)}
	next, known := d.highest()+1, slices.Equal(from.own, now.own)
	fresh := func(lines []string) {
		for _, l := range lines {
			if label, ok := labelled(l); ok {
				l = strings.Replace(l, "["+label+"]", "["+strconv.Itoa(next)+"]", 1)
				next++
			}
			out.body = append(out.body, l)
		}
	}
	at, was, is := 0, slices.Index(from.body, lineAt(k.t.State, k.turn.call)), slices.Index(now.body, lineAt(d.b.text.raw, c))
	for _, b := range blocks(from.body, to.body) {
		if start, lines := b.about(from.body, now.body, was, is); start >= at && len(lines) > 0 {
			out.body = append(out.body, now.body[at:start]...)
			fresh(lines)
			at = start + len(lines)
			continue
		}
		start, end, ok := b.place(from.body, now.body, at)
		if !ok {
			continue
		}
		out.body = append(out.body, now.body[at:start]...)
		if lines := now.body[start:end]; known || len(lines) == 0 {
			fresh(d.beside(b.lines, swapped(b.lines, swaps)))
		} else {
			fresh(lines) // what comes up on this page is not known: what is there is shown anew
		}
		at = end
	}
	out.body = append(out.body, now.body[at:]...)
	marks(out.body, from.body, inFields(to.body, swaps), lineAt(k.t.State, k.turn.call), lineAt(d.b.text.raw, c))
	if p := markingOf(k.turn.call, to.body); p != nil {
		p.apply(out.body, c)
	}
	out.foot = d.m.onGround(k, from.foot, to.foot, now.foot, filled)
	return out
}

// ownAfter is what tells which page it is, changed as it was changed in the recorded step.
func ownAfter(from, to, now []string, swaps [][2]string) []string {
	out := swapped(to, swaps)
	for i := range min(len(from), len(to), len(now)) {
		n := 0
		for n < min(len(from[i]), len(to[i])) && from[i][n] == to[i][n] {
			n++
		}
		if rest, ok := strings.CutSuffix(now[i], from[i][n:]); ok {
			out[i] = rest + swapped([]string{to[i][n:]}, swaps)[0]
		}
	}
	return out
}

// block is a run of lines that stands in the place of others.
type block struct {
	from, to int // the lines that are replaced
	lines    []string
}

// blocks are the runs in which two bodies differ.
func blocks(a, b []string) []block {
	var out []block
	i, j := 0, 0
	for _, same := range append(anchored(a, b), [2]int{len(a), len(b)}) {
		if same[0] > i || same[1] > j {
			out = append(out, block{i, same[0], b[j:same[1]]})
		}
		i, j = same[0]+1, same[1]+1
	}
	return out
}

// anchored pairs the lines of two bodies that are the same: that have their label and name in
// common, whatever stands behind it. They stand in runs with a label among them: others, prices
// and the like, may be the same by accident.
func anchored(a, b []string) [][2]int {
	keepA, keepB := common(identities(a), identities(b))
	inA, inB := labelledRuns(a, keepA), labelledRuns(b, keepB)
	var out [][2]int
	j := 0
	for i := range a {
		if !keepA[i] {
			continue
		}
		for !keepB[j] {
			j++
		}
		if inA[i] && inB[j] {
			out = append(out, [2]int{i, j})
		}
		j++
	}
	return out
}

// labelledRuns marks the lines of runs that are kept and have a label among them.
func labelledRuns(lines []string, keep []bool) []bool {
	out := make([]bool, len(lines))
	for from := 0; from < len(lines); from++ {
		to, labels := from, false
		for to < len(lines) && keep[to] {
			_, has := labelled(lines[to])
			labels = labels || has
			to++
		}
		for i := from; i < to; i++ {
			out[i] = labels
		}
		from = to
	}
	return out
}

// identities are lines without what stands behind their names.
func identities(lines []string) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		label, name, _ := inParts(l)
		out[i] = label + name
	}
	return out
}

// about tells a block about the line acted upon, which was a line of from and is one of now: where it
// begins, and the lines there changed as the recorded ones were. There are none where the block is not
// about that line, or other lines stand there.
func (b block) about(from, now []string, was, is int) (start int, lines []string) {
	start = is - was + b.from
	end := start + len(b.lines)
	if was < b.from || was >= b.to || is < 0 || start < 0 || end > len(now) || b.to-b.from != len(b.lines) {
		return 0, nil
	}
	for i, l := range now[start:end] {
		line, ok := likewise(from[b.from+i], b.lines[i], l)
		if !ok {
			return 0, nil
		}
		lines = append(lines, line)
	}
	return start, lines
}

// likewise changes a line as another was changed: what stands behind its name, and how far its number
// went; ok is false where that does not tell the change.
func likewise(was, came, now string) (line string, ok bool) {
	_, first, before := inParts(was)
	_, last, after := inParts(came)
	label, name, behind := inParts(now)
	if before != after {
		behind = after
	}
	switch {
	case first == name:
		return label + last + behind, true
	case pattern(first) != pattern(name):
		return "", false
	case first == last:
		return label + name + behind, true
	}
	step, _ := minus(onlyNumber(last), onlyNumber(first))
	n, ok := plus(onlyNumber(name), step)
	return label + strings.Replace(name, onlyNumber(name), n, 1) + behind, ok
}

// place finds where a block goes on the page of now, from a line on: behind the line before
// it and before the line behind it; the nearest that the page has, too.
func (b block) place(from, now []string, at int) (start, end int, ok bool) {
	start, end = -1, len(now)
	for i := b.from - 1; i >= 0 && start < 0; i-- {
		start = indexByName(now, from[i], at)
	}
	if start < 0 {
		return 0, 0, false
	}
	start++
	for i := b.to; i < len(from); i++ {
		if j := indexByName(now, from[i], start); j >= 0 {
			return start, j, true
		}
	}
	return start, end, true
}

// indexByName finds a line of a name, from a line on; -1 for none.
func indexByName(lines []string, line string, at int) int {
	_, name, _ := inParts(line)
	for i := at; i < len(lines); i++ {
		if _, other, _ := inParts(lines[i]); other == name {
			return i
		}
	}
	return -1
}

// lineAt is the line that an action is about; "" for none.
func lineAt(text string, c call) string {
	lines := linesOf(text)
	if at, _ := acted(lines, c); at >= 0 {
		return lines[at]
	}
	return ""
}

// highest is the highest label that the page on the screen ever had. A page whose labels count
// up without a gap is new.
func (d *dreamer) highest() int {
	high := highestLabel(linesOf(d.b.first))
	for _, e := range d.b.deeds {
		lines := linesOf(e.next.raw)
		if n := highestLabel(lines); running(lines) {
			high = n
		} else {
			high = max(high, n)
		}
	}
	return high
}

func highestLabel(lines []string) int {
	high := 0
	for _, l := range lines {
		if label, ok := labelled(l); ok {
			n, err := strconv.Atoi(label)
			if err == nil {
				high = max(high, n)
			}
		}
	}
	return high
}

// renewed tells whether a step in place brought up lines with labels above all that were on
// the page.
func renewed(from, to []string) bool {
	high := highestLabel(from)
	return slices.ContainsFunc(to, func(l string) bool { return highestLabel([]string{l}) > high })
}
