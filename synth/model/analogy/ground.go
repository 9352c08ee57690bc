package analogy

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Pages of one application share a ground: menus above, a footer below, and in them who is
// signed in and how much is in the cart. A page is told on the ground that this episode
// has, not on that of the recording which showed it.

// sheet is a page in its parts: what it alone has at its very top, the ground's upper part,
// the body, and the ground's lower part.
type sheet struct{ own, head, body, foot []string }

// ownLines is how many lines above the ground tell which page it is.
const ownLines = 1

// nameOf is a line with its first quoted value, without its label and what follows; numbers
// are open.
func nameOf(line string) string {
	_, name, _ := inParts(line)
	return masked(name)
}

// inParts divides a line: its label, what it is called, and what stands behind that.
func inParts(line string) (label, name, behind string) {
	if l, ok := labelled(line); ok {
		label = "[" + l + "] "
		line = strings.TrimPrefix(line, label)
	}
	quotes := strings.SplitAfterN(line, `"`, 3)
	name = strings.Join(quotes[:min(2, len(quotes))], "")
	return label, name, line[len(name):]
}

// divide answers a page's parts; ok is false where it has no such ground.
func (g ground) divide(text string) (s sheet, ok bool) {
	lines := linesOf(text)
	top, bottom := g.bounds(lines)
	if top < 0 {
		return s, false
	}
	return sheet{lines[:ownLines], lines[ownLines : top+1], lines[top+1 : bottom], lines[bottom:]}, true
}

// groundPattern is a line of the ground as conditions know it: its name is what it is, whether
// the goal has the word or not; what stands behind it is seen with the goal's values.
func (b *belief) groundPattern(line string) string {
	_, name, behind := inParts(line)
	return masked(name) + b.pattern(behind)
}

// menu is the line that ends the ground's upper part: who is signed in has another than who is not.
func (s sheet) menu() string {
	if len(s.head) == 0 {
		return ""
	}
	return nameOf(s.head[len(s.head)-1])
}

// text puts a page together, with its labels counted up anew.
func (s sheet) text() string {
	return strings.Join(relabel(slices.Concat(s.own, s.head, s.body, s.foot)), "\n")
}

// bare are lines without labels.
func bare(lines []string) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		_, name, behind := inParts(l)
		out[i] = name + behind
	}
	return out
}

// running tells whether labels count up without a gap.
func running(lines []string) bool {
	last := -1
	for _, l := range lines {
		label, ok := labelled(l)
		if !ok {
			continue
		}
		n, err := strconv.Atoi(label)
		if err != nil || last >= 0 && n != last+1 {
			return false
		}
		last = n
	}
	return last >= 0
}

// relabel numbers lines anew, counting up from the first label.
func relabel(lines []string) []string {
	for _, l := range lines {
		if label, ok := labelled(l); ok {
			first, _ := strconv.Atoi(label) // it counts up: it is a number
			return numbered(lines, first)
		}
	}
	return lines
}

// numbered are lines with labels that count up.
func numbered(lines []string, next int) []string {
	out := slices.Clone(lines)
	for i, l := range lines {
		if label, ok := labelled(l); ok {
			out[i] = strings.Replace(l, "["+label+"]", "["+strconv.Itoa(next)+"]", 1)
			next++
		}
	}
	return out
}

// onGround tells a part of the ground as it comes out now: was and came are the part before
// and after the recorded step, now is the part before this one, and filled what fields are set to.
// A step that makes it of other lines makes it as recorded; else what it changed is changed.
func (m *memory) onGround(k *kase, was, came, now []string, filled map[string]string) []string {
	before, after := byName(was), byName(came)
	if !maps.EqualFunc(before, after, func(string, string) bool { return true }) {
		return came
	}
	out := slices.Clone(now)
	for i, l := range now {
		name := nameOf(l)
		if line, ok := after[name]; ok {
			out[i] = changedLine(before[name], line, l, m.counts[countKey(k, name)], filled)
		}
	}
	return out
}

func byName(lines []string) map[string]string {
	out := make(map[string]string, len(lines))
	for _, l := range lines {
		out[nameOf(l)] = l
	}
	return out
}

// changedLine changes the number in a line's name as the recorded step did; what stands behind
// the name is as recorded.
func changedLine(was, came, now string, by *counter, filled map[string]string) string {
	_, _, behind := inParts(came)
	label, name, _ := inParts(now)
	if from, to, n := numberIn(was), numberIn(came), numberIn(now); from != to {
		if moved, ok := by.number(from, to, n, filled); ok {
			name = strings.Replace(name, n, moved, 1)
		}
	}
	return label + name + behind
}

// numberIn is the number in a line's name; "" for none.
func numberIn(line string) string {
	_, name, _ := inParts(line)
	return onlyNumber(name)
}

// counter is what a number of the ground was before the recorded steps of one kind that changed
// it, and what it came to.
type counter struct {
	was, came map[string]bool
	by        map[string]*tally // field → whether the number went by what it was set to
}

// field is the one by whose value the number goes; "" where it goes by none.
func (c *counter) field() string {
	for _, name := range keys(c.by) {
		if t := c.by[name]; t.yes >= leastMoves && rate(t) >= most {
			return name
		}
	}
	return ""
}

// countKey names a number of the ground, and what changes it.
func countKey(k *kase, name string) string {
	return k.call.frame + "\x00" + k.about + "\x00" + name
}

// noteCounts keeps how a step changed the numbers of a part of the ground.
func (m *memory) noteCounts(k *kase, was, came []string) {
	after := byName(came)
	for name, l := range byName(was) {
		from, to := numberIn(l), numberIn(after[name])
		if from == to || from == "" || to == "" {
			continue
		}
		c := m.counts[countKey(k, name)]
		if c == nil {
			c = &counter{map[string]bool{}, map[string]bool{}, map[string]*tally{}}
			m.counts[countKey(k, name)] = c
		}
		c.was[from], c.came[to] = true, true
		step, _ := minus(to, from)
		for field, value := range k.turn.filled {
			tallied(c.by, field, value == step)
		}
	}
}

// number is what a number comes to where the recorded one went from was to came. It moves as
// far, or by what the field has by which it always went; but where several came to one and the
// same, it comes to that, and a count is never below none.
func (c *counter) number(was, came, now string, filled map[string]string) (string, bool) {
	step, ok := minus(came, was)
	if !ok {
		return "", false
	}
	if v, ok := plus(now, filled[c.field()]); ok {
		return v, true
	}
	moved, ok := plus(now, step)
	if c != nil && len(c.came) == 1 && len(c.was) > 1 || strings.HasPrefix(moved, "-") {
		return came, ok
	}
	return moved, ok
}

// bodyKey is what a page shows of its own, what is in its fields, and an action there; ""
// where pages share no ground.
func (m *memory) bodyKey(scene, text, named string) string {
	s, ok := m.k.ground.divide(text)
	if !ok {
		return ""
	}
	key := scene + "\x00" + named + "\x00" + strings.Join(bare(s.body), "\n")
	for _, l := range s.head {
		if _, _, behind := inParts(l); behind != "" {
			key += "\x00" + behind
		}
	}
	return key
}
