// Package distill makes training data for language models that are to dream, out of
// recorded transitions: a teacher says why each came out as it did (Eq. 5 of
// arXiv:2511.03773), and each becomes one chat whose prompt is the one that
// [dreamgym/synth/model/llm] dreams with.
package distill

import (
	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
)

// Source is what was recorded of an environment.
type Source struct {
	// Spec is the environment's registration.
	Spec gym.Spec
	// Episodes have each its split. Only those of train are learned from and shown as
	// demonstrations.
	Episodes []experience.Episode
}

// check refuses what training data must not be made of: CodeInsufficientEvidence without
// an episode of train, CodeInvalidRequest where train would tell of what is held out.
func (s *Source) check() error {
	ids, tasks, scenes := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for i := range s.Episodes {
		e := &s.Episodes[i]
		if ids[e.ID] {
			return gym.Errorf(gym.CodeInvalidRequest, "two episodes are named %q: a step could not be told by its name", e.ID)
		}
		ids[e.ID] = true
		if e.Split == gym.SplitTrain {
			tasks[e.Task], scenes[e.Scene] = true, true
		}
	}
	if len(tasks) == 0 {
		return gym.Errorf(gym.CodeInsufficientEvidence, "no episode of the split train is recorded: there is nothing to train on")
	}
	for i := range s.Episodes {
		if e := &s.Episodes[i]; e.Split == gym.SplitUnseen && (tasks[e.Task] || scenes[e.Scene]) {
			return gym.Errorf(gym.CodeInvalidRequest, "episode %q is unseen, but its task %q or its scene %q is in train", e.ID, e.Task, e.Scene)
		}
	}
	return nil
}

// train is a snapshot of what may be learned from.
func (s *Source) train() *experience.Snapshot {
	b := experience.NewBuffer(0)
	for i := range s.Episodes {
		if s.Episodes[i].Split == gym.SplitTrain {
			b.Add(s.Episodes[i].Steps)
		}
	}
	return b.Snapshot()
}
