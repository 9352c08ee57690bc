package llm

import (
	"context"
	"slices"
	"strings"

	"dreamgym/synth/experience"
)

const (
	maxExample = 8 // steps of the example episode: its last ones
	// wider is how many times as many neighbours are looked at as are shown: several often
	// say the same.
	wider = 4
)

// Retriever finds in a snapshot what a model is shown. It does not change, and may be used
// by many goroutines.
type Retriever struct {
	index    *experience.Index
	episodes map[string][]*experience.Transition
	won      []string // episodes that ended with more than the common reward, oldest first
	common   float64
}

// Except leaves recorded steps out of what is shown; nil leaves out none.
type Except func(*experience.Transition) bool

// NewRetriever makes a snapshot searchable.
func NewRetriever(s *experience.Snapshot) *Retriever {
	r := &Retriever{index: experience.NewIndex(s), episodes: map[string][]*experience.Transition{}}
	n := map[float64]int{}
	for t := range s.All() {
		r.episodes[t.Episode] = append(r.episodes[t.Episode], t)
		if n[t.Reward]++; n[t.Reward] > n[r.common] || len(n) == 1 {
			r.common = t.Reward
		}
	}
	for t := range s.All() {
		if t.Terminated && t.Reward > r.common {
			r.won = append(r.won, t.Episode)
		}
	}
	return r
}

// Common is the reward of a step that earns nothing: the one that most steps have.
func (r *Retriever) Common() float64 { return r.common }

// Example is the end of the recorded episode that earned something and whose task and
// scene are most alike; of equally alike ones the oldest. An episode is left out whole,
// by its first step.
func (r *Retriever) Example(goal, scene string, except Except) []*experience.Transition {
	var best []*experience.Transition
	most := -1.0
	for _, id := range r.won {
		steps := r.episodes[id]
		if except != nil && except(steps[0]) {
			continue
		}
		score := overlap(goal, steps[0].Goal)
		if steps[0].Scene == scene {
			score += 0.5
		}
		if score > most {
			best, most = steps, score
		}
	}
	return best[max(0, len(best)-maxExample):]
}

// overlap is the share of words that two texts have in common.
func overlap(a, b string) float64 {
	in := map[string]bool{}
	for _, w := range strings.Fields(strings.ToLower(a)) {
		in[w] = true
	}
	both, all := 0, len(in)
	for _, w := range strings.Fields(strings.ToLower(b)) {
		if in[w] {
			both++
		} else {
			all++
		}
	}
	return float64(both) / float64(max(1, all))
}

// Demonstrations are up to k recorded transitions like an action in a state, the most
// alike last. Of those that say the same of the same action, one is shown; the same scene
// goes before others.
func (r *Retriever) Demonstrations(ctx context.Context, state, action, scene string, k int, except Except) ([]*experience.Transition, error) {
	if k <= 0 {
		return nil, nil
	}
	near, err := r.nearest(ctx, state, action, wider*k, except)
	if err != nil {
		return nil, err
	}
	said := map[string]bool{}
	var first, rest []*experience.Transition
	for _, t := range near {
		key := t.Action + "\x00" + t.Next
		if said[key] {
			continue
		}
		said[key] = true
		if t.Scene == scene {
			first = append(first, t)
		} else {
			rest = append(rest, t)
		}
	}
	all := append(first, rest...)
	all = all[:min(k, len(all))]
	slices.Reverse(all)
	return all, nil
}

// nearest are the n nearest transitions beside those that are left out, which are not
// known beforehand: it looks wider until there are enough, or no more.
func (r *Retriever) nearest(ctx context.Context, state, action string, n int, except Except) ([]*experience.Transition, error) {
	for look := n; ; look *= 2 {
		near, err := r.index.Nearest(ctx, state, action, look)
		if err != nil {
			return nil, err
		}
		var kept []*experience.Transition
		for _, m := range near {
			if except == nil || !except(m.Transition) {
				kept = append(kept, m.Transition)
			}
		}
		if len(kept) >= n || len(near) < look {
			return kept[:min(n, len(kept))], nil
		}
	}
}
