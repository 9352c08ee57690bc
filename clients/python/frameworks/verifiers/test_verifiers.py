"""verifiers itself, with a made-up endpoint."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import verifiers.v1 as vf
from fake import FakeServer, running

import dreamgym
import dreamgym.verifiers
from dreamgym import aio
from dreamgym.verifiers import _play
from dreamgym_verifiers import DreamGymEnv, DreamGymTaskset

DOORS = "toy/doors-v0"


@pytest.mark.parametrize("backend", ["real", "dream"])
@pytest.mark.parametrize(("taskset", "reward"), [("dreamgym", "return"), ("openenv", "openenv_reward")])
def test_an_evaluation(example: Callable[..., str], taskset: str, reward: str, backend: str) -> None:
    said = example("verifiers_eval.py", "--taskset", taskset, "--backend", backend)
    assert said.startswith(f"{backend}: {reward} 1, ")
    assert said.endswith(" turns, 0 errors, stopped by user_closed")


def test_tasks_of_a_split() -> None:
    kind = vf.taskset_config_type("dreamgym-verifiers")
    with running(FakeServer()) as url:
        tasks = list(vf.load_taskset(kind(id="dreamgym-verifiers", env=DOORS, url=url, tasks=6, seed=10)))
    assert [t.data.options["index"] for t in tasks] == [0, 1, 2, 3, 0, 1]
    assert [t.data.seed for t in tasks] == [10, 11, 12, 13, 14, 15]
    assert len({t.key for t in tasks}) == 6
    with pytest.raises(dreamgym.InvalidRequestError, match="no environment"):
        list(DreamGymTaskset(kind(id="dreamgym-verifiers")))
    assert vf.environment_class("dreamgym-verifiers") is DreamGymEnv


class Player:
    """Says what it is given, as verifiers' Interaction does."""

    def __init__(self, *replies: str) -> None:
        self.replies, self.heard, self.stopped = list(replies), [], []
        self.trace = SimpleNamespace(stop=self.stopped.append)

    async def turn(self, message: str) -> Any:
        self.heard.append(message)
        return SimpleNamespace(terminated=not self.replies, last_reply=self.replies.pop(0) if self.replies else "")


class Dry(FakeServer):
    """Breaks every episode off with its first step."""

    def _carry_out(self, request: dict[str, Any]) -> dict[str, Any]:
        body = super()._carry_out(request)
        if request["op"] == "step":
            body["timestep"]["truncated"] = True
            body["timestep"]["info"]["stop"] = "insufficient_evidence"
        return body


def play(player: Player, fake: FakeServer | None = None, **errors: str) -> float:
    async def whole(url: str) -> float:
        async with await aio.make(DOORS, url=url) as env:
            await env.reset(seed=1, options={"task": "red"})
            return await _play(env, player, "Here you are.")

    fake = fake or FakeServer()
    fake.errors.update(errors)
    with running(fake) as url:
        return asyncio.run(whole(url))


def test_the_return_of_an_episode() -> None:
    player = Player("I go in.\nenter", "open red", "never said")
    assert play(player) == 1
    assert player.heard[1].endswith("Admissible actions:\n- open red\n- open green\n- open blue\n- open white")
    assert play(Player("enter")) == 0  # its turns are used up


def test_an_action_that_cannot_be_read_is_told() -> None:
    player = Player("jump", "enter", "open red")
    assert play(player, jump="invalid_action") == 1
    assert player.heard[1].startswith("That is no action: ")
    player = Player(" ")
    assert play(player) == 0
    assert player.stopped == ["empty_action"]


def test_a_failure_is_no_reward() -> None:
    with pytest.raises(dreamgym.EnvCrashedError):
        play(Player("enter", "explode"), explode="env_crashed")
    with pytest.raises(dreamgym.InsufficientEvidenceError):
        play(Player("enter", "open red"), Dry())


def test_all_is_what_the_module_defines() -> None:
    module = dreamgym.verifiers
    defined = {n for n, v in vars(module).items() if n[0] != "_" and getattr(v, "__module__", "") == module.__name__}
    assert defined == set(module.__all__)
