package numeric

import (
	"fmt"
	"slices"
	"testing"

	"dreamgym/synth/experience"
)

// walked are 400 states in which each of four actions leads on; whether that ends the task follows no order.
func walked(ends func(state, action, visit int) bool) (all []step) {
	for visit := range 3 {
		for s := range 400 {
			for a := range 4 {
				all = append(all, step{
					t:     &experience.Transition{Action: fmt.Sprint(a), Terminated: ends(s, a, visit)},
					state: []float64{float64(s)}, next: []float64{float64(s + a)},
				})
			}
		}
	}
	return all
}

func ends(state, action int) bool { return (state*state*31+action*17)%7 == 0 }

// Where states are names, a step that was recorded earns what it earned, and ends the task if it did.
func TestRecordedStepsTellTheirEnds(t *testing.T) {
	steps := walked(func(s, a, _ int) bool { return ends(s, a) })
	of := allOf(steps)
	o := learnOutcome(steps, of)
	o.learnSteps(steps, of)
	for i := range steps {
		st := &steps[i]
		if l := o.pick(o.tell(st.t.Action, nil, st.state, st.next), nil); l.terminated != st.t.Terminated {
			t.Fatalf("action %s in state %v: it ends the task: %t, recorded: %t", st.t.Action, st.state, l.terminated, st.t.Terminated)
		}
	}
	cuts := learnOutcome(steps, of)
	if !slices.ContainsFunc(of, func(i int32) bool {
		st := &steps[i]
		return cuts.pick(cuts.tell(st.t.Action, nil, st.state, st.next), nil).terminated != st.t.Terminated
	}) {
		t.Error("cuts tell as much: the test shows nothing")
	}
}

// Where steps that came again ended the task now and then, single ones tell nothing.
func TestEndsByChanceAreLeftToCuts(t *testing.T) {
	steps := walked(func(s, a, visit int) bool { return (s+a+visit)%5 == 0 })
	o := learnOutcome(steps, allOf(steps))
	if o.learnSteps(steps, allOf(steps)); o.steps != nil {
		t.Errorf("%d steps tell their ends", len(o.steps))
	}
}
