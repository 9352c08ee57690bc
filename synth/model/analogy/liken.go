package analogy

import (
	"slices"
	"sync"

	"dreamgym/envserver/gym"
	"dreamgym/synth/model"
)

// likened begins a goal of a form that was never recorded, where states are pages and scenes are
// worlds for many goals, in the scene of a recorded task that names most of what this one names,
// after the same words; and what this one names stands for what that one named. Goals are given
// because they can be reached: of some such tasks those are taken in whose recordings this goal came
// nearest to be reached; where nothing tells that, those whose goal is most like this one.
func (m *memory) likened(s model.Start) (opening, bool) {
	if !m.k.paged {
		return opening{}, false
	}
	all := m.likenings(s.Task.Goal)
	_, rest := namedIn(s.Task.Goal)
	best := m.reachable(s.Task.Goal, drawn(s, all, mostDrawn))
	if len(best) == 0 {
		best = m.mostAlike(rest, all)
	}
	if len(best) == 0 {
		return opening{}, false
	}
	l := best[pick(s, len(best))]
	o := m.opened(l.first, gym.Task{Goal: l.back(s.Task.Goal)}, "No task of this form was recorded; it is dreamed in the scene of "+m.cases[l.first].t.Task+".", model.EvidenceElsewhere, 0.2)
	o.swap = l.swap
	return o, true
}

// likening is a recorded task in whose scene another may be dreamed.
type likening struct {
	swap
	first int32 // the case that it began with
}

// likenings are the recorded tasks that name most of what a goal does.
func (m *memory) likenings(goal string) (all []likening) {
	worlds, most := map[string]bool{}, 0
	for i := range m.cases {
		c := &m.cases[i]
		if c.t.Step != 0 {
			continue
		}
		if _, asked := worlds[c.t.Scene]; !asked {
			worlds[c.t.Scene] = m.shared(c.t.Scene)
		}
		if !worlds[c.t.Scene] {
			continue
		}
		sw := newLikening(c.t.Goal, goal)
		switch n := len(sw.recorded); {
		case n > most:
			all, most = []likening{{sw, int32(i)}}, n
		case n == most && n > 0:
			all = append(all, likening{sw, int32(i)})
		}
	}
	return all
}

// mostAlike are the likenings whose goals have most words in common with the rest of a goal; those
// that were won before any other.
func (m *memory) mostAlike(rest string, all []likening) (best []likening) {
	score := -1.0
	for _, l := range all {
		t := m.cases[l.first].t
		_, other := namedIn(t.Goal)
		n := alike(words(rest), words(other))/2 + whole(len(m.wins[t.Task]) > 0)/2
		if n > score {
			best, score = nil, n
		}
		if n == score {
			best = append(best, l)
		}
	}
	return best
}

const (
	mostDrawn  = 24  // likenings
	mostStates = 40  // recorded states of each
	nearBest   = 0.9 // of the likeliest
)

// reachable are those of some likenings in whose recordings, as ends are judged, a goal came nearest
// to be reached.
func (m *memory) reachable(goal string, all []likening) (best []likening) {
	likely := make([]float64, len(all))
	for i, l := range all {
		likely[i] = m.reaches(m.cases[l.first].t.Scene, l.back(goal), l.recorded)
	}
	for i, l := range all {
		if likely[i] > 0 && likely[i] >= nearBest*slices.Max(likely) {
			best = append(best, l)
		}
	}
	return best
}

// reached are goals of forms that were never recorded, in a scene, and how near they came to be reached.
type reached struct {
	mu sync.Mutex
	of map[[2]string]float64
}

// reaches is how likely a goal was reached at the recorded step of a scene where that is likeliest, of the
// last that show some values.
func (m *memory) reaches(scene, goal string, values []string) (most float64) {
	m.reached.mu.Lock()
	defer m.reached.mu.Unlock()
	key := [2]string{scene, goal}
	if p, ok := m.reached.of[key]; ok {
		return p
	}
	states := 0
	for i := len(m.cases) - 1; i > 0 && states < mostStates; i-- {
		t := m.cases[i].t
		if t.Scene != scene || t.Step == 0 || shareOf(values, t.State) < 1 {
			continue
		}
		states++
		c := m.courseTo(int32(i))
		for _, f := range m.fulfilments {
			c.goal, c.said = goal, f.plain
			most = max(most, f.weights.of(f.signs(m.heard, c)))
		}
	}
	m.reached.of[key] = most
	return most
}
