package fidelity

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
	"dreamgym/synth/model"
)

func TestPieces(t *testing.T) {
	got := pieces("-= Hall =-\nYou are here. Is it dark? Version 1.5 it is!\n\n  A door.")
	want := []string{"-= Hall =-", "You are here.", "Is it dark?", "Version 1.5 it is!", "A door."}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("pieces (-want +got):\n%s", diff)
	}
}

func TestTokens(t *testing.T) {
	got := tokens("Take parcel 2, and 3 pens 10 11 from click('a12')")
	want := []string{"take", "parcel 2", "and 3", "pens 10", "11", "from", "click", "a12"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tokens (-want +got):\n%s", diff)
	}
}

func TestF1(t *testing.T) {
	tests := []struct {
		truth, said []string
		want        float64
	}{
		{nil, nil, 1},
		{[]string{"a"}, nil, 0},
		{[]string{"a", "b"}, []string{"b", "c"}, 0.5},
		{[]string{"a", "a"}, []string{"a"}, 2.0 / 3},
	}
	for _, test := range tests {
		if got := f1(test.truth, test.said); !same(got, test.want) {
			t.Errorf("f1(%v, %v) = %v, want %v", test.truth, test.said, got, test.want)
		}
	}
}

func TestFrames(t *testing.T) {
	f := learnFrames(vault())
	tests := []struct{ action, frame string }{
		{"go to chest 9", "go to {}"},
		{"take key 4 from bay 1", "take {} from {}"},
		{"put key 2 in lock 1", "put {} in {}"},
		{"look", "look"},
		{"...", ""},
	}
	for _, test := range tests {
		if got, _ := f.of(test.action); got != test.frame {
			t.Errorf("frame of %q is %q, want %q", test.action, got, test.frame)
		}
	}
}

func TestKnowable(t *testing.T) {
	y := newYardstick(vault())
	seen, unseen := heldOut()
	want := map[string][]bool{
		// A first view; a failure; fixed wording; a view again, changed by what was
		// done; the announcement of a reward.
		"h1": {false, true, true, true, true},
		"h2": {false},
		"u1": {false},
	}
	for _, e := range append(seen, unseen...) {
		m := newMemory(y, &e)
		var got []bool
		for i := range e.Steps {
			got = append(got, m.knowable(&e.Steps[i]))
			m.show(e.Steps[i].Next, e.Steps[i].NextActions)
		}
		if diff := cmp.Diff(want[e.ID], got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", e.ID, diff)
		}
	}
}

func TestInvalid(t *testing.T) {
	listed := newYardstick(vault())
	var bare []experience.Episode // the same without admissible actions, and more ways to fail
	for _, e := range vault() {
		steps := []experience.Transition{}
		for _, t := range e.Steps {
			t.Actions, t.NextActions = nil, nil
			steps = append(steps, t)
		}
		e.Steps = steps
		for _, action := range []string{"swim", "fly north"} {
			steps[2].Action = action
			e.Steps = append(e.Steps, steps[2])
		}
		bare = append(bare, e)
	}
	bare[0].Steps[2].Action = "sing"
	unlisted := newYardstick(bare)
	step := func(action, next string, before, after []string, reward float64) *experience.Transition {
		return &experience.Transition{State: "here", Action: action, Next: next, Actions: before, NextActions: after, Reward: reward}
	}
	go1, go2 := []string{"go"}, []string{"go", "back"}
	tests := []struct {
		name string
		y    *yardstick
		step *experience.Transition
		want bool
	}{
		{"not admissible, no change", listed, step("fly", "No.", go1, go1, 0), true},
		{"not admissible, yet it worked", listed, step("fly", "Up.", go1, go2, 0), false},
		{"not admissible, with a reward", listed, step("fly", "Up.", go1, go1, 1), false},
		{"admissible", listed, step("go", "There.", go1, go1, 0), false},
		{"admissible, text of failure", listed, step("go", nothing, go1, go1, 0), true},
		{"no list, text of failure", unlisted, step("go", nothing, nil, nil, 0), true},
		{"no list, other text", unlisted, step("go", "You take key 1.", nil, nil, 0), false},
	}
	for _, test := range tests {
		if got := test.y.invalid(test.step); got != test.want {
			t.Errorf("%s: invalid = %t, want %t", test.name, got, test.want)
		}
	}
}

