package analogy

import (
	"fmt"
	"math"
	"testing"

	"dreamgym/synth/experience"
)

// TestStoppedNumbers learns nothing from numbers either once it is told to stop.
func TestStoppedNumbers(t *testing.T) {
	var all []*experience.Transition
	for i := range 60 {
		all = append(all, &experience.Transition{Episode: string(rune('a' + i/6)), Step: i % 6, State: fmt.Sprintf("[%d.5]", i), Action: "go", Next: fmt.Sprintf("[%d.5]", i+1)})
	}
	stop := make(chan struct{})
	if m := newMemory(all, stop); m == nil || m.numbers == nil {
		t.Error("numbers are not learned as such")
	}
	close(stop)
	if newMemory(all, stop) != nil {
		t.Error("what was stopped is used")
	}
}

// TestLevelled learns rewards that go by the time as one, and pays each step its own.
func TestLevelled(t *testing.T) {
	all := make([]*experience.Transition, 40)
	for i := range all {
		all[i] = &experience.Transition{Step: i % 20}
		if i%5 == 4 {
			all[i].Reward = 1 - 0.01*float64(i%20+1)
		}
	}
	level, f := levelled(all)
	if !f.some || f.Start != 1 || math.Abs(f.Fall+0.01) > 1e-12 {
		t.Fatalf("found %+v", f)
	}
	for i, was := range all {
		if paid := f.paid(level[i].Reward, was.Step+1); math.Abs(paid-was.Reward) > 1e-12 {
			t.Errorf("step %d earned %v and is paid %v", i, was.Reward, paid)
		}
		if was.Reward != 0 && (level[i].Reward != 1 || f.level(was.Reward, was.Step+1) != 1) {
			t.Errorf("step %d: %v is learned as %v", i, was.Reward, level[i].Reward)
		}
	}
	all[4].Reward = 0.5
	if same, f := levelled(all); f.some || same[4] != all[4] {
		t.Error("rewards that do not go by the time are levelled")
	}
}
