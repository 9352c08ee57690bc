package experience

import "testing"

// TestCommonReward takes no win for what just any action earns.
func TestCommonReward(t *testing.T) {
	step := func(reward float64, terminated bool) *Transition {
		return &Transition{Reward: reward, Terminated: terminated}
	}
	for _, tt := range []struct {
		name string
		all  []*Transition
		want float64
	}{
		{"nothing", nil, 0},
		{"the commonest", []*Transition{step(-1, false), step(-1, false), step(0, false), step(20, true)}, -1},
		{"the smallest of equals", []*Transition{step(1, false), step(0, false)}, 0},
		{"mostly wins", []*Transition{step(1, true), step(1, true), step(1, true), step(0, false)}, 0},
		{"wins alone", []*Transition{step(1, true), step(1, true)}, 0},
		{"ends that cost", []*Transition{step(1, true), step(-1, true)}, -1},
	} {
		if got := CommonReward(tt.all); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
