package fidelity

import (
	"cmp"
	"context"
	"maps"
	"math/rand/v2"
	"slices"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
	"dreamgym/synth/model"
)

// Consistency says whether dreams agree with themselves. Shares are nil where nothing
// was to be compared.
type Consistency struct {
	// Views are actions taken again with nothing in between that the recordings know to
	// change what they show; SameViews is the share that showed the same.
	Views     int      `json:"views"`
	SameViews *float64 `json:"same_views"`
	// Things are numbered things listed a second time, untouched since; OnePlace is the
	// share that were not listed somewhere else before.
	Things   int      `json:"things"`
	OnePlace *float64 `json:"one_place"`
}

// shown is one step of a trace: what was done and what it showed.
type shown struct {
	action, frame string
	arguments     map[string]bool
	words         map[string]bool // of the text
	text          string
	failed        bool
	rewarded      bool // the text may speak of the reward
}

func (y *yardstick) shownBy(action, text string, reward float64, failed bool) shown {
	frame, arguments := y.frames.of(action)
	return shown{
		action: action, frame: frame, arguments: arguments, words: unique(tokens(text)), text: text,
		failed: failed, rewarded: y.rewarded(reward),
	}
}

// trace is a recorded episode as a trace.
func (y *yardstick) trace(e *experience.Episode) []shown {
	all := make([]shown, len(e.Steps))
	for i := range e.Steps {
		t := &e.Steps[i]
		all[i] = y.shownBy(t.Action, t.Next, t.Reward, y.invalid(t))
	}
	return all
}

// again is an action that was taken a second time in a trace.
type again struct {
	frame         string
	first, second int // places in the trace
	same          bool
	// between has the kinds of action since the first time, that one included.
	between []string
}

// repeats are the views of a trace that were taken again, without a reward.
func repeats(trace []shown) []again {
	last := make(map[string]int)
	var all []again
	for j, s := range trace {
		if s.failed || s.rewarded {
			continue
		}
		if i, before := last[s.action]; before {
			all = append(all, again{frame: s.frame, first: i, second: j, same: trace[i].text == s.text, between: kinds(trace[i:j], &trace[i])})
		}
		last[s.action] = j
	}
	return all
}

// kinds are the frames of actions, each with whether it names something that the view
// names or shows.
func kinds(between []shown, view *shown) []string {
	set := make(map[string]bool)
	for i := range between {
		if b := &between[i]; !b.failed {
			set[pairKey(relation(b, view), b.frame)] = true
		}
	}
	return slices.Sorted(maps.Keys(set))
}

func relation(b, view *shown) string {
	for a := range b.arguments {
		if view.arguments[a] || view.words[a] {
			return "touches"
		}
	}
	return "apart"
}

// harmlessFrom is how often a kind of action has to have come between two equal views
// before it is taken to change nothing of them.
const harmlessFrom = 3

// harmless has, for frames that view, the kinds of action that never change the view,
// as far as recorded episodes tell.
type harmless map[string]map[string]bool

// learnHarmless blames each changed view on the kind of action in between that comes
// with changes the most; what is never to blame and came between equal views is harmless.
func learnHarmless(traces [][]shown) harmless {
	changed := make(map[string][]again)
	equal := make(map[string]map[string]int)
	for _, trace := range traces {
		for _, r := range repeats(trace) {
			if !r.same {
				changed[r.frame] = append(changed[r.frame], r)
				continue
			}
			if equal[r.frame] == nil {
				equal[r.frame] = make(map[string]int)
			}
			for _, k := range r.between {
				equal[r.frame][k]++
			}
		}
	}
	h := make(harmless)
	for frame, counts := range equal {
		blamed := blame(changed[frame], counts)
		h[frame] = make(map[string]bool)
		for k, n := range counts {
			h[frame][k] = n >= harmlessFrom && !blamed[k]
		}
	}
	return h
}

// blame explains every change by as few kinds as it can, those with the highest share
// of changes first.
func blame(changes []again, equal map[string]int) map[string]bool {
	blamed := make(map[string]bool)
	for len(changes) > 0 {
		counts := make(map[string]int)
		for _, c := range changes {
			for _, k := range c.between {
				counts[k]++
			}
		}
		rate := func(k string) float64 { return float64(counts[k]) / float64(counts[k]+equal[k]) }
		worst := slices.MaxFunc(slices.Sorted(maps.Keys(counts)), func(a, b string) int {
			return cmp.Or(cmp.Compare(rate(a), rate(b)), cmp.Compare(counts[a], counts[b]))
		})
		blamed[worst] = true
		changes = slices.DeleteFunc(changes, func(c again) bool { return slices.Contains(c.between, worst) })
	}
	return blamed
}

// comparable tells whether nothing in between changes the view.
func (h harmless) comparable(r *again) bool {
	for _, k := range r.between {
		if !h[r.frame][k] {
			return false
		}
	}
	return true
}

