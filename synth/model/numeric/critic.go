package numeric

import (
	"context"
	"fmt"
	"math"

	"dreamgym/synth/model"
)

var _ model.Critic = (*episode)(nil)

// Supports tells whether the recorded steps around earn so much and end so; the common reward
// without an end needs none.
func (e *episode) Supports(action string, reward float64, terminated bool) (bool, string) {
	if reward == e.m.common && !terminated {
		return true, ""
	}
	p, err := e.Predict(context.Background(), action)
	switch {
	case err != nil || p.Evidence == model.EvidenceNone:
		return false, "nothing like it was recorded"
	case math.Abs(p.Reward-reward) > nearEnough*e.m.rewardUnit || p.Terminated != terminated:
		return false, fmt.Sprintf("recorded steps around earn %g and terminated is %t", p.Reward, p.Terminated)
	}
	return true, ""
}

// Actions are those of the recorded step nearest to where an outcome leads.
func (e *episode) Actions(o model.Outcome) []string {
	p, err := e.Predict(context.Background(), o.Action)
	if err != nil || o.Terminated {
		return nil
	}
	return p.Next.Actions
}
