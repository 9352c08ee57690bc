package numeric

import "math"

// pay tells rewards that are quantities: by the time where they go by it, else by the steps
// around.
type pay struct {
	byTime      bool
	start, fall float64 // the reward of a step is start + fall × its number, from 1
	steps       []int32
}

// exactly is how far from a line, in units of their spread, rewards may be that go by the time.
const exactly = 1e-6

// learnPay looks whether the rewards of steps go by the time.
func learnPay(steps []step, of []int32) *pay {
	p := &pay{steps: of}
	times, rewards := make([]float64, len(of)), make([]float64, len(of))
	for k, i := range of {
		times[k], rewards[k] = float64(steps[i].t.Step+1), steps[i].t.Reward
	}
	time, spread := moments(times)
	reward, size := moments(rewards)
	if len(of) < 4 || spread == 0 || size == 0 {
		return p
	}
	for k := range of {
		p.fall += (times[k] - time) * (rewards[k] - reward) / (spread * spread * float64(len(of)))
	}
	p.start = reward - p.fall*time
	worst := 0.0
	for k := range of {
		worst = max(worst, math.Abs(rewards[k]-p.start-p.fall*times[k]))
	}
	p.byTime = worst < exactly*size
	return p
}

// at is the reward of a step that goes by the time, without the noise of the fit.
func (p *pay) at(number int) float64 {
	v := p.start + p.fall*float64(number)
	return math.Round(v*1e12) / 1e12
}
