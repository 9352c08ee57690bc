from __future__ import annotations

import pytest
from fake import FakeServer

import dreamgym
from dreamgym._endpoint import websocket_url


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("ws://h:1", "ws://h:1/v1/ws"),
        ("http://h:1/", "ws://h:1/v1/ws"),
        ("https://h/envs", "wss://h/envs/v1/ws"),
        ("h:8000", "ws://h:8000/v1/ws"),
        ("ws://h:1/v1/ws", "ws://h:1/v1/ws"),
    ],
)
def test_url_is_completed(given: str, wanted: str) -> None:
    assert websocket_url(given) == wanted


def test_url_of_another_scheme_is_refused() -> None:
    with pytest.raises(dreamgym.InvalidRequestError):
        websocket_url("ftp://h")


@pytest.mark.parametrize("codec", ["msgpack", "json"])
def test_operations(url: str, codec: str) -> None:
    with dreamgym.Client(url, codec=codec) as client:
        assert client.hello.server == "fake/1"
        client.ping()
        assert client.envs()[0]["spec"]["id"] == "toy/doors-v0"
        total, tasks = client.tasks("toy/doors-v0", index=1, limit=2)
        assert (total, [t["id"] for t in tasks]) == (4, ["green", "blue"])
        session, opened = client.open("toy/doors-v0")
        assert opened["backend"] == "real"
        timestep = client.call("reset", session=session, seed=3).field("timestep")
        assert timestep["observation"]["text"] == "You stand at a gate."
        text = client.call("step", session=session, action="enter").field("timestep")["observation"]["text"]
        assert text == "A corridor with doors: naïve ☂."
        client.close_session(session)


def test_many_requests_under_way(url: str) -> None:
    with dreamgym.Client(url) as client:
        ids = [client.send("ping") for _ in range(50)]
        assert all(client.wait(i).field("pong") for i in reversed(ids))


@pytest.mark.parametrize("code", [1001, 1011, 4100])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_connection_is_resumed_and_the_step_carried_out_once(
    fake: FakeServer, url: str, code: int, when: str
) -> None:
    with dreamgym.Client(url) as client:
        session, _ = client.open("toy/doors-v0")
        client.call("reset", session=session, seed=3)
        setattr(fake, f"drop_{when}", code)
        timestep = client.call("step", session=session, action="enter").field("timestep")
        assert timestep["observation"]["actions"][0] == "open red"
    assert fake.connections == 2
    assert [r["op"] for r in fake.carried_out].count("step") == 1
    assert "resume" in [r["op"] for r in fake.carried_out]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_batch_is_carried_out_once(fake: FakeServer, url: str, when: str) -> None:
    with dreamgym.Client(url) as client:
        sessions = [client.open("toy/doors-v0")[0] for _ in range(3)]
        setattr(fake, f"drop_{when}", 1001)
        requests = [{"id": client.next_id(), "op": "reset", "session": s, "seed": 1} for s in sessions]
        assert all("timestep" in r for r in client.batch(requests))
    assert [r["op"] for r in fake.carried_out].count("reset") == 3


def test_connecting_again_is_tried_again(fake: FakeServer, url: str) -> None:
    with dreamgym.Client(url) as client:
        session, _ = client.open("toy/doors-v0")
        fake.refuse, fake.drop_before = 3, 1001
        client.call("reset", session=session, seed=1).field("timestep")
    assert fake.connections == 5


@pytest.mark.parametrize("code", [1002, 1003, 1007, 4000, 4001, 4002])
def test_some_close_codes_are_final(fake: FakeServer, url: str, code: int) -> None:
    with dreamgym.Client(url) as client:
        session, _ = client.open("toy/doors-v0")
        fake.drop_before = code
        with pytest.raises(dreamgym.ConnectionLostError, match=str(code)):
            client.call("reset", session=session, seed=1).field("timestep")
        assert fake.connections == 1
        client.ping()  # the next request connects anew
        assert fake.connections == 2


def test_a_message_that_is_too_large_is_said_to_be(fake: FakeServer, url: str) -> None:
    with dreamgym.Client(url) as client:
        fake.drop_before = 1009
        with pytest.raises(dreamgym.TooLargeError):
            client.call("step", session="s", action="x").field("timestep")


def test_a_server_that_stays_away_is_an_error(fake: FakeServer, url: str) -> None:
    fake.hello = {**fake.hello, "limits": {"grace_ms": 200}}
    with dreamgym.Client(url) as client:
        session, _ = client.open("toy/doors-v0")
        fake.refuse, fake.drop_before = 100, 1001
        with pytest.raises(dreamgym.ConnectionLostError, match="did not come back"):
            client.call("reset", session=session, seed=1).field("timestep")


def test_without_reconnect_a_lost_connection_is_an_error(fake: FakeServer, url: str) -> None:
    with dreamgym.Client(url, reconnect=False) as client:
        fake.drop_before = 1001
        with pytest.raises(dreamgym.ConnectionLostError):
            client.call("reset", session="s").field("timestep")


def test_no_server() -> None:
    with pytest.raises(dreamgym.ConnectionLostError, match="no server"):
        dreamgym.Client("ws://127.0.0.1:9")


def test_another_version(fake: FakeServer, url: str) -> None:
    fake.hello = {"server": "fake/2", "protocol": 2}
    with pytest.raises(dreamgym.VersionMismatchError):
        dreamgym.Client(url)


def test_errors_have_their_class(fake: FakeServer, url: str) -> None:
    fake.errors["ping"] = "storage"
    with dreamgym.Client(url) as client:
        with pytest.raises(dreamgym.StorageError) as caught:
            client.ping()
        assert (caught.value.code, caught.value.retry) == ("storage", False)
        fake.errors["ping"] = "of_a_later_version"
        with pytest.raises(dreamgym.DreamGymError) as later:
            client.ping()
        assert later.value.code == "of_a_later_version"
    with pytest.raises(dreamgym.ConnectionLostError):
        client.ping()
