package python

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dreamgym/envserver/gym"
)

// TestSpaces wants spaces to be told as they are, where observations are arrays.
func TestSpaces(t *testing.T) {
	regs := hosted(t, Config{Path: []string{"testdata"}},
		`{"id": "CartPole-v1", "observe": "array", "actions": ["left", "right"]}`, `{"id": "parts:Parts-v0", "observe": "array"}`,
		`{"id": "Pendulum-v1", "observe": "text"}`, `{"id": "Blackjack-v1", "observe": "text"}`)
	if regs[2].Spec.Spaces != nil || regs[3].Spec.Spaces != nil {
		t.Error("an environment that is told as text has spaces of numbers")
	}
	pole := regs[0].Spec.Spaces
	if want := (gym.Space{Kind: gym.SpaceDiscrete, DType: "int64", Shape: []int{}, N: []int64{2}, Start: []int64{0}, Names: []string{"left", "right"}}); !cmp.Equal(pole.Action, want) {
		t.Error(cmp.Diff(want, pole.Action))
	}
	if o := pole.Observation; o.Kind != gym.SpaceBox || o.DType != "float32" || !slices.Equal(o.Shape, []int{4}) || o.Low[1] != "-inf" {
		t.Errorf("CartPole's observations are %+v", o)
	}
	want := gym.Space{Kind: gym.SpaceDict, Parts: []gym.SpacePart{
		{Key: "box", Space: gym.Space{Kind: gym.SpaceBox, DType: "float32", Shape: []int{2}, Low: []string{"-inf", "-1.5"}, High: []string{"0.10000000149011612", "inf"}}},
		{Key: "counts", Space: gym.Space{Kind: gym.SpaceMultiDiscrete, DType: "int32", Shape: []int{2}, N: []int64{3, 5}, Start: []int64{1, -2}}},
		{Key: "image", Space: gym.Space{Kind: gym.SpaceBox, DType: "uint8", Shape: []int{2, 1, 3}, Low: []string{"0"}, High: []string{"255"}}},
		{Key: "pair", Space: gym.Space{Kind: gym.SpaceTuple, Parts: []gym.SpacePart{
			{Space: gym.Space{Kind: gym.SpaceDiscrete, DType: "int64", Shape: []int{}, N: []int64{3}, Start: []int64{-1}}},
			{Space: gym.Space{Kind: gym.SpaceMultiBinary, DType: "int8", Shape: []int{2, 2}}},
		}}},
	}}
	if got := regs[1].Spec.Spaces.Observation; !cmp.Equal(got, want) {
		t.Error(cmp.Diff(want, got))
	}
}

// TestParts wants a Dict to be one array of its parts' values.
func TestParts(t *testing.T) {
	reg := hosted(t, Config{Path: []string{"testdata"}}, `{"id": "parts:Parts-v0", "observe": "both"}`)[0]
	env, err := reg.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer env.Close()
	task, _ := reg.Tasks.At(t.Context(), gym.SplitTrain, 0)
	if _, err := env.Reset(t.Context(), gym.ResetOptions{Task: task}); err != nil {
		t.Fatal(err)
	}
	ts, err := env.Step(t.Context(), "[1, 5]")
	if err != nil {
		t.Fatal(err)
	}
	a := ts.Observation.Array
	if a == nil || a.DType != "float64" || !slices.Equal(a.Shape, []int{2 + 2 + 6 + 1 + 4}) || ts.Reward != 5 {
		t.Errorf("the parts are %+v", ts)
	}
}
