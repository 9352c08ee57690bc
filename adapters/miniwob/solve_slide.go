package miniwob

import (
	"strconv"

	"dreamgym/envserver/gym"
)

// slider is a handle with the number that is shown behind it.
type slider struct {
	handle line
	value  int
}

func sliders(s screen) []slider {
	var list []slider
	for i, l := range s {
		if i+1 < len(s) && l.id != "" && s[i+1].id == "" && numbers.MatchString(s[i+1].name) {
			list = append(list, slider{l, number(s[i+1].name)})
		}
	}
	return list
}

// slide moves each slider to its number of the goal by keys, then submits.
func slide(goal string, s screen, tried map[string]bool) gym.Action {
	wanted := numbers.FindAllString(goal, -1)
	for i, one := range sliders(s) {
		if i < len(wanted) && one.value != number(wanted[i]) {
			return nudge(one, number(wanted[i])-one.value, tried)
		}
	}
	return clickFirst(s.named("Submit"))
}

// nudge presses a key that brings a slider nearer: by a page, whose size shows when one
// was turned, while that is nearer than steps.
func nudge(one slider, by int, tried map[string]bool) gym.Action {
	page := pageSize(one, tried)
	up := by > 0
	if !up {
		by = -by
	}
	switch {
	case page == 0 && by > 1 || page > 0 && 2*by > page:
		tried["from "+one.handle.id+" "+strconv.Itoa(one.value)] = true
		return press(one.handle, map[bool]string{true: "PageUp", false: "PageDown"}[up])
	case up:
		return press(one.handle, "ArrowRight")
	}
	return press(one.handle, "ArrowLeft")
}

// mostSlide bounds how far a slider goes in one step.
const mostSlide = 200

// pageSize is how far a slider went at its first page, 0 before.
func pageSize(one slider, tried map[string]bool) int {
	key := "page " + one.handle.id + " "
	for n := range mostSlide {
		if tried[key+strconv.Itoa(n)] {
			return n
		}
	}
	for n := 1; n < mostSlide; n++ {
		for _, from := range []int{one.value - n, one.value + n} {
			if tried["from "+one.handle.id+" "+strconv.Itoa(from)] {
				tried[key+strconv.Itoa(n)] = true
				return n
			}
		}
	}
	return 0
}

// slideAndTick moves the slider, ticks the box that the goal numbers, and submits.
func slideAndTick(goal string, s screen, tried map[string]bool) gym.Action {
	box := s.role("checkbox").at(nth(goal))
	if len(box) > 0 && !box[0].has("checked") {
		return click(box[0])
	}
	return slide(goal, s, tried)
}
