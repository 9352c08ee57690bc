"""A taskset for verifiers: tasks of an environment, and the environment that answers a model turn by turn.

verifiers finds it by the id ``dreamgym-verifiers``. Its own taskset ``openenv`` works with the server as well; this
one takes tasks by split, speaks text in place of JSON, and gives no reward where a dream broke off. It needs the extra
``verifiers``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import verifiers.v1 as vf

from dreamgym import aio
from dreamgym._errors import InsufficientEvidenceError, InvalidActionError, InvalidRequestError
from dreamgym._reading import INSTRUCTION, action_of, check_text, opening, ran_dry, reading, task_rows

__all__ = [
    "DreamGymConfig",
    "DreamGymData",
    "DreamGymEnv",
    "DreamGymEnvConfig",
    "DreamGymTask",
    "DreamGymTaskset",
]


class DreamGymData(vf.TaskData):
    """What starts an episode."""

    env: str
    backend: str | None
    url: str | None
    seed: int
    options: dict[str, Any]


class DreamGymTask(vf.Task[DreamGymData]):
    """An episode to play."""


class DreamGymConfig(vf.TasksetConfig):
    """Which episodes there are. The bearer token is the environment variable DREAMGYM_TOKEN."""

    env: str = ""
    """``namespace/name-vN``, or with ``@backend``: one whose observations are text."""
    backend: str | None = None
    """What plays it: "real", "dream"."""
    url: str | None = None
    """The server; the environment variable DREAMGYM_URL when None."""
    split: str = "train"
    """"train", "seen" or "unseen"."""
    tasks: int = 100
    """How many: the split's tasks in order, again and again."""
    seed: int = 0
    """Of the first; each one's is one more."""
    evaluation: bool = False
    """Whether the episodes are kept from the experience buffer."""


class DreamGymTaskset(vf.Taskset[DreamGymTask, DreamGymConfig]):
    """The tasks of a split, each with a seed."""

    def load(self) -> Iterator[DreamGymTask]:
        """Ask the server for its tasks."""
        c = self.config
        if not c.env:
            raise InvalidRequestError("no environment: set env.taskset.env")
        for row in task_rows(c.env, c.tasks, c.split, c.seed, c.url, None):
            options = {"split": row["split"], "index": row["index"], "evaluation": c.evaluation}
            yield DreamGymTask(
                DreamGymData(
                    name=f"{c.env} {row['split']} {row['index']} seed {row['seed']}",
                    system_prompt=INSTRUCTION,
                    env=c.env,
                    backend=c.backend,
                    url=c.url,
                    seed=row["seed"],
                    options=options,
                ),
                c.task,
            )


class DreamGymEnvConfig(vf.EnvConfig):
    """Who plays."""

    player: vf.AgentConfig = vf.AgentConfig()


class DreamGymEnv(vf.Env[DreamGymEnvConfig]):
    """Answers the player as the user does. The trace's reward "return" is the episode's.

    An action that cannot be read is told to the model, and the episode goes on. Where the environment fails, or a
    dream breaks off for want of evidence, `run` raises: verifiers has an error then, and no reward.
    """

    async def run(self, task: DreamGymTask, agents: vf.Agents) -> None:
        """Play an episode."""
        data = task.data
        async with await aio.make(data.env, data.backend, url=data.url) as env:
            check_text(env.remote_spec)
            observation, info = await env.reset(seed=data.seed, options=data.options)
            async with agents.player.interaction(task) as interaction:
                total = await _play(env, interaction, opening(observation, info))
        told = {key: info[key] for key in ("backend", "task", "split", "episode")}
        interaction.trace.info["dreamgym"] = told
        interaction.trace.record_reward("return", total)


async def _play(env: aio.Env, interaction: vf.Interaction, told: str) -> float:
    """Play to the end of the episode, or of the player's turns; answer the rewards' sum."""
    total, ended = 0.0, False
    while not ended and not (segment := await interaction.turn(told)).terminated:
        action = action_of(segment.last_reply)
        if not action:
            interaction.trace.stop("empty_action")  # as the taskset openenv does: it would be asked forever
            break
        try:
            observation, reward, terminated, truncated, info = await env.step(action)
        except InvalidActionError as e:
            told = f"That is no action: {e.message}"
            continue
        if ran_dry(info):
            raise InsufficientEvidenceError("the dream broke the episode off: it has no reward")
        total, ended, told = total + reward, terminated or truncated, reading(observation, info)
    return total
