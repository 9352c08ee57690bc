package numeric

import (
	"math"
	"slices"

	"dreamgym/synth/model"
)

// trust is what was measured on episodes that were left out.
type trust struct {
	steps    int       // that were left out; 0: nothing was measured
	err      float64   // of the next state: of its numbers, in units of one step's spread; of names, the share that is wrong
	forecast float64   // the same of the outcomes that are drawn from: less where they vary as what came
	still    float64   // the same of saying that nothing changes
	noisy    bool      // what the fit does not explain is chance, and drawn
	bounds   []float64 // of distances to the nearest step, ascending
	right    []float64 // up to each bound, and beyond: the share of steps that were right
}

// nearEnough is how far off, in units of one step's spread, a number may be that is right.
const nearEnough = 0.1

// heldOut leaves one episode in seven out.
const heldOut = 7

// validate leaves episodes out to choose the method and the depth of cuts, and to learn how
// far they can be trusted; then everything is learned from.
func (m *Memory) validate(stop <-chan struct{}) {
	m.method, m.outcome = method{near: 1}, m.learnOutcome(allOf(m.steps))
	rest, out := m.leaveOut(0)
	if len(rest) == 0 || len(out) == 0 {
		return
	}
	half := *m
	half.groups, half.outcome = m.space.group(m.steps, rest), m.learnOutcome(rest)
	sample := every(out, probes)
	m.trust.steps = len(sample)
	best := math.Inf(1)
	for _, try := range methods(len(m.space.mean)) {
		if model.Stopped(stop) {
			return
		}
		half.method = try
		if e := half.misses(sample); e.cost() < 0.98*best {
			best, m.method, m.trust.err, m.trust.forecast = e.cost(), try, e.mean, e.forecast
		}
	}
	m.trust.still, m.trust.noisy = m.stillError(sample), m.trust.err > nearEnough
	half.method, half.trust = m.method, m.trust
	m.chooseDepth(half.outcome, out)
	half.outcome.depth = m.outcome.depth
	m.calibrate(&half, sample)
}

// learnOutcome learns what some steps earned: each by itself, too, where states are names.
func (m *Memory) learnOutcome(of []int32) *outcome {
	o := learnOutcome(m.steps, of)
	if m.space.names {
		o.learnSteps(m.steps, of)
	}
	return o
}

// leaveOut parts the steps by episodes: every heldOut-th is left out, counted from fold on.
func (m *Memory) leaveOut(fold int) (rest, out []int32) {
	episode, last := 0, ""
	for i := range m.steps {
		if e := m.steps[i].t.Episode; i > 0 && e != last {
			episode++
		}
		last = m.steps[i].t.Episode
		if (episode+fold)%heldOut == heldOut-1 {
			out = append(out, int32(i))
		} else {
			rest = append(rest, int32(i))
		}
	}
	return rest, out
}

// every answers about so many of the steps, spread evenly.
func every(of []int32, most int) []int32 {
	var some []int32
	stride := max(1, len(of)/most)
	for i := 0; i < len(of); i += stride {
		some = append(some, of[i])
	}
	return some
}

// missed is how far off a method is on steps that the memory does not have.
type missed struct {
	mean     float64 // what it says is likeliest
	drawn    float64 // what it draws
	forecast float64 // its outcomes as a forecast (the energy score of Gneiting and Raftery, 2007)
}

// cost is what a method is chosen by. The forecast alone would draw, and so contradict itself,
// where memory tells what comes but for a little.
func (e missed) cost() float64 { return e.drawn + e.forecast }

// misses measures the method.
func (m *Memory) misses(sample []int32) (sum missed) {
	n := 0.0
	for _, i := range sample {
		st := &m.steps[i]
		if g := m.groups[groupOf(st.t.Action, st.action)]; g != nil {
			p := m.fitStep(g, st, m.before(i))
			drawn, forecast := p.score(&m.space, m.target(i))
			sum.mean, sum.drawn, sum.forecast, n = sum.mean+m.space.off(p.next, st.next), sum.drawn+drawn, sum.forecast+forecast, n+1
		}
	}
	if n == 0 {
		return missed{math.Inf(1), math.Inf(1), math.Inf(1)}
	}
	return missed{sum.mean / n, sum.drawn / n, sum.forecast / n}
}

