package numeric

import "math"

// Falling is a reward that goes by the time: step number n of an episode, from 1, earns
// Start + Fall × n.
type Falling struct{ Start, Fall float64 }

const (
	leastFalling = 4    // rewards that show that they go by the time
	exactly      = 1e-6 // how far from a line, in units of their spread, they may be
)

// LearnFalling looks whether the rewards of steps of these numbers go by the time.
func LearnFalling(numbers []int, rewards []float64) (f Falling, ok bool) {
	times := make([]float64, len(numbers))
	for i, n := range numbers {
		times[i] = float64(n)
	}
	time, spread := moments(times)
	reward, size := moments(rewards)
	if len(rewards) < leastFalling || spread == 0 || size == 0 {
		return f, false
	}
	for i := range times {
		f.Fall += (times[i] - time) * (rewards[i] - reward) / (spread * spread * float64(len(times)))
	}
	f.Start = reward - f.Fall*time
	for i := range times {
		if math.Abs(rewards[i]-f.Start-f.Fall*times[i]) > exactly*size {
			return f, false
		}
	}
	f.Start = tidy(f.Start)
	return f, true
}

// At is the reward of a step.
func (f Falling) At(number int) float64 { return tidy(f.Start + f.Fall*float64(number)) }

// tidy takes the noise of a fit away.
func tidy(v float64) float64 { return math.Round(v*1e12) / 1e12 }

// pay tells rewards that are quantities: by the time where they go by it, else by the steps
// around.
type pay struct {
	byTime  bool
	falling Falling
	steps   []int32
}

func learnPay(steps []step, of []int32) *pay {
	p := &pay{steps: of}
	numbers, rewards := make([]int, len(of)), make([]float64, len(of))
	for k, i := range of {
		numbers[k], rewards[k] = steps[i].t.Step+1, steps[i].t.Reward
	}
	p.falling, p.byTime = LearnFalling(numbers, rewards)
	return p
}
