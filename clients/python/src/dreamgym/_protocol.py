"""Protocol v1 without I/O: requests go in and frames come out, frames go in and replies come out.

A `Protocol` outlives its connections. It numbers the requests, keeps each one's frame until it is
answered, knows the sessions and their tokens, and after a new hello resumes the sessions and sends again
what was not answered, under the old ids. Whoever owns it moves the frames; see `_client`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from typing import Protocol as Interface

import msgpack

from dreamgym._errors import DreamGymError, ProtocolError, VersionMismatchError, error_from_wire

VERSION: Final = 1

Frame = bytes | str
Message = dict[str, Any]


class Codec(Interface):
    """One encoding of the messages."""

    subprotocol: str

    def encode(self, message: Mapping[str, Any]) -> Frame:
        """Turn a message into a frame."""
        ...

    def decode(self, frame: Frame) -> Message:
        """Turn a frame into a message, or raise ProtocolError."""
        ...


class MsgpackCodec:
    """Binary frames."""

    subprotocol = "dreamgym.v1.msgpack"

    def encode(self, message: Mapping[str, Any]) -> bytes:
        """Turn a message into a frame."""
        packed: bytes = msgpack.packb(message)
        return packed

    def decode(self, frame: Frame) -> Message:
        """Turn a frame into a message, or raise ProtocolError."""
        if isinstance(frame, str):
            raise ProtocolError("the server sent a text frame where binary ones were agreed on")
        try:
            return _as_message(msgpack.unpackb(frame))
        except ProtocolError:
            raise
        except Exception as e:  # msgpack has no common root for what may be wrong with a frame
            raise ProtocolError(f"the server sent a frame that is not MessagePack: {e}") from e


class JsonCodec:
    """Text frames."""

    subprotocol = "dreamgym.v1.json"

    def encode(self, message: Mapping[str, Any]) -> str:
        """Turn a message into a frame; numbers that are not finite are refused."""
        return json.dumps(message, ensure_ascii=False, allow_nan=False, separators=(",", ":"))

    def decode(self, frame: Frame) -> Message:
        """Turn a frame into a message, or raise ProtocolError."""
        if isinstance(frame, bytes):
            raise ProtocolError("the server sent a binary frame where text was agreed on")
        try:
            return _as_message(json.loads(frame))
        except ValueError as e:
            raise ProtocolError(f"the server sent a frame that is not JSON: {e}") from e


def _as_message(value: Any) -> Message:
    if not isinstance(value, dict):
        raise ProtocolError(f"the server sent a {type(value).__name__} where a message is a map")
    return value


def codec_named(name: str) -> Codec:
    """Find a codec by its short name, "msgpack" or "json"."""
    match name:
        case "msgpack":
            return MsgpackCodec()
        case "json":
            return JsonCodec()
    raise ValueError(f"no codec {name!r}: use msgpack or json")


@dataclass(frozen=True, slots=True)
class Hello:
    """What the server says first. Limits in bytes, counts and milliseconds, by their names on the wire."""

    server: str
    protocol: int
    limits: Mapping[str, int]

    @classmethod
    def parse(cls, message: Message) -> Hello:
        """Read the hello message, or raise VersionMismatchError or ProtocolError."""
        body = message.get("hello")
        if not isinstance(body, dict):
            raise ProtocolError("the server's first message is not a hello")
        version = body.get("protocol")
        if version != VERSION:
            raise VersionMismatchError(f"the server speaks protocol {version!r}, this client {VERSION}")
        return cls(str(body.get("server", "")), VERSION, dict(body.get("limits") or {}))


class Reply(NamedTuple):
    """The one answer to a request."""

    id: int
    body: Message

    def field(self, name: str) -> Any:
        """Answer a field; an error reply raises its exception, a missing field ProtocolError."""
        return reply_field(self.body, name)


def batch_results(reply: Reply, requests: Sequence[Message]) -> list[Message]:
    """Answer the replies to the requests of a batch, in order."""
    results: list[Message] = reply.field("results")
    if len(results) != len(requests):
        raise ProtocolError(f"{len(requests)} requests in a batch got {len(results)} replies")
    return results


def reply_field(body: Mapping[str, Any], name: str) -> Any:
    """Answer a field of a reply's map; an error reply raises its exception, a missing field ProtocolError."""
    error = body.get("error")
    if error is not None:
        raise error_from_wire(error)
    value = body.get(name)
    if value is None:
        raise ProtocolError(f"the reply has no field {name!r}")
    return value


@dataclass(slots=True)
class _Pending:
    op: str
    frame: Frame
    session: str | None
    opens: tuple[str, ...] = ()
    closes: tuple[str, ...] = ()


