package fidelity

import (
	"context"
	"fmt"
	"testing"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
	"dreamgym/synth/model"
)

// scripted is a model that answers each task with a list of predictions, whatever is
// done; nil is a refusal.
type scripted map[string][]*model.Prediction

func (scripted) Name() string { return "scripted/2" }

func (s scripted) Begin(_ context.Context, start model.Start) (model.Episode, error) {
	said, ok := s[start.Task.ID]
	if !ok {
		return nil, gym.Errorf(gym.CodeInsufficientEvidence, "the task is unknown")
	}
	return &scriptedEpisode{said: said, first: *start.Task.Start}, nil
}

type scriptedEpisode struct {
	said  []*model.Prediction
	first gym.Observation
}

func (e *scriptedEpisode) First() model.Prediction { return model.Prediction{Next: e.first} }

func (e *scriptedEpisode) Predict(context.Context, string) (model.Prediction, error) {
	if len(e.said) == 0 || e.said[0] == nil {
		return model.Prediction{}, gym.Errorf(gym.CodeInsufficientEvidence, "nothing is known")
	}
	return *e.said[0], nil
}

func (e *scriptedEpisode) Observe(model.Outcome) { e.said = e.said[min(1, len(e.said)):] }

// oracle knows every episode by its task.
func oracle(all ...[]experience.Episode) scripted {
	s := make(scripted)
	for _, episodes := range all {
		for _, e := range episodes {
			for i := range e.Steps {
				t := &e.Steps[i]
				s[e.Task] = append(s[e.Task], &model.Prediction{
					Next: observation(&e, t), Reward: t.Reward, Terminated: t.Terminated,
					Evidence: model.EvidenceScene, Confidence: 1, Invalid: t.Next == nothing,
				})
			}
		}
	}
	return s
}

// taken is one step of a test's episode: what is admissible, what is done, what comes.
type taken struct {
	actions []string
	action  string
	next    string
	reward  float64
	end     bool
}

// recorded makes an episode with a task of its own.
func recorded(id, scene string, split gym.Split, start string, all ...taken) experience.Episode {
	e := experience.Episode{ID: id, Task: "task-" + id, Scene: scene, Goal: "turn it on", Split: split}
	state := start
	for i, s := range all {
		t := experience.Transition{
			Task: e.Task, Scene: scene, Episode: id, Step: i, Goal: e.Goal, State: state, Action: s.action,
			Next: s.next, Reward: s.reward, Terminated: s.end, Actions: s.actions,
		}
		if i+1 < len(all) {
			t.NextActions = all[i+1].actions
		}
		e.Steps = append(e.Steps, t)
		state = s.next
	}
	return e
}

const nothing = "Nothing happens."

// vault is a small world in which chests hold things: a few training episodes.
func vault() []experience.Episode {
	var all []experience.Episode
	for i := range 6 {
		scene := fmt.Sprintf("s%d", i%3)
		d1, d2, thing := fmt.Sprintf("chest %d", i%3+1), fmt.Sprintf("chest %d", i%3+4), fmt.Sprintf("key %d", i%3+1)
		acts := []string{"go to " + d1, "go to " + d2, "take " + thing + " from " + d1, "put " + thing + " in lock 1", "look"}
		all = append(all, recorded(fmt.Sprintf("tr%d", i), scene, gym.SplitTrain, "There are "+d1+" and "+d2+" and lock 1.",
			taken{acts, "go to " + d1, "You are at " + d1 + ". In it is " + thing + ".", 0, false},
			taken{acts, "go to " + d2, "You are at " + d2 + ". In it is nothing.", 0, false},
			taken{acts, "jump", nothing, 0, false},
			taken{acts, "go to " + d1, "You are at " + d1 + ". In it is " + thing + ".", 0, false},
			taken{acts, "take " + thing + " from " + d1, "You take " + thing + ".", 0, false},
			taken{acts, "go to " + d2, "You are at " + d2 + ". In it is nothing.", 0, false},
			taken{acts, "go to " + d1, "You are at " + d1 + ". In it is nothing.", 0, false},
			taken{acts, "put " + thing + " in lock 1", "You put " + thing + " in. It opens.", 1, true},
		))
	}
	return all
}

// heldOut are a won and a lost episode of a trained scene, and one of another scene.
func heldOut() (seen, unseen []experience.Episode) {
	acts := []string{"go to chest 1", "take key 1 from chest 1", "put key 1 in lock 1"}
	won := recorded("h1", "s0", gym.SplitSeen, "There are chest 1 and chest 4 and lock 1.",
		taken{acts, "go to chest 1", "You are at chest 1. In it is key 1.", 0, false},
		taken{acts, "swim", nothing, 0, false},
		taken{acts, "take key 1 from chest 1", "You take key 1.", 0, false},
		taken{acts, "go to chest 1", "You are at chest 1. In it is nothing.", 0, false},
		taken{acts, "put key 1 in lock 1", "You put key 1 in. It opens.", 1, true})
	lost := recorded("h2", "s0", gym.SplitSeen, "There are chest 1 and chest 4 and lock 1.",
		taken{acts, "go to chest 1", "You are at chest 1. In it is key 1.", 0, false})
	other := recorded("u1", "s9", gym.SplitUnseen, "There are chest 7 and lock 1.",
		taken{nil, "go to chest 7", "You are at chest 7. In it is key 9.", 0, false})
	return []experience.Episode{won, lost}, []experience.Episode{other}
}

func testData() Data {
	seen, unseen := heldOut()
	return Data{Spec: gym.Spec{ID: "test/vault-v0"}, Train: vault(), Seen: seen, Unseen: unseen}
}

func measure(t *testing.T, d Data, o Options) *Report {
	t.Helper()
	r, err := Measure(t.Context(), d, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
