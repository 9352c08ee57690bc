package numeric

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
)

// label is what a step earns and whether the task ends.
type label struct {
	reward float64
	// quantity: the reward is not one of a few, but fitted like the state's numbers.
	quantity   bool
	terminated bool
}

// outcome tells rewards and ends from a step's numbers: by cuts through them, or as the very step
// was recorded.
type outcome struct {
	steps  map[string][]int // step → counts of labels; nil where steps that came again were not labelled alike
	labels []label
	names  map[string]int // actions
	root   *cut
	depth  int     // how many cuts are asked about at the most
	pay    [2]*pay // for quantities: of steps that do not end the task, and of those that do
}

// cut is a node of a decision tree over numbers. What is below it can be left out: it has what
// came of all its cases.
type cut struct {
	feature   int // -1 in a leaf
	at        float64
	low, high *cut
	counts    []int // of labels
}

// learnOutcome learns what steps of these earned.
func learnOutcome(steps []step, of []int32) *outcome {
	o := &outcome{names: make(map[string]int), depth: deepest}
	for _, ends := range []bool{false, true} {
		o.learnLabels(steps, of, ends)
	}
	for _, i := range of {
		st := &steps[i]
		if _, had := o.names[st.t.Action]; !had && st.action == nil {
			o.names[st.t.Action] = len(o.names)
		}
	}
	g := grower{kinds: len(o.labels)}
	var cases []int32
	for _, i := range o.thin(steps, of) {
		st := &steps[i]
		g.features = append(g.features, o.features(st.t.Action, st.action, st.state, st.next))
		g.labels = append(g.labels, o.place(st))
		cases = append(cases, int32(len(cases)))
	}
	o.root = g.grow(cases, deepest)
	return o
}

// surely is the share of the steps that were recorded again which have to have one label each for
// recorded steps to tell it.
const surely = 0.99

// learnSteps counts the labels of each step, where states are names: near ones tell nothing of it.
func (o *outcome) learnSteps(steps []step, of []int32) {
	counts := make(map[string][]int)
	for _, i := range of {
		st := &steps[i]
		key := stepKey(st.t.Action, st.state, st.next)
		if counts[key] == nil {
			counts[key] = make([]int, len(o.labels))
		}
		counts[key][o.place(st)]++
	}
	again, alike := 0, 0
	for _, n := range counts {
		switch most := slices.Max(n); {
		case most > 1 && most == sum(n):
			again, alike = again+1, alike+1
		case sum(n) > 1:
			again++
		}
	}
	if again > 0 && float64(alike) >= surely*float64(again) {
		o.steps = counts
	}
}

func sum(counts []int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}

// stepKey names a step: what was done, where, and where it led.
func stepKey(name string, state, next []float64) string {
	return fmt.Sprint(name, state, next)
}

// deepest bounds the cuts that follow each other.
const deepest = 12

// mostCases bounds, about, how many steps cuts are learned from.
const mostCases = 20000

// thin leaves out some of the steps that have the commonest label.
func (o *outcome) thin(steps []step, of []int32) []int32 {
	if len(of) <= mostCases {
		return of
	}
	counts := make([]int, len(o.labels))
	for _, i := range of {
		counts[o.place(&steps[i])]++
	}
	common, stride, n := slices.Index(counts, slices.Max(counts)), len(of)/mostCases+1, 0
	return slices.DeleteFunc(slices.Clone(of), func(i int32) bool {
		if o.place(&steps[i]) != common {
			return false
		}
		n++
		return n%stride != 0
	})
}

const (
	mostRewards  = 16  // that differ, where rewards are no quantities
	timesAReward = 3   // that those beside the commonest come on average, where they are none
	commonShare  = 0.2 // of a reward that stands for itself among quantities
)

// learnLabels lists the rewards of steps that end the task or do not: those that come again and
// again each stand for themselves, what is left are quantities.
func (o *outcome) learnLabels(steps []step, of []int32, ends bool) {
	counts, n := make(map[float64]int), 0
	for _, i := range of {
		if t := steps[i].t; t.Terminated == ends {
			counts[t.Reward]++
			n++
		}
	}
	if n == 0 {
		return
	}
	most := slices.Max(slices.Collect(maps.Values(counts)))
	few := len(counts) <= mostRewards && n-most >= timesAReward*(len(counts)-1)
	quantities := false
	for _, r := range slices.Sorted(maps.Keys(counts)) {
		if few || float64(counts[r]) >= commonShare*float64(n) && counts[r] >= timesAReward {
			o.labels = append(o.labels, label{reward: r, terminated: ends})
		} else {
			quantities = true
		}
	}
	if quantities {
		l := label{quantity: true, terminated: ends}
		o.labels = append(o.labels, l)
		o.pay[index(ends)] = learnPay(steps, o.having(steps, of, l))
	}
}

