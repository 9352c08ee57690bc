// Package numeric is the part of the embedded experience model that dreams states which are
// numbers, such as positions and speeds. Words tell it nothing: what an action changes is
// fitted to the recorded steps nearest to the state, each number measured by how much it
// varies, and what comes out differently though all is alike is drawn as it was recorded.
//
// How well that does is measured on episodes that are left out, and decides how the steps
// around are used, how sure a prediction is, and whether there is a dream at all.
package numeric

import (
	"math"
	"slices"
	"strings"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
)

// Memory is what was learned from recorded transitions. It may be used by many goroutines.
type Memory struct {
	steps   []step
	space   space
	groups  map[string]*group // by action; by "" alone where actions are numbers
	method  method
	outcome *outcome
	trust   trust
	firsts  map[string][]int32 // first steps, by task; by "" all of them

	common     float64 // what just any step earns
	rewardUnit float64 // how far rewards spread
}

// step is a recorded step in numbers.
type step struct {
	t      *experience.Transition
	action []float64 // nil where actions are names
	state  []float64
	next   []float64
}

// space says what the numbers of states and actions are like.
type space struct {
	shape  []int
	whole  []bool // of the state's numbers: those that are whole numbers alone
	digits int    // that count, of the longest number
	names  bool   // every number is whole: a state may be like no other, however near its numbers are

	mean, spread []float64 // of states, then of an action's numbers
	change       []float64 // how far one step changes the state's numbers: their standard deviation
	low, high    []float64 // of states
}

// Learn reads transitions as numbers and learns from them. It answers nil where they are none:
// where a state is worded. stop is asked
// between the parts of the work; closed, the answer is of no use.
func Learn(all []*experience.Transition, stop <-chan struct{}) *Memory {
	steps, shape := read(all)
	if len(steps) == 0 {
		return nil
	}
	m := &Memory{steps: steps, firsts: make(map[string][]int32)}
	m.space = measure(steps, shape)
	m.groups = m.space.group(steps, allOf(steps))
	for i := range steps {
		if t := steps[i].t; t.Step == 0 {
			m.firsts[t.Task] = append(m.firsts[t.Task], int32(i))
			m.firsts[""] = append(m.firsts[""], int32(i))
		}
	}
	m.common, m.rewardUnit = experience.CommonReward(all), spreadOfRewards(steps)
	m.validate(stop)
	return m
}

// spreadOfRewards is how far rewards spread, to divide by.
func spreadOfRewards(steps []step) float64 {
	rewards := make([]float64, len(steps))
	for i := range steps {
		rewards[i] = steps[i].t.Reward
	}
	_, spread := moments(rewards)
	return unit(spread)
}

// idle tells whether the step changed nothing that is shown.
func (st *step) idle() bool { return slices.Equal(st.state, st.next) }

// read makes steps of transitions; none where a state is not a list of numbers, or not as long
// as the others.
func read(all []*experience.Transition) (steps []step, shape []int) {
	named := false
	for _, t := range all {
		state, s, ok := gym.ParseNumbers(t.State)
		next, n, also := gym.ParseNumbers(t.Next)
		if !ok || !also || !slices.Equal(s, n) || shape != nil && !slices.Equal(s, shape) {
			return nil, nil
		}
		shape = append([]int{}, s...)
		action, _, ok := gym.ParseNumbers(t.Action)
		named = named || !ok || !strings.Contains(t.Action, "[")
		steps = append(steps, step{t: t, action: action, state: state, next: next})
	}
	for i := range steps {
		if named || len(steps[i].action) != len(steps[0].action) {
			forgetNumbers(steps)
			break
		}
	}
	return steps, shape
}

// forgetNumbers takes the actions for names.
func forgetNumbers(steps []step) {
	for i := range steps {
		steps[i].action = nil
	}
}

func allOf(steps []step) []int32 {
	all := make([]int32, len(steps))
	for i := range all {
		all[i] = int32(i)
	}
	return all
}

// measure learns what the numbers are like.
func measure(steps []step, shape []int) space {
	dims, more := len(steps[0].state), len(steps[0].action)
	s := space{shape: shape, names: true}
	values := func(value func(*step) float64) []float64 {
		column := make([]float64, len(steps))
		for i := range steps {
			column[i] = value(&steps[i])
		}
		return column
	}
	for d := range dims {
		states, nexts := values(func(s *step) float64 { return s.state[d] }), values(func(s *step) float64 { return s.next[d] })
		_, change := moments(values(func(s *step) float64 { return s.next[d] - s.state[d] }))
		s.change = append(s.change, change)
		s.spreadOf(states)
		s.low = append(s.low, min(slices.Min(states), slices.Min(nexts)))
		s.high = append(s.high, max(slices.Max(states), slices.Max(nexts)))
		s.whole = append(s.whole, allWhole(states) && allWhole(nexts))
		s.names = s.names && s.whole[d]
	}
	for d := range more {
		s.spreadOf(values(func(s *step) float64 { return s.action[d] }))
	}
	for i := range steps {
		s.digits = max(s.digits, digitsOf(steps[i].t.Next))
	}
	return s
}

// spreadOf learns where the next number of a place lies, and how far it spreads.
func (s *space) spreadOf(values []float64) {
	mean, spread := moments(values)
	s.mean, s.spread = append(s.mean, mean), append(s.spread, spread)
}

// moments are the mean and the standard deviation.
func moments(values []float64) (mean, deviation float64) {
	for _, v := range values {
		mean += v / float64(len(values))
	}
	for _, v := range values {
		deviation += (v - mean) * (v - mean) / float64(len(values))
	}
	return mean, math.Sqrt(deviation)
}

func allWhole(values []float64) bool {
	return !slices.ContainsFunc(values, func(v float64) bool { return v != math.Trunc(v) })
}

// digitsOf is how many digits count in the longest number of a text.
func digitsOf(text string) int {
	most := 1
	for number := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune("[], ", r) }) {
		mantissa, _, _ := strings.Cut(strings.ToLower(number), "e")
		digits := strings.TrimLeft(strings.NewReplacer("-", "", "+", "", ".", "").Replace(mantissa), "0")
		most = max(most, len(digits))
	}
	return min(most, 17)
}

// point is where a state and an action's numbers are, each number in units of its spread; a
// number that never varied counts in its own size.
func (s *space) point(state, action []float64) []float64 {
	p := make([]float64, 0, len(state)+len(action))
	for i, v := range state {
		p = append(p, s.scaled(i, v))
	}
	for i, v := range action {
		p = append(p, s.scaled(len(state)+i, v))
	}
	return p
}

func (s *space) scaled(i int, v float64) float64 {
	return (v - s.mean[i]) / unit(s.spread[i])
}

// unit is a spread to divide by.
func unit(spread float64) float64 {
	if spread == 0 {
		return 1
	}
	return spread
}

// off is how far a next state is from the one that came: the mean error or, of names, 1 unless it
// is the same.
func (s *space) off(said, was []float64) float64 {
	mean, worst := s.error(said, was)
	switch {
	case !s.names:
		return mean
	case worst > 0:
		return 1
	}
	return 0
}

// error is how far apart two next states are: the mean over their numbers, each in units of
// one step's spread.
func (s *space) error(said, was []float64) (mean, worst float64) {
	for d := range was {
		e := math.Abs(said[d]-was[d]) / unit(s.change[d])
		mean, worst = mean+e/float64(len(was)), max(worst, e)
	}
	return mean, worst
}
