package miniwob

import (
	"slices"

	"dreamgym/adapters/chrome"
	"dreamgym/adapters/chrome/action"
	"dreamgym/envserver/gym"
)

// line is a line of an observation's text.
type line = chrome.Line

// screen is an observation's text, line by line.
type screen []line

func read(text string) screen { return chrome.Lines(text) }

// all are the lines that a condition holds for.
func (s screen) all(holds func(line) bool) screen {
	var some screen
	for _, l := range s {
		if holds(l) {
			some = append(some, l)
		}
	}
	return some
}

// named are the elements of a name.
func (s screen) named(name string) screen {
	return s.all(func(l line) bool { return l.ID != "" && l.Name == name })
}

// role are the elements of a role.
func (s screen) role(roles ...string) screen {
	return s.all(func(l line) bool { return l.ID != "" && slices.Contains(roles, l.Role) })
}

// after are the lines that follow the first one that a condition holds for.
func (s screen) after(holds func(line) bool) screen {
	i := slices.IndexFunc(s, holds)
	return s[i+1:]
}

func click(l line) gym.Action              { return gym.Action(action.Format("click", l.ID)) }
func fill(l line, value string) gym.Action { return gym.Action(action.Format("fill", l.ID, value)) }

// clickFirst clicks the first of some lines; "" where there is none.
func clickFirst(s screen) gym.Action {
	if len(s) == 0 {
		return ""
	}
	return click(s[0])
}
