package wire

import (
	"errors"
	"maps"
	"slices"

	"github.com/vmihailenco/msgpack/v5"

	"dreamgym/envserver/gym"
)

// Op is what a request asks for.
type Op string

// The operations.
const (
	OpOpen   Op = "open"
	OpReset  Op = "reset"
	OpStep   Op = "step"
	OpSteps  Op = "steps"
	OpClose  Op = "close"
	OpResume Op = "resume"
	OpAdvise Op = "advise"
	OpBatch  Op = "batch"
	OpEnvs   Op = "envs"
	OpTasks  Op = "tasks"
	OpPing   Op = "ping"
)

// Request is what a client asks. Which fields go with which operation is checked when
// it is decoded.
type Request struct {
	ID         int64     `json:"id"`
	Op         Op        `json:"op"`
	Session    string    `json:"session,omitempty"`
	Env        string    `json:"env,omitempty"`
	Backend    string    `json:"backend,omitempty"`
	Task       string    `json:"task,omitempty"`
	Split      gym.Split `json:"split,omitempty"`
	Index      *int64    `json:"index,omitempty"`
	Limit      int64     `json:"limit,omitempty"`
	Seed       *int64    `json:"seed,omitempty"`
	Evaluation bool      `json:"evaluation,omitempty"`
	Episode    string    `json:"episode,omitempty"`
	Reasoning  bool      `json:"reasoning,omitempty"`
	// IfEnded: a reset is for an episode that has ended. One that runs goes on, and the
	// answer is Reply.Running.
	IfEnded bool `json:"if_ended,omitempty"`
	// Action is required of a step and may be empty: that is for the environment to refuse.
	Action    gym.Action `json:"action,omitempty"`
	TimeoutMS int64      `json:"timeout_ms,omitempty"`
	Token     string     `json:"token,omitempty"`
	Requests  []Request  `json:"requests,omitempty"`
	// Sessions and Actions are those of many steps, as long as each other.
	Sessions []string `json:"sessions,omitempty"`
	Actions  []string `json:"actions,omitempty"`

	// Fault is set on a member of a batch that could not be read: its answer is this
	// error. ID is readable.
	Fault *gym.Error `json:"-"`
}

// Reply answers one request: its id, its session where it had one, and one other field.
type Reply struct {
	ID      int64   `json:"id"`
	Session string  `json:"session,omitempty"`
	Opened  *Opened `json:"opened,omitempty"`
	// Timestep, or Encoded: the same in MessagePack, as AppendTimestep gives it and as an
	// episode's log keeps it. With both, a codec takes whichever costs it less.
	Timestep *gym.Timestep `json:"timestep,omitempty"`
	Encoded  []byte        `json:"-"`
	Steps    *Steps        `json:"steps,omitempty"`
	Closed   bool          `json:"closed,omitempty"`
	Resumed  *Resumed      `json:"resumed,omitempty"`
	Advice   *string       `json:"advice,omitempty"`
	Results  []Reply       `json:"results,omitempty"`
	Envs     []EnvInfo     `json:"envs,omitempty"`
	Tasks    *TaskList     `json:"tasks,omitempty"`
	Pong     bool          `json:"pong,omitempty"`
	// Running answers a reset IfEnded of an episode that runs: it was not carried out.
	Running bool   `json:"running,omitempty"`
	Error   *Error `json:"error,omitempty"`
}

// Opened answers open.
type Opened struct {
	Token   string   `json:"token"`
	Spec    gym.Spec `json:"spec"`
	Backend string   `json:"backend"`
}

// Resumed answers resume.
type Resumed struct {
	Token   string   `json:"token"`
	Spec    gym.Spec `json:"spec"`
	Backend string   `json:"backend"`
	// Episode is the running episode, Steps how many were taken in it; "" and 0 without one.
	Episode string `json:"episode,omitempty"`
	Steps   int    `json:"steps"`
	// LastID is the last request that was carried out.
	LastID int64 `json:"last_id"`
}

// EnvInfo describes an environment: what plays it here, and what is missing.
type EnvInfo struct {
	Spec     gym.Spec   `json:"spec"`
	Backends []string   `json:"backends"`
	Splits   TaskCounts `json:"splits"`
	Missing  string     `json:"missing,omitempty"`
	Solver   bool       `json:"solver"`
}

// TaskCounts is how many tasks each split has.
type TaskCounts map[gym.Split]int

// EncodeMsgpack writes the splits in order: the encoder sorts maps of plain strings alone.
func (c TaskCounts) EncodeMsgpack(enc *msgpack.Encoder) error {
	if err := enc.EncodeMapLen(len(c)); err != nil {
		return err
	}
	for _, split := range slices.Sorted(maps.Keys(c)) {
		if err := errors.Join(enc.EncodeString(string(split)), enc.EncodeInt(int64(c[split]))); err != nil {
			return err
		}
	}
	return nil
}

// TaskList is a part of a split.
type TaskList struct {
	Total int        `json:"total"`
	Tasks []TaskInfo `json:"tasks"`
}

// TaskInfo is what a client may know of a task before it plays it.
type TaskInfo struct {
	ID    string    `json:"id"`
	Goal  string    `json:"goal,omitempty"`
	Split gym.Split `json:"split"`
	Scene string    `json:"scene,omitempty"`
}

// Error is a failure as a client sees it.
type Error struct {
	Code    gym.Code `json:"code"`
	Message string   `json:"message"`
	// Retry says that the same request may succeed later without a change.
	Retry bool `json:"retry"`
}

// ErrorOf is what a client may know of err.
func ErrorOf(err error) *Error {
	e := gym.AsError(err)
	w := &Error{Code: e.Code, Message: e.Msg}
	for _, doc := range gym.Codes() {
		if doc.Code == e.Code {
			w.Retry = doc.Retry
		}
	}
	return w
}

// Err is the failure as a Go error.
func (e *Error) Err() error { return &gym.Error{Code: e.Code, Msg: e.Message} }

// Outcome reads the answer to a reset or a step: its timestep, also where an earlier answer was
// kept encoded alone, or its failure.
func (r *Reply) Outcome() (*gym.Timestep, error) {
	switch {
	case r.Error != nil:
		return nil, r.Error.Err()
	case r.Timestep != nil:
		return r.Timestep, nil
	}
	ts, err := DecodeTimestep(r.Encoded)
	if err != nil {
		return nil, err
	}
	return &ts, nil
}

// Hello is the server's first message.
type Hello struct {
	Server   string `json:"server"`
	Protocol int    `json:"protocol"`
	Limits   Limits `json:"limits"`
}
