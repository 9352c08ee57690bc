"""Against the server itself: DREAMGYM_ENVSERVER, PATH or bin/envserver of the repository."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AsyncVectorEnv, SyncVectorEnv
from hosts import server_binary

import dreamgym
from dreamgym import aio, minari, rl
from dreamgym._launch import _free_port, _is_ready

HEAT = "house/heat-and-place-v0"
ECHO = "test/echo-v0"


@pytest.fixture(scope="module")
def binary() -> str:
    return server_binary()


@pytest.fixture(scope="module")
def server(binary: str) -> Iterator[dreamgym.Server]:
    """A server whose buffer holds recorded episodes of the house."""
    with dreamgym.launch(binary=binary, args=["--test-envs"]) as running:
        envs = dreamgym.make_vec(HEAT, 16, "real", url=running.url)
        jobs = [rl.Job({"split": "train", "index": i}, i) for i in range(80)]
        recordings = rl.record(envs, jobs, np.random.default_rng(0), noise=(0.0, 0.3, 1.0))
        assert len(recordings) == 80
        envs.close()
        yield running


@pytest.mark.parametrize("backend", ["real", "dream"])
def test_passes_gymnasiums_check(server: dreamgym.Server, backend: str) -> None:
    env = dreamgym.make(HEAT, backend, url=server.url)
    assert env.backend == backend
    check_env(env)
    env.close()


def test_the_dream_has_the_shape_of_the_real(server: dreamgym.Server) -> None:
    real, dream = (dreamgym.make(HEAT, b, url=server.url) for b in ("real", "dream"))
    options = {"split": "train", "index": 0}
    seen, info = real.reset(seed=1, options=options)
    dreamt, told = dream.reset(seed=1, options=options)
    assert seen.keys() == dreamt.keys()
    assert info["observation"].keys() == told["observation"].keys()
    assert (info["backend"], told["backend"]) == ("real", "dream")
    assert {"evidence", "confidence", "model"} <= dream.step(told["actions"][0])[4].keys()
    assert real.observation_space == dream.observation_space
    assert real.reset(seed=1, options={**options, "backend": "dream"})[1]["backend"] == "dream"
    real.close()
    dream.close()


def test_the_scripted_policy_wins(server: dreamgym.Server) -> None:
    env = dreamgym.make(HEAT, "real", url=server.url)
    env.reset(seed=4, options={"evaluation": True})
    ended = False
    while not ended:
        _, reward, terminated, truncated, _ = env.step(env.advise())
        ended = terminated or truncated
    assert (reward, terminated) == (1.0, True)
    env.close()


def test_errors_are_typed(server: dreamgym.Server) -> None:
    with pytest.raises(dreamgym.UnknownEnvironmentError):
        dreamgym.make("house/nothing-v0", url=server.url)
    with pytest.raises(dreamgym.UnknownBackendError):
        dreamgym.make(HEAT, "dreamt", url=server.url)
    env = dreamgym.make(HEAT, "real", url=server.url)
    with pytest.raises(dreamgym.ResetRequiredError):
        env.step("look")
    with pytest.raises(dreamgym.UnknownTaskError):
        env.reset(options={"task": "none"})
    env.reset(seed=1)
    with pytest.raises(dreamgym.InvalidActionError):
        env.step(" ")
    assert env.step("look")[1] == 0
    env.close()


def test_a_vector_of_each_kind_agrees(server: dreamgym.Server) -> None:
    """Ours steps in one frame; Gymnasium's own step one by one, or in processes."""
    ours = dreamgym.make_vec(HEAT, 2, "real", url=server.url)
    made = [partial(dreamgym.make, HEAT, "real", url=server.url)] * 2
    others = [SyncVectorEnv(made), AsyncVectorEnv(made, shared_memory=False, context="spawn")]
    for other in others:
        first, infos = ours.reset(seed=3)
        same, _ = other.reset(seed=3)
        for i in range(2):
            one = same["text"][i] if isinstance(same["text"], tuple) else same[i]["text"]
            assert first["text"][i] == one
        actions = [a[0] for a in infos["actions"]]
        assert ours.step(actions)[0]["text"] == other.step(tuple(actions))[0]["text"]
        other.close()
    ours.close()


