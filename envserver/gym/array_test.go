package gym_test

import (
	"math"
	"reflect"
	"testing"

	"dreamgym/envserver/gym"
)

// TestArrayText writes arrays and reads them back to the bit.
func TestArrayText(t *testing.T) {
	for _, tt := range []struct {
		array       gym.Array
		text, short string
	}{
		{gym.Array{DType: "float32", Shape: []int{3}, Data: []float64{float64(float32(0.1)), -2, float64(float32(1e-7))}}, "[0.1, -2, 1e-07]", "[0.1, -2, 1e-07]"},
		{gym.Array{DType: "float64", Shape: []int{2}, Data: []float64{1.0 / 3, math.Inf(1)}}, "[0.3333333333333333, +Inf]", "[0.3333, +Inf]"},
		{gym.Array{DType: "int64", Shape: []int{}, Data: []float64{14}}, "state s14", "state s14"},
		{gym.Array{DType: "uint8", Shape: []int{2, 2}, Data: []float64{1, 20000, 3, 4}}, "[[1, 20000], [3, 4]]", "[[1, 20000], [3, 4]]"},
		{gym.Array{DType: "float32", Shape: []int{0}, Data: []float64{}}, "[]", "[]"},
		{gym.Array{DType: "float32", Shape: []int{}, Data: []float64{0.5}}, "0.5", "0.5"},
	} {
		if got := tt.array.String(); got != tt.text {
			t.Errorf("String gives %s, want %s", got, tt.text)
		}
		if got := tt.array.Rounded(); got != tt.short {
			t.Errorf("Rounded gives %s, want %s", got, tt.short)
		}
		spec := gym.ArraySpec{DType: tt.array.DType, Shape: tt.array.Shape}
		back, err := spec.Parse(tt.text)
		if err != nil || len(tt.array.Data) > 0 && !reflect.DeepEqual(*back, tt.array) {
			t.Errorf("%s is read as %+v, %v", tt.text, back, err)
		}
	}
}

func TestParseNumbers(t *testing.T) {
	for text, want := range map[string]bool{
		"[1, 2.5]": true, "-3": true, "[[1],[2]]": true, " [ 1 , 2 ] ": true, "[]": true,
		"": false, "[1, 2": false, "[1 2]": false, "[[1],[2, 3]]": false, "[1], 2": false, "a shelf": false, "[1,]": false, "[on]": false,
	} {
		if _, _, ok := gym.ParseNumbers(text); ok != want {
			t.Errorf("%q is numbers: %t", text, ok)
		}
	}
	if values, shape, _ := gym.ParseNumbers("[[1, 2, 3], [4, 5, 6]]"); !reflect.DeepEqual(values, []float64{1, 2, 3, 4, 5, 6}) || !reflect.DeepEqual(shape, []int{2, 3}) {
		t.Errorf("read as %v of shape %v", values, shape)
	}
}

func FuzzParseNumbers(f *testing.F) {
	f.Add("[[1, 2], [3e-5, inf]]")
	f.Fuzz(func(t *testing.T, text string) {
		values, shape, ok := gym.ParseNumbers(text)
		n := 1
		for _, d := range shape {
			n *= d
		}
		if ok && n != len(values) {
			t.Errorf("%q: %d values of shape %v", text, len(values), shape)
		}
	})
}
