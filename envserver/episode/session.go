package episode

import (
	"time"

	"dreamgym/envserver/gym"
)

// Session is a session as it was opened. Its token is never stored, only a hash of it.
type Session struct {
	ID        string      `json:"id"`
	TokenHash []byte      `json:"token_hash,omitempty"`
	Env       string      `json:"env"` // without backend
	Backend   gym.Backend `json:"backend"`
	Reasoning bool        `json:"reasoning,omitempty"`
	// Request is the client's id of the open request, Digest that of its body.
	Request int64     `json:"request,omitempty"`
	Digest  []byte    `json:"digest,omitempty"`
	Opened  time.Time `json:"opened"`
}

// Refusal is a request that was answered with an error, such as invalid_action.
type Refusal struct {
	Request int64    `json:"request"`
	Digest  []byte   `json:"digest,omitempty"`
	Code    gym.Code `json:"code"`
	Msg     string   `json:"msg"`
}

// Closing ends a session. Request is 0 where the server closed it.
type Closing struct {
	Request int64     `json:"request,omitempty"`
	Digest  []byte    `json:"digest,omitempty"`
	Closed  time.Time `json:"closed"`
}

// SessionState is an open session and what it is in the middle of.
type SessionState struct {
	Session
	// Episode is the running episode, "" when there is none; Steps counts its
	// timesteps, the reset's included.
	Episode string
	Steps   int
}

// Answer is what a request of a session was answered with: a timestep, or a refusal.
type Answer struct {
	Request int64
	Digest  []byte
	// Episode, Index and Timestep are set for a reset or step; Timestep is MessagePack,
	// byte for byte as it was handed over.
	Episode  string
	Index    int
	Timestep []byte
	// Refused is set for an error.
	Refused *Refusal
}
