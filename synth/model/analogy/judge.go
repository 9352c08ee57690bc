package analogy

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"dreamgym/synth/experience"
)

// guard is what every recorded success of one kind shares and failures beside it lack.
// A reward is granted only where all of it holds: a policy looks for false successes and
// learns nothing else.
type guard struct {
	atoms    []int32
	absent   []int32 // what no success had and failures often do
	wins     []int32
	episodes int
}

// learnGuards makes the guards of every frame, label and form of goal. Where forms come
// back with other tasks, those that are won in one way are one; where every task words
// its goal in its own way, a form tells one route only and all forms together count too.
func (m *memory) learnGuards() {
	groups, tasks, forms := map[string][]int32{}, map[string]bool{}, map[string]bool{}
	for i := range m.cases {
		c := &m.cases[i]
		form := m.k.readGoal(c.t.Goal).form
		tasks[c.t.Task], forms[form] = true, true
		if m.labels[c.label] == m.common {
			continue
		}
		for _, f := range []string{form, ""} {
			key := guardKey(c.call.frame, c.label, f)
			groups[key] = append(groups[key], int32(i))
		}
	}
	m.recurring = 2*len(tasks) >= 3*len(forms)
	for _, key := range keys(groups) {
		m.guards[key] = m.newGuard(groups[key])
	}
	if m.recurring {
		m.poolGuards(keys(groups))
	}
}

func guardKey(frame string, label int32, form string) string {
	return fmt.Sprint(frame, "\x00", label, "\x00", form)
}

// poolGuards takes forms together whose successes share a deed that is rare beside them:
// "two of a kind", "made hot first". More successes tell the accidental conditions.
func (m *memory) poolGuards(all []string) {
	by := map[string][]string{} // frame, label and rare deed → guards
	for _, key := range all {
		if strings.HasSuffix(key, "\x00") {
			continue
		}
		g := m.guards[key]
		for _, a := range g.atoms {
			if k := m.kinds[a]; m.rare(g, a) && (k[0] == 'd' || k == "twins") {
				at := key[:strings.LastIndexByte(key, 0)] + "\x00" + m.atoms[a]
				by[at] = append(by[at], key)
			}
		}
	}
	for _, at := range keys(by) {
		var wins []int32
		for _, key := range by[at] {
			wins = append(wins, m.guards[key].wins...)
		}
		if len(by[at]) < 2 {
			continue
		}
		slices.Sort(wins)
		pooled := m.newGuard(slices.Compact(wins))
		for _, key := range by[at] {
			m.guards[key] = pooled
		}
	}
}

// rare tells whether a condition holds for few failures of the guard's frame.
func (m *memory) rare(g *guard, a int32) bool {
	lost, n := 0, 0
	for _, i := range m.frames[m.cases[g.wins[0]].call.frame] {
		if c := &m.cases[i]; m.labels[c.label] == m.common && !c.failed {
			lost++
			if has(c.atoms, a) {
				n++
			}
		}
	}
	return 8*n < lost
}

// newGuard finds what successes share that failures of the frame would rarely share by
// chance: p^n below a bound, p the condition's share among failures.
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
	g := &guard{wins: wins, episodes: len(episodes)}
	had := map[int32]bool{}
	for _, i := range wins {
		for _, a := range m.cases[i].atoms {
			had[a] = true
		}
	}
	for a := range int32(len(m.atoms)) {
		p := float64(among[a]) / (float64(lost) + 1)
		if k := m.kinds[a][0]; !had[a] && (k == 'P' || k == 'A' || k == 'V') && math.Pow(1-p, float64(len(episodes))) < m.chance(len(episodes)) {
			g.absent = append(g.absent, a)
		}
	}
	for _, a := range shared {
		p := (float64(among[a]) + 0.5) / (float64(lost) + 1)
		if m.kinds[a][0] == 'G' && len(tasks) == 1 && !m.recurring {
			continue // one task's way to its goal is not the only one
		}
		if relational(m.kinds[a]) && !(m.kinds[a] == "H" && strings.Contains(m.atoms[a], `"-"`)) && math.Pow(p, float64(len(episodes))) < m.chance(len(episodes)) {
			g.atoms = append(g.atoms, a)
		}
	}
	m.loosen(g)
	return g
}

