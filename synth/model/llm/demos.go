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

// recall is what a snapshot is searched by. It does not change.
type recall struct {
	index    *experience.Index
	episodes map[string][]*experience.Transition
	won      []string // episodes that ended with more than the common reward, oldest first
	common   float64
}

func newRecall(s *experience.Snapshot) *recall {
	r := &recall{index: experience.NewIndex(s), episodes: map[string][]*experience.Transition{}}
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

// example is the end of the recorded episode that earned something and whose task and
// scene are most alike; of equally alike ones the oldest.
func (r *recall) example(goal, scene string) []*experience.Transition {
	var best []*experience.Transition
	most := -1.0
	for _, id := range r.won {
		steps := r.episodes[id]
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

// demonstrations are up to k recorded transitions like an action in a state, the most
// alike last. Of those that say the same of the same action, one is shown; the same scene
// goes before others.
func (r *recall) demonstrations(ctx context.Context, state, action, scene string, k int) ([]*experience.Transition, error) {
	near, err := r.index.Nearest(ctx, state, action, wider*k)
	if err != nil {
		return nil, err
	}
	said := map[string]bool{}
	var first, rest []*experience.Transition
	for _, m := range near {
		t := m.Transition
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
