package fidelity

import (
	"math"
	"slices"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
)

// quantities measure states that are numbers and not all whole: each in units of one step's
// spread, the standard deviation of what a step of train changes it by.
type quantities struct {
	shape []int
	unit  []float64
}

// nearEnough is how far off, in units of one step's spread, every number of a state may be that
// is right.
const nearEnough = 0.1

// newQuantities learns the units; nil where states are words or names.
func newQuantities(train []experience.Episode) *quantities {
	q := &quantities{}
	var n float64
	var sum, squares []float64
	whole := true
	for t := range steps(train) {
		was, shape, ok := gym.ParseNumbers(t.State)
		is, also, ok2 := gym.ParseNumbers(t.Next)
		if !ok || !ok2 || !slices.Equal(shape, also) || n > 0 && !slices.Equal(shape, q.shape) {
			return nil
		}
		if q.shape = shape; sum == nil {
			sum, squares = make([]float64, len(is)), make([]float64, len(is))
		}
		n++
		for d := range is {
			change := is[d] - was[d]
			sum[d], squares[d] = sum[d]+change, squares[d]+change*change
			whole = whole && is[d] == math.Trunc(is[d])
		}
	}
	if n == 0 || whole {
		return nil
	}
	for d := range sum {
		spread := math.Sqrt(max(0, squares[d]/n-sum[d]*sum[d]/(n*n)))
		if spread == 0 {
			spread = 1
		}
		q.unit = append(q.unit, spread)
	}
	return q
}

// error is how far apart two states are: mean and worst of their numbers. One that cannot be
// read, or has another shape, is as far off as the text before is from the truth, and never right.
func (q *quantities) error(before, said, truth string) (mean, worst float64) {
	t, _, _ := gym.ParseNumbers(truth)
	s, shape, ok := gym.ParseNumbers(said)
	if !ok || !slices.Equal(shape, q.shape) {
		s, _, _ = gym.ParseNumbers(before)
		worst = math.Inf(1)
	}
	for d := range t {
		e := math.Abs(s[d]-t[d]) / q.unit[d]
		mean, worst = mean+e/float64(len(t)), max(worst, e)
	}
	return mean, worst
}
