"""Records single-player games of `textarena` that need no downloads.

    python arena.py --out recordings

A state is what the game said since the last move; the goal is its introduction.
"""

from __future__ import annotations

import itertools
import random
import re
from collections import deque
from functools import partial
from typing import Any

import textarena

from recorder import Kind, Outcome, Task, Tasks, draw, main

WAYS = {"[up]": (-1, 0), "[down]": (1, 0), "[left]": (0, -1), "[right]": (0, 1)}


class Arena:
    """A game of the package; subclasses know its moves and how to win."""

    def __init__(self, name: str, world: int, _seed: int) -> None:
        self._env: Any = textarena.make(name)
        self._world = world
        self.text, self.goal = "", ""

    def reset(self) -> str:
        """Starts; the introduction is the goal, what follows the first state."""
        self._env.reset(num_players=1, seed=self._world)
        _, said = self._env.get_observation()
        intro, _, board = str(said).strip().removeprefix("[GAME] ").partition("[GAME] ")
        self.goal = re.sub(r"\s+", " ", intro).strip()
        self.text = board.strip() or "Begin."
        return self.text

    def step(self, action: str) -> Outcome:
        """Moves; the reward is 1 for a win."""
        ended, _ = self._env.step(action)
        if ended:
            rewards, info = self._env.close()
            why = info.get(0, {}).get("reason", "") if isinstance(info, dict) else ""
            return Outcome(str(why).strip() or "The game is over.", float(rewards[0] >= 1), True)
        _, said = self._env.get_observation()
        said = str(said)
        echoes = [
            (said.rfind(f"{who} {action}\n"), len(f"{who} {action}\n")) for who in ("[Player]", "[Player 0]", "[GAME]")
        ]
        at, length = max(echoes)
        self.text = said[at + length :].replace("[GAME] ", "").strip() if at >= 0 else said[-600:].strip()
        return Outcome(self.text)

    def admissible(self) -> list[str]:
        """The moves."""
        raise NotImplementedError

    def solution(self) -> str | None:
        """Unknown."""
        return None

    def stray(self, rng: random.Random) -> str | None:
        """Not in the format that is asked for."""
        return rng.choice(("[pass]", "[99]", "[Z Q]"))


class Pond(Arena):
    """The frozen lake, boxed."""

    def _cells(self) -> list[list[str]]:
        return [
            [c.strip() for c in line.strip("|").split("|")] for line in self.text.splitlines() if line.startswith("|")
        ]

    def admissible(self) -> list[str]:
        """Four ways."""
        return list(WAYS)

    def solution(self) -> str | None:
        """A shortest way."""
        cells = self._cells()
        start = next(((r, c) for r, row in enumerate(cells) for c, x in enumerate(row) if x == "P"), None)
        if start is None:
            return None
        queue, first = deque([start]), {start: ""}
        while queue:
            at = queue.popleft()
            if cells[at[0]][at[1]] == "G":
                return first[at]
            for way, (dr, dc) in WAYS.items():
                to = (at[0] + dr, at[1] + dc)
                if (
                    0 <= to[0] < len(cells)
                    and 0 <= to[1] < len(cells[0])
                    and cells[to[0]][to[1]] != "H"
                    and to not in first
                ):
                    first[to] = first[at] or way
                    queue.append(to)
        return None


class Hanoi(Arena):
    """Three towers."""

    def admissible(self) -> list[str]:
        """From one tower to another."""
        return [f"[{a} {b}]" for a, b in itertools.permutations("ABC", 2)]

    def solution(self) -> str | None:
        """The first move of a shortest solution."""
        towers = [
            tuple(int(d) for d in re.findall(r"\d", line)) for line in re.findall(r"^[ABC]: (.*)$", self.text, re.M)
        ]
        if len(towers) != 3:
            return None
        start = tuple(towers)
        queue, first = deque([start]), {start: ""}
        while queue:
            now = queue.popleft()
            if not now[0] and not now[1]:
                return first[now]
            for a, b in itertools.permutations(range(3), 2):
                if now[a] and (not now[b] or now[a][-1] < now[b][-1]):
                    then = list(now)
                    then[a], then[b] = now[a][:-1], (*now[b], now[a][-1])
                    if tuple(then) not in first:
                        first[tuple(then)] = first[now] or f"[{'ABC'[a]} {'ABC'[b]}]"
                        queue.append(tuple(then))
        return None


class Guess(Arena):
    """A number from 1 to 20, told higher or lower."""

    def reset(self) -> str:
        """Starts with everything possible."""
        self._low, self._high, self._last = 1, 20, 0
        return super().reset()

    def step(self, action: str) -> Outcome:
        """Remembers what the hint excludes."""
        after = super().step(action)
        if action[1:-1].isdigit():
            number = int(action[1:-1])
            if "higher" in after.text:
                self._low = max(self._low, number + 1)
            elif "lower" in after.text:
                self._high = min(self._high, number - 1)
        return after

    def admissible(self) -> list[str]:
        """Every number."""
        return [f"[{n}]" for n in range(1, 21)]

    def solution(self) -> str | None:
        """The middle."""
        return f"[{(self._low + self._high) // 2}]"


class Lights(Arena):
    """Lights that switch their neighbours."""

    def _lit(self) -> list[list[bool]] | None:
        rows = re.findall(r"^\d: ([O. ]+)$", self.text, re.M)
        return [[c == "O" for c in row.split()] for row in rows] if rows else None

    def admissible(self) -> list[str]:
        """Every light."""
        return [f"[{r} {c}]" for r in range(5) for c in range(5)]

    def solution(self) -> str | None:
        """Chases the lights down after each way to press the first row; the fewest presses."""
        lit = self._lit()
        if lit is None:
            return None
        ways = [
            presses
            for first in itertools.product((False, True), repeat=5)
            if (presses := _chase(lit, first)) is not None
        ]
        best = min(ways, key=len, default=[])
        return f"[{best[0][0]} {best[0][1]}]" if best else None


def _chase(lit: list[list[bool]], first: tuple[bool, ...]) -> list[tuple[int, int]] | None:
    board, presses = [row[:] for row in lit], []
    for r in range(5):
        for c in range(5):
            if first[c] if r == 0 else board[r - 1][c]:
                presses.append((r, c))
                for dr, dc in ((0, 0), (0, 1), (0, -1), (1, 0), (-1, 0)):
                    if 0 <= r + dr < 5 and 0 <= c + dc < 5:
                        board[r + dr][c + dc] ^= True
    return None if any(board[4]) else presses


def tasks(game: type[Arena], name: str, count: int, rng: random.Random) -> Tasks:
    """Some deals to train on, half as many others."""

    def tasks_of(world: int) -> list[Task]:
        return [Task(f"{name}-{world}", f"{name}-{world}", partial(game, name, world))]

    return draw(rng, count, count // 2, tasks_of)


KINDS = [
    Kind("arena-lake", partial(tasks, Pond, "FrozenLake-v0", 16), 1500, 25),
    Kind("arena-hanoi", partial(tasks, Hanoi, "TowerOfHanoi-v0", 8), 1500, 20),
    Kind("arena-guess", partial(tasks, Guess, "GuessTheNumber-v0", 20), 1000, 12, lists_actions=False),
    Kind("arena-lights", partial(tasks, Lights, "LightsOut-v0", 16), 1500, 20),
]

if __name__ == "__main__":
    main(KINDS, __doc__)
