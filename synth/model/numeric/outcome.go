package numeric

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

// label is what a step earns and whether the task ends.
type label struct {
	reward     float64
	terminated bool
}

// mostLabels is how many different labels there may be; with more, rewards are quantities,
// fitted like the state's numbers, and only the end is a label.
const mostLabels = 16

// outcome tells rewards and ends from a step's numbers: by cuts through them.
type outcome struct {
	labels   []label
	fitted   bool // rewards are quantities: labels tell ends alone
	names    map[string]int
	root     *cut
	terminal []int32 // steps that ended their task, where rewards are fitted
}

// cut is a node of a decision tree over numbers.
type cut struct {
	feature   int // -1 in a leaf
	at        float64
	low, high *cut
	counts    []int // of labels
}

// learnOutcome learns what steps of these earned, with cuts at most so deep.
func learnOutcome(steps []step, of []int32, deepest int) *outcome {
	o := &outcome{names: make(map[string]int)}
	o.labels, o.fitted = labelsOf(steps, of)
	for _, i := range of {
		st := &steps[i]
		if _, had := o.names[st.t.Action]; !had && st.action == nil {
			o.names[st.t.Action] = len(o.names)
		}
		if o.fitted && st.t.Terminated {
			o.terminal = append(o.terminal, i)
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

// labelsOf lists the labels that there are.
func labelsOf(steps []step, of []int32) (all []label, fitted bool) {
	for _, i := range of {
		l := label{steps[i].t.Reward, steps[i].t.Terminated}
		if !slices.Contains(all, l) {
			if all = append(all, l); len(all) > mostLabels {
				return []label{{terminated: false}, {terminated: true}}, true
			}
		}
	}
	return all, false
}

// place is a step's label.
func (o *outcome) place(st *step) int {
	l := label{st.t.Reward, st.t.Terminated}
	if o.fitted {
		l.reward = 0
	}
	return slices.Index(o.labels, l)
}

// features are what is asked about: the state, the next one, and the action.
func (o *outcome) features(name string, numbers, state, next []float64) []float64 {
	f := slices.Concat(state, next, numbers)
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
	f := o.features(name, numbers, state, next)
	n := o.root
	for n.feature >= 0 {
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
	total := 0
	for _, n := range counts {
		total += n
	}
	left, l := r.IntN(total), 0
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
