from __future__ import annotations

from typing import Any

import pytest

import dreamgym
from dreamgym._protocol import Codec, JsonCodec, MsgpackCodec, Protocol, codec_named

HELLO = {"hello": {"server": "s", "protocol": 1, "limits": {"grace_ms": 5}}}


@pytest.fixture(params=["msgpack", "json"])
def codec(request: pytest.FixtureRequest) -> Codec:
    return codec_named(request.param)


@pytest.fixture
def protocol(codec: Codec) -> Protocol:
    p = Protocol(codec)
    p.connected()
    say(p, HELLO)
    return p


def say(p: Protocol, message: dict[str, Any]) -> None:
    p.receive(p.codec.encode(message))


def sent(p: Protocol) -> list[dict[str, Any]]:
    return [p.codec.decode(f) for f in p.outgoing()]


def opened(p: Protocol, session: str) -> None:
    id_ = p.request("open", {"session": session, "env": "a/b-v0"})
    p.outgoing()
    say(p, {"id": id_, "session": session, "opened": {"token": f"t-{session}", "spec": {}, "backend": "real"}})
    assert p.take(id_)


def test_nothing_is_sent_before_the_hello(codec: Codec) -> None:
    p = Protocol(codec)
    p.connected()
    id_ = p.request("ping", {"env": None})
    assert sent(p) == []
    say(p, HELLO)
    assert p.hello is not None
    assert p.hello.limits == {"grace_ms": 5}
    assert sent(p) == [{"id": id_, "op": "ping"}]
    assert p.take(id_) is None
    say(p, {"id": id_, "pong": True})
    reply = p.take(id_)
    assert reply is not None
    assert reply.field("pong") is True
    assert p.take(id_) is None


def test_ids_are_not_used_twice(protocol: Protocol) -> None:
    ids = [protocol.request("ping") for _ in range(3)] + [protocol.next_id(), protocol.batch([])]
    assert len(set(ids)) == 5


def test_after_a_break_sessions_are_resumed_before_anything_is_sent_again(protocol: Protocol) -> None:
    opened(protocol, "a")
    opened(protocol, "b")
    first = protocol.request("step", {"session": "a", "action": "x"})
    second = protocol.request("envs")
    before = sent(protocol)
    protocol.disconnected()
    later = protocol.request("ping")
    protocol.connected()
    say(protocol, HELLO)
    resumes = sent(protocol)
    assert [(m["op"], m["session"], m["token"]) for m in resumes] == [("resume", "a", "t-a"), ("resume", "b", "t-b")]
    say(protocol, {"id": resumes[0]["id"], "session": "a", "resumed": {"token": "new"}})
    assert sent(protocol) == []
    say(protocol, {"id": resumes[1]["id"], "session": "b", "resumed": {"token": "t-b"}})
    assert sent(protocol) == [*before, {"id": later, "op": "ping"}]
    assert [m["id"] for m in before] == [first, second]
    assert protocol.sessions == {"a": "new", "b": "t-b"}


def test_a_break_while_resuming_starts_again(protocol: Protocol) -> None:
    opened(protocol, "a")
    step = protocol.request("step", {"session": "a", "action": "x"})
    for _ in range(2):
        protocol.connected()
        say(protocol, HELLO)
        resumes = sent(protocol)
        assert [m["op"] for m in resumes] == ["resume"]
    say(protocol, {"id": resumes[0]["id"], "session": "a", "resumed": {"token": "t"}})
    assert [m["id"] for m in sent(protocol)] == [step]


@pytest.mark.parametrize(("code", "kept"), [("session_lost", True), ("unknown_session", False)])
def test_what_waits_for_a_session_that_is_gone_gets_the_reason(protocol: Protocol, code: str, kept: bool) -> None:
    opened(protocol, "a")
    id_ = protocol.request("step", {"session": "a", "action": "x"})
    protocol.connected()
    say(protocol, HELLO)
    [resume] = sent(protocol)
    say(protocol, {"id": resume["id"], "session": "a", "error": {"code": code, "message": "m", "retry": False}})
    reply = protocol.take(id_)
    assert reply is not None
    with pytest.raises(dreamgym.DreamGymError, match=code):
        reply.field("timestep")
    assert sent(protocol) == []
    assert ("a" in protocol.sessions) is kept


def test_an_unanswered_open_is_sent_again(protocol: Protocol) -> None:
    id_ = protocol.request("open", {"session": "a", "env": "a/b-v0"})
    protocol.connected()
    say(protocol, HELLO)
    assert [m["id"] for m in sent(protocol)] == [id_]


def test_batches_open_and_close_sessions(protocol: Protocol) -> None:
    ids = [protocol.next_id(), protocol.next_id()]
    opens = [{"id": i, "op": "open", "session": s, "env": "a/b-v0"} for i, s in zip(ids, "ab", strict=True)]
    frame = protocol.batch(opens)
    results = [
        {"id": ids[0], "session": "a", "opened": {"token": "ta", "spec": {}, "backend": "real"}},
        {"id": ids[1], "session": "b", "error": {"code": "capacity_reached", "message": "", "retry": True}},
    ]
    say(protocol, {"id": frame, "results": results})
    assert protocol.sessions == {"a": "ta"}
    frame = protocol.batch([{"id": 9, "op": "close", "session": "a"}])
    say(protocol, {"id": frame, "results": [{"id": 9, "session": "a", "closed": True}]})
    assert protocol.sessions == {}


def test_failing_answers_everything(protocol: Protocol) -> None:
    opened(protocol, "a")
    ids = [protocol.request("ping"), protocol.batch([])]
    protocol.fail(dreamgym.ConnectionLostError("gone"))
    for id_ in ids:
        reply = protocol.take(id_)
        assert reply is not None
        with pytest.raises(dreamgym.ConnectionLostError, match="gone"):
            reply.field("pong")
    assert protocol.sessions == {}


def test_a_reply_to_nothing_is_ignored(protocol: Protocol) -> None:
    say(protocol, {"id": 77, "pong": True})
    assert protocol.take(77) is None


@pytest.mark.parametrize("message", [{"pong": True}, {"id": "1"}, {"id": None}])
def test_a_reply_without_an_id_is_an_error(protocol: Protocol, message: dict[str, Any]) -> None:
    with pytest.raises(dreamgym.ProtocolError):
        say(protocol, message)


@pytest.mark.parametrize("message", [{}, {"hello": 1}, {"id": 1}])
def test_the_first_message_is_a_hello(codec: Codec, message: dict[str, Any]) -> None:
    with pytest.raises(dreamgym.ProtocolError):
        say(Protocol(codec), message)


@pytest.mark.parametrize("frame", [b"\xc1", b"\x81", b"\x01", b"", b"\xa1\xff", "text"])
def test_broken_msgpack(frame: bytes | str) -> None:
    with pytest.raises(dreamgym.ProtocolError):
        MsgpackCodec().decode(frame)


@pytest.mark.parametrize("frame", ["", "{", "[1]", "1", b"{}"])
def test_broken_json(frame: bytes | str) -> None:
    with pytest.raises(dreamgym.ProtocolError):
        JsonCodec().decode(frame)


def test_json_has_no_nan() -> None:
    with pytest.raises(ValueError, match="JSON"):
        JsonCodec().encode({"id": float("nan")})


def test_a_codec_has_a_name() -> None:
    with pytest.raises(ValueError, match="xml"):
        codec_named("xml")
