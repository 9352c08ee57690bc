package analogy

import (
	"slices"
	"sort"
	"strconv"
	"strings"

	"dreamgym/synth/experience"
	"dreamgym/synth/model/numeric"
)

// kase is a recorded transition with what held when it happened.
type kase struct {
	t      *experience.Transition
	call   call
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
	edit   *edit             // what it did to the lines on the screen; nil where that does not tell it
	leaf   *tree             // of the outcome, among the cases that were grown over
	sigs   map[string]string // what had been done to each entity when next was shown
}

// memory is the recordings as cases, with the decisions that separate them.
type memory struct {
	numbers *numeric.Memory // where states are numbers; nothing else is there then
	falling falling
	k       *knowledge
	paged   bool                  // states are pages of which a step changes a few lines
	edits   map[string]bool       // frames whose outcomes are told as edits of the page
	turns   map[string]bool       // kinds of lines that lead to another page, whatever page they are on
	ground  *ground               // what pages share; nil where they share nothing
	pages   []map[string]bool     // kinds of pages, by their wording
	ofLines map[string][]int32    // scene, or "" for any, frame, and what the line that it is about is called → cases
	besides map[string][][]string // scene and line → what stood below it
	habits  *habits
	cases   []kase
	atomID  map[string]int32
	atoms   []string
	kinds   []string // atom → its kind
	classID map[string]int32
	labels  []outcomeLabel
	bonus   map[string]bool    // piece templates that tell of reward or end
	open    map[string]bool    // headers of views: what follows them differs from view to view
	fills   map[string][]*slot // kind of outcome, and action or frame → its free places
	leads   map[string]*tally  // how well each way of knowing the next view does

	frames       map[string][]int32   // frame → its cases
	outcome      map[string]*tree     // frame → what happens
	judge        map[string]*tree     // frame → what it earns
	allowed      *admissible          // nil where no lists of admissible actions were recorded
	refusal      *tree                // what an action that was not admissible leads to, over all frames
	alike        map[string]*metric   // frame → which conditions make two cases of one action alike
	guards       map[string]*guard    // frame, label and form of goal → what must hold
	inScene      map[string][]int32   // scene and frame → cases
	wins         map[string][]int32   // task → cases that earned something
	standings    map[string]*standing // frame → how well each route to an outcome does
	payStandings map[string]*standing // the same for what it earns
	ending       map[string]bool      // frames that always end an episode
	promises     tally                // rewards on the way that conditions alone promised held-out episodes
	onText       map[string][]int32   // text and action → cases
	onBody       map[string][]int32   // scene, body of a page, what is in its fields, and action → cases
	earnings     map[string]*metric   // frame → the same for what they earn
	same         map[string][]int32   // scene and action → cases
	led          map[string][]int32   // scene, action and place → cases
	viewed       map[string][]int32   // scene and view → cases whose next text it is
	tasked       map[string][]int32   // task and action → cases
	commonID     int32
	recurring    bool               // goals of one form come back with other tasks
	firsts       map[string][]int32 // task, and "scene " and scene → first cases of episodes
	vocabulary   vocabulary
	right        map[evidence]share // predictions that were right
	common       outcomeLabel
}

// outcomeLabel is what a step earned and whether it ended the task.
type outcomeLabel struct {
	reward     float64
	terminated bool
}

// newMemory learns from transitions, and how far what it learned is to be trusted; nil
// where stop is closed meanwhile.
func newMemory(all []*experience.Transition, stop <-chan struct{}) *memory {
	if n := numeric.Learn(all, stop); over(stop) {
		return nil
	} else if n != nil {
		return &memory{numbers: n}
	}
	all, falling := levelled(all)
	m := learnMemory(all, stop)
	if m == nil || !m.calibrate(all, stop) {
		return nil
	}
	m.falling = falling
	return m
}

// over tells whether stop is closed.
func over(stop <-chan struct{}) bool {
	select {
	case <-stop:
		return true
	default:
		return false
	}
}

