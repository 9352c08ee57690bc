"""Learning: imitation of recorded episodes, then GRPO on groups of rollouts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from dreamgym._vector import RemoteVectorEnv
from dreamgym.rl.features import common_words
from dreamgym.rl.policy import Adam, Batch, Choice, Floats, Policy
from dreamgym.rl.rollout import Episode, Job, Recording, play


def clone(
    recordings: Sequence[Recording],
    *,
    epochs: int = 10,
    rate: float = 0.02,
    batch: int = 256,
    decay: float = 1e-4,
    seed: int = 0,
) -> Policy:
    """Train a policy to do what the recordings do, good and bad alike.

    Args:
        recordings: Episodes; only steps with a choice count.
        epochs: How often each is gone through.
        rate: Adam's step.
        batch: Decisions in a step.
        decay: How fast the weights shrink, per step.
        seed: Decides the order.
    """
    policy = Policy(common_words(t for r in recordings for t in r.texts))
    choices = [c for r in recordings for c in r.choices(policy)]
    rng, adam = np.random.default_rng(seed), Adam(len(policy.weights), rate)
    for _ in range(epochs):
        order = rng.permutation(len(choices))
        for start in range(0, len(order), batch):
            chosen = Batch([choices[i] for i in order[start : start + batch]])
            by_score = -chosen.probabilities(policy.weights)
            by_score[chosen.taken] += 1
            gradient = chosen.gradient(by_score / np.float32(len(chosen)), len(policy.weights))
            adam.ascend(policy.weights, gradient - np.float32(decay) * policy.weights)
    return policy


@dataclass(frozen=True, slots=True)
class Settings:
    """How GRPO learns."""

    #: tasks in an iteration, and rollouts of each
    tasks: int = 4
    group: int = 4
    #: share of the tasks that are taken up again, of those whose last rollouts told good from bad
    again: float = 0.5
    #: passes over an iteration's rollouts
    epochs: int = 4
    #: how many parts a pass is cut into, with an update each
    minibatches: int = 2
    #: Adam's step at the start; it shrinks to a tenth towards the end
    rate: float = 0.003
    #: how far a probability may move from the one that acted, as a share of it
    clip: float = 0.2
    #: weight of the divergence from the policy at the start
    kl: float = 0.001
    #: weight of the entropy
    entropy: float = 0.0
    temperature: float = 1.0


@dataclass(frozen=True, slots=True)
class Progress:
    """An iteration of GRPO, as told to whoever watches."""

    iteration: int
    #: environment steps since the start
    steps: int
    #: mean reward of the rollouts that count
    reward: float
    #: rollouts that count, and those left out
    episodes: int
    excluded: int
    #: groups whose rewards differ: the others teach nothing
    telling: int


def train(
    envs: RemoteVectorEnv,
    start: Policy,
    steps: int,
    *,
    options: dict[str, Any] | None = None,
    tasks: int | Sequence[int] | None = None,
    settings: Settings | None = None,
    seed: int = 0,
    watch: Callable[[Progress], object] | None = None,
) -> Policy:
    """Train a copy of a policy by GRPO for a number of environment steps, and answer it.

    It is the same on every backend: what plays is up to ``envs``.

    Args:
        envs: Where to play.
        start: The policy to start from; it stays as it is, and the divergence from it is held small.
        steps: Environment steps to spend; the last iteration may go a little beyond.
        options: Reset options for every episode, such as the split.
        tasks: Which of the split's tasks to draw from: the first so many, or these indices. None: by seed.
        settings: How to learn.
        seed: Decides tasks, seeds and actions.
        watch: Called after each iteration.
    """
    learn = settings or Settings()
    rng = np.random.default_rng(seed)
    policy, reference = start.copy(), start.weights.copy()
    adam = Adam(len(policy.weights), learn.rate)
    spent = iteration = barren = 0
    worth: list[Job] = []
    while spent < steps:
        jobs = _jobs(rng, learn, options or {}, tasks, worth)
        episodes = play(envs, policy, jobs, rng, temperature=learn.temperature)
        adam.rate = learn.rate * max(1 - spent / steps, 0.1)
        kept = [e for e in episodes if not e.excluded and e.steps]
        spent += sum(e.steps for e in episodes)
        iteration += 1
        advantages = group_advantages(kept)
        worth += {e.job.group: e.job for e, a in zip(kept, advantages, strict=True) if a}.values()
        update(policy, reference, adam, kept, advantages, learn, rng)
        if watch is not None:
            watch(_progress(iteration, spent, episodes, kept, advantages))
        barren = 0 if kept else barren + 1
        if barren >= 3:
            break  # nothing can be played here: the policy stays as it is
    return policy


def _jobs(
    rng: np.random.Generator,
    learn: Settings,
    options: dict[str, Any],
    tasks: int | Sequence[int] | None,
    worth: list[Job],
) -> list[Job]:
    """Draw the tasks of an iteration, some of them out of those worth it; a group's rollouts share task and seed."""
    jobs: list[Job] = []
    for group in range(learn.tasks):
        if worth and rng.random() < learn.again:
            job = replace(worth.pop(int(rng.integers(len(worth)))), group=group)
        else:
            job = _new_job(rng, options, tasks, group)
        jobs += [job] * learn.group
    return jobs