// loosen leaves out that something was done last where that it was ever done is asked for,
// too, and no recorded failure speaks against it: what was made clean stays clean when it is
// put down and taken up again.
func (m *memory) loosen(g *guard) {
	ever := map[string]bool{}
	for _, a := range g.atoms {
		if m.kinds[a][0] == 'd' {
			_, deed, _ := strings.Cut(m.atoms[a], "=")
			ever[deed] = true
		}
	}
	for _, a := range slices.Clone(g.atoms) {
		_, deed, _ := strings.Cut(m.atoms[a], "=")
		if k := m.kinds[a][0]; (k != 'G' && k != 's') || !ever[deed] {
			continue
		}
		rest := slices.DeleteFunc(slices.Clone(g.atoms), func(x int32) bool { return x == a })
		if !m.lostWith(g, rest) {
			g.atoms = rest
		}
	}
}

// lostWith tells whether a recorded failure of the guard's frame had all of some
// conditions.
func (m *memory) lostWith(g *guard, atoms []int32) bool {
	for _, i := range m.frames[m.cases[g.wins[0]].call.frame] {
		c := &m.cases[i]
		if m.labels[c.label] != m.common || c.failed {
			continue
		}
		if !slices.ContainsFunc(atoms, func(a int32) bool { return !has(c.atoms, a) }) {
			return true
		}
	}
	return false
}

// chance is how likely it may be, at most, that n successes share a condition by
// accident. Where few successes of a form are recorded it is better to ask for too much.
func (m *memory) chance(n int) float64 {
	if !m.recurring {
		return 0.01
	}
	return max(0.05, 0.35/float64(n))
}

