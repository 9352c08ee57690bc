"""Minari's own reading of the datasets that are made of recorded episodes."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import minari
import numpy as np
import pytest
from gymnasium import spaces
from hosts import server_binary

import dreamgym
from dreamgym import minari as ours

HOSTED = Path(__file__).parents[3] / "adapters" / "python" / "testdata"
HEAT = "house/heat-and-place-v0"
NAMED = '{"id": "FrozenLake-v1", "actions": ["left", "down", "right", "up"]}'

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:minari")  # of what a dataset should say of itself


@pytest.fixture(scope="module")
def server() -> Iterator[dreamgym.Server]:
    args = ["--python", sys.executable, "--python-path", str(HOSTED), "--python-env", NAMED]
    for declared in ("CartPole-v1", "Blackjack-v1", '{"id": "parts:Parts-v0", "max_steps": 7}', "Pendulum-v1"):
        args += ["--python-env", declared]
    with dreamgym.launch(binary=server_binary(), args=args) as running:
        yield running


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path))
    return tmp_path


Steps = list[tuple[Any, Any, float, bool, bool]]


def play(server: dreamgym.Server, name: str, seed: int) -> tuple[Any, Steps]:
    """Play an episode at random and answer what a policy was shown."""
    env = dreamgym.make(name, "real", url=server.url)
    first, _ = env.reset(seed=seed)
    env.action_space.seed(seed)
    steps: Steps = []
    while not steps or not (steps[-1][3] or steps[-1][4]):
        action = env.action_space.sample()
        seen, reward, terminated, truncated, _ = env.step(action)
        steps.append((action, seen, reward, terminated, truncated))
    env.close()
    return first, steps


def recorded(server: dreamgym.Server, name: str, count: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Wait until the catalogue has so many episodes, and answer them."""
    for _ in range(500):
        spec, episodes = ours.fetch(name, url=server.url, backend="real")
        if len(found := list(episodes)) == count:
            return spec, found
        time.sleep(0.01)
    raise AssertionError(f"{len(found)} episodes, not {count}")


def element(values: Any, i: int) -> Any:
    """Answer one element of Minari's columns."""
    if isinstance(values, dict):
        return {k: element(v, i) for k, v in values.items()}
    if isinstance(values, tuple):
        return tuple(element(v, i) for v in values)
    return values[i]


def equal(a: Any, b: Any) -> bool:
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(equal(a[k], b[k]) for k in a)
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(equal, a, b))
    return bool(np.array_equal(a, b))


PLAYED = ["house/clean-and-place-v0", *(f"python/{n}-v1" for n in ("CartPole", "FrozenLake", "Pendulum", "Blackjack"))]


@pytest.mark.parametrize("name", [*PLAYED, "python/parts.Parts-v0"])
def test_a_dataset_holds_what_was_played(server: dreamgym.Server, name: str) -> None:
    played = [play(server, name, seed) for seed in range(3)]
    spec, episodes = recorded(server, name, 3)
    ours.create_dataset("test/played-v0", spec, episodes)
    dataset = minari.load_dataset("test/played-v0")
    assert dataset.total_episodes == 3
    assert dataset.total_steps == sum(len(steps) for _, steps in played)
    numeric = name.startswith("python/")
    env = dreamgym.make(name, url=server.url)
    if numeric:
        assert dataset.observation_space == env.observation_space
        assert dataset.action_space == env.action_space
    env.close()
    for episode, (first, steps), seed in zip(dataset, played, range(3), strict=True):
        assert len(episode.rewards) == len(steps)
        shown = [first, *(s[1] for s in steps)]
        for i, seen in enumerate(shown):
            stored = element(episode.observations, i)
            assert equal(stored, seen)
            assert stored in dataset.observation_space
        for i, (action, _, reward, terminated, truncated) in enumerate(steps):
            assert np.array_equal(episode.actions[i], action)
            assert episode.actions[i] in dataset.action_space
            assert (episode.rewards[i], episode.terminations[i]) == (reward, terminated)
            assert episode.truncations[i] == truncated
        assert episodes[episode.id]["header"]["seed"] == seed


def test_an_episode_may_come_from_the_command_line(server: dreamgym.Server, tmp_path: Path) -> None:
    data = tmp_path / "data"
    run = [server_binary(), "collect", HEAT, "--data", str(data), "--episodes", "2", "--policy", "scripted"]
    subprocess.run(run, check=True, capture_output=True, timeout=120)

    def told(*command: str) -> Any:
        shown = [server_binary(), *command, "--data", str(data), "--json"]
        done = subprocess.run(shown, check=True, capture_output=True)
        return json.loads(done.stdout)

    ids = [row["id"] for row in told("episodes", "list")["episodes"]]
    spec, _ = ours.fetch(HEAT, url=server.url)
    dataset = ours.create_dataset("test/shown-v0", spec, (told("episodes", "show", i) for i in ids))
    assert dataset.total_episodes == 2
    assert isinstance(dataset.observation_space, spaces.Dict)
    assert all(episode.rewards[-1] == 1 for episode in dataset)


def test_what_is_no_experience_is_left_out() -> None:
    def episode(reason: str, stop: str = "") -> dict[str, Any]:
        def step(i: int) -> dict[str, Any]:
            info = {"stop": stop} if stop and i else {}
            told = {"observation": {"goal": "", "text": f"naïve ☂ {i}"}, "reward": i, "info": info}
            return {"action": "go", "timestep": {**told, "terminated": False, "truncated": bool(i)}}

        header = {"id": "e", "seed": 1, "backend": "dream", "task": {"id": "t"}}
        return {"header": header, "steps": [step(0), step(1)], "end": {"reason": reason} if reason else None}

    spec = {"id": "toy/doors-v0"}
    bad = [episode("aborted"), episode(""), episode("truncated", "insufficient_evidence")]
    with pytest.raises(dreamgym.InvalidRequestError, match="nothing"):
        ours.create_dataset("test/none-v0", spec, bad)
    dataset = ours.create_dataset("test/one-v0", spec, [*bad, episode("truncated", "step_limit")])
    assert dataset.total_episodes == 1
    assert list(dataset[0].observations["text"]) == ["naïve ☂ 0", "naïve ☂ 1"]


def test_what_the_server_does_not_have_is_said(server: dreamgym.Server) -> None:
    with pytest.raises(dreamgym.UnknownEnvironmentError):
        ours.fetch("house/nothing-v0", url=server.url)
    with pytest.raises(dreamgym.InvalidRequestError, match="backend"):
        ours.fetch(HEAT, backend="dreamt", url=server.url)
    with pytest.raises(dreamgym.ConnectionLostError, match="no server"):
        ours.fetch(HEAT, url="http://127.0.0.1:9")
