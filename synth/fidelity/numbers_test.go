package fidelity

import (
	"math"
	"testing"

	"dreamgym/synth/experience"
)

func moved(pairs ...[2]string) []experience.Episode {
	e := experience.Episode{ID: "e"}
	for _, p := range pairs {
		e.Steps = append(e.Steps, experience.Transition{State: p[0], Next: p[1]})
	}
	return []experience.Episode{e}
}

// TestQuantities measures states in units of what a step changes, and only those that are
// quantities.
func TestQuantities(t *testing.T) {
	q := newQuantities(moved([2]string{"[0.5, 10]", "[1.5, 10]"}, [2]string{"[1.5, 10]", "[0.5, 10]"}, [2]string{"[0.5, 10]", "[1.5, 10]"}, [2]string{"[1.5, 10]", "[0.5, 10]"}))
	if q == nil || math.Abs(q.unit[0]-1) > 1e-9 || q.unit[1] != 1 {
		t.Fatalf("learned %+v", q)
	}
	if mean, worst := q.error("[0.5, 10]", "[1, 10]", "[1.5, 10]"); math.Abs(mean-0.25) > 1e-9 || math.Abs(worst-0.5) > 1e-9 {
		t.Errorf("half a step off in one of two numbers: %v, %v", mean, worst)
	}
	for _, said := range []string{"", "a word", "[1]"} {
		if mean, worst := q.error("[0.5, 10]", said, "[1.5, 10]"); math.Abs(mean-0.5) > 1e-9 || !math.IsInf(worst, 1) {
			t.Errorf("%q: %v, %v; want the error of no change, and never right", said, mean, worst)
		}
	}
	for name, train := range map[string][]experience.Episode{
		"words": moved([2]string{"here", "there"}), "whole numbers": moved([2]string{"[1, 2]", "[2, 2]"}), "nothing": nil,
		"other shapes": moved([2]string{"[0.5]", "[0.5]"}, [2]string{"[0.5, 1]", "[0.5, 1]"}),
	} {
		if newQuantities(train) != nil {
			t.Errorf("%s are taken for quantities", name)
		}
	}
}
