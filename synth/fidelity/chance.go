package fidelity

import (
	"context"
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"slices"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
	"dreamgym/synth/model"
)

// Chance compares what a model draws with what was recorded, over repeated steps: those
// whose scene, task, state and action several held-out episodes have and which came out
// differently. Figures are nil where there is no such step.
type Chance struct {
	// Kinds are the different repeated steps, Steps the held-out steps that are one.
	Kinds int `json:"kinds"`
	Steps int `json:"steps"`
	// TotalVariation is the distance between drawn and recorded frequencies, 0 to 1,
	// averaged over steps. The floor is what the true distribution would have: so few
	// recorded steps show their frequencies only roughly.
	TotalVariation      *float64 `json:"total_variation"`
	TotalVariationFloor *float64 `json:"total_variation_floor"`
	// LogScore is the mean logarithm of the probability that the model gave to what came;
	// 0 is best. LogScoreRecorded is that of the recorded frequencies themselves. A model
	// that knows from the episode what they do not may do better.
	LogScore         *float64 `json:"log_score"`
	LogScoreRecorded *float64 `json:"log_score_recorded"`
}

const (
	chanceSteps    = 5  // held-out steps of a kind from which frequencies are compared
	chanceEpisodes = 60 // held-out episodes of a split that are drawn from, at most
	chanceDraws    = 32 // dreams of each
	floorResamples = 200
)

// outcome is what a step came to, as a hash; refusedOutcome is that of no step.
type outcome uint64

const refusedOutcome outcome = 0

func outcomeOf(text string, reward float64, terminated bool) outcome {
	h := fnv.New64a()
	fmt.Fprintf(h, "%.6f %t ", reward+0, terminated)
	io.WriteString(h, text)
	return outcome(h.Sum64())
}

func recordedOutcome(t *experience.Transition) outcome {
	return outcomeOf(t.Next, t.Reward, t.Terminated)
}

// frequencies count outcomes.
type frequencies map[outcome]int

func (f frequencies) total() int {
	n := 0
	for _, c := range f {
		n += c
	}
	return n
}

// add counts o's outcomes, too.
func (f frequencies) add(o frequencies) {
	for k, n := range o {
		f[k] += n
	}
}

// variation is the total variation distance between two shares of outcomes.
func variation(a, b frequencies) float64 {
	na, nb := float64(max(1, a.total())), float64(max(1, b.total()))
	both := maps.Clone(a)
	both.add(b)
	var sum float64
	for _, o := range both.outcomes() {
		sum += math.Abs(float64(a[o])/na - float64(b[o])/nb)
	}
	return sum / 2
}

// outcomes are in one order, so that sums over them are the same each time.
func (f frequencies) outcomes() []outcome { return slices.Sorted(maps.Keys(f)) }

// logProbability of an outcome, as far as draws tell: one draw more is shared between the
// recorded outcomes and "something else", so that nothing is impossible.
func (f frequencies) logProbability(o outcome, recorded int) float64 {
	return math.Log((float64(f[o]) + 1/float64(recorded+1)) / float64(f.total()+1))
}

// floor is the distance that the true distribution would have on average from frequencies
// of as many steps as f has, judged by drawing f's own steps again.
func (f frequencies) floor(rng *rand.Rand) float64 {
	var all []outcome
	for _, o := range f.outcomes() {
		all = append(all, slices.Repeat([]outcome{o}, f[o])...)
	}
	var sum float64
	for range floorResamples {
		again := make(frequencies)
		for range all {
			again[all[rng.IntN(len(all))]]++
		}
		sum += variation(f, again)
	}
	return sum / floorResamples
}

// repeatKey names what has to be the same for a step to be repeated.
func repeatKey(t *experience.Transition) string { return pairKey(stepKey(t), t.Task) }

// repeatedSteps are the outcomes, in train and held out, of the steps that came out
// differently, and that the held-out episodes have often enough.
func repeatedSteps(train, held []experience.Episode) map[string]frequencies {
	repeated, n := make(map[string]frequencies), make(map[string]int)
	for t := range steps(held) {
		n[repeatKey(t)]++
	}
	for _, all := range [][]experience.Episode{train, held} {
		for t := range steps(all) {
			key := repeatKey(t)
			if n[key] < chanceSteps {
				continue
			}
			if repeated[key] == nil {
				repeated[key] = make(frequencies)
			}
			repeated[key][recordedOutcome(t)]++
		}
	}
	maps.DeleteFunc(repeated, func(_ string, f frequencies) bool { return len(f) < 2 })
	return repeated
}

// withRepeats are the first episodes that have a repeated step.
func withRepeats(held []experience.Episode, repeated map[string]frequencies) []experience.Episode {
	var all []experience.Episode
	for i := range held {
		if lastRepeat(&held[i], repeated) >= 0 && len(all) < chanceEpisodes {
			all = append(all, held[i])
		}
	}
	return all
}

// lastRepeat is the last repeated step of an episode, -1 where it has none.
func lastRepeat(e *experience.Episode, repeated map[string]frequencies) int {
	last := -1
	for i := range e.Steps {
		if repeated[repeatKey(&e.Steps[i])] != nil {
			last = i
		}
	}
	return last
}

