package experience

import (
	"fmt"
	"slices"

	"dreamgym/envserver/gym"
)

// declared is how many different rewards an import may have for its Spec to list them.
const declared = 32

// Spec is the registration that a recording amounts to: an environment without a real
// side, of the recorded rewards, and no longer than the longest recorded episode.
func (r *Recording) Spec() gym.Spec {
	s := gym.Spec{
		ID: "import/" + r.Env + "-v0", Description: fmt.Sprintf("imported: %d recorded episodes", len(r.Episodes)),
		ListsActions: true, DreamOnly: true,
	}
	rewards := make(map[float64]bool)
	for i := range r.Episodes {
		e := &r.Episodes[i]
		s.MaxSteps = max(s.MaxSteps, len(e.Steps))
		for j := range e.Steps {
			rewards[e.Steps[j].Reward] = true
			s.ListsActions = s.ListsActions && e.Steps[j].Actions != nil
		}
	}
	if len(rewards) <= declared {
		for reward := range rewards {
			s.Rewards = append(s.Rewards, reward)
		}
		slices.Sort(s.Rewards)
	}
	return s
}
