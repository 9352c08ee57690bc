package numeric

import (
	"math"
	"math/rand/v2"
	"slices"

	"dreamgym/envserver/gym"
)

// predicted is a step's outcome in numbers.
type predicted struct {
	fitted
	state  []float64
	next   []float64
	reward float64 // where it is a quantity that the steps around tell
}

// fitStep fits the outcome of a step's action in its state, after what was done before.
func (m *Memory) fitStep(g *group, st *step, past []step) predicted {
	p := predicted{state: st.state}
	p.fitted = g.fit(m.space.point(st.state, st.action), m.method, m.target, func(i int32) int { return m.alike(i, past) })
	p.settle(m)
	return p
}

// mostPast bounds how many steps back it is looked how a state came about.
const mostPast = 64

// alike is how many of the steps before a recorded one are the same as before now, of those that
// the method looks at.
func (m *Memory) alike(i int32, past []step) int {
	was, is, n := m.before(i), past, 0
	for {
		was, is = m.telling(was), m.telling(is)
		if len(was) == 0 || len(is) == 0 {
			return n
		}
		a, b := &was[len(was)-1], &is[len(is)-1]
		if a.t.Action != b.t.Action || !slices.Equal(a.state, b.state) {
			return n
		}
		was, is, n = was[:len(was)-1], is[:len(is)-1], n+1
	}
}

// telling leaves steps out at the end that the method does not look at.
func (m *Memory) telling(past []step) []step {
	for m.method.past == shownPast && len(past) > 0 && past[len(past)-1].idle() {
		past = past[:len(past)-1]
	}
	return past
}

// target is what a recorded step changed, and earned.
func (m *Memory) target(i int32) []float64 {
	st := &m.steps[i]
	change := make([]float64, 0, len(st.state)+1)
	for d := range st.state {
		change = append(change, (st.next[d]-st.state[d])/unit(m.space.change[d]))
	}
	return append(change, st.t.Reward)
}

// settle makes the next state of the fitted change.
func (p *predicted) settle(m *Memory) {
	if m.trust.noisy && m.space.names {
		p.next = p.commonest(m)
	} else {
		p.next = m.space.after(p.state, p.change)
	}
	p.reward = p.change[len(p.change)-1]
}

// after is the state that a change leads to, within a little of what was ever recorded.
func (s *space) after(state, change []float64) []float64 {
	next := make([]float64, len(state))
	for d, v := range state {
		margin := 3 * s.change[d]
		v = min(max(v+change[d]*unit(s.change[d]), s.low[d]-margin), s.high[d]+margin)
		if s.whole[d] {
			v = math.Round(v)
		}
		next[d] = v
	}
	return next
}

// row is the change that one of the rows would have here.
func (p *predicted) row(i int) []float64 {
	change := slices.Clone(p.change)
	for d, v := range p.rest[i] {
		change[d] += v
	}
	return change
}

// commonest is the next state that most of the rows lead to, by their weight.
func (p *predicted) commonest(m *Memory) []float64 {
	weight := make(map[string]float64)
	best, most := []float64(nil), 0.0
	for i, w := range p.weight {
		next := m.space.after(p.state, p.row(i))
		key := m.space.text(next)
		if weight[key] += w; weight[key] > most {
			best, most = next, weight[key]
		}
	}
	return best
}

// draw takes what one of the rows would lead to, drawn by weight.
func (p *predicted) draw(r *rand.Rand, m *Memory) {
	sum := 0.0
	for _, w := range p.weight {
		sum += w
	}
	left, i := r.Float64()*sum, 0
	for i < len(p.weight)-1 && left >= p.weight[i] {
		left -= p.weight[i]
		i++
	}
	change := p.row(i)
	p.next, p.reward = m.space.after(p.state, change), change[len(change)-1]
}

// label is what step number number earns, and whether the task ends; r draws where that differs
// though nothing tells why, nil takes what is commonest.
func (m *Memory) label(p predicted, action string, numbers, state []float64, number int, r *rand.Rand) label {
	l := m.outcome.pick(m.outcome.tell(action, numbers, state, p.next), r)
	if !l.quantity {
		return l
	}
	pay := m.outcome.pay[index(l.terminated)]
	switch {
	case pay.byTime:
		l.reward = pay.falling.At(number)
	case l.terminated:
		l.reward = m.nearestReward(pay.steps, p.next)
	default:
		l.reward = p.reward
	}
	return l
}

// nearestReward is that of the step, of some, whose next state is nearest.
func (m *Memory) nearestReward(of []int32, next []float64) float64 {
	best, reward := math.Inf(1), 0.0
	for _, i := range of {
		if e, _ := m.space.error(m.steps[i].next, next); e < best {
			best, reward = e, m.steps[i].t.Reward
		}
	}
	return reward
}

// text writes a state as recorded ones are written.
func (s *space) text(values []float64) string {
	a := gym.Array{DType: "float64", Shape: s.shape, Data: make([]float64, len(values))}
	if s.names {
		a.DType = "int64"
	}
	for i, v := range values {
		a.Data[i] = rounded(v, s.digits)
	}
	return a.String()
}

// rounded keeps so many digits.
func rounded(v float64, digits int) float64 {
	if v == 0 || math.IsInf(v, 0) {
		return v
	}
	unit := math.Pow(10, float64(digits-1)-math.Floor(math.Log10(math.Abs(v))))
	if math.IsInf(unit, 0) || unit == 0 {
		return v
	}
	return math.Round(v*unit) / unit
}
