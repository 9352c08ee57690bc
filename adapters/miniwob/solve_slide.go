package miniwob

import (
	"strconv"
	"strings"

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
		if i+1 < len(s) && l.ID != "" && s[i+1].ID == "" && numbers.MatchString(s[i+1].Name) {
			list = append(list, slider{l, number(s[i+1].Name)})
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
	page, far := pageSize(one, tried), max(by, -by)
	if page == 0 && far > 1 {
		tried[paged+one.handle.ID+" "+strconv.Itoa(one.value)] = true
	}
	keys := []string{"ArrowRight", "ArrowLeft"}
	if page == 0 && far > 1 || page > 0 && 2*far > page {
		keys = []string{"PageUp", "PageDown"}
	}
	if by > 0 {
		return press(one.handle, keys[0])
	}
	return press(one.handle, keys[1])
}

// What is remembered of a slider's handle: where it was when a page was turned for the
// first time, and how far that was.
const (
	paged  = "paged "
	pageOf = "page "
)

// pageSize is how far a slider went at its first page, 0 before.
func pageSize(one slider, tried map[string]bool) int {
	for key := range tried {
		if n, ok := strings.CutPrefix(key, pageOf+one.handle.ID+" "); ok {
			return number(n)
		}
	}
	for key := range tried {
		if from, ok := strings.CutPrefix(key, paged+one.handle.ID+" "); ok && number(from) != one.value {
			n := max(number(from)-one.value, one.value-number(from))
			tried[pageOf+one.handle.ID+" "+strconv.Itoa(n)] = true
			return n
		}
	}
	return 0
}

// slideAndTick moves the slider, ticks the box that the goal numbers, and submits.
func slideAndTick(goal string, s screen, tried map[string]bool) gym.Action {
	box := s.role("checkbox").at(nth(goal))
	if len(box) > 0 && !box[0].Has("checked") {
		return click(box[0])
	}
	return slide(goal, s, tried)
}
