"""The environments for TRL, used as TRL uses them. TRL itself is in frameworks/trl."""

from __future__ import annotations

import inspect
import re
import time
import urllib.request
from collections.abc import Iterator

import pytest
from fake import FakeServer
from hosts import server_binary

import dreamgym
import dreamgym.trl

DOORS = "toy/doors-v0"


@pytest.fixture
def env(url: str) -> Iterator[dreamgym.trl.RemoteEnvironment]:
    make = dreamgym.trl.environment(DOORS, url=url)
    made = make()
    yield made
    made._env._client.close()


def test_the_model_gets_one_tool() -> None:
    members = inspect.getmembers(dreamgym.trl.RemoteEnvironment, inspect.isfunction)
    assert [name for name, _ in members if not name.startswith("_")] == ["act", "get_reward", "reset"]


def test_an_episode(env: dreamgym.trl.RemoteEnvironment) -> None:
    row = {"prompt": [], "image": None, "task": "red", "split": None, "seed": 3}
    told = env.reset(**row)
    assert told == "Goal: open the red door\n\nYou stand at a gate.\n\nAdmissible actions:\n- enter\n- wait"
    assert env.act("enter").startswith("A corridor with doors")
    assert env.get_reward() == 0
    assert env.act("open red").endswith("The episode is over.")
    assert env.get_reward() == 1
    with pytest.raises(dreamgym.ResetRequiredError, match="over"):
        env.act("enter")
    assert env.get_reward() == 1
    env.reset(**row)
    assert env.get_reward() == 0
    assert env.info["seed"] == 3


def test_a_row_without_a_seed_is_refused(env: dreamgym.trl.RemoteEnvironment) -> None:
    with pytest.raises(dreamgym.InvalidRequestError, match="seed"):
        env.reset(prompt=[], task="red")


def test_an_action_that_cannot_be_read_is_shown_to_the_model(
    fake: FakeServer, env: dreamgym.trl.RemoteEnvironment
) -> None:
    fake.errors["jump"] = "invalid_action"
    env.reset(task="red", seed=1)
    with pytest.raises(dreamgym.InvalidActionError):
        env.act("jump")
    env.act("enter")
    env.act("open red")
    assert env.get_reward() == 1


def test_a_failure_is_no_reward(fake: FakeServer, env: dreamgym.trl.RemoteEnvironment) -> None:
    fake.errors["explode"] = "env_crashed"
    env.reset(task="red", seed=1)
    with pytest.raises(dreamgym.EnvCrashedError):
        env.act("explode")
    with pytest.raises(dreamgym.EnvCrashedError):
        env.act("open red")
    assert env.get_reward() is None
    assert env.reset(task="red", seed=1).startswith("Goal: ")
    assert env.get_reward() == 0


def test_an_episode_that_cannot_begin_is_no_reward(fake: FakeServer, env: dreamgym.trl.RemoteEnvironment) -> None:
    fake.errors["reset"] = "insufficient_evidence"
    assert "could not begin" in env.reset(task="red", seed=1)
    with pytest.raises(dreamgym.InsufficientEvidenceError):
        env.act("enter")
    assert env.get_reward() is None
    fake.errors["reset"] = "unknown_task"
    with pytest.raises(dreamgym.UnknownTaskError):
        env.reset(task="pink", seed=1)


def test_a_dream_that_broke_off_is_no_reward(
    fake: FakeServer, env: dreamgym.trl.RemoteEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    env.reset(task="red", seed=1)
    carry_out = fake._carry_out

    def dry(request: dict[str, object]) -> dict[str, object]:
        body = carry_out(request)
        body["timestep"]["truncated"] = True
        body["timestep"]["info"]["stop"] = "insufficient_evidence"
        return body

    monkeypatch.setattr(fake, "_carry_out", dry)
    assert env.act("enter").endswith("The episode is over.")
    assert env.get_reward() is None


def test_arrays_are_refused() -> None:
    with (
        dreamgym.launch(binary=server_binary(), args=["--python-env", "CartPole-v1"]) as server,
        pytest.raises(dreamgym.NotAvailableError, match="arrays"),
    ):
        dreamgym.trl.environment("python/CartPole-v1", url=server.url)()


def test_sessions_of_instances_that_nobody_closes_end_and_are_opened_anew() -> None:
    with dreamgym.launch(binary=server_binary(), args=["--idle-timeout", "1s"]) as server:
        make = dreamgym.trl.environment("house/any-v0", "real", url=server.url)
        envs = [make() for _ in range(4)]
        firsts = [env.reset(split="train", index=3, seed=5) for env in envs]
        assert len(set(firsts)) == 1
        until = time.monotonic() + 20
        while _sessions(server) > 0:
            assert time.monotonic() < until
            time.sleep(0.05)
        with pytest.raises(dreamgym.DreamGymError):
            envs[0].act("look")
        assert envs[0].get_reward() is None
        assert envs[0].reset(split="train", index=3, seed=5) == firsts[0]
        assert envs[0].get_reward() == 0
        envs[0]._env._client.close()


def _sessions(server: dreamgym.Server) -> float:
    with urllib.request.urlopen(server.http_url + "/metrics") as answer:
        [count] = re.findall(r"^dreamgym_sessions (\d+)", answer.read().decode(), re.MULTILINE)
    return float(count)