@dataclass(slots=True)
class Protocol:
    """The state of one client's talk with a server, over as many connections as it takes.

    The owner calls `connected` for every new connection, `receive` for every frame that came, sends what
    `outgoing` answers, and calls `disconnected` when the connection ends.
    """

    codec: Codec
    hello: Hello | None = None
    #: token of every open session
    sessions: dict[str, str] = field(default_factory=dict)
    _last_id: int = 0
    _pending: dict[int, _Pending] = field(default_factory=dict)
    _answered: dict[int, Reply] = field(default_factory=dict)
    _resuming: dict[int, str] = field(default_factory=dict)
    _outgoing: list[Frame] = field(default_factory=list)
    _ready: bool = False

    def next_id(self) -> int:
        """Answer a request id that was not used before."""
        self._last_id += 1
        return self._last_id

    def request(self, op: str, fields: Mapping[str, Any] | None = None) -> int:
        """Make a request and answer its id; fields that are None are left out."""
        id_ = self.next_id()
        message: Message = {"id": id_, "op": op}
        for key, value in (fields or {}).items():
            if value is not None:
                message[key] = value
        self._enqueue(id_, message, _sessions_of("open", [message]), _sessions_of("close", [message]))
        return id_

    def batch(self, requests: Sequence[Message]) -> int:
        """Make one frame of many requests, each with its own id and session, and answer the frame's id."""
        id_ = self.next_id()
        message = {"id": id_, "op": "batch", "requests": requests}
        self._enqueue(id_, message, _sessions_of("open", requests), _sessions_of("close", requests))
        return id_

    def _enqueue(self, id_: int, message: Message, opens: tuple[str, ...], closes: tuple[str, ...]) -> None:
        frame = self.codec.encode(message)
        self._pending[id_] = _Pending(message["op"], frame, message.get("session"), opens, closes)
        if self._ready:
            self._outgoing.append(frame)

    def outgoing(self) -> list[Frame]:
        """Answer the frames to send, in order, and forget them."""
        frames, self._outgoing = self._outgoing, []
        return frames

    def connected(self) -> None:
        """Note a new connection, over which the server will say hello."""
        self.disconnected()

    def disconnected(self) -> None:
        """Note that the connection is gone: what is unanswered waits for the next one."""
        self.hello = None
        self._ready = False
        self._outgoing.clear()
        self._resuming.clear()

    def receive(self, frame: Frame) -> None:
        """Take in a frame of the server's."""
        message = self.codec.decode(frame)
        if self.hello is None:
            self.hello = Hello.parse(message)
            self._resume()
            return
        id_ = message.get("id")
        if not isinstance(id_, int):
            raise ProtocolError("the server sent a reply without an id")
        if id_ in self._resuming:
            self._resumed(self._resuming.pop(id_), message)
        elif id_ in self._pending:
            self._settle(id_, message)
        # A reply to a request that was answered before a reconnect is the same answer: nothing to do.

    def _resume(self) -> None:
        for session, token in self.sessions.items():
            id_ = self.next_id()
            self._resuming[id_] = session
            self._outgoing.append(self.codec.encode({"id": id_, "op": "resume", "session": session, "token": token}))
        self._resend()

    def _resumed(self, session: str, message: Message) -> None:
        error = message.get("error")
        if error is None:
            self.sessions[session] = reply_field(message, "resumed")["token"]
        else:
            self._session_failed(session, error)
        self._resend()

    def _session_failed(self, session: str, error: Mapping[str, Any]) -> None:
        """Answer what waits for a session that could not be resumed with the reason."""
        if error.get("code") != "session_lost":  # a lost session can be reset; any other is no longer ours
            self.sessions.pop(session, None)
        for id_ in [i for i, p in self._pending.items() if p.session == session and not p.opens]:
            self._settle(id_, {"id": id_, "session": session, "error": dict(error)})

    def _resend(self) -> None:
        if self._resuming:
            return
        self._ready = True
        self._outgoing.extend(p.frame for p in self._pending.values())

    def _settle(self, id_: int, message: Message) -> None:
        pending = self._pending.pop(id_)
        if pending.opens or pending.closes:
            self._note_sessions(pending, message)
        self._answered[id_] = Reply(id_, message)

    def _note_sessions(self, pending: _Pending, message: Message) -> None:
        for reply in message.get("results") or [message]:
            session = reply.get("session")
            if opened := reply.get("opened"):
                self.sessions[session] = opened["token"]
            elif reply.get("closed") or session in pending.closes:
                self.sessions.pop(session, None)

    def take(self, id_: int) -> Reply | None:
        """Answer the reply to a request and forget it; None while there is none."""
        return self._answered.pop(id_, None)

    def take_all(self) -> list[Reply]:
        """Answer all replies that are there and forget them."""
        replies = list(self._answered.values())
        self._answered.clear()
        return replies

    def fail(self, error: DreamGymError) -> None:
        """Answer everything that waits with an error of the client's own, and forget the sessions."""
        wire = {"code": error.code, "message": error.message, "retry": error.retry}
        for id_ in list(self._pending):
            del self._pending[id_]
            self._answered[id_] = Reply(id_, {"id": id_, "error": wire})
        self.sessions.clear()


def _sessions_of(op: str, requests: Sequence[Message]) -> tuple[str, ...]:
    return tuple(r["session"] for r in requests if r["op"] == op)