// score is how far the rows' changes are from the one that came, and that less half of how far
// they are from each other.
func (p *predicted) score(s *space, came []float64) (drawn, forecast float64) {
	sum, within := 0.0, 0.0
	for i, w := range p.weight {
		sum += w
		drawn += w * s.apart(p.row(i), came)
		for j, v := range p.weight[:i] {
			within += 2 * w * v * s.apart(p.rest[i], p.rest[j])
		}
	}
	return drawn / sum, drawn/sum - within/(2*sum*sum)
}

// apart is how far two changes are from each other: the mean over their numbers or, where
// states are names, 1 unless they lead to the same state. The reward, which comes last, is left
// out.
func (s *space) apart(a, b []float64) float64 {
	sum := 0.0
	for d, size := range s.change {
		e := math.Abs(a[d] - b[d])
		if s.names && e*unit(size) >= 0.5 {
			return 1
		}
		sum += e
	}
	if s.names {
		return 0
	}
	return sum / float64(len(s.change))
}

// before are the recorded steps before one, in its episode.
func (m *Memory) before(i int32) []step {
	from := max(0, int(i)-m.steps[i].t.Step, int(i)-mostPast)
	return m.steps[from:i]
}

// stillError is how far off it is that nothing changes.
func (m *Memory) stillError(sample []int32) float64 {
	sum := 0.0
	for _, i := range sample {
		sum += m.space.off(m.steps[i].state, m.steps[i].next) / float64(len(sample))
	}
	return sum
}

// chooseDepth takes the depth of cuts that tells most of the labels of episodes left out: that
// under which they are likeliest, the least of equally good ones. Where one in heldOut of the
// episodes is few steps, others are left out in turn: a single one may say nothing of ends. o was
// learned without the steps out of the first.
func (m *Memory) chooseDepth(o *outcome, out []int32) {
	var sums [deepest + 1]float64
	for fold, steps := 1, 0; ; fold++ {
		for _, i := range out {
			st := &m.steps[i]
			if o.recorded(st.t.Action, st.state, st.next) != nil {
				continue // cuts are not asked
			}
			for o.depth = range sums {
				sums[o.depth] += o.likelihood(o.byCuts(st.t.Action, st.action, st.state, st.next), o.place(st))
			}
		}
		if steps += len(out); fold == heldOut || steps >= probes {
			break
		}
		var rest []int32
		rest, out = m.leaveOut(fold)
		o = m.learnOutcome(rest)
	}
	most := math.Inf(-1)
	for depth, sum := range sums {
		if sum > most+1e-9 {
			m.outcome.depth, most = depth, sum
		}
	}
}

// likelihood is the logarithm of a label's share, as if each had come a little more often; -1 is
// a label that was never recorded.
func (o *outcome) likelihood(counts []int, l int) float64 {
	const more = 0.02
	total, n := more*float64(len(counts)+1), more
	for i, c := range counts {
		total += float64(c)
		if i == l {
			n += float64(c)
		}
	}
	return math.Log(n / total)
}

// calibrate learns how often the memory without the held-out steps is right about them, by
// how far away the nearest step is.
func (m *Memory) calibrate(half *Memory, sample []int32) {
	type tried struct {
		distance float64
		right    bool
	}
	var all []tried
	for _, i := range sample {
		st := &half.steps[i]
		g := half.groups[groupOf(st.t.Action, st.action)]
		if g == nil {
			continue
		}
		p := half.fitStep(g, st, half.before(i))
		_, worst := half.space.error(p.next, st.next)
		l := half.label(p, st.t.Action, st.action, st.state, st.t.Step+1, nil)
		right := (worst == 0 || !m.space.names && worst <= nearEnough) && math.Abs(l.reward-st.t.Reward) <= nearEnough*half.rewardUnit && l.terminated == st.t.Terminated
		all = append(all, tried{p.rows[0].distance, right})
	}
	slices.SortFunc(all, func(a, b tried) int {
		if a.distance < b.distance {
			return -1
		}
		return 1
	})
	const parts = 5
	for part := range parts {
		of := all[len(all)*part/parts : len(all)*(part+1)/parts]
		right := 1.0 // as if one of two more was right
		for _, t := range of {
			if t.right {
				right++
			}
		}
		m.trust.right = append(m.trust.right, right/float64(len(of)+2))
		if part < parts-1 && len(of) > 0 {
			m.trust.bounds = append(m.trust.bounds, of[len(of)-1].distance)
		}
	}
}

// confidence is the share that was right where the nearest step was so far away.
func (t *trust) confidence(distance float64) float64 {
	if t.steps == 0 {
		return 0.5
	}
	i, _ := slices.BinarySearch(t.bounds, distance)
	return t.right[min(i, len(t.right)-1)]
}
