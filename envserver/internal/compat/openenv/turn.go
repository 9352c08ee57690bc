package openenv

import (
	"strconv"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/compat"
	"dreamgym/envserver/internal/session"
	"dreamgym/envserver/wire"
)

// turn is a reset or a step that a session carries out, and how its answer is written.
type turn struct {
	play  *play
	write func(dst []byte, t *turn) []byte
	first *resetting // nil: it is a step
	named bool       // the reset names a backend
	// refuse answers with a failure; nil: as any other request.
	refuse func(err error)

	request wire.Request  // of a step; the session's until it is answered
	ts      *gym.Timestep // while it is being delivered
	state   state
}

// message is an answer that is to be written.
type message interface {
	appendTo(dst []byte) []byte
}

// appendFunc is a message by a function.
type appendFunc func(dst []byte) []byte

func (f appendFunc) appendTo(dst []byte) []byte { return f(dst) }

// begin makes the turn that of a new request.
func (t *turn) begin(p *play, write func(dst []byte, t *turn) []byte) {
	*t = turn{}
	t.play, t.write = p, write
}

// reset begins an episode; the answer goes to to. An error is the answer.
func (t *turn) reset(r resetting, to session.Client) error {
	t.first, t.named = &r, r.Backend != ""
	if !t.named { // such a reset is not bound by an earlier one's
		r.Backend = string(t.play.lease.Backend)
	}
	if gym.Backend(r.Backend) == gym.BackendReplay {
		if r.Episode = r.name; r.name == "" {
			return wrong("the backend replay needs an %q, that of a recorded episode", []any{"episode_id"}, "episode_id")
		}
	}
	return t.blame(t.play.lease.SendReset(r.Reset, compat.Call{Timeout: answerWithin}, to))
}

// step carries an action out; the answer goes to to. An error is the answer.
func (t *turn) step(a gym.Action, c compat.Call, to session.Client) error {
	return t.play.lease.SendStep(&t.request, a, c, to)
}

// take reads the session's answer, which holds until Deliver returns, and takes it into the
// state.
func (t *turn) take(r *wire.Reply) error {
	ts, again, err := compat.Outcome(r)
	if err != nil {
		return t.blame(err)
	}
	if t.ts = ts; again {
		t.state = t.play.now()
	} else {
		t.play.note(ts, t.first, &t.state)
	}
	return nil
}

// blame says that an argument is wrong where it names a backend that there is not here.
func (t *turn) blame(err error) error {
	if err != nil && t.named && gym.CodeOf(err) == gym.CodeNotAvailable {
		return &failure{code: validationError, err: gym.AsError(err), at: []string{"backend"}}
	}
	return err
}

// appendTo appends the answer.
func (t *turn) appendTo(dst []byte) []byte {
	dst = t.write(dst, t)
	t.ts = nil
	return dst
}

// appendBare appends the answer as it is over HTTP.
func appendBare(dst []byte, t *turn) []byte {
	return t.play.appendTimestep(dst, t.ts, &t.state, t.first != nil)
}

// appendFrame appends the answer as a frame.
func appendFrame(dst []byte, t *turn) []byte {
	dst = append(dst, `{"type":"observation","data":`...)
	return append(appendBare(dst, t), '}')
}

// appendCalled appends the answer to a tool that was called by a step.
func appendCalled(name string) func(dst []byte, t *turn) []byte {
	return func(dst []byte, t *turn) []byte {
		dst = append(dst, `{"type":"observation","data":{"observation":{"tool_name":`...)
		dst = appendText(dst, name)
		dst = append(dst, `,"error":null,"result":{"data":`...)
		dst = appendBare(dst, t)
		dst = append(dst, `},"metadata":`...)
		dst = t.play.appendMetadata(dst, t.ts, &t.state, t.first != nil)
		dst = append(dst, `},"reward":`...)
		dst = t.appendReward(dst)
		dst = append(dst, `,"done":`...)
		return append(strconv.AppendBool(dst, t.ts.Ended()), `}}`...)
	}
}

// appendReward appends a step's reward; a reset has none.
func (t *turn) appendReward(dst []byte) []byte {
	if t.first != nil {
		return append(dst, "null"...)
	}
	return appendNumber(dst, t.ts.Reward)
}
