package analogy

import (
	"fmt"
	"slices"

	"dreamgym/synth/experience"
)

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
	f := m.fulfilments[c.frame]
	if f != nil && f.forms[d.b.goal.form] == 0 || !d.earnings(c, action, atoms, k, a) {
		d.fulfil(f, c, a)
	}
}

// earnings takes what recordings of the action earned, or what the conditions tell where the guard
// holds; false where they promise nothing.
func (d *dreamer) earnings(c call, action string, atoms []int32, k *kase, a *answer) bool {
	m := d.m
	l, r := d.earned(c, action, m.withOutcome(atoms, k.class))
	if m.labels[l] == m.common || r == routeConditions && !d.pays(l) {
		return r != routeConditions
	}
	if a.drawn && !m.cameWith(c.frame, k.class, l) {
		a.why = append(a.why, "no reward: what is drawn never earned it")
		return true
	}
	if m.labels[l].reward > m.common.reward {
		if missing, ok := d.guarded(c, l, atoms); !ok {
			why := "no reward: no goal of this form was recorded as reached"
			if missing >= 0 {
				why = fmt.Sprintf("no reward: recorded successes had %s", m.atoms[missing])
			}
			a.why = append(a.why, why)
			return false
		}
	}
	a.label = m.labels[l]
	return a.label.reward > m.common.reward || r != routeConditions
}

// fulfil takes what a goal's fulfilment earns, where its form was hardly ever reached.
func (d *dreamer) fulfil(f *fulfilment, c call, a *answer) {
	if f == nil || f.forms[d.b.goal.form] >= leastSure {
		return
	}
	p := f.weights.of(f.signs(d.m.heard, d.course(c)))
	a.why = append(a.why, fmt.Sprintf("goals of this form were recorded as reached %d times; by what was done and shown this one is with %.0f %%, and %.0f are asked for",
		f.forms[d.b.goal.form], 100*p, 100*f.least))
	if p >= f.least {
		a.label = d.m.labels[f.label]
	}
}

// cameWith tells whether a kind of outcome of a frame was ever recorded to earn so.
func (m *memory) cameWith(frame string, class, label int32) bool {
	return slices.ContainsFunc(m.frames[frame], func(i int32) bool { return m.cases[i].class == class && m.cases[i].label == label })
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

// byConditions answers what the frame's conditions tell, if enough tasks agree, or the guard of a
// form that is sure. Where
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
			like = like || w.call.frame == c.frame && (m.k.paged || sameClasses(w.call.args, c.args))
		}
		if !like {
			return common
		}
	}
	l := t.leaf(atoms).label
	if m.labels[l].reward <= m.common.reward {
		if sure, ok := d.promised(c, atoms); ok {
			return sure
		}
	}
	return l
}
