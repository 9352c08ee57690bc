package miniwob

import (
	"regexp"
	"slices"
	"strings"

	"dreamgym/adapters/chrome/action"
	"dreamgym/envserver/gym"
)

// line is a line of an observation's text as a solver reads it.
type line struct {
	id, role, name, value string
	states                []string
}

var linePattern = regexp.MustCompile(`^(?:\[(\d+)\] )?(\w+) "((?:[^"\\]|\\.)*)"(?: value="((?:[^"\\]|\\.)*)")?(.*)$`)

// screen is an observation's text, line by line.
type screen []line

func read(text string) screen {
	var s screen
	unquote := strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\n`, "\n")
	for _, l := range strings.Split(text, "\n") {
		m := linePattern.FindStringSubmatch(strings.TrimSpace(l))
		if m == nil {
			continue
		}
		s = append(s, line{id: m[1], role: m[2], name: unquote.Replace(m[3]), value: unquote.Replace(m[4]), states: strings.Fields(m[5])})
	}
	return s
}

func (l line) has(state string) bool { return slices.Contains(l.states, state) }

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
	return s.all(func(l line) bool { return l.id != "" && l.name == name })
}

// role are the elements of a role.
func (s screen) role(roles ...string) screen {
	return s.all(func(l line) bool { return l.id != "" && slices.Contains(roles, l.role) })
}

// after are the lines that follow the first one that a condition holds for.
func (s screen) after(holds func(line) bool) screen {
	i := slices.IndexFunc(s, holds)
	return s[i+1:]
}

func click(l line) gym.Action              { return gym.Action(action.Format("click", l.id)) }
func fill(l line, value string) gym.Action { return gym.Action(action.Format("fill", l.id, value)) }

// clickFirst clicks the first of some lines; "" where there is none.
func clickFirst(s screen) gym.Action {
	if len(s) == 0 {
		return ""
	}
	return click(s[0])
}
