package analogy

import (
	"slices"
	"strings"
	"sync"

	"dreamgym/envserver/gym"
	"dreamgym/synth/model"
)

// likened begins a goal of a form that was never recorded, where states are pages and scenes are
// worlds for many goals, in the scene of a recorded task that names most of what this one names,
// after the same words; and what this one names stands for what that one named. Goals are given
// because they can be reached: of some such tasks those are taken in whose recordings this goal came
// nearest to be reached, with all that it quotes on one page; else what no recorded goal named so
// stands for what such a page shows; where nothing tells that, those whose goal is most like this one.
func (m *memory) likened(s model.Start) (opening, bool) {
	if !m.k.paged {
		return opening{}, false
	}
	goal := s.Task.Goal
	quoted := goalValues(goal)[1:]
	all := drawn(s, m.likenings(goal), mostDrawn)
	best := m.reachable(goal, all, quoted)
	if len(best) == 0 {
		best = m.reachable(goal, m.withNeighbours(quoted, all[:min(mostNeighbours, len(all))]), quoted)
	}
	if len(best) == 0 {
		best = m.reachable(goal, all, nil)
	}
	if len(best) == 0 {
		best = m.mostAlike(goal, all)
	}
	if len(best) == 0 {
		return opening{}, false
	}
	l := best[pick(s, len(best))]
	o := m.opened(l.first, gym.Task{Goal: l.back(goal)}, "No task of this form was recorded; it is dreamed in the scene of "+m.cases[l.first].t.Task+".", model.EvidenceElsewhere, 0.2)
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

// mostAlike are the likenings whose goals say most of what a goal says beside names; those that were
// won before any other.
func (m *memory) mostAlike(goal string, all []likening) []likening {
	return highest(all, func(l likening) float64 {
		t := m.cases[l.first].t
		return saysAlike(goal, t.Goal) + whole(len(m.wins[t.Task]) > 0)
	})
}

const (
	mostDrawn      = 24  // likenings
	mostNeighbours = 6   // of these
	mostStates     = 40  // recorded states of each
	nearBest       = 0.9 // of the likeliest
)

// reachable are those of some likenings in whose recordings, as ends are judged, a goal came nearest
// to be reached, where some of what it quotes was shown.
func (m *memory) reachable(goal string, all []likening, quoted []string) (best []likening) {
	likely := make([]float64, len(all))
	for i, l := range all {
		shown := slices.Clone(l.recorded)
		for _, q := range quoted {
			shown = append(shown, l.back(q))
		}
		likely[i] = m.reaches(m.cases[l.first].t.Scene, l.back(goal), shown)
	}
	for i, l := range all {
		if likely[i] > 0 && likely[i] >= nearBest*slices.Max(likely) {
			best = append(best, l)
		}
	}
	return best
}

// withNeighbours are likenings in which the one value that they do not have of what a goal quotes stands for a
// name that a line to act upon has where a recorded page shows what the others stand for.
func (m *memory) withNeighbours(quoted []string, all []likening) (out []likening) {
	for _, l := range all {
		missing := slices.DeleteFunc(slices.Clone(quoted), func(q string) bool { return slices.Contains(l.wanted, q) })
		if len(missing) != 1 {
			continue
		}
		had := map[string]bool{"": true}
		for _, i := range m.takenWhere(m.cases[l.first].t.Scene, l.recorded) {
			for _, line := range linesOf(m.cases[i].t.State) {
				name := firstQuoted(line)
				if _, ok := labelled(line); !ok || had[name] || m.k.lex.wording[masked(name)] || slices.Contains(l.recorded, name) {
					continue
				}
				had[name] = true
				out = append(out, likening{swap{slices.Concat([]string{name}, l.recorded), slices.Concat(missing, l.wanted)}, l.first})
			}
		}
	}
	return out
}

// reached is how near goals of forms that were never recorded came to be reached in a scene.
type reached struct {
	mu sync.Mutex
	of map[string]float64
}

// mostReached bounds what is kept: tasks are asked for again and again, and new ones are made.
const mostReached = 20_000

func (r *reached) get(key string) (p float64, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p, ok = r.of[key]
	return p, ok
}

func (r *reached) set(key string, p float64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.of) >= mostReached {
		clear(r.of)
	}
	r.of[key] = p
}

// reaches is how likely a goal was reached at the recorded step of a scene where that is likeliest, of the
// last that show some values.
func (m *memory) reaches(scene, goal string, values []string) (most float64) {
	key := strings.Join(append(values, scene, goal), "\x00")
	if p, ok := m.reached.get(key); ok {
		return p
	}
	for _, i := range m.takenWhere(scene, values) {
		c := m.courseTo(i)
		for _, f := range m.fulfilments {
			c.goal, c.said = goal, f.plain
			most = max(most, f.weights.of(f.signs(m.heard, c)))
		}
	}
	m.reached.set(key, most)
	return most
}

// takenWhere are the last steps of a scene, but for its episodes' first, where some values were
// shown.
func (m *memory) takenWhere(scene string, values []string) (steps []int32) {
	for i := len(m.cases) - 1; i > 0 && len(steps) < mostStates; i-- {
		if t := m.cases[i].t; t.Scene == scene && t.Step > 0 && shareOf(values, t.State) == 1 {
			steps = append(steps, int32(i))
		}
	}
	return steps
}
