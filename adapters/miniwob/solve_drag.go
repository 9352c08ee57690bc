package miniwob

import (
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
