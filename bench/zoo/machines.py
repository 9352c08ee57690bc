"""Records machines whose states are numbers: a vending machine, a bank and lifts.

python machines.py --out recordings
"""

from __future__ import annotations

import random
from functools import partial

from recorder import Kind, Outcome, Task, draw, main

SNACKS = ("cola", "water", "chips", "gum", "juice", "peanuts", "tea", "cookies", "apple", "pretzels")
COINS = {"dime": 10, "quarter": 25, "dollar": 100}
PEOPLE = ("alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi")


class Vending:
    """Coins in, goods and change out."""

    def __init__(self, world: int, wanted: str, count: int, _seed: int) -> None:
        rng = random.Random(world)
        self.slots = {f"{'ABC'[i // 3]}{i % 3 + 1}": n for i, n in enumerate(rng.sample(SNACKS, 6))}
        self.price = {slot: rng.choice((35, 50, 75, 110, 125, 160)) for slot in self.slots}
        self.left = {slot: rng.randint(0, 3) for slot in self.slots}
        self.credit, self.purse, self.got = 0, rng.choice((300, 450, 600)), 0
        self.slot = next((s for s, n in self.slots.items() if n == wanted), "A1")
        self.left[self.slot] = max(self.left[self.slot], count)
        self.purse = max(self.purse, self.price[self.slot] * count + 25)
        self.wanted, self.count = wanted, count
        self.goal = f"get {count} x {wanted} out of the machine"

    def _panel(self, said: str) -> Outcome:
        won = self.got >= self.count
        return Outcome(
            f"{said}\nCREDIT {self.credit / 100:.2f} | PURSE {self.purse / 100:.2f} | TRAY {self.got}", float(won), won
        )

    def reset(self) -> str:
        """Shows the panel."""
        return self._panel("*** READY ***").text

    def step(self, action: str) -> Outcome:
        """Presses a button or throws in a coin."""
        verb, _, what = action.partition(" ")
        if verb == "insert" and what in COINS:
            return self._insert(what)
        if verb == "press" and what in self.slots:
            return self._press(what)
        if verb == "price" and what in self.slots:
            stock = f"{self.left[what]} left" if self.left[what] else "SOLD OUT"
            return self._panel(f"{what}: {self.slots[what]} @ {self.price[what] / 100:.2f} ({stock})")
        if action == "refund":
            back, self.credit = self.credit, 0
            self.purse += back
            return self._panel(f"returned {back / 100:.2f}" if back else "nothing to return")
        if action == "list":
            return self._panel("\n".join(f"{s} {n:<9}{self.price[s] / 100:.2f}" for s, n in self.slots.items()))
        return self._panel("ERR: no such key")

    def _insert(self, coin: str) -> Outcome:
        if self.purse < COINS[coin]:
            return self._panel("you have no such coin")
        if self.credit + COINS[coin] > 400:
            return self._panel("coin rejected: credit full")
        self.purse -= COINS[coin]
        self.credit += COINS[coin]
        return self._panel("clink")

    def _press(self, slot: str) -> Outcome:
        if not self.left[slot]:
            return self._panel(f"{slot} SOLD OUT")
        if self.credit < self.price[slot]:
            return self._panel(f"insufficient credit: {slot} needs {(self.price[slot] - self.credit) / 100:.2f} more")
        self.left[slot] -= 1
        self.credit -= self.price[slot]
        self.got += self.slots[slot] == self.wanted
        return self._panel(f"*thunk* {self.slots[slot]} drops")

    def admissible(self) -> list[str]:
        """Every key and coin."""
        keys = [f"{verb} {slot}" for slot in self.slots for verb in ("press", "price")]
        return ["list", "refund", *keys, *(f"insert {coin}" for coin in COINS)]

    def solution(self) -> str | None:
        """Pays with large coins, then presses."""
        missing = self.price[self.slot] - self.credit
        if missing <= 0:
            return f"press {self.slot}"
        fits = [c for c, v in COINS.items() if v <= missing and v <= self.purse]
        return f"insert {fits[-1] if fits else 'dime'}"

    def stray(self, rng: random.Random) -> str | None:
        """A key or coin that is not there."""
        return rng.choice(("press D4", "insert euro", "press A9", "price Z1", "kick machine"))