def _new_job(rng: np.random.Generator, options: dict[str, Any], tasks: int | Sequence[int] | None, group: int) -> Job:
    seed = int(rng.integers(1 << 53))
    if tasks is None:
        return Job(options, seed, group)
    index = int(rng.integers(tasks)) if isinstance(tasks, int) else int(rng.choice(tasks))
    return Job({**options, "index": index}, seed, group)


def group_advantages(episodes: Sequence[Episode]) -> Floats:
    """Answer each episode's advantage in its group: (reward - mean) / deviation, 0 where all are alike."""
    groups: dict[int, list[int]] = defaultdict(list)
    for i, episode in enumerate(episodes):
        groups[episode.job.group].append(i)
    advantages = np.zeros(len(episodes), dtype=np.float32)
    for members in groups.values():
        rewards = np.array([episodes[i].reward for i in members])
        if rewards.std() > 1e-6:
            advantages[members] = (rewards - rewards.mean()) / rewards.std()
    return advantages


def update(
    policy: Policy,
    reference: Floats,
    adam: Adam,
    episodes: Sequence[Episode],
    advantages: Floats,
    learn: Settings,
    rng: np.random.Generator,
) -> None:
    """Move the policy along the clipped surrogate of the rollouts, held near the reference.

    An episode's advantage is shared out over its steps: else long failures would drown short successes.
    """
    choices: list[Choice] = []
    weights: list[float] = []
    for episode, advantage in zip(episodes, advantages, strict=True):
        if advantage:
            choices += episode.choices
            weights += [float(advantage) / episode.steps] * episode.steps
    if not choices:
        return
    whole = Batch(choices)
    acted = whole.probabilities(policy.weights)[whole.taken]
    for _ in range(learn.epochs):
        for part in np.array_split(rng.permutation(len(choices)), learn.minibatches):
            batch = Batch([choices[i] for i in part])
            advantage = np.array([weights[i] for i in part], dtype=np.float32)
            by_score = surrogate(batch, policy.weights, reference, acted[part], advantage, learn)
            adam.ascend(policy.weights, batch.gradient(by_score / np.float32(len(batch)), len(policy.weights)))


def surrogate(
    batch: Batch, weights: Floats, reference: Floats, acted: Floats, advantage: Floats, learn: Settings
) -> Floats:
    """Answer the gradient, by the scores, of the clipped surrogate less divergence plus entropy."""
    chances = batch.probabilities(weights)
    ratio = chances[batch.taken] / acted
    free = np.where(advantage > 0, ratio < 1 + learn.clip, ratio > 1 - learn.clip)
    pull = advantage * ratio * free
    by_score: Floats = -chances * pull[batch.decision]
    by_score[batch.taken] += pull
    log = np.log(chances + 1e-12)
    if learn.kl:
        log_ratio = log - np.log(batch.probabilities(reference) + 1e-12)
        by_score -= learn.kl * _centred(chances, log_ratio, batch)
    if learn.entropy:
        by_score -= learn.entropy * _centred(chances, log, batch)
    return by_score


def _centred(chances: Floats, values: Floats, batch: Batch) -> Floats:
    """Answer chances * (values - their mean in each decision)."""
    means = np.add.reduceat(chances * values, batch.starts)
    centred: Floats = chances * (values - means[batch.decision])
    return centred


def _progress(
    iteration: int,
    spent: int,
    episodes: Sequence[Episode],
    kept: Sequence[Episode],
    advantages: Floats,
) -> Progress:
    reward = float(np.mean([e.reward for e in kept])) if kept else 0.0
    telling = len({e.job.group for e, a in zip(kept, advantages, strict=True) if a})
    return Progress(iteration, spent, reward, len(kept), len(episodes) - len(kept), telling)


def evaluate(
    envs: RemoteVectorEnv,
    policy: Policy,
    tasks: Iterable[int] | None = None,
    *,
    options: dict[str, Any] | None = None,
    temperature: float = 1.0,
    seed: int = 0,
) -> dict[int, float]:
    """Play each task of a split once, as an evaluation, and answer the rewards by the task's index.

    Without ``tasks``, all of the split in ``options``. Episodes that infrastructure or want of evidence broke
    off are left out.
    """
    fixed = {**(options or {}), "evaluation": True}
    if tasks is None:
        tasks = range(envs.count_tasks(fixed.get("split", "train")))
    jobs = [Job({**fixed, "index": i}, seed, i) for i in tasks]
    episodes = play(envs, policy, jobs, np.random.default_rng(seed), temperature=temperature)
    return {e.job.group: e.reward for e in sorted(episodes, key=lambda e: e.job.group) if not e.excluded}