// learnMemory makes cases of transitions and grows the decisions; nil where stop is
// closed meanwhile.
func learnMemory(all []*experience.Transition, stop <-chan struct{}) *memory {
	m := &memory{firsts: map[string][]int32{}, k: learnKnowledge(all), atomID: map[string]int32{}, classID: map[string]int32{}, bonus: map[string]bool{}, open: map[string]bool{},
		fills: map[string][]*slot{}, leads: map[string]*tally{}, frames: map[string][]int32{}, outcome: map[string]*tree{},
		judge: map[string]*tree{}, alike: map[string]*metric{}, earnings: map[string]*metric{}, standings: map[string]*standing{}, payStandings: map[string]*standing{}, onText: map[string][]int32{}, onBody: map[string][]int32{}, besides: map[string][][]string{}, ofLines: map[string][]int32{}, ending: map[string]bool{}, guards: map[string]*guard{}, wins: map[string][]int32{}, inScene: map[string][]int32{}, same: map[string][]int32{}, led: map[string][]int32{}, viewed: map[string][]int32{}, tasked: map[string][]int32{}}
	eps := episodes(all)
	m.habits = m.k.learnHabits()
	m.learnCommon(all)
	m.learnBonus(all)
	m.paged = m.learnPaged(all)
	m.k.paged = m.paged
	if m.paged {
		m.edits, m.turns, m.ground = m.learnEdits(all), m.learnTurns(all), learnGround(all)
		m.k.ground = m.ground
	}
	m.learnOpen(all)
	for _, ep := range eps {
		if over(stop) {
			return nil
		}
		m.addEpisode(ep)
	}
	m.learnFills(eps)
	m.learnCame()
	m.grow()
	if over(stop) {
		return nil
	}
	m.allowed = m.learnAdmissible(eps)
	return m
}

// learnCommon finds the commonest reward.
func (m *memory) learnCommon(all []*experience.Transition) {
	m.common.reward = experience.CommonReward(all)
	m.commonID = m.labelID(m.common)
}

// learnBonus finds the pieces of text that stand only where a reward or an end does.
func (m *memory) learnBonus(all []*experience.Transition) {
	n := map[string]*tally{}
	for _, t := range all {
		r := m.k.lex.readText(t.Next)
		for i, p := range r.pieces {
			if i == 0 {
				continue
			}
			if n[p.template] == nil {
				n[p.template] = &tally{}
			}
			n[p.template].add(t.Reward != m.common.reward || t.Terminated)
		}
	}
	for p, c := range n {
		m.bonus[p] = c.yes >= 3 && c.yes >= 19*c.no && !strings.Contains(p, "{")
	}
}

// body is how many pieces of a text come before those that tell of reward or end.
func (m *memory) body(r *reading) int {
	n := len(r.pieces)
	for n > 1 && m.bonus[r.pieces[n-1].template] {
		n--
	}
	return n
}

// learnPaged tells whether states are pages: of several lines, which actions name by
// labels or mostly leave as they are.
func (m *memory) learnPaged(all []*experience.Transition) bool {
	edits, lines, labels := tally{}, tally{}, tally{}
	for i := 0; i < len(all); i += 1 + len(all)/500 {
		t := all[i]
		lines.add(strings.Count(t.State, "\n") > 0)
		c := m.k.grammar.parse(t.Action)
		labels.add(slices.ContainsFunc(c.args, func(a string) bool { return lineWith(linesOf(t.State), a) >= 0 }))
		if t.State != t.Next {
			edits.add(diff(c, t.State, t.Next) != nil)
		}
	}
	return rate(&lines) > 0.5 && (rate(&edits) > 0.5 || rate(&labels) > 0.5)
}

