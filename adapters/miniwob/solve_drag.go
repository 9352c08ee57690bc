package miniwob

import (
	"regexp"
	"slices"
	"strings"

	"dreamgym/adapters/chrome/action"
	"dreamgym/envserver/gym"
)

func drag(from, to line) gym.Action {
	return gym.Action(action.Format("drag_and_drop", from.ID, to.ID))
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
	slices.SortStableFunc(sorted, func(a, b line) int { return number(a.Name) - number(b.Name) })
	for i := range items {
		if items[i].ID != sorted[i].ID {
			return drag(sorted[i], items[i])
		}
	}
	return clickFirst(s.named("Submit"))
}

var moved = regexp.MustCompile(`^Drag (\S+) (?:to the )?(.+)\.$`)

// dragItem drags the named item of a list or a grid to where the item is whose place it is to
// have.
func dragItem(goal string, s screen, _ map[string]bool) gym.Action {
	m := moved.FindStringSubmatch(goal)
	items := s.role("listitem")
	if m == nil {
		return ""
	}
	from := slices.IndexFunc(items, func(l line) bool { return l.Name == m[1] })
	if to := placeOf(m[2], from, len(items)); from >= 0 && to >= 0 && to < len(items) {
		return drag(items[from], items[to])
	}
	return ""
}

// placeOf is the place, from 0, that a goal says, for what is at another; -1: none. Nine
// items are a grid of three rows.
func placeOf(words string, from, items int) int {
	columns := 1
	if items == 9 {
		columns = 3
	}
	switch direction, _, _ := strings.Cut(words, " by one"); direction {
	case "up":
		return from - columns
	case "down":
		return from + columns
	case "left":
		return from - 1
	case "right":
		return from + 1
	}
	if ordinal.MatchString(words) {
		return nth(words) - 1
	}
	row, column := strings.Fields(words)[0], strings.Fields(words)[len(strings.Fields(words))-1]
	return columns*side(row, "top", "bottom", items/columns) + side(column, "left", "right", columns)
}

// side is 0 for the first of two words, the last of n for the second, the middle for any other.
func side(word, first, last string, n int) int {
	switch {
	case word == first:
		return 0
	case word == last:
		return n - 1
	}
	return n / 2
}
