"""Episodes: of a policy in a vector environment, and as they were recorded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dreamgym._vector import RemoteVectorEnv
from dreamgym.rl.features import History
from dreamgym.rl.policy import Choice, Policy


@dataclass(frozen=True, slots=True)
class Job:
    """An episode to play: reset options, a seed, and the group that it counts in."""

    options: Mapping[str, Any]
    seed: int
    group: int = 0


@dataclass(slots=True)
class Episode:
    """An episode that a policy played."""

    job: Job
    reward: float = 0.0
    #: what was decided, for learning
    choices: list[Choice] = field(default_factory=list)
    #: what it rests on was missing or broke: no experience, in no gradient and in no average
    excluded: bool = False
    #: the code of the error that aborted it
    error: str | None = None

    @property
    def steps(self) -> int:
        """How many actions were taken."""
        return len(self.choices)


def play(
    envs: RemoteVectorEnv,
    policy: Policy,
    jobs: Iterable[Job],
    rng: np.random.Generator,
    *,
    temperature: float = 1.0,
) -> list[Episode]:
    """Play every job with the policy, as many at once as there are sub-environments."""
    waiting = iter(jobs)
    seats = [_Seat(i, envs, policy, rng, temperature) for i in range(envs.num_envs)]
    episodes: list[Episode] = []
    while True:
        actions = [seat.act(waiting) for seat in seats]
        if all(a is None for a in actions):
            return episodes
        observation, rewards, terminations, truncations, infos = envs.step(actions)
        for seat, action in zip(seats, actions, strict=True):
            i = seat.member
            if action is None or seat.episode is None:
                continue
            seat.see(action, observation["goal"][i], observation["text"][i], _of(infos, "actions", i) or ())
            seat.episode.reward += float(rewards[i])
            if terminations[i] or truncations[i]:
                seat.episode.excluded = bool(_of(infos, "excluded", i))
                seat.episode.error = _of(infos, "error", i)
                episodes.append(seat.episode)
                seat.episode = None


def _of(infos: Mapping[str, Any], key: str, i: int) -> Any:
    return infos[key][i] if key in infos and infos["_" + key][i] else None


class _Seat:
    """A sub-environment and who plays in it."""

    def __init__(
        self, member: int, envs: RemoteVectorEnv, policy: Policy, rng: np.random.Generator, temperature: float
    ) -> None:
        self.member = member
        self.episode: Episode | None = None
        self._envs, self._policy, self._rng, self._temperature = envs, policy, rng, temperature
        self._history: History | None = None
        self._actions: Sequence[str] = ()

    def act(self, waiting: Iterator[Job]) -> str | None:
        """Answer the next action; "" where a new episode begins, None when there is nothing left to play."""
        if self.episode is None:
            return self._sit_down(waiting)
        if self._history is None or not self._actions:
            return ""
        features = self._policy.features(self._history, self._actions)
        chances = self._policy.probabilities(features, self._temperature)
        taken = min(int(np.searchsorted(np.cumsum(chances), self._rng.random())), len(chances) - 1)
        self.episode.choices.append(Choice(features, taken))
        return self._actions[taken]

    def _sit_down(self, waiting: Iterator[Job]) -> str | None:
        job = next(waiting, None)
        if job is None:
            return None
        self._envs.assign(self.member, job.options, seed=job.seed)
        self.episode, self._history, self._actions = Episode(job), None, ()
        return ""

    def see(self, action: str, goal: str, text: str, actions: Sequence[str]) -> None:
        """Take in what a step or a reset showed."""
        if self._history is None:
            self._history = self._policy.history(goal, text)
        else:
            self._history.record(action, text)
        self._actions = actions


@dataclass(slots=True)
class Recording:
    """A recorded episode: what was seen and done, in order."""

    goal: str
    texts: list[str] = field(default_factory=list)
    admissible: list[list[str]] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)
    reward: float = 0.0

    def choices(self, policy: Policy) -> list[Choice]:
        """Answer its decisions as the policy would have seen them; actions that were not offered are left out."""
        if not self.texts:
            return []
        history = policy.history(self.goal, self.texts[0])
        made: list[Choice] = []
        for i, (action, offered) in enumerate(zip(self.actions, self.admissible, strict=True)):
            if len(offered) > 1 and action in offered:
                made.append(Choice(policy.features(history, offered), offered.index(action)))
            if i + 1 < len(self.texts):
                history.record(action, self.texts[i + 1])
        return made


def record(
    envs: RemoteVectorEnv, jobs: Iterable[Job], rng: np.random.Generator, noise: Sequence[float] = (0.0,)
) -> list[Recording]:
    """Record episodes of the environment's scripted policy, with a share of random actions drawn per episode."""
    waiting = iter(jobs)
    playing: dict[int, tuple[Recording, float]] = {}
    recordings: list[Recording] = []
    admissible: list[Sequence[str]] = [()] * envs.num_envs
    while True:
        actions: list[str | None] = [None] * envs.num_envs
        advised = [i for i, (_, p) in playing.items() if rng.random() >= p or not admissible[i]]
        advice = dict(zip(advised, envs.advise(advised), strict=True))
        for i in range(envs.num_envs):
            if i in playing:
                offered = admissible[i]
                actions[i] = advice.get(i) or (offered[int(rng.integers(len(offered)))] if offered else "")
            elif (job := next(waiting, None)) is not None:
                envs.assign(i, job.options, seed=job.seed)
                actions[i] = ""
        if all(a is None for a in actions):
            return recordings
        observation, rewards, terminations, truncations, infos = envs.step(actions)
        for i, action in enumerate(actions):
            if action is None:
                continue
            if i not in playing:
                playing[i] = (Recording(observation["goal"][i]), float(rng.choice(noise)))
            else:
                recording = playing[i][0]
                recording.actions.append(action)
                recording.admissible.append(list(admissible[i]))
                recording.reward += float(rewards[i])
            admissible[i] = _of(infos, "actions", i) or ()
            playing[i][0].texts.append(observation["text"][i])
            if terminations[i] or truncations[i]:
                recording, _ = playing.pop(i)
                if not _of(infos, "excluded", i):
                    recordings.append(recording)
