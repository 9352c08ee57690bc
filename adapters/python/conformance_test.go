package python

import (
	"testing"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/gym/gymtest"
)

// TestConformance holds environments of Gymnasium to what every Env is held to.
func TestConformance(t *testing.T) {
	wants := []struct{ declared, stall string }{
		{"CartPole-v1", ""},
		{"FrozenLake-v1", ""},
		{`{"id": "FrozenLake-v1", "observe": "render", "actions": ["left", "down", "right", "up"], "rewards": [0, 1], "max_steps": 20}`, "left"},
		{"Taxi-v4", "4"},
		{`{"id": "Pendulum-v1", "max_steps": 15, "observe": "text"}`, "[0.5]"},
	}
	for _, w := range wants {
		t.Run(w.declared, func(t *testing.T) {
			c := gymtest.Config{Registration: hosted(t, Config{PerWorker: 8}, w.declared)[0]}
			if w.stall != "" {
				c.Stall = func(gym.Timestep) gym.Action { return gym.Action(w.stall) }
			}
			if !c.Registration.Spec.ListsActions {
				c.Policy = func(gym.ResetOptions) gym.Policy { return always(w.stall) }
			}
			gymtest.Run(t, c)
		})
	}
}

// always says one action.
type always gym.Action

func (a always) Act(gym.Timestep) gym.Action { return gym.Action(a) }
