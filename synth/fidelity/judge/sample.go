package judge

import (
	"context"
	"math/rand/v2"
	"strings"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
	"dreamgym/synth/fidelity"
	"dreamgym/synth/model"
)

// item is an outcome to judge.
type item struct {
	whose string // the real side, a model, or "" for known answers
	split gym.Split
	// bad are the criteria that a known answer fails; good, those that it meets.
	bad, good []int

	goal          string
	history       [][2]string // the last actions, and what they led to
	state, action string
	next          string
	reward        float64
	terminated    bool

	score *Score // nil where the judge gave none that can be read
}

// shownSteps is how many earlier steps a judge sees.
const shownSteps = 4

// place is a step of an episode.
type place struct {
	episode *experience.Episode
	step    int
}

// at is the real outcome of a step.
func at(p place) *item {
	t := &p.episode.Steps[p.step]
	it := &item{whose: real, split: p.episode.Split, goal: p.episode.Goal, state: t.State, action: t.Action, next: t.Next, reward: t.Reward, terminated: t.Terminated}
	for i := max(0, p.step-shownSteps); i < p.step; i++ {
		before := &p.episode.Steps[i]
		it.history = append(it.history, [2]string{before.Action, before.Next})
	}
	return it
}

// sample draws held-out steps, and lets every model predict them.
func sample(ctx context.Context, d fidelity.Data, o Options, rng *rand.Rand) ([]*item, error) {
	var all []place
	for _, eps := range [][]experience.Episode{d.Seen, d.Unseen} {
		for i := range eps {
			for s := range eps[i].Steps {
				all = append(all, place{&eps[i], s})
			}
		}
	}
	if len(all) == 0 {
		return nil, errNoSteps()
	}
	rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	all = all[:min(o.Sample, len(all))]
	b := experience.NewBuffer(0)
	for i := range d.Train {
		b.Add(d.Train[i].Steps)
	}
	var items []*item
	for _, p := range all {
		items = append(items, at(p))
		for _, m := range o.Models {
			it, err := predicted(ctx, m, d.Spec, b.Snapshot(), p)
			if err != nil {
				return nil, err
			}
			items = append(items, it)
		}
	}
	return items, nil
}

// predicted is what a model makes of a step, after the real ones before it.
func predicted(ctx context.Context, m model.Model, spec gym.Spec, s *experience.Snapshot, p place) (*item, error) {
	it := at(p)
	it.whose = fidelity.Names([]model.Model{m})[0]
	dream, err := m.Begin(ctx, model.Start{Spec: spec, Task: p.episode.Restart(), Experience: s, MostLikely: true})
	if err != nil {
		return nil, err
	}
	for i := range p.step {
		t := &p.episode.Steps[i]
		dream.Observe(model.Outcome{Action: t.Action, Next: gym.Observation{Goal: p.episode.Goal, Text: t.Next, Actions: t.NextActions}, Reward: t.Reward})
	}
	said, err := dream.Predict(ctx, it.action)
	if err != nil {
		return nil, err
	}
	it.next, it.reward, it.terminated = said.Next.Text, said.Reward, said.Terminated
	return it, nil
}

// The criteria by their places.
const (
	consistency = iota
	diversity
	informativeness
	hallucination
)

// known makes outcomes whose scores are known, n of each kind, out of training steps: real
// ones are good in all; the others are spoilt in a way that a criterion is about.
func known(d fidelity.Data, n int, rng *rand.Rand) []*item {
	var steps []place
	for i := range d.Train {
		for s := range d.Train[i].Steps {
			if t := &d.Train[i].Steps[s]; t.State != t.Next {
				steps = append(steps, place{&d.Train[i], s})
			}
		}
	}
	if len(steps) == 0 {
		return nil
	}
	draw := func() place { return steps[rng.IntN(len(steps))] }
	most := mostReward(d)
	var all []*item
	for range n {
		good := at(draw())
		good.good = []int{consistency, diversity, informativeness, hallucination}
		other := at(draw())
		other.next, other.bad = foreign(other, draw), []int{consistency}
		same := at(draw())
		same.next, same.bad = same.state, []int{diversity}
		empty := at(draw())
		empty.next, empty.bad = strings.TrimSpace(firstWord(empty.next)), []int{informativeness}
		won := at(draw())
		won.bad = []int{hallucination}
		if won.reward != most {
			won.reward, won.terminated = most, true
		} else {
			won.next = foreign(won, draw)
		}
		for _, it := range []*item{good, other, same, empty, won} {
			it.whose = ""
			all = append(all, it)
		}
	}
	return all
}

// foreign is what an action of another form led to elsewhere.
func foreign(it *item, draw func() place) string {
	for range 50 {
		p := draw()
		t := &p.episode.Steps[p.step]
		if firstWord(t.Action) != firstWord(it.action) && t.Next != it.next {
			return t.Next
		}
	}
	return it.state
}

func firstWord(s string) string {
	word, _, _ := strings.Cut(s, " ")
	return word
}

// mostReward is the highest reward that was recorded.
func mostReward(d fidelity.Data) float64 {
	most := 1.0
	for i := range d.Train {
		for s := range d.Train[i].Steps {
			if r := d.Train[i].Steps[s].Reward; i == 0 && s == 0 || r > most {
				most = r
			}
		}
	}
	return most
}
