package miniwob

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"dreamgym/envserver/gym"
)

var coloured = regexp.MustCompile(`^Click on the (\w+) colored box`)

// clickColour clicks the box of the goal's colour.
func clickColour(goal string, s screen, _ map[string]bool) gym.Action {
	m := coloured.FindStringSubmatch(goal)
	if m == nil {
		return ""
	}
	return clickFirst(s.all(func(l line) bool { return l.ID != "" && strings.Fields(l.Name)[0] == m[1] }))
}

var shadesOf = regexp.MustCompile(`shades of (\w+)`)

// clickShades clicks what has the goal's colour in its name and is not selected.
func clickShades(goal string, s screen, tried map[string]bool) gym.Action {
	m := shadesOf.FindStringSubmatch(goal)
	if m == nil {
		return ""
	}
	shade := s.role("clickable").all(func(l line) bool { return slices.Contains(strings.Fields(l.Name), m[1]) })
	if a := untried(shade, tried); a != "" {
		return a
	}
	return clickFirst(s.named("Submit"))
}

// figure is what a drawing shows: "red circle 20x20", or "a red letter 20px".
type figure struct {
	line
	text, colour, kind string
	size               int
}

var figures = regexp.MustCompile(`^(?:(\S) )?([a-z ]+?)(?: (circle|rectangle|triangle))? (\d+)(?:x\d+|px)(?: at .*)?$`)

// figuresOf are the shapes, letters and digits of a drawing.
func figuresOf(s screen) []figure {
	var list []figure
	for _, l := range s {
		m := figures.FindStringSubmatch(l.Name)
		if m == nil || l.Role == "button" {
			continue
		}
		f := figure{line: l, text: m[1], colour: m[2], kind: m[3], size: number(m[4])}
		switch {
		case f.text == "" && f.kind == "":
			continue
		case f.text == "":
			f.text = f.kind
			f.kind = "shape"
		case strings.Contains("0123456789", f.text):
			f.kind = "digit"
		default:
			f.kind = "letter"
		}
		list = append(list, f)
	}
	return list
}

// largest is from where on a figure is large: they are of 10 or of 20 pixels.
const largest = 16

// fits tells whether a description such as "large red digit" holds.
func (f figure) fits(description string) bool {
	for _, w := range strings.Fields(description) {
		switch w {
		case "large":
			if f.size < largest {
				return false
			}
		case "small":
			if f.size >= largest {
				return false
			}
		case "item", f.kind, f.text:
		case "aqua":
			if f.colour != "cyan" {
				return false
			}
		default:
			if f.colour != w {
				return false
			}
		}
	}
	return true
}

// clickShape clicks a figure that the goal describes.
func clickShape(goal string, s screen, _ map[string]bool) gym.Action {
	description := strings.TrimPrefix(goal, "Click on a ")
	for _, f := range figuresOf(s) {
		if f.fits(description) && !f.Has("covered") {
			return click(f.line)
		}
	}
	return ""
}

var howMany = regexp.MustCompile(`^How many (.*)s are there\?`)

// countShapes counts the figures that the goal describes and clicks the number.
func countShapes(goal string, s screen, _ map[string]bool) gym.Action {
	m := howMany.FindStringSubmatch(goal)
	if m == nil {
		return ""
	}
	n := 0
	for _, f := range figuresOf(s) {
		if f.fits(m[1]) {
			n++
		}
	}
	return clickFirst(s.role("button").named(strconv.Itoa(n)))
}

// identifyShape clicks the button that says what the figure is.
func identifyShape(_ string, s screen, _ map[string]bool) gym.Action {
	all := figuresOf(s)
	if len(all) == 0 {
		return ""
	}
	name := map[string]string{"letter": "Letter", "digit": "Number", "shape": strings.ToUpper(all[0].text[:1]) + all[0].text[1:]}[all[0].kind]
	return clickFirst(s.role("button").named(name))
}

var (
	coordinate = regexp.MustCompile(`\((-?\d),(-?\d)\)`)
	place      = regexp.MustCompile(` at (-?\d+),(-?\d+)$`)
)

// clickCoordinate takes the points of the grid in order of their places.
func clickCoordinate(goal string, s screen, _ map[string]bool) gym.Action {
	m := coordinate.FindStringSubmatch(goal)
	points := s.all(func(l line) bool { return l.ID != "" && place.MatchString(l.Name) })
	if m == nil || len(points) == 0 {
		return ""
	}
	var xs, ys []int
	for _, p := range points {
		at := place.FindStringSubmatch(p.Name)
		xs, ys = append(xs, number(at[1])), append(ys, number(at[2]))
	}
	x, y := nthLeast(xs, number(m[1])+2), nthLeast(ys, 2-number(m[2]))
	for i, p := range points {
		if xs[i] == x && ys[i] == y {
			return click(p)
		}
	}
	return ""
}

// nthLeast answers one of the distinct numbers in ascending order, from 0.
func nthLeast(list []int, n int) int {
	sorted := slices.Clone(list)
	slices.Sort(sorted)
	sorted = slices.Compact(sorted)
	return sorted[min(max(n, 0), len(sorted)-1)]
}

// addBlocks counts what is drawn and enters the sum.
func addBlocks(_ string, s screen, tried map[string]bool) gym.Action {
	blocks := s.all(func(l line) bool { return l.Role == "image" })
	return enterAndSubmit(s, tried, strconv.Itoa(len(blocks)))
}

// pickColour enters the goal's colour as the picker's field takes it.
func pickColour(goal string, s screen, tried map[string]bool) gym.Action {
	codes := map[string]string{
		"aqua": "00FFFF", "black": "000000", "blue": "0000FF", "brown": "A52A2A", "cyan": "00FFFF", "gold": "FFD700", "gray": "808080", "grey": "808080",
		"green": "008000", "lime": "00FF00", "magenta": "FF00FF", "maroon": "800000", "navy": "000080", "olive": "808000", "orange": "FFA500",
		"pink": "FFC0CB", "purple": "800080", "red": "FF0000", "silver": "C0C0C0", "teal": "008080", "white": "FFFFFF", "yellow": "FFFF00",
	}
	words := strings.Fields(goal)
	for _, l := range s.all(func(l line) bool { return l.Role == "image" }) {
		words = append(words, strings.Fields(l.Name)...)
	}
	for _, w := range words {
		if codes[w] != "" {
			return enterAndSubmit(s, tried, codes[w])
		}
	}
	return ""
}