// drawAll follows an episode once for each draw, and answers what was drawn at each of
// its repeated steps; nil at the others.
func (s *subject) drawAll(ctx context.Context, e *experience.Episode, repeated map[string]frequencies) ([]frequencies, error) {
	drawn := make([]frequencies, lastRepeat(e, repeated)+1)
	for i := range drawn {
		if repeated[repeatKey(&e.Steps[i])] != nil {
			drawn[i] = make(frequencies)
		}
	}
	for draw := range chanceDraws {
		other := *s
		other.seed = s.seed + int64(draw)
		if err := other.draw(ctx, e, drawn); err != nil {
			return nil, err
		}
	}
	return drawn, nil
}

// draw follows an episode and counts what is predicted.
func (s *subject) draw(ctx context.Context, e *experience.Episode, drawn []frequencies) error {
	dream, err := s.begin(ctx, e, false)
	refused, err := isRefusal(err)
	if err != nil {
		return err
	}
	for i, at := range drawn {
		t := &e.Steps[i]
		switch {
		case refused && at != nil:
			at[refusedOutcome]++
			continue
		case refused:
			continue
		case at != nil:
			said, err := said(ctx, dream, t.Action)
			if err != nil {
				return err
			}
			at[said]++
		}
		dream.Observe(model.Outcome{Action: t.Action, Next: observation(e, t), Reward: t.Reward, Terminated: t.Terminated})
	}
	return nil
}

// said is the outcome that a dream predicts.
func said(ctx context.Context, dream model.Episode, action string) (outcome, error) {
	p, refused, err := predict(ctx, dream, action)
	if refused || err != nil {
		return refusedOutcome, err
	}
	return outcomeOf(p.Next.Text, p.Reward, p.Terminated), nil
}

// comparedChance gathers what came and what was drawn, by repeated step.
type comparedChance struct {
	came, said map[string]frequencies
	order      []string // of first occurrence
	logs       float64
	steps      int
}

// add takes in an episode with what was drawn at its repeated steps.
func (c *comparedChance) add(e *experience.Episode, drawn []frequencies, repeated map[string]frequencies) {
	for i, d := range drawn {
		if d == nil {
			continue
		}
		t := &e.Steps[i]
		key, o := repeatKey(t), recordedOutcome(t)
		if c.came[key] == nil {
			c.came[key], c.said[key] = make(frequencies), make(frequencies)
			c.order = append(c.order, key)
		}
		c.steps++
		c.came[key][o]++
		c.said[key].add(d)
		c.logs += d.logProbability(o, len(repeated[key]))
	}
}

// figures are means over steps.
func (c *comparedChance) figures(rng *rand.Rand) Chance {
	var distance, floor, own float64
	for _, key := range c.order {
		came := c.came[key]
		n := float64(came.total())
		distance += n * variation(came, c.said[key])
		floor += n * came.floor(rng)
		for _, o := range came.outcomes() {
			own += float64(came[o]) * math.Log(float64(came[o])/n)
		}
	}
	return Chance{
		Kinds: len(c.order), Steps: c.steps,
		TotalVariation: mean(distance, c.steps), TotalVariationFloor: mean(floor, c.steps),
		LogScore: mean(c.logs, c.steps), LogScoreRecorded: mean(own, c.steps),
	}
}

// chances measures every model on the repeated steps of every split.
func (r *run) chances(ctx context.Context, b buffer) (map[string]map[string]Chance, error) {
	found := make(map[string]map[string]Chance)
	for _, m := range r.options.Models {
		found[nameOf(m)] = make(map[string]Chance)
	}
	for _, split := range []gym.Split{gym.SplitSeen, gym.SplitUnseen} {
		all := r.heldOut(split, b)
		if len(all) == 0 {
			continue
		}
		repeated := repeatedSteps(r.data.Train, all)
		held := withRepeats(all, repeated)
		for _, m := range r.options.Models {
			s := &subject{model: m, spec: r.data.Spec, snapshot: b.snapshot, seed: r.options.Seed}
			c, err := r.chance(ctx, s, split, held, repeated)
			if err != nil {
				return nil, err
			}
			found[nameOf(m)][string(split)] = c
		}
	}
	return found, nil
}

// chance measures one model on episodes that have repeated steps.
func (r *run) chance(ctx context.Context, s *subject, split gym.Split, held []experience.Episode, repeated map[string]frequencies) (Chance, error) {
	drawn := make([][]frequencies, len(held))
	err := r.each(ctx, s, "chance, "+string(split), len(held), func(ctx context.Context, i int) (err error) {
		drawn[i], err = s.drawAll(ctx, &held[i], repeated)
		return err
	})
	if err != nil {
		return Chance{}, err
	}
	c := comparedChance{came: make(map[string]frequencies), said: make(map[string]frequencies)}
	for i := range held {
		c.add(&held[i], drawn[i], repeated)
	}
	return c.figures(rand.New(rand.NewPCG(uint64(r.options.Seed), uint64(len(held))))), nil
}
