package analogy

import (
	"slices"
	"strconv"
	"strings"
)

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
	m.learnFulfilments()
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
	m.growOfLines(&grower{atoms: atoms, label: class, weight: weight, least: 6})
	if len(refused) > 0 {
		g := &grower{atoms: atoms, label: class, weight: weight, least: 4}
		m.refusal = g.grow(refused[max(0, len(refused)-maxGrown):], 12)
		m.settleOutcomes(m.refusal)
	}
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
