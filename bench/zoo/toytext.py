"""Records the toy-text environments of Gymnasium as texts: lakes, taxis, cliffs and cards.

    python toytext.py --out recordings

Some are drawn as maps of letters, some told in sentences; some slip.
"""

from __future__ import annotations

import random
from collections import deque
from functools import partial
from typing import Any

import gymnasium
from gymnasium.envs.toy_text.frozen_lake import generate_random_map

from recorder import Kind, Outcome, Task, Tasks, draw, main

MOVES = ("left", "down", "right", "up")
STEPS = {"left": (0, -1), "down": (1, 0), "right": (0, 1), "up": (-1, 0)}


def way(rows: list[str], start: tuple[int, int], goal: str, walls: str) -> str | None:
    """The first move of a shortest way over a map."""
    queue, first = deque([start]), {start: ""}
    while queue:
        at = queue.popleft()
        if rows[at[0]][at[1]] == goal and first[at]:
            return first[at]
        for move, (dr, dc) in STEPS.items():
            r, c = at[0] + dr, at[1] + dc
            if 0 <= r < len(rows) and 0 <= c < len(rows[0]) and rows[r][c] not in walls and (r, c) not in first:
                first[r, c] = first[at] or move
                queue.append((r, c))
    return None


class Lake:
    """A frozen lake drawn as a map, with `@` where one stands."""

    def __init__(self, size: int, world: int, slippery: bool, seed: int) -> None:
        self.rows = generate_random_map(size=size, p=0.8, seed=world)
        self._env: Any = gymnasium.make("FrozenLake-v1", desc=self.rows, is_slippery=slippery)
        self._seed, self.at = seed, 0
        self.goal = "Walk from S to G over the ice (F). Do not fall into a hole (H)."

    def _text(self) -> str:
        r, c = divmod(self.at, len(self.rows))
        return "\n".join(row[:c] + "@" + row[c + 1 :] if i == r else row for i, row in enumerate(self.rows))

    def reset(self) -> str:
        """Stands on S."""
        self.at, _ = self._env.reset(seed=self._seed)
        return self._text()

    def step(self, action: str) -> Outcome:
        """Walks; anything else is answered by the map as it was, with a word."""
        if action not in MOVES:
            return Outcome("? " + action + "\n" + self._text())
        self.at, reward, ended, _, _ = self._env.step(MOVES.index(action))
        return Outcome(self._text(), float(reward), bool(ended))

    def admissible(self) -> list[str]:
        """Four directions, always."""
        return list(MOVES)

    def solution(self) -> str | None:
        """A shortest way round the holes."""
        return way(self.rows, divmod(self.at, len(self.rows)), "G", "H")

    def stray(self, rng: random.Random) -> str | None:
        """Words that are no direction."""
        return rng.choice(("north", "jump", "wait"))


class Cliff:
    """The cliff, told by coordinates."""

    def __init__(self, row: int, column: int, _seed: int) -> None:
        self._start = (row, column)
        self.row, self.column = row, column
        self.goal = "Reach row 3, column 11. Do not step off the cliff (row 3, columns 1 to 10)."

    def reset(self) -> str:
        """Stands at the start."""
        return f"You are at row {self.row}, column {self.column}."

    def step(self, action: str) -> Outcome:
        """Walks by Gymnasium's rules; a fall puts one back to row 3, column 0."""
        if action not in MOVES:
            return Outcome(f"You cannot {action}. You are at row {self.row}, column {self.column}.", -1)
        dr, dc = STEPS[action]
        row, column = min(3, max(0, self.row + dr)), min(11, max(0, self.column + dc))
        if row == 3 and 1 <= column <= 10:
            self.row, self.column = 3, 0
            return Outcome("You fall off the cliff! You are at row 3, column 0.", -100)
        bumped = (row, column) == (self.row, self.column)
        self.row, self.column = row, column
        done = (row, column) == (3, 11)
        return Outcome(
            f"{'You bump into the edge. ' if bumped else ''}You are at row {row}, column {column}.", -1, done
        )

    def admissible(self) -> list[str]:
        """Four directions, always."""
        return list(MOVES)

    def solution(self) -> str | None:
        """Along the edge of the cliff."""
        if self.row == 3 and self.column < 11:
            return "up"
        return "right" if self.column < 11 else "down"

    def stray(self, rng: random.Random) -> str | None:
        """Words that are no direction."""
        return rng.choice(("climb", "jump", "turn back"))


PLACES = ("the red stand", "the green stand", "the yellow stand", "the blue stand")
TAXI = ("go south", "go north", "go east", "go west", "pick up", "drop off")
SPOTS = ((0, 0), (0, 4), (4, 0), (4, 3))


