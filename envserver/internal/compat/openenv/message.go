package openenv

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/compat"
	"dreamgym/envserver/wire"
)

// The kinds of frames.
const (
	kindReset = "reset"
	kindStep  = "step"
	kindState = "state"
	kindClose = "close"
	kindMCP   = "mcp"
)

// frame is a message of a client, its data as it is written.
type frame struct {
	kind string
	data []byte // nil: there is none
}

// readFrame takes a message apart. That it has no type is told before that it has too much:
// it is another protocol's, perhaps.
func readFrame(b []byte) (f frame, err error) {
	typed := false
	err = object(b, "a message", func(name string, v []byte) (err error) {
		switch name {
		case "type":
			typed = true
			f.kind, err = text("type", v)
		case "data":
			f.data = v
		default:
			return unknownField(name, []string{"type", "data"})
		}
		return err
	})
	if isObject := bytes.HasPrefix(bytes.TrimLeft(b, " \n\r\t"), []byte("{")); !typed && isObject && (err == nil || failed(err).code != invalidJSON) {
		return f, unknownKind("the message has no type")
	}
	if err == nil && !known(f.kind) {
		err = unknownKind("there is no type " + strconv.Quote(gym.Clip(f.kind)))
	}
	return f, err
}

func known(kind string) bool {
	return kind == kindStep || kind == kindReset || kind == kindState || kind == kindClose || kind == kindMCP
}

func unknownKind(what string) error {
	e := gym.Errorf(gym.CodeUnknownOperation, `%s: send {"type": "reset", "step", "state", "mcp" or "close", "data": {…}}`, what)
	return &failure{code: unknownType, err: e}
}

// resetting is what a reset asks for.
type resetting struct {
	compat.Reset
	name string // of the episode, as the client has it
}

// maxName bounds the names that clients give, in bytes.
const maxName = 255

// resetFields are what a reset takes.
func resetFields() []string {
	return []string{"seed", "episode_id", "split", "index", "task", "backend", "evaluation"}
}

// readReset reads the arguments of a reset; none is as good as an empty object.
func readReset(b []byte) (r resetting, err error) {
	if len(b) == 0 {
		return r, nil
	}
	err = object(b, "the arguments of a reset", func(name string, v []byte) (err error) {
		switch name {
		case "seed":
			r.Seed, err = integer(name, v, wire.MaxInt)
		case "index":
			r.Index, err = integer(name, v, wire.MaxInt)
		case "episode_id":
			r.name, err = short(name, v)
		case "split":
			r.Split, err = split(v)
		case "task":
			r.Task, err = text(name, v)
		case "backend":
			r.Backend, err = text(name, v)
		case "evaluation":
			r.Evaluation, err = boolean(name, v)
		default:
			return unknownField(name, resetFields())
		}
		return err
	})
	return r, err
}

func short(field string, v []byte) (string, error) {
	s, err := text(field, v)
	if err == nil && len(s) > maxName {
		err = mustBe(field, "at most 255 bytes long")
	}
	return s, err
}

func split(v []byte) (gym.Split, error) {
	name, err := text("split", v)
	if err != nil {
		return "", err
	}
	s, err := compat.Split(name)
	if err != nil {
		return "", &failure{code: validationError, err: gym.AsError(err), at: []string{"split"}}
	}
	return s, nil
}

// acting is what a step asks for: an action of the environment, or one that is about its tools.
type acting struct {
	action gym.Action
	tool   string // "list_tools", "call_tool"; "": none
	name   string // of the tool that is called
	args   []byte // its arguments, as they are written
}

// readAction reads an action of an environment. Metadata, which every action of the package's
// may have, is for nobody here.
func readAction(b []byte, spec *gym.Spec) (a acting, err error) {
	if b == nil {
		return a, wrong(`a step needs "data": {"action": …}`, nil, "data")
	}
	given := false
	err = object(b, "an action", func(name string, v []byte) (err error) {
		switch {
		case name == "action" || name == "action_str" && spec.Browser:
			if given {
				return wrong("action and action_str are two names of one field: give one of them", nil, name)
			}
			given = true
			a.action, err = readText(name, v, spec)
		case name == "metadata":
			err = object(v, `"metadata"`, func(string, []byte) error { return nil })
		case name == "type":
			a.tool, err = text(name, v)
		case name == "tool_name":
			a.name, err = text(name, v)
		case name == "arguments":
			a.args = v
		default:
			return unknownField(name, actionFields(spec))
		}
		return err
	})
	if err == nil {
		err = a.check(given, spec)
	}
	return a, err
}

// readText reads an action's text. Where actions are numbers they may be written as such.
func readText(field string, v []byte, spec *gym.Spec) (gym.Action, error) {
	if spec.NumericActions && v[0] != '"' {
		if _, _, ok := gym.ParseNumbers(string(v)); ok {
			return gym.Action(v), nil
		}
		return "", mustBe(field, "a string, a number or a list of numbers")
	}
	s, err := text(field, v)
	return gym.Action(s), err
}

// check tells what is missing in an action, or too much.
func (a acting) check(given bool, spec *gym.Spec) error {
	switch a.tool {
	case "":
		if !given {
			return wrong("field %q is missing", []any{"action"}, "action")
		}
		if a.name != "" || a.args != nil {
			return unknownField("tool_name", actionFields(spec))
		}
	case listTools, callTool:
		if given {
			return wrong("field %q does not go with type %q", []any{"action", a.tool}, "action")
		}
		if a.tool == callTool && a.name == "" {
			return wrong("field %q is missing", []any{"tool_name"}, "tool_name")
		}
	default:
		return mustBe("type", listTools+" or "+callTool)
	}
	return nil
}

func actionFields(spec *gym.Spec) []string {
	if spec.Browser {
		return []string{"action", "action_str"}
	}
	return []string{"action"}
}

// stepping is a step over HTTP.
type stepping struct {
	action  []byte
	timeout time.Duration
	key     string
}

func readStep(b []byte) (s stepping, err error) {
	err = object(b, "the body", func(name string, v []byte) (err error) {
		switch name {
		case "action":
			s.action = v
		case "timeout_s":
			s.timeout, err = seconds(name, v)
		case "request_id":
			s.key, err = short(name, v)
		default:
			return unknownField(name, []string{"action", "timeout_s", "request_id"})
		}
		return err
	})
	if err == nil && s.action == nil {
		err = wrong("field %q is missing", []any{"action"}, "action")
	}
	return s, err
}

func seconds(field string, v []byte) (time.Duration, error) {
	f, err := strconv.ParseFloat(strings.TrimSpace(string(v)), 64)
	if err != nil || f <= 0 || f > 1e6 {
		return 0, mustBe(field, "a number of seconds above 0")
	}
	return max(time.Millisecond, time.Duration(f*float64(time.Second))), nil
}
