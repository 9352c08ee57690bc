package distill_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"go.uber.org/goleak"

	"dreamgym/envserver/gym"
	"dreamgym/synth/distill"
	"dreamgym/synth/experience"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// marked is a source whose texts name the episode, task and scene that they are of, so
// that one can see where a text came from. Scenes 0 to 3 are in train, two are unseen; the
// third episode of every trained task is seen.
func marked() distill.Source {
	s := distill.Source{Spec: gym.Spec{ID: "marked/any-v0", Rewards: []float64{0, 1}, MaxSteps: 5}}
	for scene := range 6 {
		for task := range 2 {
			for run := range 3 {
				split := []gym.Split{gym.SplitTrain, gym.SplitTrain, gym.SplitSeen}[run]
				if scene >= 4 {
					split = gym.SplitUnseen
				}
				s.Episodes = append(s.Episodes, markedEpisode(scene, task, run, split))
			}
		}
	}
	return s
}

func markedEpisode(scene, task, run int, split gym.Split) experience.Episode {
	e := experience.Episode{
		ID: fmt.Sprintf("e%d.%d.%d", scene, task, run), Task: fmt.Sprintf("t%d.%d", scene, task), Scene: fmt.Sprintf("s%d", scene), Split: split,
	}
	e.Goal = fmt.Sprintf("Reach the end of <%s> in <%s>.", e.Task, e.Scene)
	state := func(step int) string {
		return fmt.Sprintf("This is <%s>, where <%s> is on. It is <%s>. The count is %d.", e.Scene, e.Task, e.ID, step)
	}
	for step := range 4 {
		t := experience.Transition{
			Task: e.Task, Scene: e.Scene, Episode: e.ID, Step: step, Goal: e.Goal,
			State: state(step), Action: fmt.Sprintf("go on from %d", step), Next: state(step + 1),
		}
		if step == 3 {
			t.Reward, t.Terminated = 1, true
		}
		e.Steps = append(e.Steps, t)
	}
	return e
}

// steps are a source's transitions by their names.
func steps(s distill.Source) map[string]*experience.Transition {
	all := map[string]*experience.Transition{}
	for i := range s.Episodes {
		for j := range s.Episodes[i].Steps {
			t := &s.Episodes[i].Steps[j]
			all[t.Ref().String()] = t
		}
	}
	return all
}

// export exports a source into a folder of its own and answers the examples.
func export(t *testing.T, s distill.Source, o distill.ExportOptions) (all []distill.Example, folder string) {
	t.Helper()
	folder = filepath.Join(t.TempDir(), "sft")
	if _, err := distill.Export(t.Context(), s, folder, o); err != nil {
		t.Fatal(err)
	}
	for _, split := range []string{"train", "seen", "unseen"} {
		all = append(all, examples(t, filepath.Join(folder, split+".jsonl"))...)
	}
	return all, folder
}

// examples reads a file of an export; none where there is no such file.
func examples(t *testing.T, path string) (all []distill.Example) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		var e distill.Example
		if err := json.Unmarshal([]byte(line), &e, json.RejectUnknownMembers(true)); err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}
