package invented

import (
	"fmt"
	"math/rand/v2"

	"dreamgym/envserver/gym"
)

// Gauge makes a world of a counter and of chance: "crank" adds to a number that the text
// tells, "spin" shows red three times in four and else blue, drawn by the episode's seed.
func Gauge() *World {
	return &World{
		Spec:  gym.Spec{ID: "invented/gauge-v0", Description: "a gauge", MaxSteps: 12, Rewards: []float64{0}},
		Train: []gym.Task{{ID: "gauge", Split: gym.SplitTrain, Scene: "gauge", Goal: "turn the crank"}},
		New: func(_ gym.Task, seed int64) Game {
			return &gauge{rng: rand.New(rand.NewPCG(uint64(seed), 11))}
		},
		Solution: func(gym.Task) []string { return nil },
	}
}

type gauge struct {
	turns int
	rng   *rand.Rand
}

func (g *gauge) Text() string { return "A gauge with a crank and a wheel. Turns: 0." }

func (g *gauge) Actions() []string { return nil }

func (g *gauge) Act(action string) (text string, reward float64, terminated bool) {
	switch action {
	case "crank":
		g.turns++
		return fmt.Sprintf("The crank turns. Turns: %d.", g.turns), 0, false
	case "spin":
		if g.rng.IntN(4) > 0 {
			return "The wheel stops at red.", 0, false
		}
		return "The wheel stops at blue.", 0, false
	}
	return "The gauge ignores you.", 0, false
}
