package experience

import (
	"maps"
	"slices"
)

// CommonReward is what a step earns that nothing speaks for: the commonest reward of those that
// did not end their task, the smallest of equals. Ends do not count: where most recorded steps
// win, a win is still not what just any action earns. Where every step ended its task it is 0,
// or the least recorded reward if that is less.
func CommonReward(all []*Transition) float64 {
	counts := make(map[float64]int)
	least := 0.0
	for _, t := range all {
		least = min(least, t.Reward)
		if !t.Terminated {
			counts[t.Reward]++
		}
	}
	common, most := least, 0
	for _, r := range slices.Sorted(maps.Keys(counts)) {
		if counts[r] > most {
			common, most = r, counts[r]
		}
	}
	return common
}
