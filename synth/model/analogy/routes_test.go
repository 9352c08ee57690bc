package analogy

import (
	"fmt"
	"slices"
	"testing"

	"dreamgym/synth/experience"
	"dreamgym/synth/model"
)

func TestRouteOrder(t *testing.T) {
	var even, here, paid standing
	here[routeHere], here[routeConditions] = tally{9, 1}, tally{5, 5}
	paid[routeText], paid[routeTask] = tally{3, 0}, tally{1, 4}
	tests := []struct {
		name string
		got  [routes]route
		want [routes]route
	}{
		{"nothing counted", (*standing)(nil).order(), [routes]route{routeConditions, routeHere, routeTask, routeScene, routeText}},
		{"nothing told apart", even.order(), [routes]route{routeConditions, routeHere, routeTask, routeScene, routeText}},
		{"one was right more often", here.order(), [routes]route{routeHere, routeConditions, routeTask, routeScene, routeText}},
		{"pay, nothing counted", (*standing)(nil).payOrder(), [routes]route{routeTask, routeConditions, routeHere, routeText, routeScene}},
		{"pay, one right and one wrong", paid.payOrder(), [routes]route{routeText, routeConditions, routeHere, routeScene, routeTask}},
	}
	for _, test := range tests {
		if test.got != test.want {
			t.Errorf("%s: %v, want %v", test.name, test.got, test.want)
		}
	}
}

// steps are episodes of one step each: scene, task, text, action, what it leads to.
func steps(all ...[5]string) []*experience.Transition {
	var out []*experience.Transition
	for i, s := range all {
		out = append(out, &experience.Transition{Episode: fmt.Sprint(i), Scene: s[0], Task: s[1], Goal: "go on", State: s[2], Action: s[3], Next: s[4]})
	}
	return out
}

// dreaming begins a dream of a task over transitions, on a text.
func dreaming(t *testing.T, all []*experience.Transition, scene, task, text string) *dreamer {
	t.Helper()
	m := newMemory(all, nil)
	d := &dreamer{m: m, start: model.Start{MostLikely: true}}
	d.start.Task.ID, d.start.Task.Scene = task, scene
	d.b = m.believe("go on", text, nil, task, scene)
	d.hidden, d.last.at = m.hide(d, 0), -1
	return d
}

// Each route chooses from the recordings of the action that it is named after.
func TestRecorded(t *testing.T) {
	d := dreaming(t, steps(
		[5]string{"hall", "one", "A bell.", "ring", "Ding."},
		[5]string{"yard", "two", "A bell.", "ring", "Dong."},
		[5]string{"hall", "two", "A gong.", "ring", "Bong."},
		[5]string{"yard", "one", "A drum.", "ring", "Boom."},
		[5]string{"hall", "one", "A bell.", "wait", "Time passes."},
	), "hall", "one", "A bell.")
	for r, want := range map[route][]int32{routeHere: {0}, routeText: {0, 1}, routeTask: {0, 3}, routeScene: {0, 2}, routeConditions: nil} {
		if got := d.recorded(r, "ring"); !slices.Equal(got, want) {
			t.Errorf("route %d chooses from %v, want %v", r, got, want)
		}
	}
}

// Where no condition tells outcomes apart, what was recorded on the same text is told, be
// it of this scene or of another.
func TestSameTextIsRecalled(t *testing.T) {
	answers := map[string]string{
		"One feather.": "It floats down ever so slowly, and then it lies still.",
		"Two stones.":  "Both of them drop at once and leave a dent behind.",
		"Three eggs.":  "Careful now: what was whole has come to be a mess.",
		"Four nails.":  "With a clatter all are gone between the old boards.",
	}
	text := func(line string) string { return "On the table. " + line }
	var all [][5]string
	for i := range 8 {
		for _, line := range keys(answers) {
			for _, task := range []string{"one", "two"} {
				all = append(all, [5]string{fmt.Sprint("room", i), fmt.Sprint("room", i, task), text(line), "drop", answers[line]})
			}
		}
	}
	for _, scene := range []string{"room3", "a room that was not recorded"} {
		for _, line := range keys(answers) {
			d := dreaming(t, steps(all...), scene, "other", text(line))
			if a := d.predict("drop"); a.text != answers[line] {
				t.Errorf("%s: %q leads to %q, want %q", scene, line, a.text, answers[line])
			}
		}
	}
}
