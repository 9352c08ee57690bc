package baseline

import (
	"context"
	"sync"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
	"dreamgym/synth/model"
)

// NoChange predicts that the state stays, the commonest reward, and never an end.
func NoChange() model.Model {
	return &baseline{name: "no_change", learn: func(s *experience.Snapshot) predictor {
		common := CommonestReward(s)
		return func(now gym.Observation, _ string) model.Prediction {
			return model.Prediction{
				Reasoning: "Nothing changes.", Next: now, Reward: common,
				Evidence: model.EvidenceElsewhere, Confidence: 0.5,
			}
		}
	}}
}

// CommonReward predicts the commonest reward and never an end. Of the state it says
// nothing at all: it is the measure of how far silence gets.
func CommonReward() model.Model {
	return &baseline{name: "common_reward", learn: func(s *experience.Snapshot) predictor {
		common := CommonestReward(s)
		return func(gym.Observation, string) model.Prediction {
			return model.Prediction{
				Reasoning: "The commonest reward.", Reward: common,
				Evidence: model.EvidenceElsewhere, Confidence: 0.5,
			}
		}
	}}
}

// Nearest copies the outcome of the recorded transition whose state and action are the
// most similar in words, the two weighing the same.
func Nearest() model.Model {
	var cache indexCache
	return &baseline{name: "nearest", learn: func(s *experience.Snapshot) predictor {
		index := cache.of(s)
		return func(now gym.Observation, action string) model.Prediction {
			best, err := index.Nearest(context.Background(), now.Text, action, 1)
			if err != nil { // the built-in encoder does not fail
				panic(err)
			}
			return copyOutcome(now, action, best[0])
		}
	}}
}

func copyOutcome(now gym.Observation, action string, m experience.Match) model.Prediction {
	t := m.Transition
	evidence := model.EvidenceElsewhere
	if t.State == now.Text && t.Action == action {
		evidence = model.EvidenceSame
	}
	return model.Prediction{
		Reasoning:   "Copied from " + t.Ref().String() + ".",
		Next:        gym.Observation{Text: t.Next, Actions: t.NextActions},
		Reward:      t.Reward,
		Terminated:  t.Terminated,
		Evidence:    evidence,
		Transitions: []experience.Ref{t.Ref()},
		Confidence:  min(1, max(0, m.Similarity)),
	}
}

// indexCache keeps the index of the snapshot that was used last: episodes mostly share
// one. Its zero value is ready, and it may be used by many goroutines.
type indexCache struct {
	mu    sync.Mutex
	key   snapshotKey
	index *experience.Index
}

type snapshotKey struct {
	buffer               *experience.Buffer
	watermark, evictions int64
}

func (c *indexCache) of(s *experience.Snapshot) *experience.Index {
	key := snapshotKey{s.Buffer(), s.Watermark(), s.Evictions()}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.index == nil || c.key != key {
		c.key, c.index = key, experience.NewIndex(s)
	}
	return c.index
}
