// Package action reads the actions that policies for web pages write: a call in
// Python's syntax with literal arguments, such as click('12') or
// fill('7', "Ada Lovelace"). Nothing is executed; a string is parsed and its
// arguments are checked against what the action takes.
package action

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Call is a checked action. Arguments holds one value for each of the action's
// parameters, defaults filled in: string, float64, bool, nil, []any or map[string]any.
type Call struct {
	Name      string
	arguments map[string]any
}

// Text answers a string argument. Numbers are taken where ids are meant: click(12).
func (c Call) Text(name string) string {
	switch v := c.arguments[name].(type) {
	case string:
		return v
	case float64:
		return formatNumber(v)
	}
	return ""
}

// Number answers a numeric argument, 0 where there is none.
func (c Call) Number(name string) float64 {
	n, _ := c.arguments[name].(float64)
	return n
}

// Truth answers an argument that is True or False.
func (c Call) Truth(name string) bool {
	is, _ := c.arguments[name].(bool)
	return is
}

// List answers an argument that is a string or a list of strings.
func (c Call) List(name string) []string {
	switch v := c.arguments[name].(type) {
	case string:
		return []string{v}
	case []any:
		list := make([]string, len(v))
		for i, e := range v {
			list[i], _ = e.(string)
		}
		return list
	}
	return nil
}

// Rules say which actions are taken. The zero value takes one of any at a time.
type Rules struct {
	// Most is how many actions one text may hold, one after another; 1 when 0.
	Most int
	// Names are the actions that are taken; all when empty.
	Names []string
}

// Parse reads one action of any name. Its error says what is wrong and what would be right.
func Parse(s string) (Call, error) {
	calls, err := Rules{}.Parse(s)
	if err != nil {
		return Call{}, err
	}
	return calls[0], nil
}

// Parse reads the actions of a text; at least one. Comments, from # to the line's end, are
// left out. No action is answered where any of them is wrong.
func (r Rules) Parse(s string) ([]Call, error) {
	if !utf8.ValidString(s) {
		return nil, errors.New("wrong syntax: the action is not valid UTF-8")
	}
	p := &parser{in: s}
	raw, err := p.calls(max(r.Most, 1))
	if err != nil {
		return nil, fmt.Errorf("wrong syntax at character %d: %w; an action is a call such as click('12') or fill('7', 'text')", p.characters(), err)
	}
	calls := make([]Call, len(raw))
	for i, c := range raw {
		if calls[i], err = r.check(c); err != nil {
			return nil, err
		}
	}
	return calls, nil
}

func (r Rules) check(raw rawCall) (Call, error) {
	var names []string
	for _, s := range signatures() {
		if len(r.Names) > 0 && !slices.Contains(r.Names, s.name) {
			continue
		}
		if s.name == raw.name {
			return s.bind(raw)
		}
		names = append(names, s.name)
	}
	return Call{}, fmt.Errorf("unknown action %q; there are %s", clip(raw.name), strings.Join(names, ", "))
}

func clip(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
