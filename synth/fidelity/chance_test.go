package fidelity

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
	"dreamgym/synth/model"
	"dreamgym/synth/model/analogy"
	"dreamgym/synth/model/baseline"
)

// wheel is a world of chance: a spin shows red with probability 0.7, else blue.
func wheel(rng *rand.Rand, id string, split gym.Split, spins int) experience.Episode {
	acts := []string{"spin wheel 1", "view clock 1"}
	var all []taken
	for range spins {
		colour := "blue"
		if rng.Float64() < 0.7 {
			colour = "red"
		}
		all = append(all, taken{acts, "spin wheel 1", "The wheel 1 stops.\nIt shows " + colour + ".", 0, false})
	}
	e := recorded(id, "hall", split, "The wheel 1 rests.", all...)
	e.Task, e.Goal = "bet", "bet on the wheel"
	for i := range e.Steps {
		e.Steps[i].Task, e.Steps[i].Goal = e.Task, e.Goal
	}
	return e
}

func wheels(rng *rand.Rand, n int, split gym.Split, spins int) []experience.Episode {
	all := make([]experience.Episode, n)
	for i := range all {
		all[i] = wheel(rng, fmt.Sprintf("%s%d", split, i), split, spins)
	}
	return all
}

// coin is a model that says red with a probability, drawn by seed and step.
type coin struct{ red float64 }

func (coin) Name() string { return "coin/1" }

func (c coin) Begin(_ context.Context, s model.Start) (model.Episode, error) {
	return &coinEpisode{coin: c, rng: rand.New(rand.NewPCG(uint64(s.Seed), 1)), first: *s.Task.Start}, nil
}

type coinEpisode struct {
	coin
	rng   *rand.Rand
	first gym.Observation
}

func (e *coinEpisode) First() model.Prediction { return model.Prediction{Next: e.first} }

func (e *coinEpisode) Predict(context.Context, string) (model.Prediction, error) {
	colour := "blue"
	if e.rng.Float64() < e.red {
		colour = "red"
	}
	return model.Prediction{Next: gym.Observation{Text: "The wheel 1 stops.\nIt shows " + colour + "."}, Evidence: model.EvidenceSame, Confidence: 0.5}, nil
}

func (e *coinEpisode) Observe(model.Outcome) {}

func chanceOf(t *testing.T, d Data, m model.Model) Chance {
	t.Helper()
	return measure(t, d, Options{Models: []model.Model{m}, Sizes: []int{}, Resamples: -1}).Chance[nameOf(m)]["seen"]
}

// Seven of ten held-out spins are red: every figure can be worked out by hand.
func TestChanceByHand(t *testing.T) {
	var held []experience.Episode
	for i := range 10 {
		colour := map[bool]string{true: "red", false: "blue"}[i < 7]
		e := recorded(fmt.Sprint("h", i), "hall", gym.SplitSeen, "The wheel 1 rests.", taken{nil, "spin wheel 1", "The wheel 1 stops.\nIt shows " + colour + ".", 0, false})
		e.Task, e.Steps[0].Task = "bet", "bet"
		held = append(held, e)
	}
	d := Data{Train: wheels(rand.New(rand.NewPCG(1, 1)), 5, gym.SplitTrain, 1), Seen: held}
	entropy := 0.7*math.Log(0.7) + 0.3*math.Log(0.3)
	certain, never := math.Log((chanceDraws+1.0/3)/(chanceDraws+1)), math.Log(1.0/3/(chanceDraws+1))
	for _, test := range []struct {
		name      string
		m         model.Model
		variation float64
		logScore  float64
	}{
		{"always red", coin{red: 1}, 0.3, 0.7*certain + 0.3*never},
		{"always blue", coin{red: 0}, 0.7, 0.3*certain + 0.7*never},
		{"refusal", scripted{}, 1, never},
	} {
		c := chanceOf(t, d, test.m)
		if c.Kinds != 1 || c.Steps != 10 || !same(*c.TotalVariation, test.variation) || !same(*c.LogScore, test.logScore) || !same(*c.LogScoreRecorded, entropy) {
			t.Errorf("%s: %d kinds, %d steps, total variation %v, want %v, log score %v, want %v, recorded %v, want %v", test.name,
				c.Kinds, c.Steps, *c.TotalVariation, test.variation, *c.LogScore, test.logScore, *c.LogScoreRecorded, entropy)
		}
		if f := *c.TotalVariationFloor; f < 0.08 || f > 0.15 { // E|X/10 - 0.7| of a binomial X is 0.117
			t.Errorf("%s: floor %v", test.name, f)
		}
	}
}

