package analogy

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"dreamgym/synth/model"
)

// answer is a prediction with what it rests on, before it is dressed for the outside.
type answer struct {
	rep     int32 // the case that the outcome is told after
	text    string
	label   outcomeLabel
	failed  bool
	kind    model.Evidence
	cases   []int32
	drawn   bool    // by chance: what nothing tells is as in the case that was drawn
	support float64 // share of the evidence that agrees
	why     []string
}

// predict reasons about what action leads to. What was reasoned once at a step is kept.
func (d *dreamer) predict(action string) answer {
	if d.last.action == action && d.last.at == d.b.now {
		return d.last.answer
	}
	a := d.reason(action)
	d.last.action, d.last.at, d.last.answer = action, d.b.now, a
	return a
}

func (d *dreamer) reason(action string) answer {
	c := d.m.k.grammar.parse(action)
	return d.outcome(c, action, d.m.known(d.b.atoms(c, action)))
}

// outcome chooses what kind of thing happens, then says it in this episode's terms.
func (d *dreamer) outcome(c call, action string, atoms []int32) answer {
	m := d.m
	if a, ok := d.repeat(c, action, atoms); ok {
		return a
	}
	refused := d.b.actions != nil && !in(d.b.actions, action)
	if open := m.unlisted(atoms); refused && (m.ending[c.frame] || d.now != nil && d.possible(c, action, open)) {
		refused, atoms = false, open
	}
	if refused && (m.refusal == nil || !m.refused(atoms)) {
		return d.impossible(action)
	}
	t := m.outcome[c.frame]
	if refused {
		t = m.refusal
	}
	if t == nil {
		return d.unknown(c, action)
	}
	leaf := t.leaf(atoms)
	var by answer
	if !refused && d.drawn(c, action, leaf, &by) {
		return d.tell(c, action, atoms, by)
	}
	if refused {
		for _, i := range m.onText[d.b.text.raw+"\x00"+action] {
			if m.alike[c.frame] != nil && m.refused(m.cases[i].atoms) {
				return d.tell(c, action, atoms, d.cite(action, i))
			}
		}
		a := answer{}
		a.rep = d.choose(c, leaf, &a)
		a.why = append(a.why, d.explain(t, atoms, c, leaf))
		return d.tell(c, action, atoms, a)
	}
	return d.tell(c, action, atoms, d.route(c, action, atoms, leaf))
}

// route goes the most trusted of the routes that lead to a case. Where the conditions
// lead to the same kind of outcome as this scene's own recording of the action, the
// recording is told.
func (d *dreamer) route(c call, action string, atoms []int32, leaf *tree) answer {
	for _, r := range d.m.standings[c.frame].order() {
		if r == routeConditions {
			if a, ok := d.by(routeScene, c, action, atoms, leaf); ok && d.m.outcome[c.frame].leaf(d.m.cases[a.rep].atoms) == leaf {
				return a
			}
		}
		if a, ok := d.by(r, c, action, atoms, leaf); ok {
			return a
		}
	}
	return answer{}
}

// repeat answers what this episode already showed: an action that changes nothing, taken
// again where nothing that its answer names was touched since.
func (d *dreamer) repeat(c call, action string, atoms []int32) (answer, bool) {
	if d.m.k.paged || !d.m.k.inert[c.frame] || d.m.refused(atoms) {
		return answer{}, false
	}
	for i := len(d.b.deeds) - 1; i >= 0; i-- {
		e := d.b.deeds[i]
		if e.text != action || e.place != d.b.place || e.failed || d.m.k.isPlace(e.next) || d.m.k.own(e.next) {
			continue
		}
		names := map[string]bool{}
		for _, p := range e.next.pieces {
			part{pieces: []*sentence{p}}.names(names)
		}
		for _, a := range c.args {
			names[a] = true
		}
		for name := range names {
			if d.b.touchedSince(name, i+1) {
				return answer{}, false
			}
		}
		return answer{text: join(piecesOf(e.next)[:d.m.body(e.next)]), label: d.m.common, kind: model.EvidenceSame, support: 1,
			why: []string{"nothing that it names was touched since this episode showed it"}}, true
	}
	return answer{}, false
}

