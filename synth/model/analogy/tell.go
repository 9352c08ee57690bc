package analogy

import (
	"fmt"
	"strings"

	"dreamgym/synth/model"
)

// tell says the outcome of the case that was chosen in this episode's terms.
func (d *dreamer) tell(c call, action string, atoms []int32, a answer) answer {
	k := &d.m.cases[a.rep]
	a.failed = k.failed
	if k.turn != nil {
		here, _ := d.m.originOf(d.b.text.raw, c)
		if k.t.State != d.b.text.raw || k.t.Action != action {
			k = d.likeTurn(k, &here, c)
		}
		a.text = d.turned(k, &here, c)
		d.judge(c, action, atoms, k, &a)
		return a
	}
	if k.edit != nil {
		a.text = d.edited(k, c, action)
		d.judge(c, action, atoms, k, &a)
		return a
	}
	pieces := d.say(k, c, action, &a)
	d.judge(c, action, atoms, k, &a)
	a.text = d.withBonus(pieces, a.label, c.frame)
	return a
}

// edited is the page on the screen as the case changed its own. What an action brought
// up before in this episode it brings up again.
func (d *dreamer) edited(k *kase, c call, action string) string {
	if k.t.Action == action && k.t.State == d.b.text.raw {
		return k.t.Next
	}
	if len(k.edit.added) > 0 {
		for i := len(d.b.deeds) - 1; i >= 0; i-- {
			if e := d.b.deeds[i]; e.named == d.named(action) && !e.failed {
				return e.next.raw
			}
		}
		if k.t.Task == d.start.Task.ID && k.named == d.named(action) {
			return k.t.Next
		}
	}
	e := *k.edit
	if k.origin != nil {
		e.added = d.addedNow(k, c)
	}
	return e.apply(c, d.b.text.raw, d.b.first)
}

// addedNow are the lines that an edit adds, told of this page.
func (d *dreamer) addedNow(k *kase, c call) []insertion {
	after, lines := make([]string, len(k.edit.added)), make([]string, len(k.edit.added))
	for i, in := range k.edit.added {
		after[i], lines[i] = in.after, in.line
	}
	here, _ := d.m.originOf(d.b.text.raw, c)
	swaps := d.swapsFor(k.origin, &here, lines)
	after, lines = swapped(after, swaps), swapped(lines, swaps)
	out := make([]insertion, len(lines))
	for i := range lines {
		out[i] = insertion{after[i], lines[i]}
	}
	return out
}

// say tells a case's outcome in terms of this episode: arguments, lists and other
// entities are the episode's own.
func (d *dreamer) say(k *kase, c call, action string, a *answer) []piece {
	if d.m.isOpen(k.next) {
		return d.sayView(k, c, action, a)
	}
	if text, ok := d.sayOwn(k); ok {
		return []piece{{text: text}}
	}
	r := k.next
	n := len(r.pieces) - k.bonus
	out := make([]piece, n)
	last := ""
	w := renaming{telling: d.b.telling(d.m.k.unlabelled(d.b.text.raw, c)), k: k, fills: d.m.slotsFor(k.class, c.frame, d.named(action)), here: k.t.Scene == d.start.Task.Scene && k.named == d.named(action)}
	for i := 0; i < n; i++ {
		p := r.pieces[i]
		w.begin(p)
		ents := make([]string, len(p.ents))
		for j := range p.ents {
			ents[j] = w.rename(p, j, a)
		}
		text := p.template
		for _, e := range ents {
			text = strings.Replace(text, "{e}", e, 1)
		}
		if p.listed {
			o := r.owners[i]
			if o.entity != "" {
				o.entity = last
				if len(ents) > 0 {
					o.entity = ents[0]
				}
			}
			text = strings.Replace(text, "{L}", d.m.k.lex.render(d.listOf(o, a)), 1)
		}
		if len(ents) > 0 {
			last = ents[len(ents)-1]
		}
		out[i] = piece{text, r.seps[i]}
	}
	if n > 0 {
		out[n-1].sep = ""
	}
	return out
}

