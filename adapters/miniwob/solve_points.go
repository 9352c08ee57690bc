package miniwob

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"

	"dreamgym/envserver/gym"
)

// point is a place in the page, in pixels.
type point struct{ x, y float64 }

// dots are the places of the drawn circles of a colour, "" for any.
func dots(s screen, colour string) []point {
	var list []point
	for _, l := range s {
		at := place.FindStringSubmatch(l.Name)
		if l.Role != "image" || at == nil || !strings.Contains(l.Name, "circle") || !strings.HasPrefix(l.Name, colour) {
			continue
		}
		list = append(list, point{float64(number(at[1])), float64(number(at[2]))})
	}
	return list
}

// clickAt clicks a place, then submits.
func clickAt(s screen, at point, tried map[string]bool) gym.Action {
	if tried["clicked"] {
		return clickFirst(s.named("Submit"))
	}
	tried["clicked"] = true
	return gym.Action(fmt.Sprintf("mouse_click(%.0f, %.0f)", at.x, at.y))
}

// between is the point at a share of the way from one point to another.
func between(a, b point, share float64) point {
	return point{a.x + (b.x-a.x)*share, a.y + (b.y-a.y)*share}
}

func distance(a, b point) float64 { return math.Hypot(a.x-b.x, a.y-b.y) }

func clickCentre(_ string, s screen, tried map[string]bool) gym.Action {
	circle := dots(s, "")
	if len(circle) == 0 {
		return ""
	}
	return clickAt(s, circle[0], tried)
}

func clickMiddle(_ string, s screen, tried map[string]bool) gym.Action {
	ends := dots(s, "black")
	if len(ends) < 2 {
		return ""
	}
	return clickAt(s, between(ends[0], ends[1], 0.5), tried)
}

// bisect clicks where the line that halves the angle meets that between the black ends.
func bisect(_ string, s screen, tried map[string]bool) gym.Action {
	ends, vertex := dots(s, "black"), dots(s, "blue")
	if len(ends) < 2 || len(vertex) == 0 {
		return ""
	}
	a, b := distance(vertex[0], ends[0]), distance(vertex[0], ends[1])
	return clickAt(s, between(ends[0], ends[1], a/(a+b)), tried)
}

// rightAngle clicks beside the blue point, across the line to the black one, where there
// is more room.
func rightAngle(_ string, s screen, tried map[string]bool) gym.Action {
	end, vertex := dots(s, "black"), dots(s, "blue")
	if len(end) == 0 || len(vertex) == 0 {
		return ""
	}
	const reach = 20 // pixels
	v := vertex[0]
	far := distance(v, end[0])
	across := point{reach * (v.y - end[0].y) / far, reach * (end[0].x - v.x) / far}
	const middleX, middleY = 75, 110 // of the drawing
	if (middleX-v.x)*across.x+(middleY-v.y)*across.y < 0 {
		across = point{-across.x, -across.y}
	}
	return clickAt(s, point{v.x + across.x, v.y + across.y}, tried)
}

// drawLine draws a line through the dot, then submits.
func drawLine(goal string, s screen, tried map[string]bool) gym.Action {
	dot := dots(s, "purple")
	if tried["drawn"] || len(dot) == 0 {
		return clickFirst(s.named("Submit"))
	}
	tried["drawn"] = true
	const half = 25
	x, y := 0.0, float64(half)
	if strings.Contains(goal, "horizontal") {
		x, y = y, x
	}
	return gym.Action(fmt.Sprintf("mouse_drag_and_drop(%.0f, %.0f, %.0f, %.0f)", dot[0].x-x, dot[0].y-y, dot[0].x+x, dot[0].y+y))
}

// drawCircle leads the pressed pointer around the dot, then submits.
func drawCircle(_ string, s screen, tried map[string]bool) gym.Action {
	dot := dots(s, "")
	if len(dot) == 0 {
		return ""
	}
	const corners, radius = 10, 20
	for i := range corners + 2 {
		n := strconv.Itoa(i)
		if tried[n] {
			continue
		}
		tried[n] = true
		act := map[int]string{0: "mouse_down", corners + 1: "mouse_up"}[i]
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / corners)
		return gym.Action(fmt.Sprintf("%s(%.0f, %.0f)", cmp.Or(act, "mouse_move"), dot[0].x+radius*cos, dot[0].y+radius*sin))
	}
	return clickFirst(s.named("Submit"))
}
