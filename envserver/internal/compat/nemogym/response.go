package nemogym

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/compat/rest"
)

// stepBody is the body of step: the dataset's row, and what the model answered.
type stepBody struct {
	Response *response      `json:"response"`
	StepID   string         `json:"_ng_step_request_id"`
	Rest     jsontext.Value `json:",inline"`
}

// response is a model's response, as OpenAI's Responses API has it.
type response struct {
	Output []item         `json:"output"`
	Rest   jsontext.Value `json:",inline"`
}

// item is a part of a response: a message, a call of a function, or what is not for us.
type item struct {
	Type      string         `json:"type"`
	Content   jsontext.Value `json:"content"` // of a message: a text, or parts
	Name      string         `json:"name"`    // of a call
	Arguments string         `json:"arguments"`
	CallID    string         `json:"call_id"`
	Rest      jsontext.Value `json:",inline"`
}

// said is what a response says.
type said struct {
	action gym.Action
	calls  []string // ids of the calls that wait for an output
}

// action finds a response's action: the first call's, else the text of its messages.
func (r *response) action() (s said, err error) {
	var call *item
	var text strings.Builder
	for i, it := range r.Output {
		switch it.Type {
		case "function_call":
			if s.calls = append(s.calls, it.CallID); call == nil {
				call = &r.Output[i]
			}
		case "message":
			text.WriteString(it.text())
		}
	}
	if call == nil {
		s.action = gym.Action(strings.TrimSpace(text.String()))
		return s, nil
	}
	if call.Name != toolAct {
		return s, gym.Errorf(gym.CodeInvalidAction, "there is no tool %q: use %s", gym.Clip(call.Name), toolAct)
	}
	s.action, err = argument([]byte(call.Arguments))
	return s, err
}

// text is a message's; parts that are no text are left out.
func (it item) text() string {
	if it.Content.Kind() == '"' {
		var text string
		if rest.Decode(it.Content, &text) != nil {
			return ""
		}
		return text
	}
	var parts []struct {
		Type string         `json:"type"`
		Text string         `json:"text"`
		Rest jsontext.Value `json:",inline"`
	}
	if rest.Decode(it.Content, &parts) != nil {
		return ""
	}
	var b strings.Builder
	for _, p := range parts {
		if p.Type == "output_text" {
			b.WriteString(p.Text)
		}
	}
	return b.String()
}

// argument takes the action out of a call's arguments.
func argument(arguments []byte) (gym.Action, error) {
	var input struct {
		Action *string `json:"action"`
	}
	err := rest.Decode(arguments, &input)
	if err == nil && input.Action == nil {
		err = gym.Errorf(gym.CodeInvalidRequest, "field \"action\" is missing")
	}
	if err != nil {
		return "", gym.Errorf(gym.CodeInvalidAction, "the tool %s takes {\"action\": \"…\"}: %s", toolAct, gym.AsError(err).Msg)
	}
	return gym.Action(*input.Action), nil
}
