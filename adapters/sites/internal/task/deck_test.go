package task

import "testing"

func TestMost(t *testing.T) {
	for name, tt := range map[string]struct {
		list []int
		want int // 0: none
	}{
		"one": {[]int{3, 9, 4}, 9}, "two alike": {[]int{9, 3, 9}, 0}, "two alike before": {[]int{3, 3, 9}, 9},
		"nothing of it": {[]int{0, 0}, 0}, "less than nothing": {[]int{-3}, 0}, "no list": {nil, 0},
	} {
		var list []*int
		for _, n := range tt.list {
			list = append(list, &n)
		}
		got := 0
		if most := Most(list, func(n *int) int { return *n }); most != nil {
			got = *most
		}
		if got != tt.want {
			t.Errorf("%s: %d", name, got)
		}
	}
}
