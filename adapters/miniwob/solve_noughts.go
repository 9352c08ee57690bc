package miniwob

import (
	"slices"

	"dreamgym/envserver/gym"
)

// noughts wins where it can, keeps the other from winning where it must, and else takes
// the middle, a corner or a side.
func noughts(_ string, s screen, _ map[string]bool) gym.Action {
	cells := s.role("clickable")
	if len(cells) != 9 {
		return ""
	}
	for _, mark := range []string{"mark-x", "mark-o"} {
		for _, l := range threes() {
			if i := gap(cells, l, mark); i >= 0 {
				return click(cells[i])
			}
		}
	}
	for _, i := range []int{4, 0, 2, 6, 8, 1, 3, 5, 7} {
		if !marked(cells[i]) {
			return click(cells[i])
		}
	}
	return ""
}

func marked(l line) bool { return l.Name == "mark-x" || l.Name == "mark-o" }

// threes are the lines of three cells.
func threes() [][]int {
	return [][]int{{0, 1, 2}, {3, 4, 5}, {6, 7, 8}, {0, 3, 6}, {1, 4, 7}, {2, 5, 8}, {0, 4, 8}, {2, 4, 6}}
}

// gap is the free cell of a line whose other two bear a mark, -1 where there is none.
func gap(cells screen, l []int, mark string) int {
	free := slices.DeleteFunc(slices.Clone(l), func(i int) bool { return cells[i].Name == mark })
	if len(free) == 1 && !marked(cells[free[0]]) {
		return free[0]
	}
	return -1
}
