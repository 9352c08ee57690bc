// Package wire is protocol v1: its messages, their MessagePack and JSON codecs, the
// limits that a server states and the codes that a connection is closed with.
// docs/protocol.md describes it; the vectors in fixtures/wire pin it.
package wire

import "time"

// Version is the protocol's version, as in hello.
const Version = 1

// The WebSocket subprotocols. They carry the same messages.
const (
	SubprotocolMsgpack = "dreamgym.v1.msgpack"
	SubprotocolJSON    = "dreamgym.v1.json"
)

// MaxInt bounds every integer of a request: what a double holds exactly.
const MaxInt = 1<<53 - 1

// MaxTasks bounds how many tasks one request lists, DefaultTasks how many when it does not say.
const (
	MaxTasks     = 1000
	DefaultTasks = 100
)

// Close codes. From 4000 to 4099 the client is at fault and should not reconnect; from
// 4100 to 4199 the server is, and it should, then resume.
const (
	CloseMalformed = 4000 // a message without a readable id
	CloseNotRead   = 4001 // the client does not read its replies
	CloseSilent    = 4002 // no request within the idle time, and no session
	CloseInternal  = 4100
)

// Limits are what a server tells its clients that it accepts.
type Limits struct {
	MessageBytes          int64 `json:"message_bytes"`
	Sessions              int   `json:"sessions"`
	SessionsPerConnection int   `json:"sessions_per_connection"`
	Batch                 int   `json:"batch"`
	QueuePerSession       int   `json:"queue_per_session"`
	StepTimeoutMS         int64 `json:"step_timeout_ms"`
	ResetTimeoutMS        int64 `json:"reset_timeout_ms"`
	IdleTimeoutMS         int64 `json:"idle_timeout_ms"`
	GraceMS               int64 `json:"grace_ms"`
}

// DefaultLimits are those of a server that was told nothing else.
func DefaultLimits() Limits {
	return Limits{
		MessageBytes: 16 << 20, Sessions: 16384, SessionsPerConnection: 4096, Batch: 4096, QueuePerSession: 64,
		StepTimeoutMS: ms(30 * time.Second), ResetTimeoutMS: ms(2 * time.Minute),
		IdleTimeoutMS: ms(15 * time.Minute), GraceMS: ms(2 * time.Minute),
	}
}

func ms(d time.Duration) int64 { return d.Milliseconds() }
