package analogy

import (
	"strings"

	"dreamgym/synth/experience"
	"dreamgym/synth/model"
	"dreamgym/synth/model/numeric"
)

// memory is the recordings as cases, with the decisions that separate them.
type memory struct {
	numbers   *numeric.Memory // where states are numbers; nothing else is there then
	falling   falling
	k         *knowledge
	edits     map[string]bool       // frames whose outcomes are told as edits of the page
	turns     map[string]bool       // kinds of lines that lead to another page, whatever page they are on
	pages     []map[string]bool     // kinds of pages, by their wording
	ofLines   map[string][]int32    // scene, or "" for any, frame, and what the line that it is about is called → cases
	lineTrees map[string]*tree      // frame, and what the line that it is about is called → what happens
	besides   map[string][][]string // scene and line → what stood below it
	lists     *catalogue            // what pages list
	cursors   map[string]bool       // marks that only one line of a page has at a time
	counts    map[string]*counter   // frame, what the line that it is about is called, and a line of the ground → its numbers
	offers    offers                // what could be picked below fields
	sums      sums                  // numbers of pages that follow from others above them
	habits    *habits
	heard     hearing
	cases     []kase
	atomID    map[string]int32
	atoms     []string
	kinds     []string // atom → its kind
	classID   map[string]int32
	labels    []outcomeLabel
	bonus     map[string]bool    // piece templates that tell of reward or end
	open      map[string]bool    // headers of views: what follows them differs from view to view
	fills     map[string][]*slot // kind of outcome, and action or frame → its free places
	leads     map[string]*tally  // how well each way of knowing the next view does

	frames       map[string][]int32     // frame → its cases
	outcome      map[string]*tree       // frame → what happens
	judge        map[string]*tree       // frame → what it earns
	allowed      *admissible            // nil where no lists of admissible actions were recorded
	refusal      *tree                  // what an action that was not admissible leads to, over all frames
	alike        map[string]*metric     // frame → which conditions make two cases of one action alike
	guards       map[string]*guard      // frame, label and form of goal → what must hold
	fulfilments  map[string]*fulfilment // frames that always end an episode → what they earn for goals of other forms
	sure         map[string][]int32     // frame and form of goal → labels whose guards no recorded failure passes
	inScene      map[string][]int32     // scene and frame → cases
	wins         map[string][]int32     // task → cases that earned something
	standings    map[string]*standing   // frame → how well each route to an outcome does
	payStandings map[string]*standing   // the same for what it earns
	ending       map[string]bool        // frames that always end an episode
	promises     tally                  // rewards on the way that conditions alone promised held-out episodes
	onText       map[string][]int32     // text and action → cases
	onBody       map[string][]int32     // scene, body of a page, what is in its fields, and action → cases
	earnings     map[string]*metric     // frame → the same for what they earn
	same         map[string][]int32     // scene and action → cases
	led          map[string][]int32     // scene, action and place → cases
	viewed       map[string][]int32     // scene and view → cases whose next text it is
	tasked       map[string][]int32     // task and action → cases
	commonID     int32
	recurring    bool               // goals of one form come back with other tasks
	firsts       map[string][]int32 // task, and "scene " and scene → first cases of episodes
	reached      reached            // goals of forms that were never recorded
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
	if n := numeric.Learn(all, stop); model.Stopped(stop) {
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

// learnMemory makes cases of transitions and grows the decisions; nil where stop is
// closed meanwhile.
func learnMemory(all []*experience.Transition, stop <-chan struct{}) *memory {
	m := emptyMemory()
	m.k = learnKnowledge(all)
	eps := episodes(all)
	m.habits = m.k.learnHabits()
	m.learnCommon(all)
	m.learnBonus(all)
	m.k.paged = m.learnPaged(all)
	if m.k.paged {
		m.edits, m.turns, m.k.ground = m.learnEdits(all), m.learnTurns(all), learnGround(all)
		m.cursors, m.k.paths = learnCursors(all), learnPaths(all)
	}
	m.lists = newCatalogue(m.k.paths)
	m.learnOpen(all)
	for _, ep := range eps {
		if model.Stopped(stop) {
			return nil
		}
		m.addEpisode(ep)
	}
	m.lists.learn()
	m.heard = m.hear()
	m.sums = m.learnSums()
	m.learnFills(eps)
	m.learnCame()
	m.grow()
	if model.Stopped(stop) {
		return nil
	}
	m.allowed = m.learnAdmissible(eps)
	return m
}

func emptyMemory() *memory {
	return &memory{
		firsts:       map[string][]int32{},
		reached:      reached{of: map[string]float64{}},
		atomID:       map[string]int32{},
		classID:      map[string]int32{},
		bonus:        map[string]bool{},
		open:         map[string]bool{},
		fills:        map[string][]*slot{},
		leads:        map[string]*tally{},
		frames:       map[string][]int32{},
		outcome:      map[string]*tree{},
		judge:        map[string]*tree{},
		alike:        map[string]*metric{},
		earnings:     map[string]*metric{},
		standings:    map[string]*standing{},
		payStandings: map[string]*standing{},
		onText:       map[string][]int32{},
		onBody:       map[string][]int32{},
		offers:       offers{},
		besides:      map[string][][]string{},
		counts:       map[string]*counter{},
		ofLines:      map[string][]int32{},
		ending:       map[string]bool{},
		guards:       map[string]*guard{},
		fulfilments:  map[string]*fulfilment{},
		wins:         map[string][]int32{},
		inScene:      map[string][]int32{},
		same:         map[string][]int32{},
		led:          map[string][]int32{},
		viewed:       map[string][]int32{},
		tasked:       map[string][]int32{},
	}
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
		at, _ := acted(linesOf(t.State), c)
		labels.add(at >= 0)
		if t.State != t.Next {
			edits.add(diff(c, t.State, t.Next) != nil)
		}
	}
	return rate(&lines) > 0.5 && (rate(&edits) > 0.5 || rate(&labels) > 0.5)
}

// learnOpen finds the headers behind which nearly every text is different. Pages may all
// begin alike: they have none.
func (m *memory) learnOpen(all []*experience.Transition) {
	if m.k.paged {
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
