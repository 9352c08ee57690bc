package analogy

import (
	"slices"
	"sort"
	"strings"

	"dreamgym/synth/experience"
)

// kase is a recorded transition with what held when it happened.
type kase struct {
	t      *experience.Transition
	call   call
	form   string // of the instruction
	named  string // the action, with the line that it is about in the place of its label
	about  string // what the line that it is about is called, as far as that is wording; "" for none
	next   *reading
	class  int32
	came   int32   // the class, and what stood in the places that nothing tells
	label  int32   // reward and end
	atoms  []int32 // conditions, ascending
	place  string
	failed bool
	bonus  int               // how many of the last pieces tell of reward or end
	turn   *turn             // how it led to another page; nil where it did not
	origin *origin           // where an edit added lines on a page with a ground; nil elsewhere
	edit   *edit             // what it did to the lines on the screen; nil where that does not tell it
	leaf   *tree             // of the outcome, among the cases that were grown over
	sigs   map[string]string // what had been done to each entity when next was shown
}

func (m *memory) addEpisode(ep episodeOf) {
	b := m.believe(ep[0].Goal, ep[0].State, ep[0].Actions, ep[0].Task, ep[0].Scene)
	for _, t := range ep {
		c := m.k.grammar.parse(t.Action)
		b.actions = t.Actions
		kc := kase{t: t, call: m.k.unlabelled(t.State, c), form: b.goal.form, named: m.k.named(t.State, t.Action), place: b.place, atoms: m.intern(b.atoms(c, t.Action))}
		b.observe(t.Action, t.Next, t.NextActions)
		label := outcomeLabel{t.Reward, t.Terminated}
		if t.Reward != m.common.reward {
			b.reward(t.Action)
		}
		kc.next, kc.label = b.text, m.labelID(label)
		kc.failed = b.deeds[len(b.deeds)-1].failed
		if m.k.ground != nil {
			kc.about = m.k.calledAs(lineAt(t.State, c))
		}
		m.classify(&kc, c)
		kc.bonus = len(kc.next.pieces) - m.body(kc.next)
		kc.sigs = b.sigs()
		m.cases = append(m.cases, kc)
		m.index(int32(len(m.cases) - 1))
	}
}

// template is the outcome's class from piece i on.
func (m *memory) template(c call, r *reading, i int) string {
	var b strings.Builder
	for n := m.body(r); i < n; i++ {
		b.WriteString(bindPiece(c, r.pieces[i]))
		if i+1 < n {
			b.WriteString(r.seps[i])
		}
	}
	return b.String()
}

// classOf is the outcome's class: the header alone where the rest is open.
func (m *memory) classOf(c call, r *reading) string {
	if len(r.pieces) > 0 && m.open[r.pieces[0].template] {
		return bindPiece(c, r.pieces[0]) + "…"
	}
	return m.template(c, r, 0)
}

// classify tells what a case did, as a turn of the page, as an edit of it or as a text, and which
// kind of outcome that is.
func (m *memory) classify(k *kase, c call) {
	to, ok := m.k.ground.divide(k.t.Next)
	if ok {
		m.noteBesides(k.t.Scene, to)
		m.offers.note(to.body)
	}
	k.turn = m.turnOf(k.t)
	if ok && (k.turn != nil || linesOf(k.t.State)[0] != to.own[0]) {
		m.lists.note(k.t.Scene, to)
	}
	if k.turn != nil {
		m.noteCounts(k, k.turn.from.head, k.turn.to.head)
		m.noteCounts(k, k.turn.from.foot, k.turn.to.foot)
		k.class = id(m.classID, k.turn.class())
		return
	}
	if m.edits[c.frame] && !m.turns[m.aboutLine(k.t)] {
		k.edit = diff(c, k.t.State, k.t.Next)
	}
	if k.edit != nil {
		k.class = id(m.classID, k.edit.class())
		if o, ok := m.originOf(k.t.State, c); ok && len(k.edit.added) > 0 {
			k.origin = &o
		}
	} else {
		k.class = id(m.classID, m.classOf(k.call, k.next))
	}
}

