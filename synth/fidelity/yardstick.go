package fidelity

import (
	"slices"
	"strings"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
	"dreamgym/synth/model"
)

// yardstick is what the training episodes tell about how to measure: which reward is
// common, what a success is, what a failure looks like, and which wording is fixed.
// It is the same for every model and buffer size.
type yardstick struct {
	common   float64         // the commonest reward
	spread   float64         // between the largest and the smallest reward
	endsWin  bool            // a success ends the episode
	failures map[string]bool // next states that tell of an action that was not possible
	screens  bool            // an action that is not possible leaves the state's text as it was
	known    map[string]bool // state and action, recorded in the scene
	scenes   map[string]bool
	frames   frames
	wording  wording
	numbers  *quantities // nil where states are no quantities
}

func newYardstick(train []experience.Episode) *yardstick {
	y := &yardstick{known: make(map[string]bool), scenes: make(map[string]bool), frames: learnFrames(train)}
	counts := make(map[float64]int)
	low, high, first := 0.0, 0.0, true
	for t := range steps(train) {
		counts[t.Reward]++
		if first {
			low, high, first = t.Reward, t.Reward, false
		}
		low, high = min(low, t.Reward), max(high, t.Reward)
		y.endsWin = y.endsWin || t.Terminated && t.Reward > 0
		y.known[stepKey(t)] = true
		y.scenes[t.Scene] = true
	}
	y.common, y.spread = commonest(counts), high-low
	y.failures = y.learnFailures(train)
	y.screens = y.learnScreens(train)
	y.wording = learnWording(train, y)
	y.numbers = newQuantities(train)
	return y
}

// steps are all transitions of the episodes.
func steps(all []experience.Episode) func(yield func(*experience.Transition) bool) {
	return func(yield func(*experience.Transition) bool) {
		for i := range all {
			for j := range all[i].Steps {
				if !yield(&all[i].Steps[j]) {
					return
				}
			}
		}
	}
}

// commonest is the value counted most, the smallest of equals.
func commonest(counts map[float64]int) float64 {
	var best float64
	most := 0
	for v, n := range counts {
		if n > most || n == most && v < best {
			best, most = v, n
		}
	}
	return best
}

// stepKey names a state and action of a scene.
func stepKey(t *experience.Transition) string { return pairKey(pairKey(t.State, t.Action), t.Scene) }

func pairKey(a, b string) string { return b + "\x00" + a }

// success tells whether a step wins: it ends the episode with a reward above 0. Where no
// recorded end has one, any reward above 0 and above the common one wins.
func (y *yardstick) success(reward float64, terminated bool) bool {
	if y.endsWin {
		return terminated && reward > 0
	}
	return reward > 0 && !same(reward, y.common)
}

// rewarded tells rewards other than the commonest.
func (y *yardstick) rewarded(r float64) bool { return !same(r, y.common) }

// same compares rewards, which may have been rounded on their way through a file.
func same(a, b float64) bool {
	d := a - b
	return d < 1e-6 && d > -1e-6
}

// evidence says what was recorded for a step, whatever a model makes of it.
func (y *yardstick) evidence(t *experience.Transition) string {
	switch {
	case y.known[stepKey(t)]:
		return "same"
	case y.scenes[t.Scene]:
		return "scene"
	}
	return "elsewhere"
}

// invalid tells whether a recorded step's action was not possible: it is not among the
// admissible ones and changed nothing, or the next state is a known text of failure.
func (y *yardstick) invalid(t *experience.Transition) bool {
	return y.idle(t) && (forbidden(t) || y.failures[t.Next])
}

// saysInvalid tells whether a prediction for t's action says that it is not possible.
func (y *yardstick) saysInvalid(t *experience.Transition, p *model.Prediction) bool {
	stays := y.screens && p.Next.Text == t.State && t.Actions != nil && !slices.Contains(t.Actions, t.Action)
	return p.Invalid || y.failures[p.Next.Text] || stays
}

// learnScreens tells whether most forbidden actions left the text of the state as it was.
func (y *yardstick) learnScreens(train []experience.Episode) bool {
	stay, n := 0, 0
	for t := range steps(train) {
		if y.idle(t) && forbidden(t) {
			n++
			stay += one(t.Next == t.State)
		}
	}
	return 2*stay > n
}

// idle tells steps without a reward or an end.
func (y *yardstick) idle(t *experience.Transition) bool {
	return !t.Terminated && !y.rewarded(t.Reward)
}

// forbidden tells steps whose action is not admissible and changed nothing of what is.
func forbidden(t *experience.Transition) bool {
	if t.Actions == nil || slices.Contains(t.Actions, t.Action) {
		return false
	}
	return t.NextActions == nil || slices.Equal(t.Actions, t.NextActions)
}

// failureVerbs is how many leading words a text has to follow to be one of failure,
// where no admissible actions are recorded.
const failureVerbs = 3

// learnFailures finds the texts of failure: those that follow forbidden actions and
// never another one, or, in recordings without admissible actions, those that follow
// actions of several leading words and never come with a reward or an end.
func (y *yardstick) learnFailures(train []experience.Episode) map[string]bool {
	bad, good, verbs := make(map[string]bool), make(map[string]bool), make(map[string]map[string]bool)
	listed := false
	for t := range steps(train) {
		listed = listed || t.Actions != nil
		if !y.idle(t) || t.Actions != nil && !forbidden(t) {
			good[t.Next] = true
			continue
		}
		bad[t.Next] = true
		if verbs[t.Next] == nil {
			verbs[t.Next] = make(map[string]bool)
		}
		verbs[t.Next][leading(t.Action)] = true
	}
	for text := range bad {
		if good[text] || !listed && len(verbs[text]) < failureVerbs {
			delete(bad, text)
		}
	}
	return bad
}

// leading is an action's first word.
func leading(action string) string {
	if w := words(action); len(w) > 0 {
		return w[0]
	}
	return strings.TrimSpace(action)
}

// observation is what a recorded step led to.
func observation(e *experience.Episode, t *experience.Transition) gym.Observation {
	return gym.Observation{Goal: e.Goal, Text: t.Next, Actions: t.NextActions}
}