func TestSaysInvalid(t *testing.T) {
	told := newYardstick(vault())
	b := []string{"b"}
	shown := newYardstick([]experience.Episode{recorded("e", "s", gym.SplitTrain, "page", taken{b, "x", "page", 0, false}, taken{b, "b", "other", 0, false})})
	step := &experience.Transition{State: "page", Action: "x", Next: "page", Actions: b}
	tests := []struct {
		name string
		y    *yardstick
		said model.Prediction
		want bool
	}{
		{"the model's word", told, model.Prediction{Invalid: true}, true},
		{"a text of failure", told, model.Prediction{Next: gym.Observation{Text: nothing}}, true},
		{"the state stays, where failures are told", told, model.Prediction{Next: gym.Observation{Text: "page"}}, false},
		{"the state stays, where failures are not told", shown, model.Prediction{Next: gym.Observation{Text: "page"}}, true},
		{"the state changes", shown, model.Prediction{Next: gym.Observation{Text: "other"}}, false},
	}
	for _, test := range tests {
		if got := test.y.saysInvalid(step, &test.said); got != test.want {
			t.Errorf("%s: saysInvalid = %t, want %t", test.name, got, test.want)
		}
	}
}

func TestSuccess(t *testing.T) {
	ending := newYardstick(vault())
	endless := newYardstick([]experience.Episode{recorded("e", "s", gym.SplitTrain, "a", taken{nil, "x", "b", 0, false}, taken{nil, "y", "c", 2, false}, taken{nil, "x", "b", 0, false})})
	tests := []struct {
		name   string
		y      *yardstick
		reward float64
		end    bool
		want   bool
	}{
		{"the end with a reward", ending, 1, true, true},
		{"the end without", ending, 0, true, false},
		{"a reward on the way", ending, 1, false, false},
		{"a reward where nothing ends", endless, 2, false, true},
		{"the common reward", endless, 0, false, false},
	}
	for _, test := range tests {
		if got := test.y.success(test.reward, test.end); got != test.want {
			t.Errorf("%s: success = %t, want %t", test.name, got, test.want)
		}
	}
}

func TestConsistency(t *testing.T) {
	train := vault()
	y := newYardstick(train)
	j := y.newJudge(train)
	real := j.consistency([][]shown{y.trace(&train[0]), y.trace(&train[4])})
	if real.Views == 0 || *real.SameViews != 1 || real.Things == 0 || *real.OnePlace != 1 {
		t.Errorf("real episodes: %+v", real)
	}
	see := func(action, text string) shown { return y.shownBy(action, text, 0, text == nothing) }
	tests := []struct {
		name  string
		trace []shown
		want  Consistency
	}{
		{"the same again", []shown{
			see("go to chest 1", "You are at chest 1. In it is key 1."), see("go to chest 4", "You are at chest 4. In it is nothing."),
			see("go to chest 1", "You are at chest 1. In it is key 1."),
		}, Consistency{Views: 1, SameViews: f(1), Things: 1, OnePlace: f(1)}},
		{"it forgot", []shown{
			see("go to chest 1", "You are at chest 1. In it is key 1."), see("go to chest 4", "You are at chest 4. In it is nothing."),
			see("go to chest 1", "You are at chest 1. In it is nothing."),
		}, Consistency{Views: 1, SameViews: f(0)}},
		{"it was taken", []shown{
			see("go to chest 1", "You are at chest 1. In it is key 1."), see("take key 1 from chest 1", "You take key 1."),
			see("go to chest 1", "You are at chest 1. In it is nothing."),
		}, Consistency{}},
		{"in two places", []shown{
			see("go to chest 1", "You are at chest 1. In it is key 1."), see("go to chest 4", "You are at chest 4. In it is key 1."),
		}, Consistency{Things: 1, OnePlace: f(0)}},
		{"carried there", []shown{
			see("go to chest 1", "You are at chest 1. In it is key 1."), see("put key 1 in chest 4", "You put key 1 in."),
			see("go to chest 4", "You are at chest 4. In it is key 1."),
		}, Consistency{}},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, j.consistency([][]shown{test.trace})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}
