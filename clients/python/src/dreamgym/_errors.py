"""Every failure that the package tells of: one class for each code of the wire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class DreamGymError(Exception):
    """The root of every error here.

    ``code`` is the wire's name for it; ``retry`` says that the same request may succeed later without a
    change.
    """

    code: str = "internal"
    retry: bool = False

    def __init__(self, message: str, *, code: str | None = None, retry: bool | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code
        if retry is not None:
            self.retry = retry

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class _CodedError(DreamGymError):
    """An error of one of the wire's codes; subclasses enter themselves by their code."""

    by_code: ClassVar[dict[str, type[DreamGymError]]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        _CodedError.by_code[cls.code] = cls


class UnknownEnvironmentError(_CodedError):
    """No environment is registered under this id."""

    code = "unknown_environment"


class UnknownBackendError(_CodedError):
    """The environment has no backend of this name."""

    code = "unknown_backend"


class UnknownTaskError(_CodedError):
    """The task set has no such task."""

    code = "unknown_task"


class UnknownSessionError(_CodedError):
    """The server has no session of this id: closed, or reaped for idleness."""

    code = "unknown_session"


class UnknownEpisodeError(_CodedError):
    """The data folder has no episode of this id."""

    code = "unknown_episode"


class UnknownOperationError(_CodedError):
    """The server does not know the operation."""

    code = "unknown_operation"


class InvalidRequestError(_CodedError):
    """A field is unknown, missing, of a wrong type or out of range."""

    code = "invalid_request"


class InvalidActionError(_CodedError):
    """The environment cannot read the action; the episode goes on."""

    code = "invalid_action"


class RequestConflictError(_CodedError):
    """A request id was used again with another body."""

    code = "request_conflict"


class ResetRequiredError(_CodedError):
    """There is no running episode."""

    code = "reset_required"


class NotAvailableError(_CodedError):
    """The environment or backend exists and cannot be used here."""

    code = "not_available"


class InsufficientEvidenceError(_CodedError):
    """The experience model has too few recorded transitions to dream this task."""

    code = "insufficient_evidence"


class DivergedError(_CodedError):
    """A replayed episode was given another action than the recorded one."""

    code = "diverged"


class SessionLostError(_CodedError):
    """The session's environment was lost and cannot be rebuilt; its episode is aborted."""

    code = "session_lost"


class SessionExistsError(_CodedError):
    """Another client holds a session of this id."""

    code = "session_exists"


class EnvCrashedError(_CodedError):
    """The system behind the environment failed; the episode is aborted."""

    code = "env_crashed"
    retry = True


class DeadlineExceededError(_CodedError):
    """The request took longer than its deadline; the episode is aborted."""

    code = "deadline_exceeded"
    retry = True


class CanceledError(_CodedError):
    """The request was cancelled before it was carried out."""

    code = "canceled"
    retry = True


class CapacityReachedError(_CodedError):
    """The server holds as many sessions, connections or requests as it may."""

    code = "capacity_reached"
    retry = True


class TooLargeError(_CodedError):
    """A message, an action or a field is larger than the limit."""

    code = "too_large"


class UnauthorizedError(_CodedError):
    """The bearer token is missing or wrong, or the origin is not allowed."""

    code = "unauthorized"


class VersionMismatchError(_CodedError):
    """Client and server have no protocol version in common."""

    code = "version_mismatch"


class ShuttingDownError(_CodedError):
    """The server is shutting down and takes no new work."""

    code = "shutting_down"
    retry = True


class StorageError(_CodedError):
    """The server's data folder could not be read or written."""

    code = "storage"


class InvalidConfigError(_CodedError):
    """The server's configuration is wrong."""

    code = "invalid_config"


class ModelUnavailableError(_CodedError):
    """The language model's endpoint gave no answer within its retries; the episode is aborted."""

    code = "model_unavailable"
    retry = True


class ModelMalformedError(_CodedError):
    """The language model's answer could not be read; the episode is aborted."""

    code = "model_malformed"
    retry = True


class InternalError(_CodedError):
    """The server made a mistake."""

    code = "internal"


class ConnectionLostError(_CodedError):
    """The server cannot be reached, or did not come back within the grace period. Not a code of the wire."""

    code = "connection_lost"
    retry = True


class ProtocolError(_CodedError):
    """The server said something that the protocol does not have. Not a code of the wire."""

    code = "protocol_error"


def error_from_wire(error: Mapping[str, Any]) -> DreamGymError:
    """Build the exception for an ``error`` field; a code not known here gets the root class."""
    code = str(error.get("code", "internal"))
    kind = _CodedError.by_code.get(code, DreamGymError)
    return kind(str(error.get("message", "")), code=code, retry=bool(error.get("retry", False)))
