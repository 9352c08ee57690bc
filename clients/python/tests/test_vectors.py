"""The vectors that pin the wire, read by the Go side too."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

import dreamgym
from dreamgym._env import add_views
from dreamgym._protocol import Hello, JsonCodec, MsgpackCodec, Protocol

WIRE = Path(__file__).parents[3] / "fixtures" / "wire"
HELLO = {"hello": {"server": "s", "protocol": 1}}


def vectors(name: str) -> list[Any]:
    return [pytest.param(v, id=v["name"]) for v in json.loads((WIRE / f"{name}.json").read_text("utf-8"))]


def normal(value: Any) -> Any:
    """Bring a message to what both encodings can say: bytes as base64, null as absent."""
    match value:
        case dict():
            return {k: normal(v) for k, v in value.items() if v is not None}
        case list():
            return [normal(v) for v in value]
        case bytes():
            return base64.b64encode(value).decode()
    return value


@pytest.mark.parametrize("vector", vectors("requests") + vectors("replies") + vectors("hello"))
def test_both_encodings_are_read_alike(vector: dict[str, Any]) -> None:
    from_json = JsonCodec().decode(json.dumps(vector["json"]))
    from_msgpack = MsgpackCodec().decode(bytes.fromhex(vector["msgpack"]))
    assert normal(from_json) == normal(from_msgpack) == normal(vector["json"])


@pytest.mark.parametrize("vector", [v for v in vectors("requests") if not v.values[0].get("lenient")])
@pytest.mark.parametrize("codec", [JsonCodec(), MsgpackCodec()])
def test_the_client_writes_these_requests(vector: dict[str, Any], codec: JsonCodec | MsgpackCodec) -> None:
    wanted = vector["json"]
    protocol = Protocol(codec)
    protocol.connected()
    protocol.receive(codec.encode(HELLO))
    protocol._last_id = wanted["id"] - 1
    if wanted["op"] == "batch":
        protocol.batch(wanted["requests"])
    else:
        protocol.request(wanted["op"], {k: v for k, v in wanted.items() if k not in ("id", "op")})
    [frame] = protocol.outgoing()
    assert codec.decode(frame) == wanted


@pytest.mark.parametrize("vector", vectors("replies"))
def test_the_client_takes_these_replies(vector: dict[str, Any]) -> None:
    frame = bytes.fromhex(vector["msgpack"])
    protocol = Protocol(MsgpackCodec())
    protocol.connected()
    protocol.receive(protocol.codec.encode(HELLO))
    protocol._last_id = vector["json"]["id"] - 1
    id_ = protocol.request("ping")
    protocol.receive(frame)
    reply = protocol.take(id_)
    assert reply is not None
    if "error" in vector["json"]:
        with pytest.raises(dreamgym.DreamGymError) as caught:
            reply.field("pong")
        assert caught.value.code == vector["json"]["error"]["code"]
        assert type(caught.value) is not dreamgym.DreamGymError
    else:
        [name] = vector["json"].keys() - {"id", "session"}
        assert normal(reply.field(name)) == normal(vector["json"][name])


@pytest.mark.parametrize("vector", vectors("hello"))
def test_the_client_takes_this_hello(vector: dict[str, Any]) -> None:
    hello = Hello.parse(MsgpackCodec().decode(bytes.fromhex(vector["msgpack"])))
    assert hello.limits == vector["json"]["hello"]["limits"]


def test_an_image_is_bytes_in_both_encodings() -> None:
    for image in (b"\x89PNG", base64.b64encode(b"\x89PNG").decode()):
        info: dict[str, Any] = {}
        add_views(info, {"text": "", "image": image})
        assert info["observation"]["image"] == b"\x89PNG"