class Bank:
    """Accounts, with arithmetic in every answer."""

    def __init__(self, world: int, number: int, _seed: int) -> None:
        rng = random.Random(world)
        self.balance = {name: rng.randrange(0, 1000, 20) for name in rng.sample(PEOPLE, 4)}
        plan = random.Random(f"{world}-{number}")
        a, b = plan.sample(list(self.balance), 2)
        self.goal, self.wanted = "", {}
        if number % 2:
            amount = plan.choice((20, 50, 100))
            self.balance[a] = max(self.balance[a], amount)
            self.goal = f"Transfer {amount} EUR from {a} to {b}."
            self.wanted = {a: self.balance[a] - amount, b: self.balance[b] + amount}
            self.plan = [f"balance {a}", f"transfer {amount} {a} {b}"]
        else:
            amounts = plan.choices((20, 50, 100), k=2)
            self.goal = f"Bring {a} to {self.balance[a] + sum(amounts)} EUR."
            self.wanted = {a: self.balance[a] + sum(amounts)}
            self.plan = [f"balance {a}", *(f"deposit {amount} {a}" for amount in amounts)]

    def reset(self) -> str:
        """Lists the accounts."""
        return "Accounts: " + ", ".join(f"{n} ({b} EUR)" for n, b in self.balance.items())

    def step(self, action: str) -> Outcome:
        """Does a transaction."""
        if self.plan and self.plan[0] == action:
            self.plan.pop(0)
        verb, *rest = action.split()
        said = self._run(verb, rest)
        won = all(self.balance[n] == b for n, b in self.wanted.items())
        return Outcome(said, float(won), won)

    def _run(self, verb: str, rest: list[str]) -> str:
        unknown = next((n for n in rest if not n.isdigit() and n not in self.balance), None)
        if unknown or verb not in ("balance", "deposit", "withdraw", "transfer"):
            return f"No account named {unknown}." if unknown else f"Unknown transaction {verb}."
        if verb == "balance":
            return f"Balance of {rest[0]}: {self.balance[rest[0]]} EUR"
        amount, name = int(rest[0]), rest[1]
        if verb == "deposit":
            self.balance[name] += amount
            return f"Deposited {amount} EUR. New balance of {name}: {self.balance[name]} EUR"
        if self.balance[name] < amount:
            return f"Declined: {name} has only {self.balance[name]} EUR, {amount - self.balance[name]} EUR short."
        self.balance[name] -= amount
        if verb == "withdraw":
            return f"Paid out {amount} EUR. New balance of {name}: {self.balance[name]} EUR"
        self.balance[rest[2]] += amount
        return f"Moved {amount} EUR. {name}: {self.balance[name]} EUR, {rest[2]}: {self.balance[rest[2]]} EUR"

    def admissible(self) -> list[str]:
        """Amounts of three sizes."""
        names = list(self.balance)
        listed = [f"balance {n}" for n in names]
        listed += [
            f"{verb} {amount} {n}" for verb in ("deposit", "withdraw") for amount in (20, 50, 100) for n in names
        ]
        return listed + [
            f"transfer {amount} {a} {b}" for amount in (20, 50, 100) for a in names for b in names if a != b
        ]

    def solution(self) -> str | None:
        """The plan's next transaction."""
        return self.plan[0] if self.plan else None

    def stray(self, rng: random.Random) -> str | None:
        """An account that is not there, or far too much."""
        name = rng.choice(PEOPLE)
        return rng.choice((f"balance {name}", f"withdraw 5000 {rng.choice(list(self.balance))}", f"loan 100 {name}"))


