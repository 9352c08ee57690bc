// Package baseline has the models that any experience model has to beat: copy the
// nearest recorded outcome, no change, always the commonest reward.
package baseline

import (
	"context"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
	"dreamgym/synth/model"
)

// All answers the baselines in the order in which reports show them.
func All() []model.Model { return []model.Model{Nearest(), NoChange(), CommonReward()} }

// predictor is a baseline's whole mind: it sees the state and the action alone.
type predictor func(now gym.Observation, action string) model.Prediction

// baseline makes a predictor out of a snapshot.
type baseline struct {
	name  string
	learn func(s *experience.Snapshot) predictor
}

var _ model.Model = (*baseline)(nil)

// Name is the baseline's name.
func (b *baseline) Name() string { return b.name }

// Begin starts an episode at the task's start condition.
func (b *baseline) Begin(_ context.Context, s model.Start) (model.Episode, error) {
	if s.Experience.Len() == 0 {
		return nil, gym.Errorf(gym.CodeInsufficientEvidence, "no transition is recorded; record real episodes first")
	}
	first := firstOf(s)
	return &episode{predict: b.learn(s.Experience), first: first, now: first}, nil
}

// firstOf is the task's start or, where it is not known, the oldest recorded one.
func firstOf(s model.Start) gym.Observation {
	if s.Task.Start != nil {
		return *s.Task.Start
	}
	for t := range s.Experience.All() {
		if t.Step == 0 {
			return gym.Observation{Goal: s.Task.Goal, Text: t.State, Actions: t.Actions}
		}
	}
	return gym.Observation{Goal: s.Task.Goal}
}

type episode struct {
	predict    predictor
	first, now gym.Observation
}

// First is the start state.
func (e *episode) First() model.Prediction {
	return model.Prediction{Next: e.first, Evidence: model.EvidenceElsewhere}
}

// Predict answers by the last state shown and the action.
func (e *episode) Predict(ctx context.Context, action string) (model.Prediction, error) {
	if err := ctx.Err(); err != nil {
		return model.Prediction{}, err
	}
	p := e.predict(e.now, action)
	p.Next.Goal = e.now.Goal
	return p, nil
}

// Observe takes the outcome as the state to go on from.
func (e *episode) Observe(o model.Outcome) { e.now = o.Next }

// CommonestReward is the reward that most transitions of a snapshot have; the smallest
// of equally common ones.
func CommonestReward(s *experience.Snapshot) float64 {
	counts := make(map[float64]int)
	var common float64
	for t := range s.All() {
		counts[t.Reward]++
	}
	best := 0
	for r, n := range counts {
		if n > best || n == best && r < common {
			common, best = r, n
		}
	}
	return common
}
