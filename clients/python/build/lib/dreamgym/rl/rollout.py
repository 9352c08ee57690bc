"""Episodes: of a policy in a vector environment, and as they were recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dreamgym._errors import NotAvailableError
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


@dataclass(slots=True)
class Recording:
    """A recorded episode: what was seen and done, in order."""

    goal: str = ""
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


def play(
    envs: RemoteVectorEnv,
    policy: Policy,
    jobs: Iterable[Job],
    rng: np.random.Generator,
    *,
    temperature: float = 1.0,
    limit: int = 1000,
) -> list[Episode]:
    """Play every job with the policy, as many at once as there are sub-environments.

    An episode that has not ended after ``limit`` actions is left, and excluded; so is one in which, after the
    first, no action is admissible any more.
    """

    def act(seats: Sequence[_Seat]) -> list[str]:
        return [seat.decide(policy, rng, temperature) for seat in seats]

    return [seat.episode() for seat in _run(envs, jobs, act, limit)]


def record(
    envs: RemoteVectorEnv,
    jobs: Iterable[Job],
    rng: np.random.Generator,
    noise: Sequence[float] = (0.0,),
    *,
    limit: int = 1000,
) -> list[Recording]:
    """Record episodes of the environment's scripted policy; ``noise`` has shares of random actions, taken in turn."""

    def act(seats: Sequence[_Seat]) -> list[str]:
        random = [rng.random() < noise[seat.number % len(noise)] for seat in seats]
        advice = iter(envs.advise([seat.member for seat, r in zip(seats, random, strict=True) if not r]))
        chosen = ["" if r else next(advice) for r in random]
        return [a or s.offered[int(rng.integers(len(s.offered)))] for a, s in zip(chosen, seats, strict=True)]

    return [seat.recording for seat in _run(envs, jobs, act, limit) if not seat.excluded]


@dataclass(slots=True)
class _Seat:
    """A job at a sub-environment: what was seen and done in it so far."""

    number: int
    member: int
    job: Job
    recording: Recording = field(default_factory=Recording)
    offered: Sequence[str] = ()
    excluded: bool = False
    error: str | None = None
    history: History | None = None
    choices: list[Choice] = field(default_factory=list)

    def decide(self, policy: Policy, rng: np.random.Generator, temperature: float) -> str:
        """Draw an action from the policy."""
        if self.history is None:
            self.history = policy.history(self.recording.goal, self.recording.texts[0])
        else:
            self.history.record(self.recording.actions[-1], self.recording.texts[-1])
        features = policy.features(self.history, self.offered)
        chances = policy.probabilities(features, temperature)
        taken = min(int(np.searchsorted(np.cumsum(chances), rng.random())), len(chances) - 1)
        self.choices.append(Choice(features, taken))
        return self.offered[taken]

    def episode(self) -> Episode:
        """Answer it as an episode to learn from."""
        return Episode(self.job, self.recording.reward, self.choices, self.excluded, self.error)


def _run(
    envs: RemoteVectorEnv, jobs: Iterable[Job], act: Callable[[Sequence[_Seat]], list[str]], limit: int
) -> Iterator[_Seat]:
    """Play every job and answer each when it has ended; ``act`` answers an action for each seat that waits for one."""
    waiting = enumerate(jobs)
    seats: dict[int, _Seat] = {}
    while True:
        for member in sorted(set(range(envs.num_envs)) - seats.keys()):
            if (following := next(waiting, None)) is not None:
                number, job = following
                seats[member] = _Seat(number, member, job)
                envs.assign(member, job.options, seed=job.seed)
        if not seats:
            return
        actions: list[str | None] = ["" if i in seats else None for i in range(envs.num_envs)]
        begun = [seat for seat in seats.values() if seat.recording.texts]
        for seat, action in zip(begun, act(begun), strict=True):
            actions[seat.member] = action
        step = envs.step(actions)
        for seat in list(seats.values()):
            if _take_in(seat, actions[seat.member], step, limit):
                del seats[seat.member]
                envs.restart(seat.member)
                yield seat


def _take_in(seat: _Seat, action: str | None, step: tuple[Any, ...], limit: int) -> bool:
    """Note what a step, or the reset that it was, showed at a seat; answer whether the episode has ended."""
    (observation, rewards, terminations, truncations, infos), i = step, seat.member
    recording = seat.recording
    if recording.texts:
        recording.actions.append(str(action))
        recording.admissible.append(list(seat.offered))
    recording.goal = observation["goal"][i]
    recording.texts.append(observation["text"][i])
    recording.reward += float(rewards[i])
    ended = bool(terminations[i] or truncations[i])
    seat.error = _of(infos, "error", i)
    if seat.error is None:  # after one that left the episode as it was, the actions are those from before
        seat.offered = _of(infos, "actions", i) or ()
    if not ended and not seat.offered and not recording.actions:
        raise NotAvailableError("the environment lists no admissible actions: there is nothing to choose from")
    stuck = not ended and (not seat.offered or len(recording.actions) >= limit)
    seat.excluded = stuck or bool(_of(infos, "excluded", i))
    return ended or stuck


def _of(infos: Mapping[str, Any], key: str, i: int) -> Any:
    return infos[key][i] if key in infos and infos["_" + key][i] else None