// The true distribution is known: what draws from it comes near the floor, and what does
// not is further away and scores worse.
func TestChanceTellsTheTrueDistribution(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	d := Data{Train: wheels(rng, 60, gym.SplitTrain, 1), Seen: wheels(rng, 60, gym.SplitSeen, 1)}
	truth := chanceOf(t, d, coin{red: 0.7})
	if *truth.TotalVariation > 2**truth.TotalVariationFloor || math.Abs(*truth.LogScore-*truth.LogScoreRecorded) > 0.05 {
		t.Errorf("the true distribution: total variation %v, floor %v, log score %v, recorded %v",
			*truth.TotalVariation, *truth.TotalVariationFloor, *truth.LogScore, *truth.LogScoreRecorded)
	}
	for _, red := range []float64{0, 0.4, 1} {
		wrong := chanceOf(t, d, coin{red: red})
		if want := math.Abs(0.7 - red); math.Abs(*wrong.TotalVariation-want) > 0.12 || *wrong.LogScore > *truth.LogScore-0.1 {
			t.Errorf("red with %v: total variation %v, about %v expected; log score %v, the truth's is %v", red, *wrong.TotalVariation, want, *wrong.LogScore, *truth.LogScore)
		}
	}
}

// The embedded model draws what no condition separates as often as it was recorded.
func TestAnalogyDrawsAsRecorded(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	d := Data{Train: wheels(rng, 60, gym.SplitTrain, 3), Seen: wheels(rng, 60, gym.SplitSeen, 3)}
	r := measure(t, d, Options{Models: append([]model.Model{analogy.New()}, baseline.All()...), Sizes: []int{}, Resamples: -1})
	got, nearest := r.Chance["analogy"]["seen"], r.Chance["nearest"]["seen"]
	if got.Steps != 180 || *got.TotalVariation > 0.15 || *got.LogScore < *got.LogScoreRecorded-0.1 {
		t.Errorf("analogy: %d steps, total variation %v, floor %v, log score %v, recorded %v", got.Steps, *got.TotalVariation, *got.TotalVariationFloor, *got.LogScore, *got.LogScoreRecorded)
	}
	if *nearest.TotalVariation < 0.25 || *nearest.LogScore > *got.LogScore-0.3 {
		t.Errorf("nearest copies one case, but total variation is %v and log score %v", *nearest.TotalVariation, *nearest.LogScore)
	}
}

// What earlier steps of the episode decide is not chance to a model that remembers them.
func TestChanceThatMemoryExplains(t *testing.T) {
	var held []experience.Episode
	for i := range 12 {
		colour := map[bool]string{true: "red", false: "blue"}[i%2 == 0]
		e := recorded(fmt.Sprint("h", i), "hall", gym.SplitSeen, colour, taken{nil, "wait", "dark", 0, false}, taken{nil, "view", colour, 0, false})
		for j := range e.Steps {
			e.Steps[j].Task = "bet"
		}
		e.Task = "bet"
		held = append(held, e)
	}
	c := chanceOf(t, Data{Train: wheels(rand.New(rand.NewPCG(1, 1)), 2, gym.SplitTrain, 1), Seen: held}, remembers{})
	if c.Kinds != 1 || c.Steps != 12 || *c.TotalVariation != 0 || *c.LogScore < -0.1 {
		t.Errorf("chance: %+v, total variation %v, log score %v", c, *c.TotalVariation, *c.LogScore)
	}
}

// remembers says "dark" first and then the start state.
type remembers struct{}

func (remembers) Name() string { return "remembers" }

func (remembers) Begin(_ context.Context, s model.Start) (model.Episode, error) {
	said := []*model.Prediction{{Next: gym.Observation{Text: "dark"}}, {Next: *s.Task.Start}}
	return &scriptedEpisode{said: said, first: *s.Task.Start}, nil
}

func TestNoChance(t *testing.T) {
	for name, d := range map[string]Data{
		"a deterministic world": testData(),
		"too few repetitions":   {Train: wheels(rand.New(rand.NewPCG(1, 1)), 30, gym.SplitTrain, 1), Seen: wheels(rand.New(rand.NewPCG(2, 1)), 4, gym.SplitSeen, 1)},
	} {
		if c := chanceOf(t, d, coin{red: 0.7}); c != (Chance{}) {
			t.Errorf("%s: %+v", name, c)
		}
	}
}
