"""Records the text games of `textworld_express` (needs a Java runtime).

python express.py --out recordings            # every game
python express.py express-coin --seed 2
"""

from __future__ import annotations

import random
from functools import cache, partial
from typing import Any

from textworld_express import TextWorldExpressEnv

from recorder import Kind, Outcome, Task, Tasks, main


@cache
def engine() -> Any:
    """The one engine; it plays one game at a time."""
    return TextWorldExpressEnv(envStepLimit=1000)


class Express:
    """A generated game, solved by the package's own walkthrough as far as noise allows."""

    def __init__(self, game: str, fold: str, number: int, params: str, _seed: int) -> None:
        self._setup = {"gameName": game, "gameFold": fold, "seed": number, "gameParams": params}
        self._gold: list[str] = []
        self._info: dict[str, Any] = {}
        self.goal = ""

    def reset(self) -> str:
        """Starts the game."""
        text, self._info = engine().reset(**self._setup, generateGoldPath=True)
        self.goal = engine().getTaskDescription().strip()
        self._gold = list(engine().getGoldActionSequence())
        return str(text).strip()

    def step(self, action: str) -> Outcome:
        """Acts; the reward is the change of the score, which goes from 0 to 1."""
        before = self._info["score"]
        if self._gold and self._gold[0] == action:
            self._gold.pop(0)
        text, _, done, self._info = engine().step(action)
        return Outcome(str(text).strip(), self._info["score"] - before, bool(done))

    def admissible(self) -> list[str]:
        """The engine's list, in an order of its own."""
        return sorted(self._info["validActions"])

    def solution(self) -> str | None:
        """The walkthrough's next action that is possible now."""
        possible = set(self._info["validActions"])
        return next((action for action in self._gold if action in possible), None)

    def stray(self, rng: random.Random) -> str | None:
        """What was possible earlier will do."""
        return None


PARAMS = {
    "cookingworld": ("numLocations=1,numIngredients=2,includeDoors=0", "numLocations=3,numIngredients=2,includeDoors=1",
                     "numLocations=5,numIngredients=3,includeDoors=0"),
    "twc": ("numLocations=1,numItemsToPutAway=2,includeDoors=0", "numLocations=2,numItemsToPutAway=3,includeDoors=0"),
    "coin": ("numLocations=4,includeDoors=1", "numLocations=8,includeDoors=1", "numLocations=6,includeDoors=0"),
    "mapreader": ("numLocations=6,maxDistanceApart=3,includeDoors=0",
                  "numLocations=10,maxDistanceApart=4,includeDoors=0"),
    "arithmetic": ("",),
    "sorting": ("",),
    "simonsays": ("",),
    "peckingorder": ("",),
}  # fmt: skip


def tasks(game: str, train: int, unseen: int, rng: random.Random) -> Tasks:
    """Games of the fold to train on, and of the fold to test with."""

    def some(fold: str, count: int) -> list[Task]:
        made = []
        for i, number in enumerate(rng.sample(range(100), count)):
            params = PARAMS[game][i % len(PARAMS[game])]
            name = f"{game}-{fold}-{number}-{i % len(PARAMS[game])}"
            made.append(Task(name, name, partial(Express, game, fold, number, params)))
        return made

    return some("train", train), some("test", unseen)


KINDS = [
    Kind("express-cooking", partial(tasks, "cookingworld", 18, 12), 2500, 40),
    Kind("express-coin", partial(tasks, "coin", 20, 12), 1500, 30),
    Kind("express-twc", partial(tasks, "twc", 20, 12), 1500, 30),
    Kind("express-mapreader", partial(tasks, "mapreader", 20, 12), 1500, 30, lists_actions=False),
    Kind("express-arithmetic", partial(tasks, "arithmetic", 40, 20), 1200, 15),
    Kind("express-sorting", partial(tasks, "sorting", 40, 20), 1200, 20),
    Kind("express-pecking", partial(tasks, "peckingorder", 30, 15), 1200, 20),
]

if __name__ == "__main__":
    main(KINDS, __doc__)
