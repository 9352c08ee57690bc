package nemogym

import (
	"net/http"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/compat"
	"dreamgym/envserver/internal/compat/rest"
)

// Keys of info that agents know.
const (
	infoClose       = "supports_explicit_close"
	infoIdempotency = "supports_step_idempotency"
	infoOutputs     = "tool_outputs"
)

// resetReply answers reset.
type resetReply struct {
	Observation string         `json:"observation"`
	Info        map[string]any `json:"info"`
}

// stepReply answers step; no observation where a tool's output holds it.
type stepReply struct {
	Observation *string        `json:"observation"`
	Reward      float64        `json:"reward"`
	Terminated  bool           `json:"terminated"`
	Truncated   bool           `json:"truncated"`
	Info        map[string]any `json:"info"`
}

// reset begins an episode, and says that the agent is to close the session and to name its
// steps.
func (f *front) reset(w http.ResponseWriter, r request) error {
	ts, err := f.begin(w, r)
	if err != nil {
		return err
	}
	info := compat.Told(ts)
	info[infoClose], info[infoIdempotency] = true, true
	rest.Write(w, http.StatusOK, resetReply{compat.Opening(ts.Observation), info})
	return nil
}

// step carries out what a model's response says. A step that comes again under its name is
// answered from the session's log.
func (f *front) step(w http.ResponseWriter, r request) error {
	var body stepBody
	if err := f.read(w, r, &body); err != nil {
		return err
	}
	if body.Response == nil {
		return gym.Errorf(gym.CodeInvalidRequest, "field \"response\" is missing")
	}
	s, err := f.lookUp(r)
	if err != nil {
		return err
	}
	defer s.mu.Unlock()
	said, err := body.Response.action()
	if err != nil {
		rest.Write(w, http.StatusOK, said.refuse(err))
		return nil
	}
	ts, err := s.do(said.action, body.StepID)
	if gym.CodeOf(err) == gym.CodeInvalidAction {
		rest.Write(w, http.StatusOK, said.refuse(err))
		return nil
	}
	if err != nil {
		return err
	}
	if ts.Ended() && body.StepID == "" { // an older agent, which neither closes nor comes again
		s.lease.Close() // or it ends when it is idle
	}
	rest.Write(w, http.StatusOK, said.reply(ts))
	return nil
}

// refuse answers a response that held no action: nothing was stepped, which adds nothing to the
// episode's rewards, and the model is told why.
func (s said) refuse(err error) stepReply {
	e := gym.AsError(err)
	reply := stepReply{Info: map[string]any{gym.InfoActionError: e.Msg}}
	reply.show("error: "+e.Msg, s)
	return reply
}

func (s said) reply(ts gym.Timestep) stepReply {
	reply := stepReply{Reward: ts.Reward, Terminated: ts.Terminated, Truncated: ts.Truncated, Info: compat.Told(ts)}
	reply.show(compat.Reading(ts.Observation), s)
	return reply
}

// show puts a text where the model expects it: after a tool call, in its output. Every call
// gets one; only the first was carried out.
func (reply *stepReply) show(text string, s said) {
	if len(s.calls) == 0 {
		reply.Observation = &text
		return
	}
	outputs := []map[string]string{{"call_id": s.calls[0], "output": text}}
	for _, id := range s.calls[1:] {
		outputs = append(outputs, map[string]string{"call_id": id, "output": "error: one action is carried out at a time; this one was not"})
	}
	reply.Info[infoOutputs] = outputs
}

// close ends a session. One that is not open is closed already.
func (f *front) close(w http.ResponseWriter, r request) error {
	if s, err := f.lookUp(r); err == nil {
		defer s.mu.Unlock()
		if err := s.lease.Close(); err != nil && gym.CodeOf(err) != gym.CodeUnknownSession {
			return err
		}
	}
	rest.Write(w, http.StatusOK, map[string]bool{"closed": true})
	return nil
}
