package analogy

import (
	"net/url"
	"slices"
	"strings"

	"dreamgym/synth/experience"
)

// turn is what a step that led to another page of the application did.
type turn struct {
	from, to sheet
	about    string   // what the line that was acted upon is called; "" for none
	beside   []string // what the lines below it are called
	kind     int      // of the page that it led to
}

// mostKept is the share of a page's lines that another page may have, too.
const mostKept = 0.6

// turnOf reads a transition as a turn of the page; nil where it is none, and where labels do
// not count up, as they do on a new page.
func (m *memory) turnOf(t *experience.Transition) *turn {
	from, ok := m.ground.divide(t.State)
	if !ok {
		return nil
	}
	to, ok := m.ground.divide(t.Next)
	if !ok || !running(linesOf(t.Next)) || keptShare(bare(from.body), bare(to.body)) > mostKept {
		return nil
	}
	about, beside := besideLine(linesOf(t.State), m.k.grammar.parse(t.Action))
	return &turn{from, to, about, beside, m.kindOfPage(to.body)}
}

// keptShare is how much two texts have in common.
func keptShare(a, b []string) float64 {
	keep, _ := common(a, b)
	n := 0
	for _, k := range keep {
		if k {
			n++
		}
	}
	return float64(n) / float64(max(1, len(a), len(b)))
}

// besideLines is how many lines below the one acted upon go with it.
const besideLines = 4

// besideLine is what the line that an action is about is called, and what the lines below it
// are that have no label.
func besideLine(lines []string, c call) (about string, beside []string) {
	for _, a := range c.args {
		at := lineWith(lines, a)
		if at < 0 {
			continue
		}
		for _, l := range lines[at+1 : min(at+1+besideLines, len(lines))] {
			if _, ok := labelled(l); ok {
				break
			}
			beside = append(beside, firstQuoted(l))
		}
		return firstQuoted(lines[at]), beside
	}
	return "", nil
}

func firstQuoted(line string) string {
	if q := quoted([]string{line}); len(q) > 0 {
		return q[0]
	}
	return ""
}

// leastKin is the share of their wording that pages of one kind have in common.
const leastKin = 0.5

// kindOfPage numbers the kinds of pages.
func (m *memory) kindOfPage(body []string) int {
	own := map[string]bool{}
	for _, l := range body {
		if v := masked(firstQuoted(l)); m.k.lex.wording[v] {
			own[v] = true
		}
	}
	best, most := -1, leastKin
	for i, kind := range m.pages {
		both := 0
		for v := range own {
			if kind[v] {
				both++
			}
		}
		if s := float64(both) / float64(max(1, len(own)+len(kind)-both)); s > most {
			best, most = i, s
		}
	}
	if best < 0 {
		m.pages = append(m.pages, own)
		return len(m.pages) - 1
	}
	return best
}

// turned tells the page that a turn leads to: its body, told of what this action is about, on
// this episode's ground.
func (d *dreamer) turned(k *kase, c call) string {
	now, ok := d.m.ground.divide(d.b.text.raw)
	if !ok || k.t.State == d.b.text.raw && k.t.Action == c.text() {
		return k.t.Next
	}
	from, to, swaps := k.turn.from, k.turn.to, d.swapsFor(k, c)
	own, head, body := swapped(to.own, swaps), inFields(to.head, swaps), swapped(to.body, swaps)
	return sheet{own, onGround(from.head, head, now.head), body, onGround(from.foot, to.foot, now.foot)}.text()
}

// swapsFor are the values of a recorded turn that are others now: what the line acted upon and
// those below it are called, and what is in fields.
func (d *dreamer) swapsFor(k *kase, c call) [][2]string {
	var out [][2]string
	add := func(was, now string) {
		if was != "" && now != "" && was != now {
			out = append(out, [2]string{was, now})
		}
	}
	lines := linesOf(d.b.text.raw)
	about, beside := besideLine(lines, c)
	add(k.turn.about, about)
	for i, v := range beside {
		if i < len(k.turn.beside) {
			add(k.turn.beside[i], v)
		}
	}
	now := byName(lines)
	for _, l := range linesOf(k.t.State) {
		_, _, was := inParts(l)
		if line, ok := now[nameOf(l)]; ok {
			_, _, is := inParts(line)
			add(firstQuoted(was), firstQuoted(is))
		}
	}
	return out
}

// swapped are lines with values in the place of others, also as an address has them; and the
// first word of a name in the place of the other's.
func swapped(lines []string, swaps [][2]string) []string {
	out := slices.Clone(lines)
	for i, l := range lines {
		for _, s := range swaps {
			out[i] = swapValue(out[i], s[0], s[1], out[i] == l)
		}
	}
	return out
}

// leastPart is how long a value has to be to be looked for within others.
const leastPart = 4

func swapValue(line, was, now string, first bool) string {
	if len(was) < leastPart {
		return strings.ReplaceAll(line, `"`+was+`"`, `"`+now+`"`)
	}
	out := strings.ReplaceAll(line, was, now)
	out = strings.ReplaceAll(out, url.QueryEscape(was), url.QueryEscape(now))
	one, _, names := strings.Cut(was, " ")
	other, _, too := strings.Cut(now, " ")
	if out == line && first && names && too && len(one) >= leastPart {
		out = swapWord(line, one, other)
	}
	return out
}

// swapWord puts one word in the place of another.
func swapWord(line, was, now string) string {
	words := tokens(line)
	for i := len(words) - 1; i >= 0; i-- {
		if w := words[i]; w.text == was {
			line = line[:w.start] + now + line[w.end:]
		}
	}
	return line
}

// inFields are lines with values swapped in what stands behind their names.
func inFields(lines []string, swaps [][2]string) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		label, name, behind := inParts(l)
		out[i] = label + name + swapped([]string{behind}, swaps)[0]
	}
	return out
}

// likeTurn answers the recorded turn of a kind that is about what is most alike: in this
// scene, where there is one, and of another line of the same wording.
func (d *dreamer) likeTurn(k *kase, c call) *kase {
	about, _ := besideLine(linesOf(d.b.text.raw), c)
	want := words(about)
	best, most := k, alike(words(k.turn.about), want)
	for _, i := range d.m.inScene[d.start.Task.Scene+"\x00"+c.frame] {
		o := &d.m.cases[i]
		if o.class != k.class {
			continue
		}
		if s := alike(words(o.turn.about), want); s > most || s == most && best.t.Scene != d.start.Task.Scene {
			best, most = o, s
		}
	}
	return best
}
