package analogy

import (
	"sort"
	"strconv"
	"strings"
)

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
	ad := &admissible{frames: map[string]*tree{}, classes: map[string]bool{}, shapes: map[string]int{}, labels: map[string]*tally{}, quotes: map[string]*tally{}, options: map[string]*tally{}, atomID: map[string]int32{}, scenes: map[string]*setting{}, sorted: true}
	steps := 0
	for _, ep := range eps {
		for _, t := range ep {
			if t.NextActions != nil {
				steps++
			}
			ad.sorted = ad.sorted && sort.StringsAreSorted(t.Actions)
			for _, a := range t.Actions {
				ad.note(m.k.grammar.parse(a))
				if m.k.paged {
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

// noteLabels counts which arguments label lines of the page, and where lines quote them.
func (ad *admissible) noteLabels(c call, lines []string) {
	line, _ := acted(lines, c)
	for i, e := range c.args {
		at := c.frame + "\x00" + strconv.Itoa(i)
		tallied(ad.labels, at, lineWith(lines, e) >= 0)
		tallied(ad.quotes, at, quoting(lines, e) >= 0)
		tallied(ad.options, at, line >= 0 && quoting(below(lines, line), e) >= 0)
	}
}

// tallied adds to the tally of a name.
func tallied(to map[string]*tally, name string, yes bool) {
	if to[name] == nil {
		to[name] = &tally{}
	}
	to[name].add(yes)
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
