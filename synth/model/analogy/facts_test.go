package analogy

import (
	"fmt"
	"testing"

	"dreamgym/synth/experience"
)

// What a scene first shows in a place is remembered of other episodes, of the newest few,
// and of that scene alone.
func TestFacts(t *testing.T) {
	var all []*experience.Transition
	add := func(scene, episode, code string) {
		all = append(all,
			&experience.Transition{Episode: episode, Task: "t", Scene: scene, Goal: "open it", State: "The code is " + code + ".", Action: "turn", Next: "It clicks."},
			&experience.Transition{Episode: episode, Task: "t", Scene: scene, Step: 1, Goal: "open it", State: "It clicks.", Action: "wait", Next: "The code is 0000."})
	}
	for i := range mostFacts {
		add("attic", fmt.Sprint("old", i), "1111")
	}
	for i := range mostFacts {
		add("attic", fmt.Sprint("new", i), "4711")
	}
	add("cellar", "alone", "3333")
	k := learnKnowledge(all)
	tests := []struct {
		name, scene, episode, want string
		known                      bool
	}{
		{"the newest of the scene", "attic", "", "4711", true},
		{"another scene", "cellar", "", "3333", true},
		{"but for the episode's own", "cellar", "alone", "", false},
		{"a scene that was not recorded", "garden", "", "", false},
	}
	for _, test := range tests {
		b := newBelief(k, "open it", "A safe.", nil)
		b.facts, b.episode = k.facts[test.scene], test.episode
		if got, known := b.known("The code is {e}."); got != test.want || known != test.known {
			t.Errorf("%s: %q, known %t; want %q, %t", test.name, got, known, test.want, test.known)
		}
	}
}
