package action

import (
	"fmt"
	"slices"
	"strings"
)

// kind is a set of types that a parameter takes.
type kind uint8

const (
	text kind = 1 << iota
	number
	texts
	truth
)

func (k kind) String() string {
	var names []string
	for _, n := range []struct {
		kind kind
		name string
	}{{text, "a string"}, {number, "a number"}, {texts, "a list of strings"}, {truth, "True or False"}} {
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
	return slices.Concat(onElements(), onKeys(), onPoints(), onPages(), toUser())
}

// required are parameters that take a value of some kinds and have no default.
func required(takes kind, names ...string) []parameter {
	list := make([]parameter, len(names))
	for i, n := range names {
		list[i] = parameter{name: n, takes: takes}
	}
	return list
}

func onElements() []signature {
	bid := required(text|number, "bid")
	chosen := append(slices.Clone(bid), buttonParameter(), parameter{name: "modifiers", takes: texts, fallback: []any{}, optional: true})
	with := func(takes kind, name string) []parameter { return slices.Concat(bid, required(takes, name)) }
	return []signature{
		{"noop", []parameter{{name: "wait_ms", takes: number, fallback: 0.0, optional: true}}},
		{"click", chosen},
		{"dblclick", chosen},
		{"hover", bid},
		{"fill", append(with(text, "value"), parameter{name: "enable_autocomplete_menu", takes: truth, fallback: false, optional: true})},
		{"clear", bid},
		{"check", bid},
		{"uncheck", bid},
		{"select_option", with(text|texts, "options")},
		{"press", with(text, "key_comb")},
		{"focus", bid},
		{"drag_and_drop", required(text|number, "from_bid", "to_bid")},
		{"upload_file", with(text|texts, "file")},
		{"scroll", required(number, "delta_x", "delta_y")},
	}
}

func buttonParameter() parameter {
	return parameter{name: "button", takes: text, fallback: "left", optional: true}
}

func onKeys() []signature {
	return []signature{
		{"keyboard_press", required(text, "key")},
		{"keyboard_down", required(text, "key")},
		{"keyboard_up", required(text, "key")},
		{"keyboard_type", required(text, "text")},
		{"keyboard_insert_text", required(text, "text")},
	}
}

func onPoints() []signature {
	at := required(number, "x", "y")
	button := append(slices.Clone(at), buttonParameter())
	return []signature{
		{"mouse_click", button},
		{"mouse_dblclick", button},
		{"mouse_move", at},
		{"mouse_down", button},
		{"mouse_up", button},
		{"mouse_drag_and_drop", required(number, "from_x", "from_y", "to_x", "to_y")},
		{"mouse_upload_file", slices.Concat(at, required(text|texts, "file"))},
		{"scroll_at", required(number, "x", "y", "dx", "dy")},
	}
}

func onPages() []signature {
	return []signature{
		{"go_back", nil},
		{"go_forward", nil},
		{"goto", required(text, "url")},
		{"new_tab", nil},
		{"tab_close", nil},
		{"tab_focus", required(number, "index")},
	}
}

// toUser are the actions that speak instead of acting.
func toUser() []signature {
	return []signature{
		{"send_msg_to_user", required(text, "text")},
		{"report_infeasible", required(text, "reason")},
	}
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
	case bool:
		return p.takes&truth != 0
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