// unlabelled is an action whose labels of lines on a page are left open: that a number in
// another text is the same is an accident.
func (k *knowledge) unlabelled(text string, c call) call {
	if !k.paged {
		return c
	}
	lines := linesOf(text)
	args := slices.Clone(c.args)
	for i := range args {
		if c.line(lines, i) >= 0 {
			args[i] = ""
		}
	}
	return call{c.frame, args, c.said}
}

// named is an action on a text. On a page, a label stands for the line that it labels.
func (k *knowledge) named(text, action string) string {
	if !k.paged {
		return action
	}
	lines, c := linesOf(text), k.grammar.parse(action)
	at, i := acted(lines, c)
	if at < 0 {
		return action
	}
	args := slices.Clone(c.args)
	args[i] = strings.Replace(strings.TrimLeft(lines[at], " "), "["+args[i]+"]", "", 1)
	return call{c.frame, args, c.said}.text()
}

func (m *memory) index(i int32) {
	c := &m.cases[i]
	add := func(to map[string][]int32, key string) { to[key] = append(to[key], i) }
	add(m.frames, c.call.frame)
	add(m.inScene, c.t.Scene+"\x00"+c.call.frame)
	add(m.same, c.t.Scene+"\x00"+c.named)
	add(m.led, c.t.Scene+"\x00"+c.t.Action+"\x00"+c.place)
	add(m.viewed, c.t.Scene+"\x00"+c.next.key)
	if m.labels[c.label] != m.common {
		add(m.wins, c.t.Task)
	}
	if c.t.Step == 0 {
		add(m.firsts, c.t.Task)
		add(m.firsts, "scene "+c.t.Scene)
	}
	add(m.onText, c.t.State+"\x00"+c.t.Action)
	if key := m.bodyKey(c.t.Scene, c.t.State, c.named); key != "" {
		add(m.onBody, key)
	}
	add(m.tasked, c.t.Task+"\x00"+c.named)
	if c.about != "" {
		add(m.ofLines, c.t.Scene+"\x00"+c.call.frame+"\x00"+c.about)
		add(m.ofLines, "\x00"+c.call.frame+"\x00"+c.about)
	}
}

// believe starts a belief with what the recordings tell of task and scene.
func (m *memory) believe(goal, state string, actions []string, task, scene string) *belief {
	b := newBelief(m.k, goal, state, actions)
	b.scene, b.facts = m.k.start(task, scene), m.k.facts[scene]
	return b
}

// sigs is what has been done to every touched entity.
func (b *belief) sigs() map[string]string {
	out := make(map[string]string, len(b.order))
	for _, e := range b.order {
		if s := b.active(e); s != "" {
			out[e] = s
		}
	}
	return out
}

func (m *memory) intern(atoms []string) []int32 {
	sort.Strings(atoms) // the order in which ids are given decides between equals
	out := make([]int32, len(atoms))
	for i, a := range atoms {
		n, ok := m.atomID[a]
		if !ok {
			n = int32(len(m.atoms))
			m.atomID[a] = n
			m.atoms = append(m.atoms, a)
			m.kinds = append(m.kinds, kind(a))
		}
		out[i] = n
	}
	sort.Slice(out, func(i, j int) bool { return out[i] < out[j] })
	return out
}

// known are the ids of those atoms that the recordings have.
func (m *memory) known(atoms []string) []int32 {
	out := make([]int32, 0, len(atoms))
	for _, a := range atoms {
		if n, ok := m.atomID[a]; ok {
			out = append(out, n)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i] < out[j] })
	return out
}

func id(ids map[string]int32, s string) int32 {
	n, ok := ids[s]
	if !ok {
		n = int32(len(ids))
		ids[s] = n
	}
	return n
}

func (m *memory) labelID(l outcomeLabel) int32 {
	for i, have := range m.labels {
		if have == l {
			return int32(i)
		}
	}
	m.labels = append(m.labels, l)
	return int32(len(m.labels) - 1)
}
