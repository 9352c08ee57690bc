package analogy

import (
	"slices"
	"strings"
)

// origin is the page that a step was taken on, as far as what came of it may name it.
type origin struct {
	from   sheet
	about  string            // what the line that was acted upon is called; "" for none
	beside []string          // what the lines below it are called
	own    bool              // that line is none of the ground
	filled map[string]string // what is written in the fields of the page
	picked map[string]string // what is picked there
	fields []string          // the names of these fields
	set    []string          // the same with what they are set to
}

// originOf reads a page; ok is false where it has no ground.
func (m *memory) originOf(text string, c call) (o origin, ok bool) {
	o.from, ok = m.k.ground.divide(text)
	if !ok {
		return o, false
	}
	o.about, o.beside = besideLine(linesOf(text), c)
	o.own = slices.Contains(o.from.body, lineAt(text, c))
	o.filled, o.picked = m.filled(o.from)
	for _, set := range []map[string]string{o.filled, o.picked} {
		for field, value := range set {
			o.fields, o.set = append(o.fields, field), append(o.set, field+"\x00"+value)
		}
	}
	return o, true
}

// swapsFor are the values of a recorded step that are others now: what the line acted upon and
// those below it are called, what stands near the top of the page and is shown then, and what is
// written in fields.
func (d *dreamer) swapsFor(k, here *origin, shown []string) [][2]string {
	var out [][2]string
	add := func(was, now string) {
		if was != "" && now != "" && was != now {
			out = append(out, [2]string{was, now})
		}
	}
	add(k.about, here.about)
	if was := onlyNumber(k.about); masked(was) == "#" && len(was) >= leastPart && masked(k.about) == masked(here.about) {
		add(was, onlyNumber(here.about)) // an address may have the number alone
	}
	for i, v := range here.beside {
		if i < len(k.beside) {
			add(k.beside[i], v)
		}
	}
	if here.own && (here.about != k.about || d.m.k.lex.wording[masked(here.about)]) {
		swapTops(k.from.body, here.from.body, shown, add)
	}
	for _, key := range keys(k.filled) {
		add(k.filled[key], here.filled[key])
	}
	return out
}

// carried is what is told on another page where other things were picked than now: in lines that are
// nothing to act upon, nor to be picked. Lines of the ground lead on whatever is picked.
func carried(lines []string, k, here *origin) []string {
	var picks [][2]string
	for _, key := range keys(k.picked) {
		was, is := inBrackets(k.picked[key]), inBrackets(here.picked[key])
		for i := range was {
			if len(was) == len(is) && was[i] != is[i] && was[i] != "" && is[i] != "" {
				picks = append(picks, [2]string{was[i], is[i]})
			}
		}
	}
	out := slices.Clone(lines)
	for i := 0; i < len(lines) && here.own; i++ {
		if _, ok := labelled(lines[i]); ok {
			i += len(offered(lines, i))
			continue
		}
		out[i] = swapped(lines[i:i+1], picks)[0]
	}
	return out
}

// inBrackets is a value, and where it has brackets what stands before and in them.
func inBrackets(value string) []string {
	out := []string{value}
	if before, in, ok := strings.Cut(strings.TrimSuffix(value, ")"), " ("); ok {
		out = append(out, before, in)
	}
	return out
}

// swapTops are the values near the top of a page that what is shown then has, too: what the page
// is about.
func swapTops(from, here, shown []string, add func(was, now string)) {
	text := strings.Join(shown, "\n")
	for i, l := range from[:min(topLines, len(from), len(here))] {
		if pattern(l) != pattern(here[i]) {
			continue
		}
		now := quoted(here[i : i+1])
		for j, was := range quoted([]string{l}) {
			if strings.Contains(text, `"`+was+`"`) || len(was) >= leastPart && strings.Contains(text, was) {
				add(was, now[j])
			}
			for _, n := range otherParts(was, now[j]) {
				if len(n[0]) >= leastPart && strings.Contains(text, n[0]) {
					add(n[0], n[1])
				}
			}
		}
	}
}

// otherParts are the parts in which two texts differ: numbers between the same words, else what stands
// between the words that both begin and end with.
func otherParts(was, now string) (pairs [][2]string) {
	a, b := strings.Fields(was), strings.Fields(now)
	numbers := len(a) == len(b)
	for i := 0; i < len(a) && numbers; i++ {
		if m, n := onlyNumber(a[i]), onlyNumber(b[i]); a[i] != b[i] {
			numbers = number(m) && number(n) && masked(a[i]) == masked(b[i])
			pairs = append(pairs, [2]string{m, n})
		}
	}
	if numbers {
		return pairs
	}
	first, last := sharedEnds(a, b, func(word string) string { return word })
	if first+last == 0 || first+last == min(len(a), len(b)) {
		return nil
	}
	return [][2]string{{strings.Join(a[first:len(a)-last], " "), strings.Join(b[first:len(b)-last], " ")}}
}
