package gymtest

import (
	"math/rand/v2"

	"dreamgym/envserver/gym"
)

// Random draws from the listed actions. The same seed and timesteps give the same actions.
func Random(seed int64) gym.Policy {
	return random{rand.New(rand.NewPCG(uint64(seed), 0))}
}

type random struct{ rng *rand.Rand }

func (r random) Act(ts gym.Timestep) gym.Action {
	all := ts.Observation.Actions
	if len(all) == 0 {
		return ""
	}
	return gym.Action(all[r.rng.IntN(len(all))])
}

// Tape says the given actions one after another, then "".
func Tape(actions []gym.Action) gym.Policy { return &tape{left: actions} }

type tape struct{ left []gym.Action }

func (t *tape) Act(gym.Timestep) gym.Action {
	if len(t.left) == 0 {
		return ""
	}
	a := t.left[0]
	t.left = t.left[1:]
	return a
}
