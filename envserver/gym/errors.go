package gym

import (
	"context"
	"errors"
	"fmt"
)

// Code says what kind of failure an Error is. The set is closed: clients switch on it.
type Code string

// The codes. What each means for a client, and what mends it, is in [Codes].
const (
	CodeUnknownEnvironment   Code = "unknown_environment"
	CodeUnknownBackend       Code = "unknown_backend"
	CodeUnknownTask          Code = "unknown_task"
	CodeUnknownSession       Code = "unknown_session"
	CodeUnknownEpisode       Code = "unknown_episode"
	CodeUnknownOperation     Code = "unknown_operation"
	CodeInvalidRequest       Code = "invalid_request"
	CodeInvalidAction        Code = "invalid_action"
	CodeRequestConflict      Code = "request_conflict"
	CodeResetRequired        Code = "reset_required"
	CodeNotAvailable         Code = "not_available"
	CodeInsufficientEvidence Code = "insufficient_evidence"
	CodeDiverged             Code = "diverged"
	CodeSessionLost          Code = "session_lost"
	CodeSessionExists        Code = "session_exists"
	CodeEnvCrashed           Code = "env_crashed"
	CodeDeadlineExceeded     Code = "deadline_exceeded"
	CodeCanceled             Code = "canceled"
	CodeCapacityReached      Code = "capacity_reached"
	CodeTooLarge             Code = "too_large"
	CodeUnauthorized         Code = "unauthorized"
	CodeVersionMismatch      Code = "version_mismatch"
	CodeShuttingDown         Code = "shutting_down"
	CodeStorage              Code = "storage"
	CodeInvalidConfig        Code = "invalid_config"
	CodeModelUnavailable     Code = "model_unavailable"
	CodeModelMalformed       Code = "model_malformed"
	CodeInternal             Code = "internal"
)

// CodeDoc explains a code to whoever meets it.
type CodeDoc struct {
	Code    Code
	Meaning string
	Cure    string
	// Retry says that the same request may succeed later without a change.
	Retry bool
}

// Codes documents every code; docs/errors.md is generated from it.
func Codes() []CodeDoc {
	return []CodeDoc{
		{CodeUnknownEnvironment, "No environment is registered under this id.", "List what there is with `envserver envs`; check namespace, name and version. Hosted and remote environments are those that the configuration names.", false},
		{CodeUnknownBackend, "The environment has no backend of this name.", "Use one of the backends that `envserver envs` lists for it.", false},
		{CodeUnknownTask, "The task set has no task of this id, or no such index in the split.", "Leave the task out to have one chosen, or take an id from the task set.", false},
		{CodeUnknownSession, "No session of this id is open on this server.", "Open it first; it may have been closed or reaped for idleness.", false},
		{CodeUnknownEpisode, "No episode of this id is recorded in the data folder.", "List episodes with `envserver episodes list`.", false},
		{CodeUnknownOperation, "The request names an operation that the protocol does not have.", "Use an operation of docs/protocol.md; compare the versions of client and server.", false},
		{CodeInvalidRequest, "The request is malformed: a field is unknown, missing, of a wrong type or out of range.", "Correct the field that the message names.", false},
		{CodeInvalidAction, "The action is not one that the environment can read. The episode goes on.", "Send an action in the environment's syntax; where it lists admissible actions, one of those.", false},
		{CodeRequestConflict, "The request id was used before in this session with another body.", "Use a fresh id for every new request; repeat an id only with the same body.", false},
		{CodeResetRequired, "There is no running episode: the session was not reset, or its episode has ended or was aborted.", "Reset the session, then step.", false},
		{CodeNotAvailable, "The environment or backend exists but cannot be used here.", "The message says what is missing; `envserver envs` says it of every environment, `envserver doctor` of the machine.", false},
		{CodeInsufficientEvidence, "The experience model has too few recorded transitions to dream this task.", "Record real episodes of the environment first (`envserver collect`), or choose a task near the recorded ones.", false},
		{CodeDiverged, "A replayed episode was given another action than the recorded one.", "Send the recorded action, or replay against a live backend.", false},
		{CodeSessionLost, "The session's environment was lost with a crash or restart and cannot be rebuilt; its episode is aborted.", "Reset the session; leave the aborted episode out of learning.", false},
		{CodeSessionExists, "Another client holds a session of this id.", "Choose another session id, or resume the session with its token.", false},
		{CodeEnvCrashed, "The system behind the environment failed; the episode is aborted.", "Reset the session; the server restarts the system. If it recurs, see the server's log.", true},
		{CodeDeadlineExceeded, "The request took longer than its deadline; the episode is aborted.", "Reset the session; raise the step deadline in the configuration if the environment is slow.", true},
		{CodeCanceled, "The request was cancelled before it was carried out.", "Send it again.", true},
		{CodeCapacityReached, "The server holds as many sessions, connections or queued requests as it may.", "Close sessions that are not used, wait, or raise the limit that the message names.", true},
		{CodeTooLarge, "A message, an action or a field is larger than the limit.", "Send less, or raise the limit that the message names.", false},
		{CodeUnauthorized, "The bearer token is missing or wrong, or the page's origin is not allowed.", "Send the token in the Authorization header; allow the origin in the configuration.", false},
		{CodeVersionMismatch, "Client and server, or server and data folder, have no version in common.", "Upgrade the older side.", false},
		{CodeShuttingDown, "The server is shutting down and takes no new work.", "Reconnect to the server that takes its place, and resume.", true},
		{CodeStorage, "The data folder could not be read or written.", "Check space, permissions and whether another server uses the folder: `envserver doctor`.", false},
		{CodeInvalidConfig, "A flag, an environment variable or the configuration file is wrong.", "Correct what the message names; `envserver config` prints what is in force.", false},
		{CodeModelUnavailable, "The endpoint of the language model gave no answer within its retries; the episode is aborted.", "See that the endpoint runs and is not overloaded, then reset; raise --model-retry-for, or lower --model-concurrency, if it is slow.", true},
		{CodeModelMalformed, "The language model's answer could not be read, also after a repair and a retry; the episode is aborted.", "Reset the session. If it recurs, the message says which setting may help; a larger model may, too.", true},
		{CodeInternal, "The server made a mistake.", "Report it with the server's log.", false},
	}
}

// Error is a failure that a client is told of.
type Error struct {
	Code Code
	// Msg is for the client: what was wrong and what would be right. It never holds
	// paths, tokens or the text of a cause.
	Msg string
	// Err is the cause, for the log alone.
	Err error
}

// Error gives code, message and cause: it is for logs, not for clients.
func (e *Error) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("%s: %s", e.Code, e.Msg)
	}
	return fmt.Sprintf("%s: %s: %v", e.Code, e.Msg, e.Err)
}

// Unwrap answers the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf builds an Error without a cause.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Msg: fmt.Sprintf(format, args...)}
}

// AsError finds the Error in err. A context's end gets its code; what has no code is
// CodeInternal, with the cause kept out of the message.
func AsError(err error) *Error {
	var e *Error
	switch {
	case errors.As(err, &e):
		return e
	case errors.Is(err, context.DeadlineExceeded):
		return &Error{Code: CodeDeadlineExceeded, Msg: "the request took longer than its deadline", Err: err}
	case errors.Is(err, context.Canceled):
		return &Error{Code: CodeCanceled, Msg: "the request was cancelled", Err: err}
	}
	return &Error{Code: CodeInternal, Msg: "the server made a mistake; its log has the cause", Err: err}
}

// CodeOf answers the code of err, "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	return AsError(err).Code
}
