package rollout

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"

	"dreamgym/envserver/gym"
)

// draw draws an action of a numeric space as Gymnasium's spaces do: evenly within its bounds,
// and around zero or beyond the one bound where there is none or one. It answers "" for other
// spaces.
func draw(s *gym.Space, r *rand.Rand) gym.Action {
	var value func(i int) string
	switch s.Kind {
	case gym.SpaceBox:
		value = func(i int) string { return drawn(s, i, r) }
	case gym.SpaceMultiDiscrete:
		value = func(i int) string { return strconv.FormatInt(of(s.Start, i)+r.Int64N(of(s.N, i)), 10) }
	case gym.SpaceMultiBinary:
		value = func(int) string { return strconv.Itoa(r.IntN(2)) }
	default:
		return ""
	}
	i := -1
	return gym.Action(nested(s.Shape, func() string { i++; return value(i) }))
}

// drawn is a value of a Box.
func drawn(s *gym.Space, i int, r *rand.Rand) string {
	low, _ := strconv.ParseFloat(of(s.Low, i), 64) // a space's bounds are numbers
	high, _ := strconv.ParseFloat(of(s.High, i), 64)
	whole := !strings.HasPrefix(s.DType, "float")
	var v float64
	switch {
	case math.IsInf(low, 0) && math.IsInf(high, 0):
		v = r.NormFloat64()
	case math.IsInf(high, 0):
		v = low + r.ExpFloat64()
	case math.IsInf(low, 0):
		v = high - r.ExpFloat64()
	case whole:
		v = low + r.Float64()*(high+1-low)
	default:
		v = low + r.Float64()*(high-low)
	}
	if whole {
		v = math.Floor(v)
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// of is what a list says of an element; a list of one says it of all.
func of[T any](list []T, i int) T {
	if len(list) == 1 {
		return list[0]
	}
	return list[i]
}

// nested writes values as lists of lists, as a shape has them.
func nested(shape []int, next func() string) string {
	if len(shape) == 0 {
		return next()
	}
	parts := make([]string, shape[0])
	for i := range parts {
		parts[i] = nested(shape[1:], next)
	}
	return "[" + strings.Join(parts, ",") + "]"
}
