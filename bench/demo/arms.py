"""The arms of the comparison. What trains one is the same code for all; where it plays differs."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from dreamgym import DreamGymError, make, make_vec
from dreamgym.rl import Job, Policy, Progress, Settings, play, train

_TRIES = 3  # of an episode on the real side that failed


@dataclass(frozen=True, slots=True)
class Ground:
    """Where an arm plays."""

    url: str
    env: str
    backend: str

    def dreams(self, real: Ground) -> bool:
        """Tell whether the same tasks are dreamed here as are played on the real side."""
        return self.backend == "dream" and self.env == real.env


@dataclass(frozen=True, slots=True)
class Arm:
    """What is trained, from which start, where and for how long; then judged on the real side."""

    name: str
    start: Path
    seed: int
    real: Ground
    #: the places of the tasks in each split to judge it on
    tasks: Mapping[str, Sequence[int]]
    settings: Settings
    #: episodes at a time
    seats: int
    train_on: Ground | None = None
    steps: int = 0
    #: the places of the tasks in the train split to train on; None: all
    train_tasks: Sequence[int] | None = None


@dataclass(slots=True)
class Outcome:
    """How an arm ended."""

    arm: Arm
    #: rewards on the real side, by split and task
    rewards: dict[str, dict[int, float]] = field(default_factory=dict)
    #: the same in the dream that it was trained in; none where it was trained elsewhere
    dreamed: dict[str, dict[int, float]] = field(default_factory=dict)
    #: environment steps taken, and the mean reward on the way
    curve: list[tuple[int, float]] = field(default_factory=list)
    steps: int = 0
    episodes: int = 0
    #: episodes that want of evidence or a failure broke off, and the error where no episode could begin
    excluded: int = 0
    refusal: str = ""
    #: episodes on the real side that failed, by the error's code; they are played again
    failures: Counter[str] = field(default_factory=Counter)
    #: whether the weights are still those of the start
    unchanged: bool = False
    seconds: float = 0.0


def run(arm: Arm) -> Outcome:
    """Train an arm, if it is to be trained, and judge it."""
    began = time.monotonic()
    start = Policy.load(arm.start)
    outcome = Outcome(arm)
    policy = _trained(arm, start, outcome)
    outcome.unchanged = bool(np.array_equal(policy.weights, start.weights))
    if arm.train_on is None or not outcome.unchanged:
        outcome.rewards = judge(arm, arm.real, policy, outcome.failures)
        if arm.train_on and arm.train_on.dreams(arm.real):
            outcome.dreamed = judge(arm, arm.train_on, policy, Counter())
    outcome.seconds = time.monotonic() - began
    return outcome


def _trained(arm: Arm, start: Policy, outcome: Outcome) -> Policy:
    ground = arm.train_on
    if ground is None:
        return start

    def watch(p: Progress) -> None:
        outcome.curve.append((p.steps, p.reward))
        outcome.steps = p.steps
        outcome.episodes += p.episodes
        outcome.excluded += p.excluded

    with closing(make_vec(ground.env, arm.seats, backend=ground.backend, url=ground.url)) as envs:
        policy = train(
            envs,
            start,
            arm.steps,
            options={"split": "train"},
            tasks=arm.train_tasks,
            settings=arm.settings,
            seed=arm.seed,
            watch=watch,
        )
    if not outcome.episodes:
        outcome.refusal = _refusal(ground)
    return policy


def _refusal(ground: Ground) -> str:
    """Answer the code of the error that a reset is refused with, "" if it is not."""
    with closing(make(ground.env, backend=ground.backend, url=ground.url)) as env:
        try:
            env.reset(seed=0, options={"split": "train"})
        except DreamGymError as error:
            return error.code
    return ""


def judge(arm: Arm, ground: Ground, policy: Policy, failures: Counter[str]) -> dict[str, dict[int, float]]:
    """Play every task of the splits on a ground, as an evaluation. Answer the rewards, by split and number."""
    judged: dict[str, dict[int, float]] = {}
    with closing(make_vec(ground.env, arm.seats, backend=ground.backend, url=ground.url)) as envs:
        for split, tasks in arm.tasks.items():
            rng, rewards = np.random.default_rng(arm.seed), judged.setdefault(split, {})
            jobs = [Job({"split": split, "index": i, "evaluation": True}, arm.seed, n) for n, i in enumerate(tasks)]
            for _ in range(_TRIES):
                episodes = play(envs, policy, jobs, rng)
                rewards.update((e.job.group, e.reward) for e in episodes if not e.excluded)
                failures.update(e.error or "excluded" for e in episodes if e.excluded)
                jobs = [e.job for e in episodes if e.excluded]
    return judged
