"""Plays games by policies of all qualities and writes what happened as transitions.

A kind of game says which tasks it has; the recorder plays each by its own solver with a
share of random actions, from none to all of them. A few actions of every policy are ones
that are not possible at the moment, so that refusals are recorded too.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, Protocol

# Share of random actions of the episodes that are played in turn, by split.
NOISE = {
    "train": (0.0, 0.15, 0.3, 0.5, 1.0),
    "seen": (0.0, 0.2, 0.5, 1.0),
    "unseen": (0.0, 0.2, 0.5, 1.0),
}
# Share of all actions that need not be possible.
STRAY = 0.1
# How many actions of earlier moments are kept to choose those from.
MOST_EARLIER = 1000
# How many episodes each of the held-out splits has.
HELD_OUT = 32


class Outcome(NamedTuple):
    """What a step led to."""

    text: str
    reward: float = 0.0
    ended: bool = False


class Game(Protocol):
    """One task, played once."""

    goal: str

    def reset(self) -> str:
        """Starts and answers what is seen first."""

    def step(self, action: str) -> Outcome:
        """Acts; whatever cannot be done has an outcome too."""

    def admissible(self) -> list[str]:
        """What can be done now."""

    def solution(self) -> str | None:
        """What a solver would do now; None where it does not know."""

    def stray(self, rng: random.Random) -> str | None:
        """An action that need not be possible; None: one that was so elsewhere will do."""


@dataclass(frozen=True)
class Task:
    """A task of a kind of game. Its game is opened with the seed of the episode, which matters where chance does."""

    name: str
    scene: str
    open: Callable[[int], Game]


Tasks = tuple[list[Task], list[Task]]


@dataclass(frozen=True)
class Kind:
    """A kind of game.

    `tasks` answers the training tasks and the unseen ones, which share no scene.
    """

    name: str
    tasks: Callable[[random.Random], Tasks]
    transitions: int = 2000
    max_steps: int = 30
    lists_actions: bool = True


def draw(rng: random.Random, train: int, unseen: int, tasks_of: Callable[[int], list[Task]]) -> Tasks:
    """The tasks of worlds to train on and of others, worlds being numbers."""
    worlds = rng.sample(range(10**6), train + unseen)
    made = [tasks_of(world) for world in worlds]
    return list(chain(*made[:train])), list(chain(*made[train:]))


class Policy:
    """The solver with a share of random actions."""

    def __init__(self, rng: random.Random, noise: float, earlier: deque[str]) -> None:
        """`earlier` are actions of other episodes; what becomes possible in this one is added."""
        self._rng, self._noise, self._earlier = rng, noise, earlier

    def act(self, game: Game, possible: list[str]) -> str:
        """The next action."""
        self._earlier += possible
        if self._rng.random() < STRAY and (stray := self._stray(game, possible)):
            return stray
        solution = game.solution() if self._rng.random() >= self._noise else None
        return solution or self._rng.choice(possible)

    def _stray(self, game: Game, possible: list[str]) -> str | None:
        if stray := game.stray(self._rng):
            return stray
        some = (self._rng.choice(self._earlier) for _ in range(20))
        return next((action for action in some if action not in possible), None)


def play(game: Game, policy: Policy, kind: Kind) -> Iterator[dict[str, Any]]:
    """Plays one episode and yields its steps."""
    state = game.reset()
    for step in range(kind.max_steps):
        actions = game.admissible()
        if not actions:
            return
        action = policy.act(game, actions)
        after = game.step(action)
        row = {
            "step": step, "goal": game.goal, "state": state, "action": action, "next_state": after.text,
            "reward": round(after.reward, 4), "terminated": after.ended,
            "truncated": not after.ended and step == kind.max_steps - 1,
        }  # fmt: skip
        yield row | ({"actions": actions} if kind.lists_actions else {})
        if after.ended:
            return
        state = after.text


def episodes(kind: Kind, tasks: list[Task], split: str, seed: int) -> Iterator[list[dict[str, Any]]]:
    """Plays the tasks of a split, over and over: by every policy before any plays again."""
    noises, earlier = NOISE[split], deque[str](maxlen=MOST_EARLIER)
    for i in range(10**6):
        task = tasks[i % len(tasks)]
        noise = noises[(i + i // len(tasks)) % len(noises)]
        name = f"{split}-{seed}-{i}"
        rng = random.Random(f"{kind.name}-{name}")
        head = {
            "schema_version": 1, "env": kind.name, "split": split,
            "task": task.name, "scene": task.scene, "episode": name,
        }  # fmt: skip
        game = task.open(rng.randrange(2**31))
        yield [head | row for row in play(game, Policy(rng, noise, earlier), kind)]


def rows(kind: Kind, seed: int, transitions: int) -> Iterator[dict[str, Any]]:
    """The rows of a recording, training first."""
    train, unseen = kind.tasks(random.Random(f"{kind.name}-{seed}"))
    for split, tasks in (("train", train), ("seen", train), ("unseen", unseen)):
        written = 0
        for count, episode in enumerate(episodes(kind, tasks, split, seed), 1):
            yield from episode
            written += len(episode)
            if written >= transitions if split == "train" else count >= HELD_OUT:
                break


def write(kind: Kind, seed: int, transitions: int, out: Path) -> dict[str, int]:
    """Writes a recording and answers its rows by split."""
    counts: dict[str, int] = {}
    partial = out.with_suffix(out.suffix + ".part")
    with partial.open("w", encoding="utf-8") as file:
        for row in rows(kind, seed, transitions):
            counts[row["split"]] = counts.get(row["split"], 0) + 1
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    partial.rename(out)
    return counts


def main(kinds: list[Kind], about: str | None) -> None:
    """The command line of a module of games."""
    by_name = {kind.name: kind for kind in kinds}
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"of {', '.join(by_name)}; all by default")
    parser.add_argument("--seed", type=int, default=1, help="decides tasks and actions; two seeds share few tasks")
    parser.add_argument("--transitions", type=int, help="how many steps to train on, cut between episodes")
    parser.add_argument("--suffix", default="", help="what the files' names end in before .jsonl")
    parser.add_argument("--out", type=Path, default=Path(), help="the folder to write KIND.jsonl into")
    options = parser.parse_args()
    for name in options.kinds or by_name:
        kind = by_name[name]
        counts = write(
            kind, options.seed, options.transitions or kind.transitions, options.out / f"{name}{options.suffix}.jsonl"
        )
        print(name, counts, file=sys.stderr)
