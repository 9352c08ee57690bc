package analogy

import "testing"

// Where a frame always ends the task, failures are the ends without a reward: else a guard would
// have none to compare its successes with, and ask for nothing.
func TestFailuresOfWhatAlwaysEnds(t *testing.T) {
	m := &memory{labels: []outcomeLabel{{0, false}, {0, true}, {1, true}}, ending: map[string]bool{"say": true}}
	tests := []struct {
		frame string
		label int32
		want  bool
	}{
		{"say", 1, true}, {"say", 2, false}, {"go", 0, true}, {"go", 1, false}, {"go", 2, false},
	}
	for _, test := range tests {
		if got := m.lost(&kase{call: call{frame: test.frame}, label: test.label}); got != test.want {
			t.Errorf("%s that came to %v is lost: %t", test.frame, m.labels[test.label], got)
		}
	}
	if m.lost(&kase{call: call{frame: "go"}, failed: true}) {
		t.Error("what was refused speaks against a success")
	}
}
