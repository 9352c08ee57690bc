"""Records BabyAI's levels (`minigrid`) as texts of what is in view.

python grid.py --out recordings
"""

from __future__ import annotations

import random
import warnings
from functools import partial
from typing import Any

import gymnasium
import minigrid  # noqa: F401 - registers the levels
from minigrid.core.constants import COLOR_NAMES, IDX_TO_COLOR, IDX_TO_OBJECT
from minigrid.utils.baby_ai_bot import BabyAIBot

from recorder import Kind, Outcome, Task, Tasks, main

warnings.filterwarnings("ignore")
ACTIONS = ("turn left", "turn right", "go forward", "pick up", "drop", "toggle")
LEVELS = (
    "BabyAI-GoToObj-v0", "BabyAI-GoToLocalS6N3-v0", "BabyAI-PickupLoc-v0", "BabyAI-GoToDoor-v0",
    "BabyAI-UnlockLocal-v0", "BabyAI-PutNextLocalS5N3-v0",
)  # fmt: skip
BOT: Any = BabyAIBot  # untyped
STATES = ("open", "closed", "locked")


class Level:
    """A level with what the agent sees told by steps ahead, left and right."""

    def __init__(self, level: str, world: int, _seed: int) -> None:
        self._env: Any = gymnasium.make(level)
        self._world = world
        self._seen: dict[str, Any] = {}
        self.goal = ""

    def reset(self) -> str:
        """Builds the level."""
        self._seen, _ = self._env.reset(seed=self._world)
        self.goal = str(self._seen["mission"])
        return self._text()

    def _text(self) -> str:
        carried = self._env.unwrapped.carrying
        lines = [f"You carry {_a(carried.color, carried.type)}." if carried else "You carry nothing."]
        image = self._seen["image"]
        for ahead in range(7):
            for x in (3, 2, 4, 1, 5, 0, 6):
                kind, colour, state = image[x][6 - ahead]
                name = IDX_TO_OBJECT[int(kind)]
                if name in ("unseen", "empty", "floor", "agent") or (name == "wall" and x != 3):
                    continue
                lines.append(f"- {_thing(name, IDX_TO_COLOR[int(colour)], int(state))} {_where(ahead, x - 3)}")
        return "\n".join(lines)

    def step(self, action: str) -> Outcome:
        """Acts; what has no effect shows the same."""
        if action not in ACTIONS:
            return Outcome(f"Unknown command: {action}\n" + self._text())
        self._seen, reward, ended, _, _ = self._env.step(ACTIONS.index(action))
        return Outcome(self._text(), float(reward > 0), bool(ended))

    def admissible(self) -> list[str]:
        """Six actions, always."""
        return list(ACTIONS)

    def solution(self) -> str | None:
        """What the level's own bot, asked anew, would do; nothing where it is lost."""
        try:
            action = int(BOT(self._env).replan(None))
        except Exception:  # the bot asserts its way through states it did not choose
            return None
        return ACTIONS[action] if action < len(ACTIONS) else None

    def stray(self, rng: random.Random) -> str | None:
        """Words that are no action."""
        return rng.choice(("go back", "jump", f"take the {rng.choice(COLOR_NAMES)} key"))


def _a(colour: str, name: str) -> str:
    return f"a {colour} {name}"


def _thing(name: str, colour: str, state: int) -> str:
    if name == "wall":
        return "a wall"
    return _a(colour, name) if name != "door" else f"a {STATES[state]} {colour} door"


def _where(ahead: int, side: int) -> str:
    parts = [f"{ahead} ahead"] if ahead else []
    if side:
        parts.append(f"{abs(side)} {'right' if side > 0 else 'left'}")
    return " and ".join(parts) or "here"


def tasks(rng: random.Random) -> Tasks:
    """Three worlds of each level to train on, two others."""
    train: list[Task] = []
    unseen: list[Task] = []
    for level in LEVELS:
        for i, world in enumerate(rng.sample(range(10**6), 5)):
            (train if i < 3 else unseen).append(
                Task(f"{level}-{world}", f"{level}-{world}", partial(Level, level, world))
            )
    return train, unseen


KINDS = [Kind("babyai", tasks, 3000, 40)]

if __name__ == "__main__":
    main(KINDS, __doc__)
