package rollout

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"

	"dreamgym/envserver/gym"
)

// TestDraw draws within the bounds, in the space's shape.
func TestDraw(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, tt := range []struct {
		space     gym.Space
		low, high []float64
	}{
		{gym.Space{Kind: gym.SpaceBox, DType: "float32", Shape: []int{3}, Low: []string{"-2"}, High: []string{"2", "3", "-1"}}, []float64{-2, -2, -2}, []float64{2, 3, -1}},
		{gym.Space{Kind: gym.SpaceBox, DType: "float64", Shape: []int{3}, Low: []string{"-inf", "1", "-inf"}, High: []string{"5", "inf", "inf"}}, []float64{math.Inf(-1), 1, math.Inf(-1)}, []float64{5, math.Inf(1), math.Inf(1)}},
		{gym.Space{Kind: gym.SpaceBox, DType: "uint8", Shape: []int{2}, Low: []string{"7"}, High: []string{"9"}}, []float64{7, 7}, []float64{9, 9}},
		{gym.Space{Kind: gym.SpaceMultiDiscrete, DType: "int64", Shape: []int{2}, N: []int64{2, 3}, Start: []int64{0, 5}}, []float64{0, 5}, []float64{1, 7}},
		{gym.Space{Kind: gym.SpaceMultiBinary, DType: "int8", Shape: []int{2}}, []float64{0, 0}, []float64{1, 1}},
	} {
		least, most := make([]float64, len(tt.low)), make([]float64, len(tt.low))
		for n := range 200 {
			var values []float64
			if err := json.Unmarshal([]byte(draw(&tt.space, r)), &values); err != nil || len(values) != len(tt.low) {
				t.Fatalf("%+v: %v, %v", tt.space, values, err)
			}
			for i, v := range values {
				if v < tt.low[i] || v > tt.high[i] || tt.space.DType[0] != 'f' && v != math.Trunc(v) {
					t.Fatalf("%+v: %v", tt.space, values)
				}
				if n == 0 {
					least[i], most[i] = v, v
				}
				least[i], most[i] = min(least[i], v), max(most[i], v)
			}
		}
		for i := range least {
			if tt.space.DType[0] != 'f' && (least[i] != tt.low[i] || most[i] != tt.high[i]) || least[i] == most[i] {
				t.Errorf("%+v: from %v to %v", tt.space, least, most)
			}
		}
	}
	nest := gym.Space{Kind: gym.SpaceMultiBinary, DType: "int8", Shape: []int{2, 1}}
	var values [2][1]float64
	if err := json.Unmarshal([]byte(draw(&nest, r)), &values); err != nil {
		t.Error(err)
	}
	if a := draw(&gym.Space{Kind: gym.SpaceText}, r); a != "" {
		t.Errorf("of text: %q", a)
	}
}
