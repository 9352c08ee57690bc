"""Records tasks of ScienceWorld (`scienceworld`, needs a Java runtime).

python science.py --out recordings
"""

from __future__ import annotations

import random
from functools import cache, partial
from typing import Any

from scienceworld import ScienceWorldEnv

from recorder import Kind, Outcome, Task, Tasks, main

TRAINED = (
    "find-animal", "find-living-thing", "find-non-living-thing", "find-plant", "chemistry-mix",
    "chemistry-mix-paint-secondary-color", "lifespan-longest-lived", "identify-life-stages-2", "power-component",
    "use-thermometer", "freeze", "test-conductivity",
)  # fmt: skip
NEW = ("lifespan-shortest-lived", "melt", "chemistry-mix-paint-tertiary-color", "identify-life-stages-1")


@cache
def engine() -> Any:
    """The one engine; it plays one task at a time."""
    return ScienceWorldEnv("", envStepLimit=1000)


class Science:
    """A variation of a task, solved by the package's own walkthrough as far as noise allows."""

    def __init__(self, task: str, variation: int, look: bool, _seed: int) -> None:
        self._task, self._variation, self._look = task, variation, look
        self._gold: list[str] = []
        self._info: dict[str, Any] = {}
        self.goal = ""

    def reset(self) -> str:
        """Loads the variation without teleporting and without other simplifications."""
        engine().load(self._task, self._variation, "", generateGoldPath=True)
        text, self._info = engine().reset()
        self.goal = str(engine().get_task_description()).strip()
        self._gold = list(engine().get_gold_action_sequence())
        return str(text).strip()

    def step(self, action: str) -> Outcome:
        """Acts; the reward is the change of the score, of which the most is 1 and a failure costs 1."""
        before = self._info["score"]
        if self._gold and self._gold[0] == action:
            self._gold.pop(0)
        text, _, done, self._info = engine().step(action)
        text = str(text).strip()
        if self._look and self._info["look"].strip() != text:
            text += "\n\n" + str(self._info["look"]).strip()
        return Outcome(text, (self._info["score"] - before) / 100, bool(done))

    def admissible(self) -> list[str]:
        """What is possible, without the hundreds of actions that act on one thing with another that is not held."""
        held = [line.strip() for line in self._info["inv"].splitlines()[1:]]
        return sorted({action for action in self._info["valid"] if _is_plain(action, held)} | set(self._gold[:1]))

    def solution(self) -> str | None:
        """The walkthrough's next action."""
        return self._gold[0] if self._gold else None

    def stray(self, rng: random.Random) -> str | None:
        """What was possible elsewhere, with two things of this place mixed up now and then."""
        words = [action.split()[-1] for action in self._info["valid"]]
        verb = rng.choice(("pick up", "open", "go to", "focus on", "activate", "read"))
        return f"{verb} {rng.choice(words)}" if rng.random() < 0.3 else None


def _is_plain(action: str, held: list[str]) -> bool:
    if (
        action.startswith(("eat", "flush", "wait1", "0", "1", "dunk", "look at", "look in"))
        or "agent" in action
        or " air" in action
    ):
        return False
    for verb, between in (("move ", " to "), ("pour ", " in"), ("use ", " on "), ("connect ", " to ")):
        if action.startswith(verb):
            return action[len(verb) :].split(between)[0].removesuffix(" in inventory") in held
    return True


def tasks(look: bool, rng: random.Random) -> Tasks:
    """Two variations of each trained task; for unseen, another one of each and two of each new task."""

    def some(names: tuple[str, ...], first: int, count: int) -> list[Task]:
        made = []
        for name in names:
            numbers = range(engine().get_max_variations(name))
            for number in random.Random(f"{seed}{name}").sample(numbers, min(len(numbers), first + count))[first:]:
                made.append(Task(f"{name}-{number}", f"{name}-{number}", partial(Science, name, number, look)))
        return made

    seed = rng.random()
    return some(TRAINED, 0, 2), some(TRAINED, 2, 1) + some(NEW, 0, 2)


KINDS = [
    Kind("science", partial(tasks, False), 3500, 50, lists_actions=False),
    Kind("science-look", partial(tasks, True), 2500, 40),
]

if __name__ == "__main__":
    main(KINDS, __doc__)
