"""Stable-Baselines3 itself, over the server."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from fake import FakeServer, running
from hosts import server_binary
from stable_baselines3 import A2C, DQN
from stable_baselines3.common.vec_env import DummyVecEnv, VecMonitor

import dreamgym
from dreamgym.sb3 import RemoteVecEnv

POLE = "python/CartPole-v1"


@pytest.fixture(scope="module")
def server() -> Iterator[dreamgym.Server]:
    args = ["--test-envs", "--python", sys.executable, "--python-env", "Blackjack-v1"]
    args += ["--python-env", '{"id": "CartPole-v1", "max_steps": 25}', "--python-env", "Pendulum-v1"]
    with dreamgym.launch(binary=server_binary(), args=args) as running:
        yield running


# What is another in every session, and what the fresh dict of a later step holds.
OWN = ("episode", "observation")


def comparable(info: dict[str, Any]) -> dict[str, Any]:
    return {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in info.items() if k not in OWN}


def test_it_is_what_a_dummy_vector_of_single_environments_is(server: dreamgym.Server) -> None:
    """The same seeds, options and actions: the same results, key by key."""
    ours = RemoteVecEnv(POLE, 4, url=server.url)
    theirs = DummyVecEnv([partial(dreamgym.make, POLE, url=server.url)] * 4)
    for envs in (ours, theirs):
        envs.seed(5)
        envs.set_options([{"index": 3}, {}, {"split": "seen"}, {"index": 3}])
    assert np.array_equal(ours.reset(), theirs.reset())
    assert [comparable(i) for i in ours.reset_infos] == [comparable(i) for i in theirs.reset_infos]
    draw = np.random.default_rng(2)
    ends = 0
    for _ in range(80):
        actions = draw.integers(0, 2, 4)
        seen, rewards, dones, infos = ours.step(actions)
        wanted = theirs.step(actions)
        assert seen.dtype == wanted[0].dtype == np.float32
        assert rewards.dtype == wanted[1].dtype
        assert all(np.array_equal(a, b) for a, b in zip((seen, rewards, dones), wanted[:3], strict=True))
        assert [comparable(i) for i in infos] == [comparable(i) for i in wanted[3]]
        assert [comparable(i) for i in ours.reset_infos] == [comparable(i) for i in theirs.reset_infos]
        ends += int(dones.sum())
        assert all(i["terminal_observation"] in ours.observation_space for i in np.array(infos)[dones])
    assert ends >= 8
    ours.close()
    theirs.close()


@pytest.mark.parametrize("kind", [A2C, DQN])
def test_algorithms_learn_over_it(server: dreamgym.Server, kind: Any) -> None:
    name = "python/Pendulum-v1" if kind is A2C else POLE
    envs = VecMonitor(RemoteVecEnv(name, 4, url=server.url))
    model = kind("MlpPolicy", envs, seed=1, device="cpu")
    before = [p.clone() for p in model.policy.parameters()]
    model.learn(1000)
    assert any((p != q).any() for p, q in zip(before, model.policy.parameters(), strict=True))
    assert len(envs.episode_returns) == 4
    envs.close()


def test_what_it_does_not_have_is_said(server: dreamgym.Server) -> None:
    with pytest.raises(dreamgym.NotAvailableError, match="text"):
        RemoteVecEnv("house/any-v0", 2, url=server.url)
    envs = RemoteVecEnv(POLE, 2, url=server.url)
    assert envs.get_attr("num_envs", [1]) == [2]
    assert envs.env_is_wrapped(gym.Wrapper) == [False, False]
    with pytest.raises(AttributeError, match="set_options"):
        envs.set_attr("x", 1)
    with pytest.raises(AttributeError, match="no method"):
        envs.env_method("fly")
    envs.close()


@pytest.fixture
def numeric() -> Iterator[tuple[FakeServer, str]]:
    """The doors of the fake, told as whether one is inside."""
    fake = FakeServer()
    box = {"kind": "Box", "dtype": "float32", "shape": [1], "low": ["0"], "high": ["1"]}
    action = {"kind": "Discrete", "dtype": "int64", "n": [2], "start": [0], "names": ["enter", "explode"]}
    carry_out = fake._carry_out

    def told(request: dict[str, Any]) -> dict[str, Any]:
        body = carry_out(request)
        if "opened" in body:
            spec = {**body["opened"]["spec"], "spaces": {"observation": box, "action": action}}
            return {"opened": {**body["opened"], "spec": spec}}
        if "timestep" in body:
            inside = float(body["timestep"]["observation"]["text"].startswith("A corridor"))
            body["timestep"]["observation"]["array"] = {"dtype": "float32", "shape": [1], "data": [inside]}
        return body

    fake._carry_out = told  # type: ignore[method-assign]
    with running(fake) as url:
        yield fake, url


def test_an_aborted_episode_is_truncated_and_marked(numeric: tuple[FakeServer, str]) -> None:
    fake, url = numeric
    fake.errors["explode"] = "env_crashed"
    envs = RemoteVecEnv("toy/doors-v0", 2, url=url)
    envs.reset()
    envs.step(np.array([0, 0]))
    seen, rewards, dones, infos = envs.step(np.array([1, 0]))
    assert (list(rewards), list(dones)) == ([0, 0], [True, False])
    assert [i["TimeLimit.truncated"] for i in infos] == [True, False]
    assert (infos[0]["error"], infos[0]["excluded"]) == ("env_crashed", True)
    assert list(infos[0]["terminal_observation"]) == [1.0]
    assert seen.tolist() == [[0.0], [1.0]]
    assert "excluded" not in infos[1]
    envs.close()


def test_an_episode_that_cannot_start_is_an_error(numeric: tuple[FakeServer, str]) -> None:
    fake, url = numeric
    fake.errors["explode"] = "env_crashed"
    envs = RemoteVecEnv("toy/doors-v0", 2, url=url)
    envs.reset()
    fake.errors["reset"] = "insufficient_evidence"
    with pytest.raises(dreamgym.InsufficientEvidenceError):
        envs.step(np.array([1, 0]))
    with pytest.raises(dreamgym.InsufficientEvidenceError):
        envs.reset()
    envs.close()


@pytest.mark.parametrize("backend", ["real", "dream"])
def test_the_example_learns(example: Callable[..., str], backend: str) -> None:
    said = example("sb3_ppo.py", "--backend", backend)
    before, after = map(float, re.findall(r"(?:before|of \w+) (\d+\.\d)", said))
    assert after > before