func index(ends bool) int {
	if ends {
		return 1
	}
	return 0
}

// having are the steps that have a label.
func (o *outcome) having(steps []step, of []int32, l label) (all []int32) {
	for _, i := range of {
		if at := o.place(&steps[i]); at >= 0 && o.labels[at] == l {
			all = append(all, i)
		}
	}
	return all
}

// place is a step's label.
func (o *outcome) place(st *step) int {
	if at := slices.Index(o.labels, label{reward: st.t.Reward, terminated: st.t.Terminated}); at >= 0 {
		return at
	}
	return slices.Index(o.labels, label{quantity: true, terminated: st.t.Terminated})
}

// features are what is asked about: the state, the next one, what changed, and the action.
func (o *outcome) features(name string, numbers, state, next []float64) []float64 {
	f := slices.Concat(state, next, numbers)
	for d := range state {
		f = append(f, next[d]-state[d])
	}
	if numbers == nil {
		f = append(f, make([]float64, len(o.names))...)
		if i, known := o.names[name]; known {
			f[len(f)-len(o.names)+i] = 1
		}
	}
	return f
}

// tell answers how often each label was recorded in such steps.
func (o *outcome) tell(name string, numbers, state, next []float64) []int {
	if counts := o.recorded(name, state, next); counts != nil {
		return counts
	}
	return o.byCuts(name, numbers, state, next)
}

// recorded answers how often each label was recorded in this very step; nil where that tells nothing.
func (o *outcome) recorded(name string, state, next []float64) []int {
	if o.steps == nil {
		return nil
	}
	return o.steps[stepKey(name, state, next)]
}

func (o *outcome) byCuts(name string, numbers, state, next []float64) []int {
	f := o.features(name, numbers, state, next)
	n := o.root
	for depth := 0; n.feature >= 0 && depth < o.depth; depth++ {
		if f[n.feature] < n.at {
			n = n.low
		} else {
			n = n.high
		}
	}
	return n.counts
}

// pick answers a label: the commonest, or one drawn as often as it was recorded.
func (o *outcome) pick(counts []int, r *rand.Rand) label {
	if r == nil {
		return o.labels[slices.Index(counts, slices.Max(counts))]
	}
	left, l := r.IntN(sum(counts)), 0
	for left >= counts[l] {
		left -= counts[l]
		l++
	}
	return o.labels[l]
}

// grower cuts cases apart.
type grower struct {
	features [][]float64
	labels   []int
	kinds    int // of labels
}

// grow cuts until all in a part have one label, or the depth is used up.
func (g *grower) grow(cases []int32, depth int) *cut {
	counts := make([]int, g.kinds)
	for _, c := range cases {
		counts[g.labels[c]]++
	}
	n := &cut{feature: -1, counts: counts}
	if slices.Max(counts) == len(cases) || depth == 0 {
		return n
	}
	feature, at := g.best(cases, counts)
	if feature < 0 {
		return n
	}
	var low, high []int32
	for _, c := range cases {
		if g.features[c][feature] < at {
			low = append(low, c)
		} else {
			high = append(high, c)
		}
	}
	n.feature, n.at, n.low, n.high = feature, at, g.grow(low, depth-1), g.grow(high, depth-1)
	return n
}

// best finds the cut that leaves the least entropy; of equally good ones that with the most
// room around it, measured by how far its feature spreads.
func (g *grower) best(cases []int32, counts []int) (feature int, at float64) {
	feature = -1
	least, room := entropy(counts)-1e-9, 0.0
	sorted := slices.Clone(cases)
	for d := range g.features[cases[0]] {
		slices.SortFunc(sorted, func(a, b int32) int { return cmp.Compare(g.features[a][d], g.features[b][d]) })
		spread := g.features[sorted[len(sorted)-1]][d] - g.features[sorted[0]][d]
		below, above := make([]int, g.kinds), slices.Clone(counts)
		for i := 1; i < len(sorted); i++ {
			below[g.labels[sorted[i-1]]]++
			above[g.labels[sorted[i-1]]]--
			was, is := g.features[sorted[i-1]][d], g.features[sorted[i]][d]
			if was == is {
				continue
			}
			left, gap := entropy(below)+entropy(above), (is-was)/spread
			if left < least-1e-9 || left < least+1e-9 && feature >= 0 && gap > room {
				feature, at, least, room = d, was+(is-was)/2, left, gap
			}
		}
	}
	return feature, at
}

// entropy of counts, times their number, in nats.
func entropy(counts []int) float64 {
	n, s := 0, 0.0
	for _, c := range counts {
		if c > 0 {
			n += c
			s -= float64(c) * math.Log(float64(c))
		}
	}
	if n == 0 {
		return 0
	}
	return s + float64(n)*math.Log(float64(n))
}
