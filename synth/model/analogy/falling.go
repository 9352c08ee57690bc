package analogy

import (
	"dreamgym/synth/experience"
	"dreamgym/synth/model/numeric"
)

// falling are rewards that go by the step's number. All of them are learned as one reward, the
// one that they would begin with, so that what is paid for has as many cases as it was paid.
type falling struct {
	numeric.Falling
	some bool // there are such rewards
}

// levelled answers the transitions with one reward in the place of those that go by the time, if
// all rewards but the commonest do.
func levelled(all []*experience.Transition) ([]*experience.Transition, falling) {
	common := experience.CommonReward(all)
	var numbers []int
	var rewards []float64
	for _, t := range all {
		if t.Reward != common {
			numbers, rewards = append(numbers, t.Step+1), append(rewards, t.Reward)
		}
	}
	f, ok := numeric.LearnFalling(numbers, rewards)
	if !ok || f.Start == common {
		return all, falling{}
	}
	level := make([]*experience.Transition, len(all))
	for i, t := range all {
		level[i] = t
		if t.Reward != common {
			changed := *t
			changed.Reward = f.Start
			level[i] = &changed
		}
	}
	return level, falling{f, true}
}

// paid is what a learned reward is worth at a step, from 1.
func (f falling) paid(reward float64, number int) float64 {
	if f.some && reward == f.Start {
		return f.At(number)
	}
	return reward
}

// level is the learned reward that a reward at a step, from 1, stands for.
func (f falling) level(reward float64, number int) float64 {
	if d := reward - f.At(number); f.some && d < 1e-9 && d > -1e-9 {
		return f.Start
	}
	return reward
}
