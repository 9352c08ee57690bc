package analogy

import (
	"slices"
	"strconv"
	"strings"

	"dreamgym/synth/experience"
)

// turn is what a step that led to another page of the application did.
type turn struct {
	from, to sheet
	call     call
	place    bool                      // the page is the same, and was changed in place
	stays    bool                      // most of the page is the same
	as       string                    // the pattern of the line that was acted upon
	around   [2*aroundLines + 1]string // those of the lines around it
	about    string                    // what the line that was acted upon is called; "" for none
	beside   []string                  // what the lines below it are called
	kind     int                       // of the page that it led to
}

// class names turns of one kind.
func (t *turn) class() string {
	if t.place {
		return "update " + strconv.Itoa(t.kind)
	}
	return "turn " + strconv.Itoa(t.kind)
}

// mostKept is the share of a page's lines that another page may have, too.
const mostKept = 0.6

// turnOf reads a transition as a turn of the page, or as a change of it that brings up new
// lines; nil where it is neither. On a new page labels count up without a gap.
func (m *memory) turnOf(t *experience.Transition) *turn {
	from, ok := m.k.ground.divide(t.State)
	if !ok {
		return nil
	}
	to, ok := m.k.ground.divide(t.Next)
	if !ok {
		return nil
	}
	out := &turn{from: from, to: to, call: m.k.grammar.parse(t.Action)}
	lines, moved := linesOf(t.Next), !slices.Equal(from.own, to.own)
	kept := keptShare(bare(from.body), bare(to.body)) > mostKept
	switch {
	case !running(lines) && (moved || renewed(linesOf(t.State), lines)):
		out.place = true
	case !running(lines) || kept && !moved:
		return nil
	}
	out.stays = out.place || slices.Contains(from.body, lineAt(t.State, out.call)) && (kept || samePath(from.own, to.own))
	out.as, out.around = pattern(lineAt(t.State, out.call)), around(linesOf(t.State), out.call)
	out.about, out.beside = besideLine(linesOf(t.State), out.call)
	out.kind = m.kindOfPage(to.body)
	return out
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
	now, ok := d.m.k.ground.divide(d.b.text.raw)
	if !ok || k.t.State == d.b.text.raw && k.t.Action == c.text() {
		return k.t.Next
	}
	from, to, swaps := k.turn.from, k.turn.to, d.swapsFor(k, c)
	switch {
	case k.turn.place:
		page, from := d.relisted(k, c, d.updated(k, c, now, swaps), now)
		next := max(d.highest(), highestLabel(page.body[:from])) + 1
		page.body = slices.Concat(page.body[:from], numbered(page.body[from:], next))
		return strings.Join(slices.Concat(page.own, page.head, page.body, page.foot), "\n")
	case k.turn.stays:
		page, _ := d.relisted(k, c, d.updated(k, c, d.loaded(now), swaps), now)
		return page.text()
	}
	own, head, body := swapped(to.own, swaps), inFields(to.head, swaps), d.beside(to.body, swapped(to.body, swaps))
	page, _ := d.relisted(k, c, sheet{own, d.m.onGround(k, from.head, head, now.head), body, d.m.onGround(k, from.foot, to.foot, now.foot)}, now)
	if slices.Equal(page.own, now.own) && !slices.Equal(from.own, to.own) {
		return d.loaded(now).text() // it leads to where one is
	}
	return page.text()
}

// relisted is a page with the address that its fields make and the list that is asked for there,
// and where in its body that list begins.
func (d *dreamer) relisted(k *kase, c call, page, now sheet) (sheet, int) {
	if here, ok := addressIn(now.own); ok {
		line := lineAt(d.b.text.raw, c)
		if at, ok := d.m.lists.asked(k, page, here, slices.Contains(now.body, line)); ok {
			page.own = withAddress(page.own, at)
		}
	}
	return d.m.lists.listed(d.start.Task.Scene, page, d.b.goal.values, d.pages)
}

// loaded is the page on the screen as it was when it came up: what was typed since is gone when
// it comes up again.
func (d *dreamer) loaded(now sheet) sheet {
	for i := len(d.b.deeds) - 1; i >= -1; i-- {
		text := d.b.first
		if i >= 0 {
			text = d.b.deeds[i].next.raw
		}
		s, ok := d.m.k.ground.divide(text)
		if !ok || !slices.Equal(s.own, now.own) {
			break
		}
		now = s
	}
	return now
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
	if about != k.turn.about || d.m.k.lex.wording[masked(about)] {
		d.swapTops(k, c, add)
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

// swapTops are the values near the top of a page that the page behind it has, too: what it is
// about. A line of the ground leads to its page from everywhere.
func (d *dreamer) swapTops(k *kase, c call, add func(was, now string)) {
	here, ok := d.m.k.ground.divide(d.b.text.raw)
	if !ok || k.turn.place || !slices.Contains(here.body, lineAt(d.b.text.raw, c)) {
		return
	}
	shown := strings.Join(k.turn.to.body, "\n")
	for i, l := range k.turn.from.body[:min(topLines, len(k.turn.from.body), len(here.body))] {
		was, now := firstQuoted(l), firstQuoted(here.body[i])
		if pattern(l) != pattern(here.body[i]) {
			continue
		}
		if len(was) >= leastPart && strings.Contains(shown, was) {
			add(was, now)
		}
		for _, n := range otherNumbers(was, now) {
			if len(n[0]) >= leastPart && strings.Contains(shown, n[0]) {
				add(n[0], n[1])
			}
		}
	}
}

// otherNumbers are the numbers in which two texts of the same words differ.
func otherNumbers(was, now string) (pairs [][2]string) {
	a, b := words(was), words(now)
	if len(a) != len(b) {
		return nil
	}
	for i := range a {
		switch {
		case a[i] == b[i]:
		case number(a[i]) && number(b[i]):
			pairs = append(pairs, [2]string{a[i], b[i]})
		default:
			return nil
		}
	}
	return pairs
}

// likeTurn answers the recorded turn of a kind that is most like what is asked for: about
// what has the same wording and most words in common, with the same arguments, on the same
// page, in this scene.
func (d *dreamer) likeTurn(k *kase, c call) *kase {
	text := d.b.text.raw
	about, _ := besideLine(linesOf(text), c)
	want, as, own := words(about), pattern(lineAt(text, c)), linesOf(text)[:ownLines]
	here, _ := d.m.k.ground.divide(text)
	between := around(linesOf(text), c)
	score := func(o *kase) float64 {
		s := alike(words(o.turn.about), want)
		for i, a := range o.call.args {
			if a != "" && i < len(c.args) && a == c.args[i] {
				s++
			}
		}
		for _, holds := range []bool{o.turn.as == as, o.turn.place && slices.Equal(o.turn.from.own, own), o.turn.place && sameShape(o.turn.from.own, own), o.t.Scene == d.start.Task.Scene, o.turn.to.menu() == here.menu()} {
			if holds {
				s++
			}
		}
		for i, l := range between {
			s += float64(boolean(o.turn.around[i] == l)) / float64(len(between))
		}
		return s
	}
	best, most := k, score(k)
	for _, i := range d.m.inScene[d.start.Task.Scene+"\x00"+c.frame] {
		o := &d.m.cases[i]
		if o.class != k.class {
			continue
		}
		if s := score(o); s >= most {
			best, most = o, s
		}
	}
	return best
}

// sameShape tells whether two pages are told by as many words.
func sameShape(a, b []string) bool {
	return len(tokens(strings.Join(a, "\n"))) == len(tokens(strings.Join(b, "\n")))
}
