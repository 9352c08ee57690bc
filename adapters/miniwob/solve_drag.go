package miniwob

import (
	"slices"

	"dreamgym/adapters/chrome/action"
	"dreamgym/envserver/gym"
)

func drag(from, to line) gym.Action {
	return gym.Action(action.Format("drag_and_drop", from.id, to.id))
}

// dragInto drags the small box onto the large one, then submits.
func dragInto(_ string, s screen, tried map[string]bool) gym.Action {
	small, large := s.named("s"), s.named("L")
	if tried["dragged"] || len(small) == 0 || len(large) == 0 {
		return clickFirst(s.named("Submit"))
	}
	tried["dragged"] = true
	return drag(small[0], large[0])
}

// sortNumbers drags to each place what belongs there, from the top, then submits.
func sortNumbers(_ string, s screen, _ map[string]bool) gym.Action {
	items := s.role("listitem")
	sorted := slices.Clone(items)
	slices.SortStableFunc(sorted, func(a, b line) int { return number(a.name) - number(b.name) })
	for i := range items {
		if items[i].id != sorted[i].id {
			return drag(sorted[i], items[i])
		}
	}
	return clickFirst(s.named("Submit"))
}