// listing is where a thing was shown: by which frame, below which names.
type listing struct {
	frame string
	names map[string]bool
}

// relisted counts the numbered things of a trace that are listed again, untouched
// since, and calls elsewhere for each that was below other names before.
func relisted(trace []shown, elsewhere func(before, now string)) int {
	where := make(map[string]listing)
	n := 0
	for _, s := range trace {
		if s.failed {
			continue
		}
		for a := range s.arguments {
			delete(where, a)
		}
		if !namesThing(s.arguments) {
			continue
		}
		for word := range s.words {
			if !isEntity(word) || s.arguments[word] {
				continue
			}
			if before, listed := where[word]; listed {
				n++
				if disjoint(before.names, s.arguments) {
					elsewhere(before.frame, s.frame)
				}
			}
			where[word] = listing{s.frame, s.arguments}
		}
	}
	return n
}

func namesThing(arguments map[string]bool) bool {
	for a := range arguments {
		if isEntity(a) {
			return true
		}
	}
	return false
}

func disjoint(a, b map[string]bool) bool {
	for k := range a {
		if b[k] {
			return false
		}
	}
	return true
}

// judge measures how consistent traces are.
type judge struct {
	harmless harmless
	// moves are pairs of frames that show a thing below two names in real episodes.
	moves map[string]bool
}

func (y *yardstick) newJudge(train []experience.Episode) *judge {
	traces := make([][]shown, len(train))
	j := &judge{moves: make(map[string]bool)}
	for i := range train {
		traces[i] = y.trace(&train[i])
		relisted(traces[i], func(before, now string) { j.moves[pairKey(before, now)] = true })
	}
	j.harmless = learnHarmless(traces)
	return j
}

func (j *judge) consistency(traces [][]shown) Consistency {
	var c Consistency
	equal, twice := 0, 0
	for _, trace := range traces {
		for _, r := range repeats(trace) {
			if j.harmless.comparable(&r) {
				c.Views++
				equal += one(r.same)
			}
		}
		c.Things += relisted(trace, func(before, now string) { twice += one(!j.moves[pairKey(before, now)]) })
	}
	c.SameViews, c.OnePlace = share(equal, c.Views), share(c.Things-twice, c.Things)
	return c
}

// wander dreams an episode by random actions from e's start and answers its trace.
func (s *subject) wander(ctx context.Context, y *yardstick, e *experience.Episode, others []string) ([]shown, error) {
	dream, err := s.begin(ctx, e, false)
	if refused, err := isRefusal(err); refused || err != nil {
		return nil, err
	}
	rng := rand.New(rand.NewPCG(uint64(s.seed), uint64(seedOf(e.ID))))
	now := dream.First().Next
	var trace []shown
	for range freeSteps {
		action := anyOf(rng, now.Actions, others)
		p, refused, err := predict(ctx, dream, action)
		if refused || err != nil {
			return trace, err
		}
		trace = append(trace, y.shownBy(action, p.Next.Text, p.Reward, p.Invalid || y.failures[p.Next.Text]))
		if p.Terminated {
			break
		}
		dream.Observe(model.Outcome{Action: action, Next: p.Next, Reward: p.Reward})
		now = p.Next
	}
	return trace, nil
}

func anyOf(rng *rand.Rand, admissible, others []string) string {
	if len(admissible) > 0 {
		return admissible[rng.IntN(len(admissible))]
	}
	return others[rng.IntN(len(others))]
}

// consistencies measures every model's free dreams from the held-out starts.
func (r *run) consistencies(ctx context.Context, b buffer) (map[string]map[string]Consistency, error) {
	j := r.yardstick.newJudge(r.data.Train)
	others := actionsOf(r.data.Train)
	found := make(map[string]map[string]Consistency)
	for _, m := range r.options.Models {
		found[nameOf(m)] = make(map[string]Consistency)
		s := &subject{model: m, spec: r.data.Spec, snapshot: b.snapshot, seed: r.options.Seed}
		for _, split := range []gym.Split{gym.SplitSeen, gym.SplitUnseen} {
			held := r.heldOut(split, b)
			if len(held) == 0 {
				continue
			}
			traces := make([][]shown, len(held))
			err := r.each(ctx, s, "wandering, "+string(split), len(held), func(ctx context.Context, i int) (err error) {
				traces[i], err = s.wander(ctx, r.yardstick, &held[i], others)
				return err
			})
			if err != nil {
				return nil, err
			}
			found[nameOf(m)][string(split)] = j.consistency(traces)
		}
	}
	return found, nil
}

// actionsOf are the different recorded actions, in order.
func actionsOf(train []experience.Episode) []string {
	set := make(map[string]bool)
	for t := range steps(train) {
		set[t.Action] = true
	}
	return slices.Sorted(maps.Keys(set))
}
