package analogy

import (
	"slices"
	"strconv"
	"strings"

	"dreamgym/synth/experience"
)

// turn is what a step that led to another page of the application did.
type turn struct {
	origin
	to     sheet
	call   call
	place  bool                      // the page is the same, and was changed in place
	stays  bool                      // most of the page is the same
	as     string                    // the pattern of the line that was acted upon
	around [2*aroundLines + 1]string // those of the lines around it
	kind   int                       // of the page that it led to
	where  string                    // that page is, as far as scenes share it
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
	c := m.k.grammar.parse(t.Action)
	o, ok := m.originOf(t.State, c)
	if !ok {
		return nil
	}
	from := o.from
	to, ok := m.k.ground.divide(t.Next)
	if !ok {
		return nil
	}
	out := &turn{origin: o, to: to, call: c, where: m.k.placeOf(to)}
	lines, moved := linesOf(t.Next), !slices.Equal(from.own, to.own)
	kept := keptShare(bare(from.body), bare(to.body)) > mostKept
	switch {
	case !running(lines) && (moved || renewed(linesOf(t.State), lines)):
		out.place = true
	case !running(lines) || kept && !moved:
		return nil
	}
	out.stays = out.place || o.own && (kept || samePath(from.own, to.own))
	out.as, out.around = pattern(lineAt(t.State, out.call)), around(linesOf(t.State), out.call)
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
func (d *dreamer) turned(k *kase, here *origin, c call) string {
	if here.from.own == nil || k.t.State == d.b.text.raw && k.t.Action == c.text() {
		return k.t.Next
	}
	now, from, to, shown := here.from, k.turn.from, k.turn.to, k.turn.to.body
	if k.turn.place {
		shown = nil
	}
	swaps := d.swapsFor(&k.turn.origin, here, shown)
	switch {
	case k.turn.place:
		page, from := d.relisted(k, c, d.updated(k, c, now, here.filled, swaps), now)
		next := max(d.highest(), highestLabel(page.body[:from])) + 1
		page.body = slices.Concat(page.body[:from], numbered(page.body[from:], next))
		return strings.Join(slices.Concat(page.own, page.head, page.body, page.foot), "\n")
	case k.turn.stays:
		page, _ := d.relisted(k, c, d.updated(k, c, d.loaded(now), here.filled, swaps), now)
		return page.text()
	}
	own, head := swapped(to.own, swaps), inFields(to.head, swaps)
	body := d.m.reckoned(k.turn.kind, to.body, d.beside(to.body, carried(swapped(to.body, swaps), &k.turn.origin, here)))
	if k.named != d.named(c.text()) && slices.Contains(d.b.goal.values, here.about) {
		body = d.offering(body)
	}
	page, _ := d.relisted(k, c, sheet{own, d.m.onGround(k, from.head, head, now.head, here.filled), body, d.m.onGround(k, from.foot, to.foot, now.foot, here.filled)}, now)
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

// likeTurn answers the recorded turn of a kind that is most like what is asked for: about
// what has the same wording and most words in common, with the same arguments, on the same
// page with its fields set alike, in this scene. What leads to a page that was never recorded may
// lead to another kind of those that are where the recorded one is: what the goal names rather to
// one that has what else it says, as goals are given because they can be reached.
func (d *dreamer) likeTurn(k *kase, here *origin, c call) *kase {
	text, named := d.b.text.raw, d.named(c.text())
	known := k.named == named
	if known && !k.turn.place && !here.own {
		return k
	}
	want, as, own := words(here.about), pattern(lineAt(text, c)), here.from.own
	between := around(linesOf(text), c)
	var says sayings
	if !known && slices.Contains(d.b.goal.values, here.about) {
		_, rest := namedIn(d.b.goal.values[0])
		says = d.m.heard.shares(rest)
	}
	score := func(o *kase) float64 {
		s := alike(words(o.turn.about), want)
		if len(says) > 0 {
			s += says.in(strings.Join(o.turn.to.body, "\n"))
		}
		if known {
			s += alike(o.turn.fields, here.fields) + alike(o.turn.set, here.set)/2
		}
		for i, a := range o.call.args {
			if a != "" && i < len(c.args) && a == c.args[i] {
				s++
			}
		}
		for _, holds := range []bool{o.turn.as == as, o.turn.place && slices.Equal(o.turn.from.own, own), o.turn.place && sameShape(o.turn.from.own, own), o.t.Scene == d.start.Task.Scene, o.turn.to.menu() == here.from.menu()} {
			if holds {
				s++
			}
		}
		for i, l := range between {
			s += float64(boolean(o.turn.around[i] == l)) / float64(len(between))
		}
		return s
	}
	list, best, most := d.m.same[d.start.Task.Scene+"\x00"+named], k, score(k)
	if !known {
		list = d.m.inScene[d.start.Task.Scene+"\x00"+c.frame]
	}
	for _, i := range list {
		o := &d.m.cases[i]
		if o.class != k.class && (known || !leadsAlike(o.turn, k.turn)) {
			continue
		}
		if s := score(o); s > most || s == most && !known {
			best, most = o, s
		}
	}
	return best
}

// leadsAlike tells whether two turns lead to new pages that are where the application has one kind.
func leadsAlike(a, b *turn) bool {
	return a != nil && !a.stays && !b.stays && a.where != "" && a.where == b.where
}

// sameShape tells whether two pages are told by as many words.
func sameShape(a, b []string) bool {
	return len(tokens(strings.Join(a, "\n"))) == len(tokens(strings.Join(b, "\n")))
}
