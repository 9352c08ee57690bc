package analogy_test

import (
	"strings"
	"testing"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
	"dreamgym/synth/model"
	"dreamgym/synth/model/analogy"
)

// A task that asks for what nothing recorded shows is refused, and says what would help;
// one that may be possible is dreamed.
func TestInfeasibleTaskIsRefused(t *testing.T) {
	r, m := workshop(), analogy.New()
	begin := func(task gym.Task) error {
		_, err := m.Begin(t.Context(), model.Start{Spec: r.world.Spec, Task: task, Experience: r.buffer.Snapshot()})
		return err
	}
	for _, task := range append(r.world.Train, r.world.Unseen...) {
		if err := begin(task); err != nil {
			t.Errorf("%q is refused: %v", task.Goal, err)
		}
	}
	other := func(goal string) gym.Task { return gym.Task{ID: "other", Goal: goal, Scene: r.world.Train[0].Scene} }
	err := begin(other("put the zeppelin into bench 1"))
	if gym.CodeOf(err) != gym.CodeInsufficientEvidence || !strings.Contains(err.Error(), `"zeppelin"`) {
		t.Errorf("Begin = %v, want %s", err, gym.CodeInsufficientEvidence)
	}
	for what, task := range map[string]gym.Task{
		"a variant of what is known": other("put the red zeppelin into bench 1"),
		"another form":               other("fly the zeppelin"),
		"a start that is given":      {ID: "other", Goal: "put the zeppelin into bench 1", Start: &gym.Observation{Text: "A zeppelin is here."}},
	} {
		if err := begin(task); err != nil {
			t.Errorf("%s, %q, is refused: %v", what, task.Goal, err)
		}
	}
}

// What instructions name without its ever being shown, such as a person, is no reason to
// refuse.
func TestThingsNeverShownAreNotRefused(t *testing.T) {
	b := experience.NewBuffer(0)
	for i, who := range []string{"Ada", "Bo", "Cleo", "Dan", "Eve", "Finn"} {
		for j, what := range []string{"cup", "pen", "key"} {
			id := who + what
			b.Add([]experience.Transition{{Episode: id, Task: id, Scene: "s", Goal: "bring the " + what + " for " + who, State: "A cup, a pen and a key.",
				Action: "take " + what + " to " + who, Next: who + " takes the " + what + ".", Reward: float64((i + j) % 2), Terminated: true}})
		}
	}
	m := analogy.New()
	if _, err := m.Begin(t.Context(), model.Start{Task: gym.Task{ID: "new", Scene: "s", Goal: "bring the cup for Gil"}, Experience: b.Snapshot()}); err != nil {
		t.Errorf("Begin = %v", err)
	}
}