def test_a_vector_steps_in_one_frame(server: dreamgym.Server) -> None:
    envs = dreamgym.make_vec(ECHO, 64, url=server.url)
    envs.reset(seed=1)
    sent = 0
    send = envs._client._live().send

    def counted(frame: bytes) -> None:
        nonlocal sent
        sent += 1
        send(frame)

    envs._client._live().send = counted  # type: ignore[method-assign,assignment]
    for _ in range(10):
        observation, rewards, *_ = envs.step(["hello"] * 64)
    assert sent == 10
    assert len(set(observation["text"])) >= 1
    assert rewards.shape == (64,)
    envs.close()


def test_a_policy_learns_from_recordings_and_in_either_backend(server: dreamgym.Server) -> None:
    jobs = [rl.Job({"split": "train", "index": i}, i) for i in range(40)]
    real = dreamgym.make_vec(HEAT, 16, "real", url=server.url)
    start = rl.clone(rl.record(real, jobs, np.random.default_rng(1), noise=(0.0, 0.5)))
    told: list[rl.Progress] = []
    for backend in ("real", "dream"):
        envs = dreamgym.make_vec(HEAT, 16, backend, url=server.url)
        policy = rl.train(envs, start, 1200, tasks=80, options={"split": "train"}, watch=told.append)
        assert not np.array_equal(policy.weights, start.weights)
        envs.close()
    untrained = rl.Policy(start.common)
    scores = [
        np.mean(list(rl.evaluate(real, p, range(20), options={"split": "train"}).values())) for p in (untrained, start)
    ]
    assert scores[1] > scores[0]
    assert all(t.episodes + t.excluded == 16 for t in told)
    real.close()


def test_an_empty_buffer_is_no_ground_to_train_on(binary: str) -> None:
    with dreamgym.launch(binary=binary) as empty:
        with pytest.raises(dreamgym.InsufficientEvidenceError):
            dreamgym.make("house/cool-and-place-v0", "dream", url=empty.url).reset(seed=1)
        envs = dreamgym.make_vec("house/cool-and-place-v0", 4, "dream", url=empty.url)
        start = rl.Policy(size=64)
        assert np.array_equal(rl.train(envs, start, 100).weights, start.weights)
        envs.close()


def test_sessions_go_on_after_the_server_was_killed(binary: str, tmp_path: Path) -> None:
    port = _free_port()
    command = [binary, "serve", "--listen", f"127.0.0.1:{port}", "--data", str(tmp_path)]
    first = _serve(command, port)
    try:
        envs = dreamgym.make_vec(HEAT, 3, "real", url=f"ws://127.0.0.1:{port}")
        _, infos = envs.reset(seed=1)
        actions = [a[0] for a in infos["actions"]]
        observation = envs.step(actions)[0]
        first.send_signal(signal.SIGKILL)
        first.wait()
        second = _serve(command, port)
    finally:
        first.kill()
        first.wait()
    try:
        again, _, _, truncations, infos = envs.step(actions)
        assert not truncations.any(), infos.get("error")
        assert again["goal"] == observation["goal"]
        envs.close()
    finally:
        second.terminate()
        second.wait(20)


def _serve(command: list[str], port: int) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while not _is_ready(f"http://127.0.0.1:{port}/readyz"):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return process

def test_a_token_is_asked_of_every_client(binary: str) -> None:
    env = "house/any-v0"

    async def with_asyncio(**access: str) -> None:
        async with await aio.make(env, **access):
            pass

    clients: list[Callable[..., object]] = [
        lambda **access: dreamgym.make(env, **access).close(),
        lambda **access: asyncio.run(with_asyncio(**access)),
        lambda **access: minari.fetch(env, **access),
    ]
    with dreamgym.launch(binary=binary, args=["--token", "secret"]) as guarded:
        for connect in clients:
            connect(url=guarded.url, token="secret")
            for wrong in ({}, {"token": "public"}):
                with pytest.raises(dreamgym.UnauthorizedError):
                    connect(url=guarded.url, **wrong)