class Taxi:
    """The taxi, told in sentences or drawn as its map."""

    def __init__(self, state: int, drawn: bool, _seed: int) -> None:
        self._env: Any = gymnasium.make("Taxi-v4", render_mode="ansi", disable_env_checker=True)
        self._start, self._drawn = state, drawn
        self._env.reset(seed=0)
        self._state = state
        to = PLACES[self._parts()[3]]
        self.goal = f"Take the passenger to {to}."

    def _parts(self) -> tuple[int, int, int, int]:
        row, column, passenger, target = self._env.unwrapped.decode(self._state)
        return row, column, passenger, target

    def _text(self) -> str:
        if self._drawn:
            drawing = str(self._env.render()).split("\n  (")[0].strip()
            for mark, shown in (
                ("\x1b[43m", "<"),
                ("\x1b[42m", "{"),
                ("\x1b[35m", "*"),
                ("\x1b[34;1m", "!"),
                ("\x1b[0m", ""),
            ):
                drawing = drawing.replace(mark, shown)
            return drawing
        row, column, passenger, _ = self._parts()
        rides = "sits in the taxi" if passenger == 4 else f"waits at {PLACES[passenger]}"
        return f"The taxi is in street {row + 1}, avenue {column + 1}. The passenger {rides}."

    def reset(self) -> str:
        """Starts in the given state."""
        self._env.reset(seed=0)
        self._env.unwrapped.s = self._state = self._start
        return self._text()

    def step(self, action: str) -> Outcome:
        """Drives; walls stop the taxi without a word."""
        if action not in TAXI:
            return Outcome("The radio crackles.\n" + self._text(), -1)
        self._state, reward, ended, _, _ = self._env.step(TAXI.index(action))
        return Outcome(self._text(), float(reward), bool(ended))

    def admissible(self) -> list[str]:
        """Six actions, always."""
        return list(TAXI)

    def solution(self) -> str | None:
        """Searches the environment's own table for the shortest way to the drop-off."""
        table, first = self._env.unwrapped.P, {self._state: -1}
        queue = deque([self._state])
        while queue:
            state = queue.popleft()
            for action, [(_, after, reward, done)] in table[state].items():
                if done and reward > 0:
                    return TAXI[first[state] if first[state] >= 0 else action]
                if after not in first:
                    first[after] = first[state] if first[state] >= 0 else action
                    queue.append(after)
        return None

    def stray(self, rng: random.Random) -> str | None:
        """Words that are no action."""
        return rng.choice(("honk", "go up", "wait"))


class Cards:
    """Blackjack, where chance deals."""

    goal = "Get closer to 21 than the dealer without going over."

    def __init__(self, seed: int) -> None:
        self._env: Any = gymnasium.make("Blackjack-v1")
        self._seed = seed
        self._seen = (0, 0, 0)

    def _text(self) -> str:
        total, dealer, ace = self._seen
        return f"Your hand: {total}{' (soft)' if ace else ''}\nDealer shows: {'ace' if dealer == 1 else dealer}"

    def reset(self) -> str:
        """Deals."""
        self._seen, _ = self._env.reset(seed=self._seed)
        return self._text()

    def step(self, action: str) -> Outcome:
        """Draws or stops."""
        if action not in ("hit", "stick"):
            return Outcome("The dealer raises an eyebrow.\n" + self._text())
        self._seen, reward, ended, _, _ = self._env.step(int(action == "hit"))
        said = {1.0: "You win.", 0.0: "A draw.", -1.0: "Bust!" if self._seen[0] > 21 else "The dealer wins."}[
            float(reward)
        ]
        return Outcome(self._text() + ("\n" + said if ended else ""), float(reward), bool(ended))

    def admissible(self) -> list[str]:
        """Two actions, always."""
        return ["hit", "stick"]

    def solution(self) -> str | None:
        """Stops at 17."""
        return "hit" if self._seen[0] < 17 else "stick"

    def stray(self, rng: random.Random) -> str | None:
        """What this table does not offer."""
        return rng.choice(("double", "split", "fold"))


def lakes(slippery: bool, rng: random.Random) -> Tasks:
    """Twelve lakes to train on, ten others."""

    def tasks_of(world: int) -> list[Task]:
        return [Task(f"lake-{world}", f"lake-{world}", partial(Lake, 4 + 2 * (world % 2), world, slippery))]

    return draw(rng, 12, 10, tasks_of)


def cliffs(rng: random.Random) -> Tasks:
    """Starts anywhere above the cliff."""
    starts = rng.sample([(r, c) for r in range(3) for c in range(12)], 24)
    made = [Task(f"from-{r}-{c}", f"from-{r}-{c}", partial(Cliff, r, c)) for r, c in starts]
    return made[:14], made[14:]


def taxis(drawn: bool, rng: random.Random) -> Tasks:
    """Thirty starts to train on, sixteen others."""
    starts = rng.sample([s for s in range(500) if (s // 4) % 5 not in (4, s % 4)], 46)
    made = [Task(f"start-{s}", f"start-{s}", partial(Taxi, s, drawn)) for s in starts]
    return made[:30], made[30:]


def cards(rng: random.Random) -> Tasks:
    """One table to train on, another to be measured on."""
    return [Task("table-1", "table-1", Cards)], [Task("table-2", "table-2", Cards)]


KINDS = [
    Kind("lake", partial(lakes, False), 1800, 30),
    Kind("lake-slippery", partial(lakes, True), 2500, 40),
    Kind("cliff", cliffs, 2500, 40),
    Kind("taxi-sentences", partial(taxis, False), 2500, 40, lists_actions=False),
    Kind("taxi-drawn", partial(taxis, True), 2500, 40),
    Kind("blackjack", cards, 1200, 12),
]

if __name__ == "__main__":
    main(KINDS, __doc__)
