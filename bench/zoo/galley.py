"""Records a simulated ship's galley: orders, bullet lists without articles, and a fire that burns on.

python galley.py --out recordings
"""

from __future__ import annotations

import random
from functools import partial

from recorder import Kind, Outcome, Task, draw, main

FOODS = ("rice", "eggs", "pasta", "beans", "lentils", "soup", "carrots", "dumplings")
DISHES = ("bowl", "plate", "cup", "tin")
STATIONS = ("SINK", "STOVE", "SHELF", "TABLE", "LOCKER")


class Galley:
    """A ship's galley: bullet lists, no articles, a timer that runs with every order."""

    def __init__(self, world: int, food: str, dish: str, _seed: int) -> None:
        rng = random.Random(world)
        self.food, self.dish = food, dish
        self.goal = f"ORDER UP: {food} in clean {dish}, on TABLE"
        self.spot: dict[str, str] = {
            name: rng.choice(("SHELF", "LOCKER", "TABLE")) for name in (*FOODS[:5], food, *DISHES)
        }
        self.spot |= {dish: rng.choice(("SINK", "SHELF"))}
        self.dirty = {name for name in DISHES if rng.random() < 0.6}
        self.needs = {name: rng.randint(2, 4) for name in FOODS}
        self.cooked: dict[str, str] = {}
        self.timer: dict[str, int] = {}
        self.inside: dict[str, str] = {}
        self.at, self.holding = "TABLE", ""

    def _label(self, name: str) -> str:
        marks = [m for m in ("dirty" if name in self.dirty else "", self.cooked.get(name, "")) if m]
        marks += [f"holds {f}" for f, d in self.inside.items() if d == name]
        return f"- {name}" + (f" ({', '.join(marks)})" if marks else "")

    def _view(self, said: str) -> str:
        here = [n for n, s in sorted(self.spot.items()) if s == self.at and n != self.holding and n not in self.inside]
        lines = [f"> {said}"] if said else []
        lines += [
            f"@{self.at}",
            *(map(self._label, here) if here else ["- nothing"]),
            f"hands: {self.holding or 'empty'}",
        ]
        if self.timer:
            lines.append("on fire: " + ", ".join(f"{n} {t} min" for n, t in self.timer.items()))
        return "\n".join(lines)

    def reset(self) -> str:
        """Stands at the table."""
        return self._view("")

    def step(self, action: str) -> Outcome:
        """Does an order; then a minute passes."""
        verb, _, what = action.partition(" ")
        acts = {
            "walk": self._walk,
            "grab": self._grab,
            "stow": self._stow,
            "rinse": self._rinse,
            "boil": self._boil,
            "scoop": self._scoop,
        }
        said = acts[verb](what) if verb in acts else {"wait": "you wait"}.get(action, f"no order '{action}'")
        for name in [*self.timer]:
            self.timer[name] += 1
            state = (
                "raw"
                if self.timer[name] < self.needs[name]
                else "done"
                if self.timer[name] <= self.needs[name] + 2
                else "burnt"
            )
            if state != "raw" and self.cooked.get(name) != state:
                said += f"; {name} is {state}!"
            self.cooked[name] = state
        won = self.inside.get(self.food) == self.dish and self.spot[self.dish] == "TABLE" and self.holding != self.dish
        return Outcome(self._view(said), float(won), won or self.cooked.get(self.food) == "burnt")

    def _walk(self, where: str) -> str:
        if where not in STATIONS or where == self.at:
            return f"already at {where}" if where == self.at else f"no station {where}"
        self.at = where
        if self.holding:
            self.spot[self.holding] = where
        return f"walked to {where}"

    def _grab(self, name: str) -> str:
        if self.holding:
            return f"hands full ({self.holding})"
        if self.spot.get(name) != self.at or name in self.inside:
            return f"no {name} here"
        if name in self.timer:
            return f"{name} too hot, scoop it"
        self.holding = name
        return f"got {name}"

    def _stow(self, name: str) -> str:
        if not name or self.holding != name:
            return f"not holding {name}"
        self.holding = ""
        return f"stowed {name} at {self.at}"

    def _rinse(self, name: str) -> str:
        if self.at != "SINK":
            return "no water here"
        if self.holding != name:
            return f"not holding {name}"
        if name not in self.dirty:
            return f"{name} already clean"
        self.dirty.discard(name)
        return f"rinsed {name}"

    def _boil(self, name: str) -> str:
        if self.at != "STOVE":
            return "no fire here"
        if self.holding != name or name not in FOODS:
            return f"cannot boil {name}"
        self.holding, self.spot[name] = "", "STOVE"
        self.timer[name] = 0
        return f"{name} is on fire"

    def _scoop(self, rest: str) -> str:
        name, _, dish = rest.partition(" into ")
        if name not in self.timer or self.at != "STOVE":
            return f"nothing to scoop of {name}"
        if self.holding != dish:
            return f"not holding {dish}"
        if dish in self.dirty:
            return f"{dish} is dirty"
        if self.cooked.get(name) != "done":
            return f"{name} is {self.cooked.get(name, 'raw')}"
        self.inside[name] = dish
        del self.timer[name]
        return f"scooped {name} into {dish}"

    def admissible(self) -> list[str]:
        """What an order could be here; not all of it succeeds."""
        listed = ["wait"] + [f"walk {s}" for s in STATIONS if s != self.at]
        if self.holding:
            listed += [f"stow {self.holding}"] + ([f"rinse {self.holding}"] if self.at == "SINK" else [])
            listed += [f"boil {self.holding}"] if self.at == "STOVE" and self.holding in FOODS else []
            listed += [
                f"scoop {n} into {self.holding}" for n in self.timer if self.at == "STOVE" and self.holding in DISHES
            ]
        else:
            listed += [
                f"grab {n}"
                for n, s in sorted(self.spot.items())
                if s == self.at and n not in self.inside and n not in self.timer
            ]
        return listed

    def _go(self, where: str, then: str) -> str:
        return then if self.at == where else f"walk {where}"

    def solution(self) -> str | None:
        """Cleans the dish, boils the food, scoops and serves."""
        food, dish = self.food, self.dish
        if self.holding and self.holding not in (food, dish):
            return f"stow {self.holding}"
        if self.inside.get(food) == dish:
            return (
                self._go("TABLE", f"stow {dish}") if self.holding == dish else self._go(self.spot[dish], f"grab {dish}")
            )
        if dish in self.dirty:
            if self.holding == food:
                return f"stow {food}"
            return (
                self._go("SINK", f"rinse {dish}") if self.holding == dish else self._go(self.spot[dish], f"grab {dish}")
            )
        if food not in self.timer:
            if self.holding == dish:
                return self._go("STOVE", f"stow {dish}")
            return (
                self._go("STOVE", f"boil {food}") if self.holding == food else self._go(self.spot[food], f"grab {food}")
            )
        if self.holding != dish:
            return self._go(self.spot[dish], f"grab {dish}")
        return self._go("STOVE", f"scoop {food} into {dish}" if self.cooked.get(food) == "done" else "wait")

    def stray(self, rng: random.Random) -> str | None:
        """An order about something elsewhere."""
        name = rng.choice((*FOODS, *DISHES))
        return rng.choice(
            (
                f"grab {name}",
                f"stow {name}",
                f"rinse {name}",
                f"boil {name}",
                f"scoop {name} into {rng.choice(DISHES)}",
                f"fry {name}",
            )
        )


def tasks_of(world: int) -> list[Task]:
    """Four dishes to serve in one galley."""
    plan = random.Random(world)
    return [
        Task(f"{world}-{i}", f"galley-{world}", partial(Galley, world, plan.choice(FOODS), plan.choice(DISHES)))
        for i in range(4)
    ]


KINDS = [Kind("galley", partial(draw, train=8, unseen=7, tasks_of=tasks_of), 3000, 35)]

if __name__ == "__main__":
    main(KINDS, __doc__)