// relational tells whether a kind of condition is about what things are to goal and
// history, not about which things they are.
func relational(kind string) bool {
	switch kind[0] {
	case 'g', 'z', 'd', 's', 'G', 't', 'i', 'e', 'A', 'B', 'V', 'P', 'Q', 'H':
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

// judge decides reward and end: what recordings of the action earned, or what the
// conditions tell, whichever was right more often; and no reward where its guard does not
// hold.
func (d *dreamer) judge(c call, action string, atoms []int32, k *kase, a *answer) {
	m := d.m
	a.label = m.common
	if k.failed {
		if l := m.labels[k.label]; l.reward <= m.common.reward {
			a.label = l
		}
		return
	}
	if m.ending[c.frame] {
		a.label.terminated = true // with or without a reward
	}
	l, r := d.earned(c, action, m.withOutcome(atoms, k.class))
	if m.labels[l] == m.common || r == routeConditions && !d.pays(l) {
		return
	}
	if m.labels[l].reward > m.common.reward {
		if missing, ok := d.guarded(c, l, atoms); !ok {
			why := "no reward: no goal of this form was recorded as reached"
			if missing >= 0 {
				why = fmt.Sprintf("no reward: recorded successes had %s", m.atoms[missing])
			}
			a.why = append(a.why, why)
			return
		}
	}
	a.label = m.labels[l]
}

// leastEndings is how often a frame must have been recorded, and always at an end, to end
// whatever it earns.
const leastEndings = 10

// learnEnding finds the frames that always end an episode. They are never refused, though
// nothing else may come of them.
func (m *memory) learnEnding() {
	for f, cases := range m.frames {
		ends := len(cases) >= leastEndings
		for _, i := range cases {
			ends = ends && m.labels[m.cases[i].label].terminated
		}
		m.ending[f] = ends
		for _, i := range cases {
			m.cases[i].failed = m.cases[i].failed && !ends
		}
	}
}

// pays tells whether what conditions alone promise is believed: an end is, and a reward on
// the way where this task has paid before, or where such promises came true in held-out
// episodes.
func (d *dreamer) pays(l int32) bool {
	m := d.m
	if m.labels[l] == m.common || m.labels[l].terminated || m.labels[l].reward < m.common.reward {
		return true
	}
	if m.promises.yes+m.promises.no >= leastPromises && m.promises.yes >= 4*m.promises.no {
		return true
	}
	return d.b.rewards > 0 && d.unpaid <= d.b.rewards
}

// leastPromises is how many rewards must have been promised to held-out episodes.
const leastPromises = 5

// earned goes the most trusted of the routes that lead to a recording of the action, or to
// the frame's conditions.
func (d *dreamer) earned(c call, action string, atoms []int32) (label int32, by route) {
	for _, r := range d.m.payStandings[c.frame].payOrder() {
		if l, ok := d.earnedBy(r, c, action, atoms); ok {
			return l, r
		}
	}
	return d.m.commonID, routeConditions
}

func (d *dreamer) earnedBy(r route, c call, action string, atoms []int32) (int32, bool) {
	if r == routeConditions {
		return d.byConditions(c, atoms), true
	}
	by, list := d.m.earnings[c.frame], d.recorded(r, action)
	if by == nil || len(list) == 0 {
		return 0, false
	}
	i, ok := d.m.nearest(by, list, atoms, "")
	if !ok {
		return 0, false
	}
	return d.m.cases[i].label, true
}

// comparePay lets every route judge a held-out step and counts who was right, and whether
// rewards that conditions alone promise came.
func (m *memory) comparePay(d *dreamer, t *experience.Transition) {
	c := d.m.k.grammar.parse(t.Action)
	atoms := d.m.known(d.b.atoms(c, t.Action))
	if d.m.outcome[c.frame] == nil || d.m.refused(atoms) {
		return
	}
	k := &d.m.cases[d.predict(t.Action).rep]
	atoms = d.m.withOutcome(atoms, k.class)
	truth := outcomeLabel{t.Reward, t.Terminated}
	said := map[route]outcomeLabel{}
	differ := false
	for r := range routes {
		if l, ok := d.earnedBy(r, c, t.Action, atoms); ok {
			said[r] = d.m.labels[l]
		}
	}
	for _, l := range said {
		differ = differ || l != said[routeConditions]
	}
	if l := said[routeConditions]; l.reward > d.m.common.reward && !l.terminated && len(d.recorded(routeTask, t.Action)) == 0 {
		m.promises.add(l == truth)
	}
	if !differ {
		return
	}
	if m.payStandings[c.frame] == nil {
		m.payStandings[c.frame] = &standing{}
	}
	for r, l := range said {
		m.payStandings[c.frame][r].add(l == truth)
	}
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
			like = like || w.call.frame == c.frame && (m.paged || sameClasses(w.call.args, c.args))
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
		leaf.common, leaf.chance = map[string]vote{"": m.vote(leaf.cases)}, m.byChance(leaf.cases)
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
	switch {
	case d.m.recurring && g == nil:
		if g = d.m.nearestGuard(c.frame, label, d.b.goal.form); g == nil {
			return -1, false
		}
	case !d.m.recurring && (g == nil || g.episodes < 3):
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
	for _, a := range g.absent {
		if has(atoms, a) {
			return a, false
		}
	}
	return 0, true
}

// nearestGuard is the guard of the recorded form that shares most words with one that
// was never won; nil where none shares half of them.
func (m *memory) nearestGuard(frame string, label int32, form string) *guard {
	prefix := guardKey(frame, label, "")
	want := words(form)
	var best *guard
	most := 0.5
	for _, key := range keys(m.guards) {
		if !strings.HasPrefix(key, prefix) || key == prefix {
			continue
		}
		if s := alike(want, words(key[len(prefix):])); s > most {
			best, most = m.guards[key], s
		}
	}
	return best
}

// alike is the share of words that two texts have in common.
func alike(a, b []string) float64 {
	have := map[string]bool{}
	for _, w := range a {
		have[w] = true
	}
	n, all := 0, len(have)
	for _, w := range b {
		if have[w] {
			n++
			delete(have, w)
		} else {
			all++
		}
	}
	return float64(n) / float64(max(1, all))
}
