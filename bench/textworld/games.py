"""Generated text adventures: which ones to make, and how to play one as a player would.

The kinds, sizes and seeds are a plan that follows from one base seed, so that a set of
games can be made again, and two base seeds share no game.
"""

from __future__ import annotations

import hashlib
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import textworld


@dataclass(frozen=True)
class Recipe:
    """One game to make: its name and the arguments of `tw-make`."""

    name: str
    arguments: tuple[str, ...]


def _coin_collector(rng: random.Random) -> list[str]:
    mode = rng.choice([0, 100])  # without and with rooms off the path
    return ["tw-coin_collector", "--level", str(mode + rng.randint(3, 9))]


def _treasure_hunter(rng: random.Random) -> list[str]:
    return ["tw-treasure_hunter", "--level", str(rng.choice([3, 4, 5, 6, 8, 12, 14, 22, 24]))]


def _cooking(rng: random.Random) -> list[str]:
    ingredients = rng.randint(1, 3)
    flags = [flag for flag in ("--open", "--cook", "--cut") if rng.random() < 0.6]
    take = str(rng.randint(0, ingredients))
    return ["tw-cooking", "--recipe", str(ingredients), "--take", take, "--go", rng.choice(["1", "6"]), *flags]


def _simple(rng: random.Random) -> list[str]:
    rewards = rng.choice(["dense", "balanced", "sparse"])
    goal = rng.choice(["detailed", "detailed", "brief", "none"])
    return ["tw-simple", "--rewards", rewards, "--goal", goal]


def _custom(rng: random.Random) -> list[str]:
    size, objects, length = rng.randint(1, 6), rng.randint(3, 12), rng.randint(2, 7)
    return ["custom", "--world-size", str(size), "--nb-objects", str(objects), "--quest-length", str(length)]


KINDS = (_coin_collector, _treasure_hunter, _cooking, _simple, _custom)


def plan(base_seed: int, count: int, purpose: str) -> list[Recipe]:
    """Answers `count` recipes, the kinds in turn, for one purpose ("train", "unseen")."""
    recipes = []
    for i in range(count):
        rng = random.Random(f"{base_seed}/{purpose}/{i}")
        arguments = KINDS[i % len(KINDS)](rng)
        name = f"{arguments[0]}-{base_seed}-{purpose}-{i}"
        recipes.append(Recipe(name, (*arguments, "--seed", str(rng.randrange(1, 65000)))))
    return recipes


def make(recipe: Recipe, folder: Path) -> Path:
    """Compiles the game, unless it is there already, and answers its file."""
    file = folder / f"{recipe.name}.z8"
    if not file.exists():
        tw_make = Path(sys.executable).with_name("tw-make")
        command = [str(tw_make), *recipe.arguments, "--output", str(file), "-f"]
        subprocess.run(command, check=True, capture_output=True, text=True)
    return file


# What the interpreter adds to a feedback that is no part of the game's story: a status
# line behind a prompt, and below the end a count of turns and a question.
_STATUS = re.compile(r"\n>\s+-= .* =-\s*-?\d+/\d+\s*$")
_CLOSING = re.compile(r"\n+You scored .*? turns?\.\n.*", re.DOTALL)
_TITLE = re.compile(r"^-= .* =-$", re.MULTILINE)


def story(feedback: str) -> str:
    """The feedback as a player reads it, without status line, turn count and blank runs."""
    text = _CLOSING.sub("", _STATUS.sub("", feedback))
    lines = [line.strip() for line in text.split("\n")]
    return re.sub(r"\n{2,}", "\n\n", "\n".join(lines)).strip()


def opening(feedback: str) -> str:
    """The first feedback without banner and objective: from the first room's title on."""
    text = story(feedback)
    title = _TITLE.search(text)
    return text[title.start() :] if title else text


@dataclass(frozen=True)
class Moment:
    """What a player knows after a step, and what a solver would do next."""

    text: str
    admissible: list[str]
    solution: list[str]
    score: int
    won: bool
    ended: bool


class Game:
    """One compiled game, played from its start as often as wanted."""

    def __init__(self, file: Path) -> None:
        """Opens a compiled game."""
        wanted = textworld.EnvInfos(
            feedback=True, admissible_commands=True, policy_commands=True, objective=True,
            possible_admissible_commands=True, score=True, won=True, lost=True, game=True,
        )  # fmt: skip
        self._env = textworld.start(str(file), wanted)
        state = self._env.reset()
        self.goal = " ".join((state.objective or "").split())
        self.scene = _digest(_world(state.game))
        self.task = _digest(self.scene, *(str(quest.desc) for quest in state.game.quests), self.goal)
        self.commands: list[str] = sorted(state.possible_admissible_commands or [])

    def reset(self) -> Moment:
        """Starts the game again."""
        state = self._env.reset()
        return _moment(state, opening(state.feedback), ended=False)

    def step(self, command: str) -> Moment:
        """Enters a command."""
        state, _, ended = self._env.step(command)
        return _moment(state, story(state.feedback), ended=bool(ended))

    def close(self) -> None:
        """Ends the interpreter."""
        self._env.close()


def _moment(state: Any, text: str, *, ended: bool) -> Moment:
    admissible = [] if ended else sorted(set(state.admissible_commands))
    return Moment(text, admissible, list(state.policy_commands or []), int(state.score or 0), bool(state.won), ended)


def _world(game: Any) -> Iterator[str]:
    """What persists over tasks: places, things, where they are and how they are described."""
    yield from sorted(str(fact) for fact in game.world.facts)
    for name, info in sorted(game.infos.items()):
        yield f"{name}={info.name}|{info.desc}"


def _digest(*parts: Any) -> str:
    flat = [text for part in parts for text in ([part] if isinstance(part, str) else part)]
    return hashlib.sha256("\x1f".join(flat).encode()).hexdigest()[:12]
