package dream_test

import (
	"math"
	"slices"
	"testing"

	"dreamgym/envserver/gym"
	"dreamgym/synth/dream"
	"dreamgym/synth/experience"
	"dreamgym/synth/model/analogy"
)

// slide is a dreamer of a number that every step adds a half to, recorded as arrays.
func slide(t *testing.T) *dream.Dreamer {
	t.Helper()
	b := experience.NewBuffer(0)
	at := func(v float64) gym.Observation {
		return gym.Observation{Array: &gym.Array{DType: "float32", Shape: []int{2}, Data: []float64{v, 1}}}
	}
	for e := range 10 {
		var steps []experience.Transition
		for i := range 8 {
			v := float64(e)/4 + float64(i)/2
			steps = append(steps, experience.Transition{Task: "t", Episode: string(rune('a' + e)), Step: i, State: experience.State(at(v)), Action: "go", Next: experience.State(at(v + 0.5))})
		}
		b.Add(steps)
	}
	m := analogy.New()
	t.Cleanup(func() { m.Close() })
	return &dream.Dreamer{Model: m, Buffer: func(string) *experience.Buffer { return b }}
}

// TestArrays shows states as the real side does: as an array, in words, or both.
func TestArrays(t *testing.T) {
	array := &gym.ArraySpec{DType: "float32", Shape: []int{2}}
	worded := *array
	worded.Worded = true
	for name, tt := range map[string]struct {
		spec *gym.ArraySpec
		text string
	}{"array": {array, ""}, "both": {&worded, "[1.5, 1]"}, "words": {nil, "[1.5, 1]"}} {
		env := open(t, slide(t), gym.Registration{Spec: gym.Spec{ID: "invented/slide-v0", Array: tt.spec}}, false)
		start := gym.Observation{Text: "[1, 1]"}
		if tt.spec != nil {
			start = gym.Observation{Array: &gym.Array{DType: "float32", Shape: []int{2}, Data: []float64{1, 1}}}
		}
		first := reset(t, env, gym.Task{ID: "new", Start: &start}, 1)
		if got := first.Observation.Array; (got != nil) != (tt.spec != nil) {
			t.Errorf("%s: the dream begins with the array %v", name, got)
		}
		o := step(t, env, "go").Observation
		if o.Text != tt.text {
			t.Errorf("%s: the text is %q, want %q", name, o.Text, tt.text)
		}
		if tt.spec != nil && (o.Array == nil || o.Array.DType != "float32" || !slices.Equal(o.Array.Shape, []int{2}) || math.Abs(o.Array.Data[0]-1.5) > 1e-6) {
			t.Errorf("%s: the array is %+v", name, o.Array)
		}
	}
}

// TestArraysOfAnotherKind are refused: a dream that cannot show what the real side does, and
// states that are too large.
func TestArraysOfAnotherKind(t *testing.T) {
	start := gym.Task{ID: "t"}
	for name, tt := range map[string]struct {
		spec gym.ArraySpec
		code gym.Code
	}{
		"another shape": {gym.ArraySpec{DType: "float32", Shape: []int{3}}, gym.CodeModelMalformed},
		"a picture":     {gym.ArraySpec{DType: "uint8", Shape: []int{210, 160, 3}}, gym.CodeInsufficientEvidence},
	} {
		env := open(t, slide(t), gym.Registration{Spec: gym.Spec{ID: "invented/slide-v0", Array: &tt.spec}}, false)
		if _, err := env.Reset(t.Context(), gym.ResetOptions{Task: start}); gym.CodeOf(err) != tt.code {
			t.Errorf("%s: %v, want %s", name, err, tt.code)
		}
	}
}
