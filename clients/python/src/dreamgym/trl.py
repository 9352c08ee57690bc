"""Environments for TRL's GRPOTrainer, which lets a model act by tool calls.

>>> import dreamgym.trl
>>> trainer = GRPOTrainer(  # doctest: +SKIP
...     model, train_dataset=dreamgym.trl.dataset("house/any-v0", 512),
...     environment_factory=dreamgym.trl.environment("house/any-v0", "dream"))

It needs the extra ``trl``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from dreamgym._client import Client
from dreamgym._env import RESET_OPTIONS, RemoteEnv
from dreamgym._errors import DreamGymError, InvalidActionError, ResetRequiredError
from dreamgym._reading import EPISODE_ERRORS, check_text, opening, ran_dry, reading, seed_of, task_rows

if TYPE_CHECKING:
    from datasets import Dataset

__all__ = ["RemoteEnvironment", "dataset", "environment"]


class RemoteEnvironment:
    """A rollout's environment: TRL calls `reset`, gives the model the tool `act`, and asks `get_reward`.

    The reward is the episode's return. Of an episode that an error ended, or that a dream broke off for want of
    evidence, it is None: TRL gives such a rollout no advantage and leaves it out of its group's mean.

    TRL makes instances once and uses them again; it never closes them. A session that the server gave up meanwhile
    is opened anew.
    """

    def __init__(self, env: RemoteEnv) -> None:
        self._env = env
        #: what the server said of the newest timestep
        self.info: dict[str, Any] = {}
        #: why the episode counts for nothing; None where it counts
        self.error: DreamGymError | None = None
        self._return = 0.0
        self._over = True

    def reset(self, **row: Any) -> str:
        """Start the episode of a dataset's row.

        Args:
            **row: "seed", and what `dreamgym.RemoteEnv.reset` has as options; other columns are not looked at.
        """
        seed = seed_of(row)
        options: dict[str, Any] = {key: row[key] for key in RESET_OPTIONS if key in row}
        self._return, self._over, self.error = 0.0, False, None
        try:
            observation, self.info = self._env.reset(seed=seed, options=options)
        except EPISODE_ERRORS as e:
            self._over, self.error = True, e
            return "The episode could not begin: there is nothing to do."
        return opening(observation, self.info)

    def act(self, action: str) -> str:
        """Act in the environment.

        Args:
            action: The action, as text: one of the admissible actions that the newest observation lists.

        Returns:
            What there is to see then, and the admissible actions.
        """
        if self._over:
            raise self.error or ResetRequiredError("the episode is over: there is nothing left to do")
        try:
            observation, reward, terminated, truncated, self.info = self._env.step(action)
        except InvalidActionError:
            raise  # TRL shows it to the model, and the episode goes on
        except DreamGymError as e:
            self._over, self.error = True, e
            raise
        self._return += reward
        self._over = terminated or truncated
        return reading(observation, self.info) + ("\n\nThe episode is over." if self._over else "")

    def get_reward(self) -> float | None:
        """Answer the episode's return; None where the episode counts for nothing."""
        return None if self.error is not None or ran_dry(self.info) else self._return


def environment(
    env: str,
    backend: str | None = None,
    *,
    url: str | None = None,
    token: str | None = None,
    options: Mapping[str, Any] | None = None,
) -> Callable[[], RemoteEnvironment]:
    """Answer what GRPOTrainer takes as its ``environment_factory``: all instances share one connection.

    Args:
        env: ``namespace/name-vN``, or with ``@backend``: one whose observations are text.
        backend: What plays it: "real", "dream", "replay".
        url: The server; see `dreamgym.Client`.
        token: The bearer token; see `dreamgym.Client`.
        options: Reset options for where a row says nothing.
    """
    client = Client(url, token=token)

    def make() -> RemoteEnvironment:
        remote = RemoteEnv(env, backend, options=options, client=client)
        check_text(remote.remote_spec)
        return RemoteEnvironment(remote)

    return make


def dataset(
    env: str,
    rows: int,
    *,
    split: str = "train",
    seed: int = 0,
    prompt: str = "",
    url: str | None = None,
    token: str | None = None,
) -> Dataset:
    """Answer what GRPOTrainer takes as its ``train_dataset``: tasks in order, again and again, each with a seed.

    Args:
        env: ``namespace/name-vN``.
        rows: How many.
        split: "train", "seen", "unseen".
        seed: Of the first row; each row's is one more.
        prompt: The user's message, to which the first observation is appended.
        url: The server; see `dreamgym.Client`.
        token: The bearer token; see `dreamgym.Client`.
    """
    from datasets import Dataset  # here, for the environments need nothing of TRL's

    user = [{"role": "user", "content": prompt}]
    return Dataset.from_list([{"prompt": user, **row} for row in task_rows(env, rows, split, seed, url, token)])
