package analogy

import (
	"fmt"
	"math"
)

// guard is what every recorded success of one kind shares and failures beside it lack.
// A reward is granted only where all of it holds: a policy looks for false successes and
// learns nothing else.
type guard struct {
	atoms    []int32
	episodes int
}

// chance is how likely it may be, at most, that a condition is shared by accident.
const chance = 0.01

// learnGuards makes the guards of every frame, label and form of goal, and of every
// frame and label over all forms.
func (m *memory) learnGuards() {
	groups := map[string][]int32{}
	for i := range m.cases {
		c := &m.cases[i]
		if m.labels[c.label] == m.common {
			continue
		}
		for _, form := range []string{m.k.readGoal(c.t.Goal).form, ""} {
			key := guardKey(c.call.frame, c.label, form)
			groups[key] = append(groups[key], int32(i))
		}
	}
	for _, key := range keys(groups) {
		m.guards[key] = m.newGuard(groups[key])
	}
}

func guardKey(frame string, label int32, form string) string {
	return fmt.Sprint(frame, "\x00", label, "\x00", form)
}

// newGuard finds what successes share that failures of the frame would rarely share by
// chance: p^n below the bound, p the condition's share among failures.
func (m *memory) newGuard(wins []int32) *guard {
	first := &m.cases[wins[0]]
	shared := append([]int32{}, first.atoms...)
	episodes, tasks := map[string]bool{}, map[string]bool{}
	for _, i := range wins {
		shared = intersect(shared, m.cases[i].atoms)
		episodes[m.cases[i].t.Episode] = true
		tasks[m.cases[i].t.Task] = true
	}
	lost, among := 0, map[int32]int{}
	for _, i := range m.frames[first.call.frame] {
		if c := &m.cases[i]; m.labels[c.label] == m.common && !c.failed {
			lost++
			for _, a := range c.atoms {
				among[a]++
			}
		}
	}
	g := &guard{episodes: len(episodes)}
	for _, a := range shared {
		p := (float64(among[a]) + 0.5) / (float64(lost) + 1)
		if m.kinds[a][0] == 'G' && len(tasks) == 1 {
			continue // one task's way to its goal is not the only one
		}
		if relational(m.kinds[a]) && math.Pow(p, float64(len(episodes))) < chance {
			g.atoms = append(g.atoms, a)
		}
	}
	return g
}

// relational tells whether a kind of condition is about what things are to goal and
// history, not about which things they are.
func relational(kind string) bool {
	switch kind[0] {
	case 'g', 'z', 'd', 's', 'G', 't', 'i', 'e':
		return kind != "f" && kind != "form"
	}
	return false
}

func intersect(a, b []int32) []int32 {
	out := a[:0]
	for _, x := range a {
		if has(b, x) {
			out = append(out, x)
		}
	}
	return out
}

// judge decides reward and end: what the same action earned in the same task, else what
// the conditions tell, and neither where a guard does not hold.
func (d *dreamer) judge(c call, action string, atoms []int32, k *kase, a *answer) {
	m := d.m
	a.label = m.common
	if k.failed {
		return
	}
	l, ok := d.sameTask(c, action, atoms)
	if !ok {
		l = d.byConditions(c, atoms)
	}
	if m.labels[l] == m.common || !ok && (d.b.rewards == 0 || d.unpaid > d.b.rewards) && !m.labels[l].terminated {
		return
	}
	if missing, ok := d.guarded(c, l, atoms); !ok {
		a.why = append(a.why, fmt.Sprintf("no reward: recorded successes had %s", m.atoms[missing]))
		return
	}
	a.label = m.labels[l]
}

// sameTask answers what the action earned in the same task, in the recorded case whose
// conditions were most alike.
func (d *dreamer) sameTask(c call, action string, atoms []int32) (int32, bool) {
	list := d.m.taken(d.m.tasked[d.start.Task.ID+"\x00"+action])
	by := d.m.earnings[c.frame]
	if len(list) == 0 || by == nil {
		return 0, false
	}
	i, ok := d.m.nearest(by, list, atoms, "")
	if !ok {
		return 0, false
	}
	return d.m.cases[i].label, true
}

// byConditions answers what the frame's conditions tell, if enough tasks agree. Where
// the task's own successes were recorded, only actions of their kinds are rewarded.
func (d *dreamer) byConditions(c call, atoms []int32) int32 {
	m := d.m
	common := m.commonID
	t := m.judge[c.frame]
	if t == nil {
		return common
	}
	if wins := m.wins[d.start.Task.ID]; len(wins) > 0 {
		like := false
		for _, i := range wins {
			w := &m.cases[i]
			like = like || w.call.frame == c.frame && sameClasses(w.call.args, c.args)
		}
		if !like {
			return common
		}
	}
	return t.leaf(atoms).label
}

// settleEarnings keeps in each leaf the label that four of five tasks in it agree on.
func (m *memory) settleEarnings(t *tree) {
	t.each(func(leaf *tree) {
		votes, tasks := map[int32]map[string]bool{}, map[string]bool{}
		for _, i := range leaf.cases {
			k := &m.cases[i]
			if votes[k.label] == nil {
				votes[k.label] = map[string]bool{}
			}
			votes[k.label][k.t.Task] = true
			tasks[k.t.Task] = true
		}
		best := m.commonID
		for l := range m.labels {
			if n := len(votes[int32(l)]); n > len(votes[best]) {
				best = int32(l)
			}
		}
		if 5*len(votes[best]) < 4*len(tasks) {
			best = m.commonID
		}
		leaf.label, leaf.cases = best, nil
	})
}

// settleOutcomes keeps in each leaf the commonest class, over all and by kinds of
// arguments.
func (m *memory) settleOutcomes(t *tree) {
	t.each(func(leaf *tree) {
		leaf.common = map[string]vote{"": m.vote(leaf.cases)}
		by := map[string][]int32{}
		for _, i := range leaf.cases {
			m.cases[i].leaf = leaf
			k := classes(m.cases[i].call.args)
			by[k] = append(by[k], i)
		}
		for k, cases := range by {
			if k != "" {
				leaf.common[k] = m.vote(cases)
			}
		}
	})
}

// guarded tells whether what the recorded successes share holds; else one condition
// that does not.
func (d *dreamer) guarded(c call, label int32, atoms []int32) (missing int32, ok bool) {
	g := d.m.guards[guardKey(c.frame, label, d.b.goal.form)]
	if g == nil || g.episodes < 3 {
		g = d.m.guards[guardKey(c.frame, label, "")]
	}
	if g == nil {
		return 0, true
	}
	for _, a := range g.atoms {
		if !has(atoms, a) {
			return a, false
		}
	}
	return 0, true
}
