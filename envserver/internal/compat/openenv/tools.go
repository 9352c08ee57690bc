package openenv

import (
	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/compat"
	"dreamgym/envserver/internal/session"
)

// Types of actions that are about an environment's tools.
const (
	listTools = "list_tools"
	callTool  = "call_tool"
)

// The tools of an environment. A call of toolStep is one of toolAct.
const (
	toolReset = "reset"
	toolAct   = "act"
	toolStep  = "step"
)

// tool describes a tool, for clients that call its schema either way.
type tool struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Input       any    `json:"inputSchema"`
}

func tools(spec *gym.Spec) []tool {
	return []tool{
		{toolReset, "Begins an episode: " + spec.Description, resetSchema()},
		{toolAct, "Acts. " + compat.Wording(*spec), actionSchema(spec, false)},
	}
}

// call is a tool that is called: a reset, or an action.
type call struct {
	reset  resetting
	action gym.Action
	resets bool
}

// readCall reads the arguments that a tool is called with.
func readCall(name string, args []byte, spec *gym.Spec) (c call, err error) {
	if args == nil {
		args = []byte("{}")
	}
	switch name {
	case toolReset:
		c.resets = true
		c.reset, err = readReset(args)
	case toolAct, toolStep:
		var a acting
		if a, err = readAction(args, spec); err == nil && a.tool != "" {
			err = unknownField("type", actionFields(spec))
		}
		c.action = a.action
	default:
		err = wrong("there is no tool %q here; there is reset and act", []any{gym.Clip(name)}, "tool_name")
	}
	return c, err
}

// run hands what was called to the session; the answer goes to to. An error is the answer.
func (c call) run(t *turn, to session.Client) error {
	if c.resets {
		return t.reset(c.reset, to)
	}
	return t.step(c.action, compat.Call{Timeout: answerWithin}, to)
}

// useTool carries out a step that is about tools.
func (c *conn) useTool(a acting) error {
	spec := &c.play.lease.Reg.Spec
	if a.tool == listTools {
		c.answer(appendFunc(func(dst []byte) []byte {
			dst = append(dst, `{"type":"observation","data":{"observation":{"tools":`...)
			dst = appendAny(dst, tools(spec))
			return append(dst, `,"metadata":{}},"reward":null,"done":false}}`...)
		}))
		return nil
	}
	called, err := readCall(a.name, a.args, spec)
	if err != nil {
		return err
	}
	c.turn.begin(c.play, appendCalled(a.name))
	return called.run(&c.turn, c)
}
