package task

import (
	"regexp"
	"slices"

	"dreamgym/adapters/chrome"
)

// Line is a line of an observation's text.
type Line = chrome.Line

// Screen is an observation's text, line by line.
type Screen []Line

// Read reads an observation's text.
func Read(text string) Screen { return chrome.Lines(text) }

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
