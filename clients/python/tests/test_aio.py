"""The asyncio client, against the fake for faults and against the server itself."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from typing import Any

import numpy as np
import pytest
from fake import FakeServer
from hosts import server_binary

import dreamgym
from dreamgym import aio

DOORS = "toy/doors-v0"


@pytest.fixture(scope="module")
def server() -> Iterator[dreamgym.Server]:
    with dreamgym.launch(binary=server_binary(), args=["--test-envs", "--python-env", "CartPole-v1"]) as running:
        yield running


def run(play: Coroutine[Any, Any, Any]) -> Any:
    """Run to the end, where nothing may be left over."""

    async def whole() -> Any:
        async with asyncio.timeout(30):
            result = await play
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert not left, left
        return result

    return asyncio.run(whole())


@pytest.mark.parametrize("codec", ["msgpack", "json"])
def test_operations(url: str, codec: str) -> None:
    async def play() -> None:
        async with aio.Client(url, codec=codec) as client:
            assert (await client.hello()).server == "fake/1"
            await client.ping()
            assert (await client.envs())[0]["spec"]["id"] == DOORS
            total, tasks = await client.tasks(DOORS, index=1, limit=2)
            assert (total, [t["id"] for t in tasks]) == (4, ["green", "blue"])
            session, _ = await client.open(DOORS)
            [reply] = await client.batch([{"id": client.next_id(), "op": "reset", "session": session, "seed": 1}])
            assert reply["timestep"]["observation"]["text"] == "You stand at a gate."
            await client.close_session(session)

    run(play())


def test_an_episode_is_that_of_the_sync_client(url: str) -> None:
    sync = dreamgym.make(DOORS, url=url)

    async def play() -> None:
        async with await aio.make(DOORS, url=url, options={"split": "seen"}) as env:
            assert env.observation_space == sync.observation_space
            seen, info = await env.reset(seed=1, options={"index": 2})
            wanted, told = sync.reset(seed=1, options={"split": "seen", "index": 2})
            assert (seen, info) == (wanted, told)
            assert env.action_space.sample() in info["actions"]
            assert await env.step("enter") == sync.step("enter")
            assert await env.step(await env.advise()) == sync.step(sync.advise())
            assert (await env.reset())[1]["seed"] == sync.reset()[1]["seed"]
            with pytest.raises(dreamgym.InvalidRequestError, match="tsak"):
                await env.reset(options={"tsak": "t"})
            await env.close()
            with pytest.raises(dreamgym.NotAvailableError):
                await env.step("enter")

    run(play())
    sync.close()


@pytest.mark.parametrize("code", [1001, 1011, 4100])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_connection_is_resumed_and_nothing_carried_out_twice(
    fake: FakeServer, url: str, code: int, when: str
) -> None:
    async def play() -> None:
        async with aio.Client(url) as client:
            envs = await asyncio.gather(*(aio.make(DOORS, client=client) for _ in range(20)))
            await asyncio.gather(*(env.reset(seed=1) for env in envs))
            fake.refuse = 2
            setattr(fake, f"drop_{when}", code)
            steps = await asyncio.gather(*(env.step("enter") for env in envs))
            assert all(s[0]["text"].startswith("A corridor") for s in steps)

    run(play())
    assert fake.connections == 4
    assert [r["op"] for r in fake.carried_out].count("step") == 20


@pytest.mark.parametrize("code", [1002, 4000, 4002])
def test_some_close_codes_are_final(fake: FakeServer, url: str, code: int) -> None:
    async def play() -> None:
        async with aio.Client(url) as client:
            env = await aio.make(DOORS, client=client)
            await env.reset(seed=1)
            fake.drop_before = code
            with pytest.raises(dreamgym.ConnectionLostError, match=str(code)):
                await env.step("enter")
            await client.ping()  # the next request connects anew
            fake.sessions.clear()
            assert (await env.reset(seed=1))[0]["text"] == "You stand at a gate."

    run(play())
    assert fake.connections == 2


def test_a_server_that_stays_away_is_an_error(fake: FakeServer, url: str) -> None:
    fake.hello = {**fake.hello, "limits": {"grace_ms": 200}}

    async def play() -> None:
        async with aio.Client(url) as client:
            env = await aio.make(DOORS, client=client)
            fake.refuse, fake.drop_before = 100, 1001
            with pytest.raises(dreamgym.ConnectionLostError, match="did not come back"):
                await env.reset(seed=1)

    run(play())


def test_without_reconnect_a_lost_connection_is_an_error(fake: FakeServer, url: str) -> None:
    async def play() -> None:
        async with aio.Client(url, reconnect=False) as client:
            fake.drop_before = 1001
            reply = await client.call("reset", session="s")
            with pytest.raises(dreamgym.ConnectionLostError, match="1001"):
                reply.field("timestep")

    run(play())


def test_errors_have_their_class(fake: FakeServer, url: str) -> None:
    fake.errors.update({"ping": "storage", "jump(": "invalid_action", "explode": "env_crashed"})

    async def play() -> None:
        async with aio.Client(url) as client:
            with pytest.raises(dreamgym.StorageError):
                await client.ping()
            env = await aio.make(DOORS, client=client)
            await env.reset(seed=1)
            with pytest.raises(dreamgym.InvalidActionError):
                await env.step("jump(")
            assert (await env.step("enter"))[0]["text"].startswith("A corridor")
            with pytest.raises(dreamgym.EnvCrashedError):
                await env.step("explode")
        with pytest.raises(dreamgym.ConnectionLostError, match="closed"):
            await client.ping()

    run(play())


def test_what_cannot_be_opened_leaves_nothing(fake: FakeServer, url: str) -> None:
    fake.errors["open"] = "unknown_environment"

    async def play() -> None:
        with pytest.raises(dreamgym.UnknownEnvironmentError):
            await aio.make(DOORS, url=url)
        with pytest.raises(dreamgym.ConnectionLostError, match="no server"):
            await aio.make(DOORS, url="ws://127.0.0.1:9")

    run(play())


def test_another_version(fake: FakeServer, url: str) -> None:
    fake.hello = {"server": "fake/2", "protocol": 2}

    async def play() -> None:
        client = aio.Client(url)
        for _ in range(2):
            with pytest.raises(dreamgym.VersionMismatchError):
                await client.ping()
            assert client._socket is None

    run(play())


def test_nonsense_is_an_error_for_who_waits(fake: FakeServer, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def play() -> None:
        async with aio.Client(url) as client:
            monkeypatch.setattr(fake, "_once", lambda request: {"pong": True})
            with pytest.raises(dreamgym.ProtocolError, match="without an id"):
                await client.ping()
            monkeypatch.setattr(fake, "_once", lambda request: {"id": request["id"], "opened": {"spec": {}}})
            with pytest.raises(dreamgym.ProtocolError, match="token"):
                await client.open(DOORS)

    run(play())


def test_a_cancelled_wait_leaves_the_client_usable(fake: FakeServer, url: str) -> None:
    async def play() -> None:
        async with aio.Client(url) as client:
            env = await aio.make(DOORS, client=client)
            await env.reset(seed=1)
            waits = asyncio.create_task(env.step("enter"))
            await asyncio.sleep(0)
            waits.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waits
            assert (await env.reset(seed=2))[1]["seed"] == 2
            assert not client._waiting

    run(play())


def test_closing_ends_who_waits(fake: FakeServer, url: str) -> None:
    async def play() -> None:
        client = aio.Client(url)
        await client.ping()
        with fake._lock:  # the fake cannot answer
            waits = asyncio.create_task(client.ping())
            while not client._waiting:
                await asyncio.sleep(0)
            closing = asyncio.create_task(client.close())
            with pytest.raises(dreamgym.ConnectionLostError, match="closed"):
                await waits
        await closing

    run(play())


def test_many_sessions_of_the_server(server: dreamgym.Server) -> None:
    async def episode(client: aio.Client, seed: int) -> float:
        async with await aio.make("house/any-v0", "real", client=client) as env:
            await env.reset(seed=seed)
            ended, reward = False, 0.0
            while not ended:
                _, reward, terminated, truncated, _ = await env.step(await env.advise())
                ended = terminated or truncated
            return reward

    async def play() -> list[float]:
        async with aio.Client(server.url) as client:
            return await asyncio.gather(*(episode(client, i) for i in range(64)))

    assert run(play()) == [1.0] * 64


def test_numeric_environments_have_arrays(server: dreamgym.Server) -> None:
    async def play() -> None:
        async with await aio.make("python/CartPole-v1", url=server.url) as env:
            seen, _ = await env.reset(seed=1)
            assert seen in env.observation_space
            assert (seen.dtype, seen.shape) == (np.float32, (4,))
            assert (await env.step(env.action_space.sample()))[1] == 1.0

    run(play())
