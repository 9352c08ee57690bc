package ors

import (
	"net/http"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/compat"
	"dreamgym/envserver/internal/compat/rest"
)

// Reasons of a call that was answered with an error which its policy can mend.
const (
	reasonTool     = "not_found"
	reasonInput    = "input_validation"
	reasonFinished = "episode_finished"
)

// callBody is the body of call. Its task id, which the client was told or chose itself, names
// the call: a call of the same id is carried out once, and answered again.
type callBody struct {
	Name   string         `json:"name"`
	Input  jsontext.Value `json:"input"`
	TaskID string         `json:"task_id"`
}

// refused is an answer to a call that was not carried out.
type refused struct {
	OK     bool   `json:"ok"`
	Error  string `json:"error"`
	Reason string `json:"reason"`
}

// done is an answer to a call that was.
type done struct {
	OK     bool   `json:"ok"`
	Output output `json:"output"`
}

type output struct {
	Blocks   []block        `json:"blocks"`
	Metadata map[string]any `json:"metadata"`
	Reward   float64        `json:"reward"`
	Finished bool           `json:"finished"`
}

// call carries a tool call out and streams the answer. Once the client knows the call's id, a
// lost connection costs nothing: the step is carried out, and a call of that id is answered
// from the session's log.
func (f *front) call(w http.ResponseWriter, r request) error {
	var body callBody
	if err := f.read(w, r, &body); err != nil {
		return err
	}
	if body.Name == "" || body.Input.Kind() != '{' {
		return gym.Errorf(gym.CodeInvalidRequest, "a call has a tool's name, and an object as input")
	}
	id, err := taskID(body.TaskID)
	if err != nil {
		return err
	}
	body.TaskID = id
	s, err := f.opened(r)
	if err != nil {
		return err
	}
	out := newStream(w)
	if out.send("task_id", body.TaskID) != nil || r.Context().Err() != nil {
		return nil // it does not know the id, so nothing is done
	}
	answered := make(chan result, 1)
	go func() { answered <- s.carryOut(body) }()
	f.stream(r, out, answered)
	return nil
}

// stream waits for a call's result with signs of life, and writes it.
func (f *front) stream(r request, out stream, answered <-chan result) {
	beat := time.NewTicker(f.heartbeat)
	defer beat.Stop()
	for {
		select {
		case res := <-answered:
			res.write(out)
			return
		case <-r.Context().Done():
			return
		case <-beat.C:
			if out.beat() != nil {
				return
			}
		}
	}
}

// result is what a call came to: an answer, or a failure of the session. Neither: it was not
// carried out and can be sent again.
type result struct {
	answer  any
	failure *gym.Error
}

// write ends the stream. One that is cut short makes the client send the call again.
func (res result) write(out stream) {
	if res.answer == nil && res.failure == nil {
		return
	}
	line, err := rest.Encode(res.answer)
	if err != nil {
		res.failure = gym.AsError(err)
	}
	if res.failure != nil {
		text := strings.Join(strings.Fields(res.failure.Msg), " ")
		out.send("error", string(res.failure.Code)+": "+text) // the client that asked may be gone
		return
	}
	out.answer(string(line))
}

// carryOut steps the session.
func (s *session) carryOut(body callBody) result {
	action, refusal := body.action()
	if refusal != nil {
		return result{answer: *refusal}
	}
	ts, err := s.lease.Step(action, compat.Call{Key: "call:" + body.TaskID})
	if err != nil {
		return s.sort(gym.AsError(err))
	}
	return result{answer: done{OK: true, Output: output{
		Blocks:   blocks(compat.Reading(ts.Observation), ts.Observation.Image, nil),
		Metadata: compat.Told(ts), Reward: ts.Reward, Finished: ts.Ended(),
	}}}
}

// action takes the action out of a call, or says what is wrong with the call.
func (b callBody) action() (gym.Action, *refused) {
	if b.Name != toolName {
		return "", &refused{Error: "'" + gym.Clip(b.Name) + "' is not a valid tool: there is " + toolName, Reason: reasonTool}
	}
	var input struct {
		Action *string `json:"action"`
	}
	err := rest.Decode(b.Input, &input)
	if err == nil && input.Action == nil {
		err = gym.Errorf(gym.CodeInvalidRequest, "field %q is missing", toolField)
	}
	if err != nil {
		return "", &refused{Error: "Tool input validation error: " + gym.AsError(err).Msg, Reason: reasonInput}
	}
	return gym.Action(*input.Action), nil
}

// sort sorts a step's failure. A policy may mend its action; what was not carried out is sent
// again; anything else ends the session, whose episode is aborted.
func (s *session) sort(e *gym.Error) result {
	switch {
	case e.Code == gym.CodeInvalidAction:
		return result{answer: refused{Error: e.Msg, Reason: reasonInput}}
	case e.Code == gym.CodeResetRequired:
		return result{answer: refused{Error: "the episode has finished", Reason: reasonFinished}}
	case rest.Passing(e):
		return result{}
	case e.Code == gym.CodeRequestConflict:
		return result{failure: e}
	}
	s.lease.Close() // the step's failure is what there is to tell
	return result{failure: e}
}
