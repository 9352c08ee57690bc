package episode

import (
	"time"

	"dreamgym/envserver/gym"
)

// Header opens an episode: what was started, with what.
type Header struct {
	ID      string      `json:"id"`
	Env     string      `json:"env"` // without backend
	Backend gym.Backend `json:"backend"`
	Task    gym.Task    `json:"task"`
	Seed    int64       `json:"seed"`
	// Evaluation episodes, and those of any split but train, never reach the experience buffer.
	Evaluation bool   `json:"evaluation,omitempty"`
	Session    string `json:"session,omitempty"`
	// Source is the recorded episode that a replay plays.
	Source string `json:"source,omitempty"`
	// Snapshot and Model are set for dreams: the buffer's watermark and who dreamed.
	Snapshot int64     `json:"snapshot,omitempty"`
	Model    string    `json:"model,omitempty"`
	Server   string    `json:"server"` // version
	Started  time.Time `json:"started"`
}

// Step is one timestep of an episode. Index 0 is the reset: it has no action.
type Step struct {
	Index int `json:"index"`
	// Request is the client's id of the request that this answers, Digest that of its body.
	Request  int64        `json:"request,omitempty"`
	Digest   []byte       `json:"digest,omitempty"`
	Action   gym.Action   `json:"action,omitempty"`
	Timestep gym.Timestep `json:"timestep"`
	Micros   int64        `json:"micros"` // time the environment took
}

// Reason says how an episode ended.
type Reason string

// The reasons. An aborted episode ended by infrastructure; it is never learned from.
const (
	Terminated Reason = "terminated"
	Truncated  Reason = "truncated"
	Aborted    Reason = "aborted"
)

// End closes an episode.
type End struct {
	Reason Reason    `json:"reason"`
	Code   gym.Code  `json:"code,omitempty"` // of an aborted episode
	Ended  time.Time `json:"ended"`
}

// Episode is a whole episode as read back. End is nil while it runs.
type Episode struct {
	Header Header `json:"header"`
	Steps  []Step `json:"steps"`
	End    *End   `json:"end,omitempty"`
}

// Learnable tells whether the episode may reach the experience buffer: real, of the
// train split, not an evaluation, and ended by itself.
func (e *Episode) Learnable() bool {
	return e.Header.Backend == gym.BackendReal && e.Header.Task.Split == gym.SplitTrain &&
		!e.Header.Evaluation && e.End != nil && e.End.Reason != Aborted
}