class Lift:
    """A courier robot in a building: floor, room, battery, load."""

    def __init__(self, world: int, parcel: tuple[int, int], target: tuple[int, int], _seed: int = 0) -> None:
        rng = random.Random(world)
        self.rooms, self.floors = rng.randint(3, 5), rng.randint(3, 5)
        self.parcel, self.target = parcel, target
        self.floor, self.room = 0, 0
        self.battery, self.door, self.loaded = 30, False, False
        self.goal = f"Bring the parcel from floor {parcel[0]} room {parcel[1]} to floor {target[0]} room {target[1]}"

    def _state(self, said: str, reward: float = 0.0, ended: bool = False) -> Outcome:
        door = "open" if self.door else "shut"
        shown = f"floor={self.floor} room={self.room} battery={self.battery}% door={door} load={int(self.loaded)}"
        if not self.battery and not ended:
            return Outcome(f"[dead battery] {shown}", -1.0, True)
        return Outcome(f"[{said}] {shown}", reward, ended)

    def reset(self) -> str:
        """Stands still."""
        return self._state("idle").text

    def step(self, action: str) -> Outcome:
        """Moves; every move costs battery."""
        if action not in ("up", "down", "east", "west", "open", "shut", "load", "drop", "charge"):
            return self._state("bad command")
        self.battery = max(0, self.battery - 1)
        if action in ("up", "down"):
            return self._ride(1 if action == "up" else -1)
        if action in ("east", "west"):
            return self._roll(1 if action == "east" else -1)
        if action in ("open", "shut"):
            was, self.door = self.door, action == "open"
            return self._state(
                "done" if was != self.door else f"door is {action if action == 'shut' else 'open'} already"
            )
        if action == "charge":
            if (self.floor, self.room) != (0, 0):
                return self._state("no charger here")
            self.battery = min(40, self.battery + 10)
            return self._state("charged")
        return self._handle(action)

    def _ride(self, by: int) -> Outcome:
        if self.room != 0:
            return self._state("not at the lift")
        if self.door:
            return self._state("shut the door first")
        if not 0 <= self.floor + by < self.floors:
            return self._state("no such floor")
        self.floor += by
        return self._state("riding")

    def _roll(self, by: int) -> Outcome:
        if self.room == 0 and not self.door:
            return self._state("door is shut")
        if not 0 <= self.room + by < self.rooms:
            return self._state("bump")
        self.room += by
        return self._state("rolling")

    def _handle(self, action: str) -> Outcome:
        here = (self.floor, self.room)
        if action == "load":
            if self.loaded or here != self.parcel:
                return self._state("already loaded" if self.loaded else "nothing here")
            self.loaded = True
            return self._state("loaded", 0.3)
        if not self.loaded:
            return self._state("nothing to drop")
        if here != self.target:
            return self._state("not here")
        self.loaded = False
        return self._state("delivered", 0.7, True)

    def admissible(self) -> list[str]:
        """Every command; most have conditions."""
        return ["up", "down", "east", "west", "open", "shut", "load", "drop", "charge"]

    def solution(self) -> str | None:
        """Goes to the parcel, then to the target."""
        aim = self.target if self.loaded else self.parcel
        if (self.floor, self.room) == aim:
            return "drop" if self.loaded else "load"
        if self.floor != aim[0]:
            if self.room:
                return "west"
            return "shut" if self.door else "up" if self.floor < aim[0] else "down"
        if self.room == 0 and not self.door:
            return "open"
        return "east" if self.room < aim[1] else "west"

    def stray(self, rng: random.Random) -> str | None:
        """Commands that are none."""
        return rng.choice(("jump", "north", "reboot", "load all"))


def machine_tasks(world: int) -> list[Task]:
    """Four snacks to get out of one machine."""
    snacks = list(Vending(world, "", 0, 0).slots.values())
    return [
        Task(f"{world}-{i}", f"machine-{world}", partial(Vending, world, name, 1 + i % 2))
        for i, name in enumerate(random.Random(world).sample(snacks, 4))
    ]


def bank_tasks(world: int) -> list[Task]:
    """Two sums to pay in and two to transfer in one bank."""
    return [Task(f"{world}-{i}", f"bank-{world}", partial(Bank, world, i)) for i in range(4)]


def building_tasks(world: int) -> list[Task]:
    """Up to five parcels in one building."""
    building, plan = Lift(world, (0, 0), (0, 0)), random.Random(world + 1)
    made = []
    for i in range(5):
        parcel, target = ((plan.randrange(building.floors), plan.randrange(1, building.rooms)) for _ in range(2))
        if parcel != target:
            made.append(Task(f"{world}-{i}", f"building-{world}", partial(Lift, world, parcel, target)))
    return made


KINDS = [
    Kind("vending", partial(draw, train=8, unseen=6, tasks_of=machine_tasks), 2000, 25),
    Kind("bank", partial(draw, train=10, unseen=8, tasks_of=bank_tasks), 1500, 12),
    Kind("lift", partial(draw, train=6, unseen=6, tasks_of=building_tasks), 2500, 45),
]

if __name__ == "__main__":
    main(KINDS, __doc__)
