package analogy

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
	"dreamgym/synth/model"
)

// opening is a start state and how it is known.
type opening struct {
	goal, text, scene string
	actions           []string
	why               string
	kind              model.Evidence
	refs              []experience.Ref
	confidence        float64
	task              string // the recorded task in whose pages it is dreamed
	swap              swap
}

// startOf finds the start state of a task: given, recorded of the task, of its scene,
// or of the nearest form of task.
func (m *memory) startOf(s model.Start) (opening, error) {
	t := s.Task
	if t.Start != nil {
		o := opening{goal: t.Goal, text: t.Start.Text, scene: t.Scene, actions: t.Start.Actions, why: "The start state was given with the task.", kind: model.EvidenceSame, confidence: 1}
		if o.goal == "" {
			o.goal = t.Start.Goal
		}
		return o, nil
	}
	if list := m.firsts[t.ID]; len(list) > 0 {
		return m.opened(list[pick(s, len(list))], t, "The task was recorded; it starts as it did.", model.EvidenceSame, 0.99), nil
	}
	if !m.shared(t.Scene) {
		if o, ok := m.swapped(s); ok {
			return o, nil
		}
	}
	if err := m.feasible(t.Goal); err != nil {
		return opening{}, err
	}
	if list := m.ofForm(m.firsts["scene "+t.Scene], t.Goal); t.Scene != "" && len(list) > 0 && t.Goal != "" {
		return m.opened(list[pick(s, len(list))], t, "The task's scene was recorded; it starts as other tasks there did.", model.EvidenceScene, 0.8), nil
	}
	if t.Goal == "" {
		return opening{}, gym.Errorf(gym.CodeInsufficientEvidence, "task %q was not recorded and gives no goal to dream by: record it, or give the task its goal or start state", t.ID)
	}
	if o, ok := m.likened(s); ok {
		return o, nil
	}
	return m.nearestOpening(s)
}

// shared tells whether a scene is one world for several goals, which begin on the same screen
// more often than not: its pages are not made of what a goal names.
func (m *memory) shared(scene string) bool {
	goals, screens := map[string]bool{}, map[string]bool{}
	for _, i := range m.firsts["scene "+scene] {
		goals[m.cases[i].t.Goal], screens[m.cases[i].t.State] = true, true
	}
	return len(goals) > 0 && 2*len(screens) <= len(goals)
}

// swapped finds, where states are pages, a recorded task of the same scene and form, and
// dreams in its pages; one that was won before any other.
func (m *memory) swapped(s model.Start) (opening, bool) {
	if !m.k.paged || s.Task.Goal == "" {
		return opening{}, false
	}
	var all, won []opening
	for i := range m.cases {
		c := &m.cases[i]
		if c.t.Step != 0 || s.Task.Scene != "" && c.t.Scene != s.Task.Scene {
			continue
		}
		sw, ok := newSwap(c.t.Goal, s.Task.Goal)
		if !ok {
			continue
		}
		o := m.opened(int32(i), gym.Task{}, "No such task was recorded; it is dreamed in the pages of "+c.t.Task+".", model.EvidenceElsewhere, 0.3)
		o.task, o.swap = c.t.Task, sw
		all = append(all, o)
		if len(m.wins[c.t.Task]) > 0 {
			won = append(won, o)
		}
	}
	if len(won) > 0 {
		all = won
	}
	if len(all) == 0 {
		return opening{}, false
	}
	return all[pick(s, len(all))], true
}

// nearestOpening takes the scene of a recorded task of the same form whose goal names
// the most of what this one does.
func (m *memory) nearestOpening(s model.Start) (opening, error) {
	want := m.k.readGoal(s.Task.Goal)
	best, score := []int32(nil), 0
	for i := range m.cases {
		c := &m.cases[i]
		if c.t.Step != 0 {
			continue
		}
		g := m.k.readGoal(c.t.Goal)
		n := 0
		if g.form == want.form {
			n = 2
		}
		for e := range g.rank {
			if _, ok := want.rank[e]; ok {
				n++
			}
		}
		switch {
		case n > score:
			best, score = []int32{int32(i)}, n
		case n == score && n > 0:
			best = append(best, int32(i))
		}
	}
	if len(best) == 0 {
		return opening{}, gym.Errorf(gym.CodeInsufficientEvidence, "no recorded task is like %q: record tasks of this form first", s.Task.Goal)
	}
	i := best[pick(s, len(best))]
	return m.opened(i, s.Task, fmt.Sprintf("No such task was recorded; it is dreamed in the scene of %s.", m.cases[i].t.Task), model.EvidenceElsewhere, 0.3), nil
}

// opened begins where recorded case i does, with the task's own goal.
func (m *memory) opened(i int32, t gym.Task, why string, kind model.Evidence, confidence float64) opening {
	c := m.cases[i].t
	o := opening{goal: t.Goal, text: c.State, scene: c.Scene, actions: c.Actions, why: why, kind: kind, refs: []experience.Ref{c.Ref()}, confidence: confidence}
	if o.goal == "" {
		o.goal = c.Goal
	}
	o.actions = m.admissibleFor(o.goal, c)
	return o
}

// ofForm are those of some first cases whose goals have the form of another, where states are pages;
// where there are none, those whose goals say most of what it says.
func (m *memory) ofForm(firsts []int32, goal string) []int32 {
	if !m.k.paged {
		return firsts
	}
	form := m.k.readGoal(goal).form
	return highest(firsts, func(i int32) float64 {
		return saysAlike(goal, m.cases[i].t.Goal) + whole(m.cases[i].form == form)
	})
}

// saysAlike is how many words two goals have in common, beside names.
func saysAlike(a, b string) float64 {
	_, one := namedIn(a)
	_, other := namedIn(b)
	return alike(words(one), words(other))
}

// highest are those of all that have the highest score.
func highest[T any](all []T, score func(T) float64) (best []T) {
	most := 0.0
	for _, one := range all {
		n := score(one)
		if n > most {
			best, most = nil, n
		}
		if n == most {
			best = append(best, one)
		}
	}
	return best
}

// admissibleFor are the actions that were admissible at a recorded start, for another goal: what they
// take from the recorded one, and not from the screen, they take from this one.
func (m *memory) admissibleFor(goal string, start *experience.Transition) []string {
	if goal == start.Goal || start.Actions == nil {
		return start.Actions
	}
	here := goalValues(goal)[1:]
	were := slices.DeleteFunc(goalValues(start.Goal)[1:], func(v string) bool { return strings.Contains(start.State, v) })
	out := make([]string, 0, len(start.Actions))
	for _, a := range start.Actions {
		c := m.k.grammar.parse(a)
		at := slices.IndexFunc(c.args, func(v string) bool { return slices.Contains(were, v) })
		if at < 0 {
			out = append(out, a)
			continue
		}
		c.args = slices.Clone(c.args)
		for _, v := range here {
			c.args[at] = v
			if !slices.Contains(out, c.text()) {
				out = append(out, c.text())
			}
		}
	}
	return out
}

// pick draws one of n by the episode's seed.
func pick(s model.Start, n int) int {
	if s.MostLikely || n == 1 {
		return 0
	}
	return draws(s).IntN(n)
}

// drawn draws at most n of all by the episode's seed.
func drawn[T any](s model.Start, all []T, n int) []T {
	if len(all) <= n {
		return all
	}
	out := slices.Clone(all)
	if !s.MostLikely {
		draws(s).Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	}
	return out[:n]
}

// draws are decided by the episode's seed.
func draws(s model.Start) *rand.Rand {
	return rand.New(rand.NewPCG(uint64(s.Seed), 0x9e3779b97f4a7c15))
}
