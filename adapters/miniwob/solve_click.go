package miniwob

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"dreamgym/envserver/gym"
)

// number is the first number in a text, 0 where there is none.
func number(s string) int {
	n, _ := strconv.Atoi(numbers.FindString(s))
	return n
}

var numbers = regexp.MustCompile(`-?\d+`)

// countUp clicks the least number that was not clicked.
func countUp(_ string, s screen, tried map[string]bool) gym.Action {
	left := s.all(func(l line) bool { return l.ID != "" && !tried[l.ID] })
	if len(left) == 0 {
		return ""
	}
	least := slices.MinFunc(left, func(a, b line) int { return number(a.Name) - number(b.Name) })
	tried[least.ID] = true
	return click(least)
}

// pressInOrder clicks the buttons that the goal names in capitals, else the only one.
func pressInOrder(goal string, s screen, tried map[string]bool) gym.Action {
	for _, name := range capitals.FindAllString(goal, -1) {
		if a := untried(s.named(name), tried); a != "" {
			return a
		}
	}
	return clickFirst(s.role("button"))
}

var capitals = regexp.MustCompile(`\b[A-Z]{2,}\b`)

// closeDialog clicks the button that the goal quotes; the "x" is called Close.
func closeDialog(goal string, s screen, _ map[string]bool) gym.Action {
	name := quote(goal, 0)
	if name == "x" {
		name = "Close"
	}
	return clickFirst(s.named(name))
}

var tab = regexp.MustCompile(`Tab #\d`)

func openTab(goal string, s screen, _ map[string]bool) gym.Action {
	return clickFirst(s.named(tab.FindString(goal)))
}

// clickWidget clicks the first control of the quoted kind.
func clickWidget(goal string, s screen, _ map[string]bool) gym.Action {
	kind := quote(goal, 0)
	return clickFirst(s.all(func(l line) bool {
		area := l.Role == "textbox" && l.Name == "textarea"
		switch kind {
		case "text":
			return l.Role == "textbox" && !area
		case "textarea":
			return area
		}
		return l.ID != "" && l.Role == kind
	}))
}

// nth is the place that a goal names, from 1: "the 2nd"; 1 where it names none.
func nth(goal string) int {
	if m := ordinal.FindStringSubmatch(goal); m != nil {
		return number(m[1])
	}
	return 1
}

var ordinal = regexp.MustCompile(`\b(\d+)(?:st|nd|rd|th)\b`)

// at answers the n-th of some elements, from 1, alone; none where there are fewer.
func (s screen) at(n int) screen {
	if n < 1 || n > len(s) {
		return nil
	}
	return s[n-1 : n]
}

// focusNth clicks the text field that the goal numbers.
func focusNth(goal string, s screen, _ map[string]bool) gym.Action {
	return clickFirst(fields(s).at(nth(goal)))
}

var duration = regexp.MustCompile(`^(?:(\d+)h)? ?(?:(\d+)m)?$`)

// buyTicket compares the tickets by what the goal asks for.
func buyTicket(goal string, s screen, _ map[string]bool) gym.Action {
	var best line
	most, minutes := 0, 0
	for _, l := range s {
		if m := duration.FindStringSubmatch(l.Name); m != nil && l.ID == "" {
			minutes = 60*number(m[1]) + number(m[2])
		}
		if l.Role != "button" {
			continue
		}
		if v := worth(goal, number(l.Name), minutes); best.ID == "" || v > most {
			best, most = l, v
		}
	}
	if best.ID == "" {
		return ""
	}
	return click(best)
}

// worth is how much a ticket has of what a goal asks for.
func worth(goal string, price, minutes int) int {
	switch {
	case strings.Contains(goal, "cheapest"):
		return -price
	case strings.Contains(goal, "expensive"):
		return price
	case strings.Contains(goal, "shortest"):
		return -minutes
	}
	return minutes
}
