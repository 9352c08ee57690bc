package chrome

import (
	"regexp"
	"slices"
	"strings"
)

// Line is a line of an observation's text, as a scripted policy reads it.
type Line struct {
	ID, Role, Name, Value string // ID is "" for static text, options and what is told of the page
	States                []string
}

// Has tells whether a state holds.
func (l Line) Has(state string) bool { return slices.Contains(l.States, state) }

var linePattern = regexp.MustCompile(`^(?:\[(\w+)\] )?(\w+) "((?:[^"\\]|\\.)*)"(?: value="((?:[^"\\]|\\.)*)")?(.*)$`)

// Lines reads what Observation.Text wrote. What is no such line is left out.
func Lines(text string) []Line {
	unquote := strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\n`, "\n", `\r`, "\r")
	var list []Line
	for _, l := range strings.Split(text, "\n") {
		if m := linePattern.FindStringSubmatch(strings.TrimSpace(l)); m != nil {
			list = append(list, Line{m[1], m[2], unquote.Replace(m[3]), unquote.Replace(m[4]), strings.Fields(m[5])})
		}
	}
	return list
}
