package analogy

import (
	"maps"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// admissible decides which actions a state allows: for each frame, by what its
// arguments are to the state and to the action that led there.
type admissible struct {
	frames  map[string]*tree
	classes map[string]bool   // frame, position and kind of argument, as listed before
	labels  map[string]*tally // frame and position → whether the argument labelled a line of the page
	quotes  map[string]*tally // frame and position → whether a line of the page quoted it
	shapes  map[string]int    // frame → number of arguments
	atomID  map[string]int32
	scenes  map[string]*setting // what the recordings of a scene tell of its actions
	sorted  bool                // lists are in alphabetical order
}

// setting is what the recordings of one scene tell of its actions.
type setting struct {
	offered []string        // those about one thing at most that were ever admissible
	first   map[string]*way // action → what always came before it was first admissible
}

// way is what had been done whenever something first came about.
type way struct {
	deeds    map[string]bool
	episodes int
}

// meet keeps what all ways have in common.
func (w *way) meet(done map[string]bool) {
	if w.episodes == 0 {
		w.deeds = maps.Clone(done)
	}
	for d := range w.deeds {
		if !done[d] {
			delete(w.deeds, d)
		}
	}
	w.episodes++
}

// moment is what a candidate action is judged by: the belief after a step, and the step.
type moment struct {
	b      *belief
	last   call
	failed bool
	was    map[string]bool
	held   map[string]string // entity → whose list it is in
	seen   map[string]string // entity → "e" named, "l" listed in the text on the screen
	near   map[string]bool   // entity → named where one is
	selfs  map[string]bool
	done   map[string]bool // actions that had an effect
	scene  *setting
}

func newMoment(b *belief, last call, failed bool, was []string, scene *setting) *moment {
	if scene == nil {
		scene = &setting{}
	}
	m := &moment{b, last, failed, map[string]bool{}, map[string]string{}, map[string]string{}, map[string]bool{}, map[string]bool{}, b.effective(), scene}
	for _, a := range was {
		m.was[a] = true
	}
	for _, key := range keys(b.lists) {
		parts := strings.SplitN(key, "\x00", 3)
		if parts[1] == "" {
			continue
		}
		items, _ := b.list(owner{leadIn: parts[0], entity: parts[1]})
		for _, it := range items {
			m.held[it.entity] = parts[1]
		}
	}
	for _, o := range b.k.selves {
		items, _ := b.list(o)
		for _, it := range items {
			m.selfs[it.entity] = true
		}
	}
	note := func(r *reading, f func(e, how string)) {
		for _, p := range r.pieces {
			for _, it := range p.list {
				f(it.entity, "l")
			}
			for _, e := range p.ents {
				f(e, "e")
			}
		}
	}
	note(b.text, func(e, how string) { m.seen[e] = how })
	if v, ok := b.views[b.place]; ok {
		note(v.text, func(e, _ string) { m.near[e] = true })
	}
	return m
}

// salient are the entities that two-argument actions may be about now.
func (m *moment) salient() []string {
	set := map[string]bool{}
	for _, a := range m.last.args {
		set[a] = true
	}
	for e := range m.seen {
		set[e] = true
	}
	for e := range m.near {
		set[e] = true
	}
	for e := range m.selfs {
		set[e] = true
	}
	return keys(set)
}

// maxSalient bounds the entities that are paired with each other.
const maxSalient = 48

// candidates are the actions that may be admissible now: those that ever were, and those
// that a listed frame makes of what is at hand.
func (ad *admissible) candidates(m *moment) []call {
	seen := map[string]bool{}
	var out []call
	add := func(c call) {
		if t := c.text(); !seen[t] {
			seen[t] = true
			out = append(out, c)
		}
	}
	if m.b.k.paged {
		ad.onPage(m, add)
		return out
	}
	for _, a := range keys(m.b.offered) {
		add(m.b.k.grammar.parse(a))
	}
	for _, a := range m.scene.offered {
		add(m.b.k.grammar.parse(a))
	}
	things := m.salient()
	things = things[:min(len(things), maxSalient)]
	for _, f := range keys(ad.shapes) {
		switch ad.shapes[f] {
		case 0:
			add(call{frame: f})
		case 1:
			for _, e := range things {
				if ad.fits(f, 0, e) {
					add(call{f, []string{e}})
				}
			}
		case 2:
			for _, x := range things {
				if !ad.fits(f, 0, x) {
					continue
				}
				for _, y := range things {
					if x != y && ad.fits(f, 1, y) {
						add(call{f, []string{x, y}})
					}
				}
			}
		}
	}
	return out
}

// onPage adds the actions that listed frames make of the labels on the screen and of
// the other values that were ever offered in this episode.
func (ad *admissible) onPage(m *moment, add func(call)) {
	lines := linesOf(m.b.text.raw)
	var labels []string
	for _, l := range lines {
		if label, ok := labelled(l); ok {
			labels = append(labels, label)
		}
	}
	values := map[string]map[string]bool{}
	for _, a := range keys(m.b.offered) {
		c := m.b.k.grammar.parse(a)
		for i, v := range c.args {
			at := c.frame + "\x00" + strconv.Itoa(i)
			if values[at] == nil {
				values[at] = map[string]bool{}
			}
			values[at][v] = true
		}
	}
	for _, f := range keys(ad.shapes) {
		all := []call{{frame: f}}
		for i := range ad.shapes[f] {
			at := f + "\x00" + strconv.Itoa(i)
			pool := keys(values[at])
			if t := ad.labels[at]; t != nil && 10*t.yes >= 9*(t.yes+t.no) {
				pool = labels
			} else if t := ad.quotes[at]; t != nil && 10*t.yes >= 9*(t.yes+t.no) {
				pool = quoted(lines)
			}
			var next []call
			for _, c := range all {
				for _, v := range pool {
					if len(next) < maxOnPage {
						next = append(next, call{f, append(slices.Clone(c.args), v)})
					}
				}
			}
			all = next
		}
		for _, c := range all {
			add(c)
		}
	}
}

// maxOnPage bounds the actions of one frame that are considered.
const maxOnPage = 400

func (ad *admissible) fits(frame string, i int, e string) bool {
	return ad.classes[frame+"\x00"+strconv.Itoa(i)+"\x00"+class(e)]
}

// atoms are the conditions under which an action is admissible.
func (m *moment) atoms(c call) []string {
	out := make([]string, 0, 24)
	add := func(parts ...string) { out = append(out, strings.Join(parts, "")) }
	add("was=", strconv.FormatBool(m.was[c.text()]))
	add("last=", m.last.frame, strconv.FormatBool(m.failed))
	if m.b.k.paged {
		m.b.pageAtoms(add, c)
		return out
	}
	for i, a := range c.args {
		n := strconv.Itoa(i)
		role := "-"
		for j, x := range m.last.args {
			if x == a {
				role = strconv.Itoa(j)
			}
		}
		add("r", n, "=", role)
		add("r", n, "=", role, " ", m.last.frame, strconv.FormatBool(m.failed))
		add("s", n, "=", m.b.active(a))
		add("m", n, "=", m.seen[a])
		add("n", n, "=", strconv.FormatBool(m.near[a]))
		add("v", n, "=", strconv.FormatBool(m.selfs[a]))
		add("a", n, "=", m.b.said[a])
		add("c", n, "=", class(a))
		add("h", n, "=", strconv.FormatBool(m.held[a] != ""))
		add("p", n, "=", strconv.FormatBool(m.b.placeNames(a)))
		for j, x := range c.args {
			if i != j {
				add("in", n, "=", strconv.FormatBool(m.held[a] == x))
			}
		}
	}
	if w := m.scene.first[c.text()]; w != nil && w.episodes > 1 {
		add("way=", strconv.FormatBool(subset(w.deeds, m.done)))
	}
	add("S=", strconv.Itoa(min(len(m.selfs), 2)))
	if len(m.b.text.pieces) > 0 {
		add("t=", m.b.text.pieces[0].template)
	}
	return out
}

// lesson is one candidate that was or was not admissible.
type lesson struct {
	atoms []int32
	yes   bool
}

// maxLessons bounds how many steps the admissible actions are learned from.
const maxLessons = 1200

// learnAdmissible replays episodes and learns each frame's conditions; nil where no
// lists were recorded.
func (m *memory) learnAdmissible(eps []episodeOf) *admissible {
	ad := &admissible{frames: map[string]*tree{}, classes: map[string]bool{}, shapes: map[string]int{}, labels: map[string]*tally{}, quotes: map[string]*tally{}, atomID: map[string]int32{}, scenes: map[string]*setting{}, sorted: true}
	steps := 0
	for _, ep := range eps {
		for _, t := range ep {
			if t.NextActions != nil {
				steps++
			}
			ad.sorted = ad.sorted && sort.StringsAreSorted(t.Actions)
			for _, a := range t.Actions {
				ad.note(m.k.grammar.parse(a))
				if m.paged {
					ad.noteLabels(m.k.grammar.parse(a), linesOf(t.State))
				}
			}
		}
	}
	if steps == 0 {
		return nil
	}
	ad.widen()
	m.learnSettings(ad, eps)
	stride := max(1, steps/maxLessons)
	lessons := map[string][]lesson{}
	at := 0
	for _, ep := range eps {
		b := m.believe(ep[0].Goal, ep[0].State, ep[0].Actions, ep[0].Task, ep[0].Scene)
		for _, t := range ep {
			b.observe(t.Action, t.Next, nil)
			if at++; t.NextActions != nil && at%stride == 0 {
				// every other lesson is as if the scene were new, so that conditions which hold
				// anywhere are learned too
				scene := ad.scenes[t.Scene]
				if (at/stride)%2 == 0 {
					scene = &setting{offered: scene.offered}
				}
				ad.study(newMoment(b, m.k.grammar.parse(t.Action), b.deeds[len(b.deeds)-1].failed, t.Actions, scene), t.NextActions, lessons)
			}
			b.offer(t.NextActions)
		}
	}
	for f, ls := range lessons {
		ad.frames[f] = growLessons(ls, len(ad.atomID))
	}
	return ad
}

// note takes in the shape of an action that was admissible, and what it was about.
func (ad *admissible) note(c call) {
	ad.shapes[c.frame] = len(c.args)
	for i, e := range c.args {
		ad.classes[c.frame+"\x00"+strconv.Itoa(i)+"\x00"+class(e)] = true
	}
}

// widen lets a position take the kinds of another whose kinds it mostly takes already:
// what can be taken can be put down, though nobody has put it down yet.
func (ad *admissible) widen() {
	kinds := map[string]map[string]bool{}
	for key := range ad.classes {
		i := strings.LastIndexByte(key, 0)
		if kinds[key[:i]] == nil {
			kinds[key[:i]] = map[string]bool{}
		}
		kinds[key[:i]][key[i+1:]] = true
	}
	for at, own := range kinds {
		for _, other := range kinds {
			both := 0
			for k := range other {
				if own[k] {
					both++
				}
			}
			if len(other) < 4 || 2*both < len(other) {
				continue
			}
			for k := range other {
				ad.classes[at+"\x00"+k] = true
			}
		}
	}
}

// noteLabels counts which arguments label lines of the page.
func (ad *admissible) noteLabels(c call, lines []string) {
	for i, e := range c.args {
		at := c.frame + "\x00" + strconv.Itoa(i)
		if ad.labels[at] == nil {
			ad.labels[at] = &tally{}
		}
		if ad.quotes[at] == nil {
			ad.quotes[at] = &tally{}
		}
		ad.labels[at].add(lineWith(lines, e) >= 0)
		ad.quotes[at].add(quoting(lines, e) >= 0)
	}
}

// learnSettings replays episodes and keeps, for every scene, its actions and what always
// came before each was first admissible.
func (m *memory) learnSettings(ad *admissible, eps []episodeOf) {
	offered := map[string]map[string]bool{}
	for _, ep := range eps {
		scene := ep[0].Scene
		if ad.scenes[scene] == nil {
			ad.scenes[scene], offered[scene] = &setting{first: map[string]*way{}}, map[string]bool{}
		}
		s := ad.scenes[scene]
		seen, done := map[string]bool{}, map[string]bool{}
		offer := func(actions []string) {
			for _, a := range actions {
				if seen[a] {
					continue
				}
				seen[a] = true
				if len(m.k.grammar.parse(a).args) < 2 {
					offered[scene][a] = true
				}
				if s.first[a] == nil {
					s.first[a] = &way{}
				}
				s.first[a].meet(done)
			}
		}
		offer(ep[0].Actions)
		for _, t := range ep {
			if c := m.k.grammar.parse(t.Action); !m.k.inert[c.frame] && !m.k.failed(bind(c, m.k.lex.readText(t.Next))) {
				done[t.Action] = true
			}
			offer(t.NextActions)
		}
	}
	for scene, set := range offered {
		ad.scenes[scene].offered = keys(set)
	}
}

// subset tells whether b has all of a.
func subset(a, b map[string]bool) bool {
	for x := range a {
		if !b[x] {
			return false
		}
	}
	return true
}

// study adds the lessons of one step.
func (ad *admissible) study(m *moment, truth []string, to map[string][]lesson) {
	yes := map[string]bool{}
	for _, a := range truth {
		yes[a] = true
	}
	for _, c := range ad.candidates(m) {
		var atoms []int32
		for _, a := range m.atoms(c) {
			atoms = append(atoms, id(ad.atomID, a))
		}
		sortAtoms(atoms)
		to[c.frame] = append(to[c.frame], lesson{atoms, yes[c.text()]})
	}
}

func sortAtoms(a []int32) { sort.Slice(a, func(i, j int) bool { return a[i] < a[j] }) }

func growLessons(ls []lesson, atoms int) *tree {
	if n := len(ls); n > 20000 {
		thin := make([]lesson, 0, 20000)
		for i := 0; i < 20000; i++ {
			thin = append(thin, ls[i*n/20000])
		}
		ls = thin
	}
	g := &grower{atoms: make([][]int32, len(ls)), label: make([]int32, len(ls)), weight: make([]float64, atoms), least: 8}
	for i := range g.weight {
		g.weight[i] = 1
	}
	all := make([]int32, len(ls))
	for i, l := range ls {
		g.atoms[i], all[i] = l.atoms, int32(i)
		if l.yes {
			g.label[i] = 1
		}
	}
	t := g.grow(all, 14)
	t.settle(g.label)
	return t
}

// settle keeps in each leaf only how many of its cases were so.
func (t *tree) settle(label []int32) {
	if t.atom >= 0 {
		t.yes.settle(label)
		t.no.settle(label)
		return
	}
	for _, c := range t.cases {
		t.share += float64(label[c])
	}
	t.share /= float64(max(1, len(t.cases)))
	t.cases = nil
}

// list predicts the admissible actions after a step.
func (ad *admissible) list(m *moment) []string {
	var out []string
	for _, c := range ad.candidates(m) {
		if ad.share(m, c) > 0.5 {
			out = append(out, c.text())
		}
	}
	if ad.sorted {
		sort.Strings(out)
	}
	return out
}

// share is how often an action like this one was admissible at moments like this one.
func (ad *admissible) share(m *moment, c call) float64 {
	t := ad.frames[c.frame]
	if t == nil {
		return 0
	}
	var atoms []int32
	for _, a := range m.atoms(c) {
		if n, ok := ad.atomID[a]; ok {
			atoms = append(atoms, n)
		}
	}
	sortAtoms(atoms)
	return t.leaf(atoms).share
}
