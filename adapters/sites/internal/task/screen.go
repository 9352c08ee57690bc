package task

import (
	"regexp"
	"slices"
	"strings"
)

// Line is a line of an observation as a solver reads it.
type Line struct {
	ID, Role, Name, Value string
	States                []string
}

// Screen is an observation's text, line by line.
type Screen []Line

var linePattern = regexp.MustCompile(`^(?:\[(\d+)\] )?(\w+) "((?:[^"\\]|\\.)*)"(?: value="((?:[^"\\]|\\.)*)")?(.*)$`)

// Read reads an observation's text.
func Read(text string) Screen {
	unquote := strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\n`, "\n")
	var s Screen
	for _, l := range strings.Split(text, "\n") {
		if m := linePattern.FindStringSubmatch(strings.TrimSpace(l)); m != nil {
			s = append(s, Line{m[1], m[2], unquote.Replace(m[3]), unquote.Replace(m[4]), strings.Fields(m[5])})
		}
	}
	return s
}

// Find answers the first element of a name and one of some roles.
func (s Screen) Find(name string, roles ...string) (Line, bool) {
	i := slices.IndexFunc(s, func(l Line) bool { return l.ID != "" && l.Name == name && slices.Contains(roles, l.Role) })
	if i < 0 {
		return Line{}, false
	}
	return s[i], true
}

// After are the lines that follow the first one that a condition holds for.
func (s Screen) After(holds func(Line) bool) Screen {
	i := slices.IndexFunc(s, holds)
	if i < 0 {
		return nil
	}
	return s[i+1:]
}

// Main is what follows the header.
func (s Screen) Main() Screen {
	return s.After(func(l Line) bool { return l.Role == "text" })
}

// Told is the text that follows a text, such as a table's cell its heading.
func (s Screen) Told(name string) string {
	rest := s.After(func(l Line) bool { return l.Role == "text" && l.Name == name })
	if len(rest) == 0 {
		return ""
	}
	return rest[0].Name
}

// First is the first name that a pattern fits, "" where there is none.
func (s Screen) First(p *regexp.Regexp) string {
	for _, l := range s {
		if m := p.FindStringSubmatch(l.Name); m != nil {
			return m[len(m)-1]
		}
	}
	return ""
}
