"""Records a simulated settings tool: `key: value` screens, calls as actions, values that depend on others.

python settings.py --out recordings
"""

from __future__ import annotations

import json
import random
import re
from functools import partial

from recorder import Kind, Outcome, Task, draw, main

FIELDS = {
    "language": ("English", "Deutsch", "Français", "日本語"),
    "theme": ("light", "dark", "system"),
    "notifications": ("on", "off"),
    "plan": ("free", "team", "business"),
    "timezone": ("UTC", "Europe/Berlin", "Asia/Tokyo"),
}
NUMBERS = {"seats": (1, 50), "retention_days": (7, 365)}


class Settings:
    """An account's settings: read, set, save; some values are refused by others."""

    def __init__(self, world: int, wanted: dict[str, str], _seed: int) -> None:
        rng = random.Random(world)
        self.saved = {name: rng.choice(values) for name, values in FIELDS.items()}
        self.saved |= {name: str(rng.randrange(low, high)) for name, (low, high) in NUMBERS.items()}
        self.saved["email"] = rng.choice(("ops@acme.test", "it@globex.test", "admin@initech.test"))
        self.draft = dict(self.saved)
        self.wanted = wanted
        self.goal = "Set " + " and ".join(f"{k.replace('_', ' ')} to {v}" for k, v in wanted.items()) + ", then save."

    def _screen(self, note: str, reward: float = 0.0, ended: bool = False) -> Outcome:
        lines = [f"{k}: {v}{' *' if v != self.saved[k] else ''}" for k, v in self.draft.items()]
        changed = sum(v != self.saved[k] for k, v in self.draft.items())
        return Outcome("\n".join([*lines, f"unsaved: {changed}", f"status: {note}"]), reward, ended)

    def reset(self) -> str:
        """Shows everything."""
        return self._screen("ready").text

    def step(self, action: str) -> Outcome:
        """Sets, saves or discards."""
        if action == "save()":
            return self._save()
        if action == "discard()":
            self.draft = dict(self.saved)
            return self._screen("changes discarded")
        match = re.fullmatch(r"set\(field=(\w+), value=(.*)\)", action)
        if not match:
            return self._screen("error E400 bad command")
        field, value = match[1], json.loads(match[2])
        return self._screen(self._set(field, value))

    def _set(self, field: str, value: str) -> str:
        if field not in self.draft:
            return f"error E404 no field {field}"
        if field in FIELDS and value not in FIELDS[field]:
            return f"error E422 {field} must be one of {', '.join(FIELDS[field])}"
        if field in NUMBERS and not (value.isdigit() and NUMBERS[field][0] <= int(value) <= NUMBERS[field][1]):
            return f"error E422 {field} must be {NUMBERS[field][0]} to {NUMBERS[field][1]}"
        if field == "seats" and int(value) > 5 and self.draft["plan"] == "free":
            return "error E403 plan free allows 5 seats"
        if self.draft[field] == value:
            return f"{field} unchanged"
        self.draft[field] = value
        return f"{field} set"

    def _save(self) -> Outcome:
        changed = [k for k, v in self.draft.items() if v != self.saved[k]]
        if not changed:
            return self._screen("nothing to save")
        self.saved = dict(self.draft)
        won = all(self.saved[k] == v for k, v in self.wanted.items())
        return self._screen(f"saved {len(changed)} change{'s' if len(changed) > 1 else ''}", float(won), won)

    def _values(self, field: str) -> list[str]:
        extra = [self.wanted[field]] if field in self.wanted else []
        return [*FIELDS.get(field, ("3", "20")), *(v for v in extra if v not in FIELDS.get(field, ()))]

    def admissible(self) -> list[str]:
        """Every field with its values."""
        listed = [
            f"set(field={f}, value={json.dumps(v, ensure_ascii=False)})"
            for f in (*FIELDS, *NUMBERS)
            for v in self._values(f)
        ]
        return [*listed, "save()", "discard()"]

    def solution(self) -> str | None:
        """Sets what is wanted, the plan first, and saves."""
        for field, value in sorted(self.wanted.items(), key=lambda kv: kv[0] != "plan"):
            if self.draft[field] != value:
                if field == "seats" and int(value) > 5 and self.draft["plan"] == "free":
                    return 'set(field=plan, value="team")'
                return f"set(field={field}, value={json.dumps(value, ensure_ascii=False)})"
        return "save()"

    def stray(self, rng: random.Random) -> str | None:
        """A wrong field, a wrong value, a wrong form."""
        return rng.choice(
            (
                'set(field=colour, value="red")',
                'set(field=theme, value="pink")',
                'set(field=seats, value="900")',
                "set theme dark",
                'set(field=plan, value="gold")',
                "reload()",
            )
        )


def tasks_of(world: int) -> list[Task]:
    """Four sets of changes to one account."""
    saved, plan = Settings(world, {}, 0).saved, random.Random(world + 1)
    made = []
    for i in range(4):
        fields = plan.sample([*FIELDS, *NUMBERS], plan.choice((1, 2, 2, 3)))
        wanted = {f: plan.choice([v for v in FIELDS.get(f, ("4", "12", "30")) if v != saved[f]]) for f in fields}
        made.append(Task(f"{world}-{i}", f"account-{world}", partial(Settings, world, wanted)))
    return made


KINDS = [Kind("settings", partial(draw, train=10, unseen=8, tasks_of=tasks_of), 2000, 15)]

if __name__ == "__main__":
    main(KINDS, __doc__)