// possible tells whether an action is possible that a predicted list of admissible
// actions lacks: no such list is a proof. It is if it was when it was recorded here under
// the conditions most like those of now, of which the list is none; where it never was, if its
// like mostly is.
func (d *dreamer) possible(c call, action string, atoms []int32) bool {
	by := d.m.alike[c.frame]
	list := d.m.same[d.start.Task.Scene+"\x00"+d.named(action)]
	if len(list) == 0 {
		return d.m.allowed.share(d.now(), c) > 0.5
	}
	if by == nil {
		return false
	}
	i, ok := d.m.nearest(by, list, atoms, "")
	return ok && !d.m.refused(d.m.cases[i].atoms)
}

// unlisted are conditions without the one whether the action is admissible.
func (m *memory) unlisted(atoms []int32) []int32 {
	return slices.DeleteFunc(slices.Clone(atoms), func(a int32) bool { return m.kinds[a] == "listed" })
}

// impossible answers for an action that is not admissible where no recording tells what
// then happens: nothing does.
func (d *dreamer) impossible(action string) answer {
	return answer{text: d.b.text.raw, label: d.m.common, failed: true, kind: model.EvidenceElsewhere,
		why: []string{fmt.Sprintf("%q is not admissible, and what such actions lead to was never recorded", action)}}
}

// unknown answers for a frame that was never recorded: what failures mostly lead to.
func (d *dreamer) unknown(c call, action string) answer {
	n := map[string]int{}
	for i := range d.m.cases {
		if d.m.cases[i].failed {
			n[d.m.cases[i].t.Next]++
		}
	}
	a := answer{text: commonest(n), label: d.m.common, failed: len(n) > 0, kind: model.EvidenceNone}
	if !a.failed {
		a.text = d.b.text.raw
	}
	a.why = append(a.why, fmt.Sprintf("no action of the form %q was recorded", c.frame))
	return a
}

// choose picks the case that the outcome is told after: of those that the conditions
// leave, the nearest by scene and kinds of arguments; the commonest class wins.
func (d *dreamer) choose(c call, leaf *tree, a *answer) int32 {
	var near, here []int32
	kinds := classes(c.args)
	if d.m.k.paged {
		kinds = ""
	}
	for _, i := range d.m.inScene[d.start.Task.Scene+"\x00"+c.frame] {
		if k := &d.m.cases[i]; k.leaf == leaf {
			here = append(here, i)
			if classes(k.call.args) == kinds {
				near = append(near, i)
			}
		}
	}
	var v vote
	a.kind = model.EvidenceScene
	switch {
	case len(near) > 0:
		v = d.m.vote(near)
	case len(here) > 0:
		v = d.m.vote(here)
	case d.m.k.paged:
		v = leaf.common[""]
	default:
		a.kind = model.EvidenceElsewhere
		var ok bool
		if v, ok = leaf.common[kinds]; !ok {
			v = leaf.common[""]
		}
	}
	a.support, a.cases = v.support, v.cited
	return v.rep
}

// vote finds the commonest class of cases, its newest case and how many agree.
func (m *memory) vote(cases []int32) vote {
	n := map[int32]int{}
	for _, i := range cases {
		n[m.cases[i].class]++
	}
	top := m.cases[cases[0]].class
	for _, i := range cases {
		if k := m.cases[i].class; n[k] > n[top] || n[k] == n[top] && k < top {
			top = k
		}
	}
	v := vote{support: float64(n[top]) / float64(len(cases))}
	for i := len(cases) - 1; i >= 0 && len(v.cited) < 4; i-- {
		if m.cases[cases[i]].class == top {
			v.cited = append(v.cited, cases[i])
		}
	}
	v.rep = v.cited[0]
	return v
}

// classes are the kinds of arguments, as one string.
func classes(args []string) string {
	var b strings.Builder
	for _, a := range args {
		b.WriteString(class(a))
		b.WriteByte(0)
	}
	return b.String()
}

// explain tells which conditions led to the outcome.
func (d *dreamer) explain(t *tree, atoms []int32, c call, leaf *tree) string {
	asked, held := t.path(atoms)
	var parts []string
	for i, a := range asked {
		if held[i] {
			parts = append(parts, d.m.atoms[a])
		} else {
			parts = append(parts, "not "+d.m.atoms[a])
		}
	}
	sort.Strings(parts)
	return fmt.Sprintf("%q in %d recorded cases where %s", c.frame, len(leaf.cases), strings.Join(parts, ", "))
}