// sayOwn tells a list that is a text of its own, such as what one carries, from the
// belief alone.
func (d *dreamer) sayOwn(k *kase) (string, bool) {
	if !d.m.k.own(k.next) {
		return "", false
	}
	o, blank := d.m.k.blank[k.next.raw]
	if !blank {
		o = k.next.owners[0]
	}
	items, _ := d.b.list(o)
	if len(items) > 0 {
		return strings.Replace(o.leadIn, "{L}", d.m.k.lex.render(items), 1), true
	}
	n := map[string]int{}
	for text, of := range d.m.k.blank {
		if of == o {
			n[text]++
		}
	}
	if text := commonest(n); text != "" {
		return text, true
	}
	return strings.Replace(o.leadIn, "{L}", d.m.k.lex.render(nil), 1), true
}

// renaming says which entities stand here in the episode for those of a case.
type renaming struct {
	*telling
	k     *kase
	fills []*slot
	here  bool // the case is of the same action in the same scene
}

// rename says what stands in place j of a piece.
func (w *renaming) rename(p *sentence, j int, a *answer) string {
	if i := p.argument(w.k.call, j); i >= 0 && i < len(w.c.args) {
		w.say(w.c.args[i], false)
		return w.c.args[i]
	}
	said := w.place(p.ents[j], a)
	w.say(said, true)
	return said
}

// place says what stands in the next free place; e where nothing tells.
func (w *renaming) place(e string, a *answer) string {
	if len(w.told) >= len(w.fills) || a.drawn && w.fills[len(w.told)].untold() {
		return e
	}
	rel := w.at()
	delete(rel, wasRecorded)
	if w.here {
		rel[wasRecorded] = e
	}
	name, value, ok := w.fills[len(w.told)].fill(rel)
	if !ok {
		return e
	}
	a.why = append(a.why, fmt.Sprintf("%q is what was %q", value, name))
	return value
}

// listOf is what a list holds now; where nobody ever saw it, what is drawn for it.
func (d *dreamer) listOf(o owner, a *answer) []item {
	items, known := d.b.list(o)
	if known || o.entity == "" {
		return items
	}
	a.kind = model.EvidenceElsewhere
	a.support *= 0.5
	a.why = append(a.why, fmt.Sprintf("what %s holds was never recorded: it is drawn", o.entity))
	drawn := d.hidden.list(d, o)
	for _, it := range items {
		if !contains(drawn, it.entity) {
			drawn = d.m.k.insert(drawn, it)
		}
	}
	return drawn
}

// sayView tells what is seen: the view's parts as each was last shown when what it
// names had been treated as it has been now.
func (d *dreamer) sayView(k *kase, c call, action string, a *answer) []piece {
	key := d.keyFor(k, c, action, a)
	shown := d.showings(key)
	if len(shown) == 0 {
		a.kind, a.support = model.EvidenceElsewhere, 0.1
		shown = []showing{d.m.showing(k.next, nil)}
	}
	return d.compose(shown)
}

// keyFor says which view an action leads to: by the way of knowing that was right most
// often for its frame.
func (d *dreamer) keyFor(k *kase, c call, action string, a *answer) string {
	ways := d.m.keysFor(d.b, c, action, d.start.Task.Scene, "")
	best, share := "", 0.0
	for _, how := range keys(ways) {
		if t := d.m.leads[how]; ways[how] != "" && t != nil && rate(t) > share {
			best, share = how, rate(t)
		}
	}
	if best == "" || share < 0.2 {
		a.support = 0.1
		return k.next.key
	}
	a.support *= share
	return ways[best]
}

// withBonus adds the pieces that tell of reward and end, as a recorded case of the same
// reward and end has them.
func (d *dreamer) withBonus(ps []piece, l outcomeLabel, frame string) string {
	if l != d.m.common {
		for pass := 0; pass < 2; pass++ {
			list := d.m.frames[frame]
			if pass == 1 {
				list = nil
				for i := range d.m.cases {
					list = append(list, int32(i))
				}
			}
			for j := len(list) - 1; j >= 0; j-- {
				k := &d.m.cases[list[j]]
				if d.m.labels[k.label] != l {
					continue
				}
				n := len(k.next.pieces) - k.bonus
				if k.bonus == 0 || n == 0 {
					return join(ps)
				}
				if len(ps) > 0 {
					ps[len(ps)-1].sep = k.next.seps[n-1]
				}
				for i := n; i < len(k.next.pieces); i++ {
					ps = append(ps, piece{k.next.pieces[i].raw, k.next.seps[i]})
				}
				return join(ps)
			}
		}
	}
	return join(ps)
}
