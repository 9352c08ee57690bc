"""For frameworks that train language models: what a model reads and says, and what it must not learn from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dreamgym._client import Client
from dreamgym._errors import (
    DeadlineExceededError,
    EnvCrashedError,
    InsufficientEvidenceError,
    InvalidRequestError,
    ModelMalformedError,
    ModelUnavailableError,
    NotAvailableError,
    SessionLostError,
    UnknownSessionError,
)

#: What tells a model how to act that says its actions as text.
INSTRUCTION: Final = (
    "Act in the environment that is shown to you. Put the action on the last line of your answer, as it is listed."
)

#: Errors that end one episode and say nothing of the next: not the policy's doing, and not a mistake of who asked.
EPISODE_ERRORS: Final = (
    DeadlineExceededError,
    EnvCrashedError,
    InsufficientEvidenceError,
    ModelMalformedError,
    ModelUnavailableError,
    SessionLostError,
    UnknownSessionError,
)


def opening(observation: Mapping[str, str], info: Mapping[str, Any]) -> str:
    """Write an episode's first observation as one text: goal, state, admissible actions."""
    goal, state = observation["goal"], reading(observation, info)
    return f"Goal: {goal}\n\n{state}" if goal else state


def reading(observation: Mapping[str, str], info: Mapping[str, Any]) -> str:
    """Write a later observation as one text: state and admissible actions."""
    if not info["actions"]:
        return observation["text"]
    return "\n- ".join([observation["text"] + "\n\nAdmissible actions:", *info["actions"]])


def action_of(reply: str) -> str:
    """Answer the action that a model said: the last line that is not empty."""
    lines = reply.strip().splitlines()
    return lines[-1].strip() if lines else ""


def ran_dry(info: Mapping[str, Any]) -> bool:
    """Tell whether a dream broke the episode off for want of evidence: its reward is none."""
    return info.get("stop") == InsufficientEvidenceError.code


def check_text(spec: Mapping[str, Any]) -> None:
    """Raise NotAvailableError of an environment that shows arrays alone."""
    if spec.get("spaces") is not None:
        raise NotAvailableError(
            f"{spec['id']} gives arrays, which a language model cannot read: host it with observe: text"
        )


def seed_of(row: Mapping[str, Any]) -> int:
    """Answer a row's seed, or raise InvalidRequestError: the episodes of a group have to begin alike."""
    if row.get("seed") is None:
        raise InvalidRequestError("the row names no seed: without one, the episodes of a group would not begin alike")
    return int(row["seed"])


def task_rows(env: str, rows: int, split: str, seed: int, url: str | None, token: str | None) -> list[dict[str, Any]]:
    """Answer what starts so many episodes: a split's tasks in order, again and again, each with a seed of its own."""
    with Client(url, token=token) as client:
        total, _ = client.tasks(env.partition("@")[0], split=split, limit=1)
    if total == 0:
        raise InvalidRequestError(f"{env} has no tasks in the split {split!r}")
    return [{"split": split, "index": i % total, "seed": seed + i} for i in range(rows)]