// learnOpen finds the headers behind which nearly every text is different. Pages may all
// begin alike: they have none.
func (m *memory) learnOpen(all []*experience.Transition) {
	if m.paged {
		return
	}
	rests := map[string]map[string]int{}
	for _, t := range all {
		r, c := m.k.lex.readText(t.Next), m.k.grammar.parse(t.Action)
		if len(r.pieces) == 0 {
			continue
		}
		h := r.pieces[0].template
		if rests[h] == nil {
			rests[h] = map[string]int{}
		}
		rests[h][m.template(c, r, 1)]++
	}
	for h, rs := range rests {
		m.open[h] = len(rs) >= 6 && 2*rs[commonest(rs)] < sum(rs)
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

func (m *memory) addEpisode(ep episodeOf) {
	b := m.believe(ep[0].Goal, ep[0].State, ep[0].Actions, ep[0].Task, ep[0].Scene)
	for _, t := range ep {
		c := m.k.grammar.parse(t.Action)
		b.actions = t.Actions
		kc := kase{t: t, call: m.k.unlabelled(t.State, c), named: m.k.named(t.State, t.Action), place: b.place, atoms: m.intern(b.atoms(c, t.Action))}
		b.observe(t.Action, t.Next, t.NextActions)
		label := outcomeLabel{t.Reward, t.Terminated}
		if t.Reward != m.common.reward {
			b.reward(t.Action)
		}
		kc.next, kc.label = b.text, m.labelID(label)
		kc.failed = b.deeds[len(b.deeds)-1].failed
		if m.ground != nil {
			kc.about = m.k.calledAs(lineAt(t.State, c))
		}
		kc.turn = m.turnOf(t)
		if to, ok := m.ground.divide(t.Next); ok {
			m.noteBesides(t.Scene, to)
		}
		if kc.turn == nil && m.edits[c.frame] && !m.turns[m.aboutLine(t)] {
			kc.edit = diff(c, t.State, t.Next)
		}
		switch {
		case kc.turn != nil:
			kc.class = id(m.classID, kc.turn.class())
		case kc.edit != nil:
			kc.class = id(m.classID, kc.edit.class())
		default:
			kc.class = id(m.classID, m.classOf(kc.call, kc.next))
		}
		kc.bonus = len(kc.next.pieces) - m.body(kc.next)
		kc.sigs = b.sigs()
		m.cases = append(m.cases, kc)
		m.index(int32(len(m.cases) - 1))
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
	for i, a := range args {
		if lineWith(lines, a) >= 0 {
			args[i] = ""
		}
	}
	return call{c.frame, args}
}

// named is an action on a text. On a page, a label stands for the line that it labels.
func (k *knowledge) named(text, action string) string {
	if !k.paged {
		return action
	}
	lines, c := linesOf(text), k.grammar.parse(action)
	for i, a := range c.args {
		if at := lineWith(lines, a); at >= 0 {
			args := slices.Clone(c.args)
			args[i] = strings.Replace(strings.TrimLeft(lines[at], " "), "["+a+"]", "", 1)
			return call{c.frame, args}.text()
		}
	}
	return action
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

// maxGrown bounds how many cases of a frame a decision is grown over: the newest.
const maxGrown = 6000

// grow makes each frame's decisions.
func (m *memory) grow() {
	atoms, class, label := make([][]int32, len(m.cases)), make([]int32, len(m.cases)), make([]int32, len(m.cases))
	judged := make([][]int32, len(m.cases))
	for i := range m.cases {
		atoms[i], class[i], label[i] = m.cases[i].atoms, m.cases[i].class, m.cases[i].label
		m.intern([]string{outcomeAtom(class[i])})
		judged[i] = m.withOutcome(atoms[i], class[i])
	}
	weight := make([]float64, len(m.atoms))
	for i, a := range m.atoms {
		weight[i] = prior(a)
	}
	refused := []int32{}
	m.learnEnding()
	m.learnGuards()
	for _, f := range keys(m.frames) {
		var taken []int32
		for _, i := range m.frames[f] {
			if m.refused(m.cases[i].atoms) {
				refused = append(refused, i)
			} else {
				taken = append(taken, i)
			}
		}
		taken = taken[max(0, len(taken)-maxGrown):]
		if len(taken) == 0 {
			continue
		}
		g := &grower{atoms: atoms, label: class, weight: weight, least: 6}
		m.outcome[f] = g.grow(taken, 12)
		g = &grower{atoms: judged, label: label, weight: weight, least: 6}
		m.judge[f] = g.grow(taken, 12)
		m.settleOutcomes(m.outcome[f])
		m.settleEarnings(m.judge[f])
		actions := func(k *kase) string { return k.t.Scene + "\x00" + k.named }
		m.alike[f] = m.learnMetric(taken, m.same, actions, func(k *kase) int32 { return k.class })
		m.earnings[f] = m.learnMetric(taken, m.tasked, func(k *kase) string { return k.t.Task + "\x00" + k.named }, func(k *kase) int32 { return k.label })
	}
	if len(refused) > 0 {
		g := &grower{atoms: atoms, label: class, weight: weight, least: 4}
		m.refusal = g.grow(refused[max(0, len(refused)-maxGrown):], 12)
		m.settleOutcomes(m.refusal)
	}
}

// outcomeAtom is the condition that an outcome is of a kind.
func outcomeAtom(class int32) string { return "o=" + strconv.Itoa(int(class)) }

// withOutcome are conditions together with what happens.
func (m *memory) withOutcome(atoms []int32, class int32) []int32 {
	n, ok := m.atomID[outcomeAtom(class)]
	if !ok {
		return atoms
	}
	i, _ := slices.BinarySearch(atoms, n)
	return slices.Insert(slices.Clone(atoms), i, n)
}

// refused tells whether an action was not among the admissible ones.
func (m *memory) refused(atoms []int32) bool {
	n, ok := m.atomID["listed=false"]
	return ok && has(atoms, n)
}

// prior is how much a condition is to be trusted before any evidence: what was said
// and done to the arguments explains more than who they are, and that more than which
// task it was.
func prior(atom string) float64 {
	switch kind(atom) {
	case "form", "rewards", "prev":
		return 0.4
	case "c0", "c1", "c2", "h", "again", "paid":
		return 0.6
	}
	return 1
}

// kind is the part of an atom's name that says what it is about.
func kind(atom string) string {
	k, _, _ := strings.Cut(atom, "=")
	return k
}
