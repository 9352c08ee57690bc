// Package action reads the actions that policies for web pages write: a call in
// Python's syntax with literal arguments, such as click('12') or
// fill('7', "Ada Lovelace"). Nothing is executed; a string is parsed and its
// arguments are checked against what the action takes.
package action

import (
	"errors"
	"fmt"
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

// kind is a set of types that a parameter takes.
type kind uint8

const (
	text kind = 1 << iota
	number
	texts
)

func (k kind) String() string {
	var names []string
	for _, n := range []struct {
		kind kind
		name string
	}{{text, "a string"}, {number, "a number"}, {texts, "a list of strings"}} {
		if k&n.kind != 0 {
			names = append(names, n.name)
		}
	}
	return strings.Join(names, " or ")
}

type parameter struct {
	name     string
	takes    kind
	fallback any
	optional bool
}

func (p parameter) String() string {
	if !p.optional {
		return p.name
	}
	return p.name + "=" + quoteValue(p.fallback)
}

// signature is what an action takes.
type signature struct {
	name       string
	parameters []parameter
}

func (s signature) String() string {
	names := make([]string, len(s.parameters))
	for i, p := range s.parameters {
		names[i] = p.String()
	}
	return s.name + "(" + strings.Join(names, ", ") + ")"
}

// signatures lists every action, in the order in which an error names them.
func signatures() []signature {
	bid := parameter{name: "bid", takes: text | number}
	key := parameter{name: "key_comb", takes: text}
	button := parameter{name: "button", takes: text, fallback: "left", optional: true}
	modifiers := parameter{name: "modifiers", takes: texts, fallback: []any{}, optional: true}
	return []signature{
		{"noop", []parameter{{name: "wait_ms", takes: number, fallback: 0.0, optional: true}}},
		{"click", []parameter{bid, button, modifiers}},
		{"dblclick", []parameter{bid, button, modifiers}},
		{"hover", []parameter{bid}},
		{"fill", []parameter{bid, {name: "value", takes: text}}},
		{"clear", []parameter{bid}},
		{"select_option", []parameter{bid, {name: "options", takes: text | texts}}},
		{"press", []parameter{bid, key}},
		{"focus", []parameter{bid}},
		{"scroll", []parameter{{name: "delta_x", takes: number}, {name: "delta_y", takes: number}}},
		{"keyboard_press", []parameter{{name: "key", takes: text}}},
		{"keyboard_type", []parameter{{name: "text", takes: text}}},
		{"keyboard_insert_text", []parameter{{name: "text", takes: text}}},
		{"mouse_click", []parameter{{name: "x", takes: number}, {name: "y", takes: number}, button}},
		{"mouse_dblclick", []parameter{{name: "x", takes: number}, {name: "y", takes: number}, button}},
		{"mouse_move", []parameter{{name: "x", takes: number}, {name: "y", takes: number}}},
		{"drag_and_drop", []parameter{{name: "from_bid", takes: text | number}, {name: "to_bid", takes: text | number}}},
		{"go_back", nil},
		{"go_forward", nil},
		{"goto", []parameter{{name: "url", takes: text}}},
	}
}

// Parse reads one action. Its error says what is wrong and what would be right.
func Parse(s string) (Call, error) {
	if !utf8.ValidString(s) {
		return Call{}, errors.New("wrong syntax: the action is not valid UTF-8")
	}
	p := &parser{in: s}
	raw, err := p.call()
	if err != nil {
		return Call{}, fmt.Errorf("wrong syntax at character %d: %w; an action is a call such as click('12') or fill('7', 'text')", p.characters(), err)
	}
	return check(raw)
}

func check(raw rawCall) (Call, error) {
	all := signatures()
	names := make([]string, len(all))
	for i, s := range all {
		if s.name == raw.name {
			return s.bind(raw)
		}
		names[i] = s.name
	}
	return Call{}, fmt.Errorf("unknown action %q; there are %s", clip(raw.name), strings.Join(names, ", "))
}

// bind gives every parameter its argument: positional first, then by name.
func (s signature) bind(raw rawCall) (Call, error) {
	c := Call{Name: s.name, arguments: make(map[string]any, len(s.parameters))}
	if len(raw.positional) > len(s.parameters) {
		return Call{}, fmt.Errorf("too many arguments; write %s", s)
	}
	for i, v := range raw.positional {
		c.arguments[s.parameters[i].name] = v
	}
	for _, n := range raw.named {
		if _, twice := c.arguments[n.name]; twice {
			return Call{}, fmt.Errorf("argument %s is given twice; write %s", n.name, s)
		}
		if !s.has(n.name) {
			return Call{}, fmt.Errorf("%s has no argument %q; write %s", s.name, clip(n.name), s)
		}
		c.arguments[n.name] = n.value
	}
	for _, p := range s.parameters {
		v, given := c.arguments[p.name]
		switch {
		case !given && !p.optional:
			return Call{}, fmt.Errorf("argument %s is missing; write %s", p.name, s)
		case !given:
			c.arguments[p.name] = p.fallback
		case !p.accepts(v):
			return Call{}, fmt.Errorf("argument %s is %s; %s takes %s there", p.name, quoteValue(v), s.name, p.takes)
		}
	}
	return c, nil
}

func (s signature) has(name string) bool {
	for _, p := range s.parameters {
		if p.name == name {
			return true
		}
	}
	return false
}

func (p parameter) accepts(v any) bool {
	switch v := v.(type) {
	case string:
		return p.takes&text != 0
	case float64:
		return p.takes&number != 0
	case []any:
		for _, e := range v {
			if _, ok := e.(string); !ok {
				return false
			}
		}
		return p.takes&texts != 0
	}
	return false
}

func clip(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
