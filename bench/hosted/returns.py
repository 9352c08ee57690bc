"""Compares the returns of scripted policies in dreams of a hosted environment with the real ones.

    python bench/hosted/returns.py CartPole-v1 Pendulum-v1 MountainCar-v0 Blackjack-v1

Each environment is recorded by its policies, those with much chance in them alone, and dreamed
after that; then every policy plays on the real side and in the dream, on other seeds. For
Blackjack, whose returns are three values, the distance between their distributions is told.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import fmean, variance

import dreamgym
from dreamgym import Client

Numbers = list[float]
Policy = Callable[[Numbers, random.Random], str]


def at_random(*actions: str) -> Policy:
    """Any of some actions."""
    return lambda _, rng: rng.choice(actions)


def mostly(policy: Policy, other: Policy, share: float) -> Policy:
    """A policy that acts as another in a share of its steps."""
    return lambda s, rng: other(s, rng) if rng.random() < share else policy(s, rng)


def lean(s: Numbers, _: random.Random) -> str:
    """Push the cart to where the pole leans."""
    return str(int(s[2] > 0))


def balance(s: Numbers, _: random.Random) -> str:
    """Push the cart by angle, speeds and place."""
    return str(int(s[2] + 0.4 * s[3] + 0.05 * s[0] + 0.1 * s[1] > 0))


def swing(s: Numbers, _: random.Random) -> str:
    """Pump energy into the pendulum, and hold it where it is upright."""
    cos, sin, speed = s
    torque = -8 * sin - 2 * speed if cos > 0.8 else 2.0 * (1 if speed > 0 else -1)
    return f"[{max(-2.0, min(2.0, torque)):.4f}]"


def push(s: Numbers, _: random.Random) -> str:
    """Drive the way that the car moves."""
    return "2" if s[1] > 0 else "0"


def torque(_: Numbers, rng: random.Random) -> str:
    """Any torque."""
    return f"[{rng.uniform(-2, 2):.4f}]"


def stick(least: int) -> Policy:
    """Draw cards below a sum."""
    return lambda s, _: str(int(s[0] < least))


@dataclass
class Subject:
    """A hosted environment: what records it, and what is compared."""

    record: list[Policy]
    compare: dict[str, Policy]
    episodes: int
    config: dict[str, object]


SUBJECTS = {
    "CartPole-v1": Subject(
        [at_random("0", "1"), mostly(lean, at_random("0", "1"), 0.3), mostly(balance, at_random("0", "1"), 0.5)],
        {"random": at_random("0", "1"), "lean": lean, "balance": balance},
        150,
        {},
    ),
    "Pendulum-v1": Subject(
        [torque, mostly(swing, torque, 0.4)],
        {"random": torque, "half": mostly(swing, torque, 0.5), "swing": swing},
        30,
        {},
    ),
    "MountainCar-v0": Subject(
        [at_random("0", "1", "2"), mostly(push, at_random("0", "1", "2"), 0.3)],
        {"random": at_random("0", "1", "2"), "half": mostly(push, at_random("0", "1", "2"), 0.5), "push": push},
        30,
        {},
    ),
    "Blackjack-v1": Subject(
        [at_random("0", "1"), mostly(stick(15), at_random("0", "1"), 0.3)],
        {"random": at_random("0", "1"), "stick at 15": stick(15), "stick at 18": stick(18)},
        3000,
        {"rewards": [-1, 0, 1], "train": 3000, "seen": 20000},
    ),
}


def numbers_of(observation: dict[str, object]) -> Numbers:
    """Answer an observation's numbers: its array, or those of its lines."""
    if array := observation.get("array"):
        return [float(v) for v in array["data"]]  # type: ignore[index]
    return [float(line.rpartition(": ")[2]) for line in str(observation["text"]).splitlines()]


@dataclass
class Played:
    """An episode's outcome."""

    reward: float
    unsure: bool  # the dream had nothing to go by


def play(client: Client, session: str, policy: Policy, seed: int, **fields: object) -> Played:
    """Play an episode."""
    rng = random.Random(seed)
    ts = client.call("reset", session=session, seed=seed, **fields).field("timestep")
    total = 0.0
    while not (ts["terminated"] or ts["truncated"]):
        action = policy(numbers_of(ts["observation"]), rng)
        ts = client.call("step", session=session, action=action).field("timestep")
        total += ts["reward"]
    return Played(total, ts["info"].get("stop") == "insufficient_evidence")


def distance(a: list[float], b: list[float]) -> float:
    """Total variation between the distributions of two samples."""
    p, q = Counter(a), Counter(b)
    return sum(abs(p[v] / len(a) - q[v] / len(b)) for v in p.keys() | q.keys()) / 2


@dataclass
class Compared:
    """What a policy got really and in the dream, an episode each."""

    policy: str
    real: list[float]
    dream: list[float]
    unsure: float  # share of dreamed episodes that were left out, for the dream had nothing to go by

    @property
    def off(self) -> float:
        """How much more the dream gives, as a share of the real mean."""
        return (fmean(self.dream) - fmean(self.real)) / abs(fmean(self.real))

    @property
    def error(self) -> float:
        """The standard error of off, by the spread of both samples."""
        spread = sum(variance(r) / len(r) for r in (self.real, self.dream))
        return math.sqrt(spread) / abs(fmean(self.real))

    def row(self) -> str:
        """A line of the table."""
        few = len(set(self.real)) < 10
        variation = f"{distance(self.real, self.dream):.3f}" if few else "-"
        return (
            f"  {self.policy:<14}{fmean(self.real):>10.2f}{fmean(self.dream):>10.2f}"
            f"{self.off:>+8.1%}{self.error:>8.1%}{self.unsure:>9.1%}{variation:>11}"
        )


HEAD = f"  {'policy':<14}{'real':>10}{'dream':>10}{'off':>8}{'+-':>8}{'unsure':>9}{'variation':>11}"


def record(client: Client, name: str, subject: Subject, seed: int) -> None:
    """Record an environment by its policies in turn."""
    session, _ = client.open(env=f"python/{name}")
    for i in range(subject.episodes):
        play(client, session, subject.record[i % len(subject.record)], seed + i, split="train", index=i)
    client.close_session(session)


def compare(client: Client, name: str, policy: Policy, label: str, episodes: int, seed: int) -> Compared:
    """Play a policy on both sides, on the same seeds."""
    real, dream = (
        [play(client, s, policy, seed + 10_000 + i, split="seen", evaluation=True) for i in range(episodes)]
        for s in (client.open(env=f"python/{name}", backend=b)[0] for b in ("real", "dream"))
    )
    sure = [p.reward for p in dream if not p.unsure]
    return Compared(label, [p.reward for p in real], sure, 1 - len(sure) / len(dream))


def compare_all(names: list[str], episodes: int, seed: int = 0) -> Iterator[tuple[str, Compared]]:
    """Record environments, and compare their policies one by one."""
    with tempfile.TemporaryDirectory() as folder:
        hosted = [json.dumps({"id": name} | SUBJECTS[name].config) for name in names]
        flags = [f for h in hosted for f in ("--python-env", h)]
        with dreamgym.launch(data=folder, args=flags) as server, Client(server.url) as client:
            for name in names:
                record(client, name, SUBJECTS[name], seed)
                for label, policy in SUBJECTS[name].compare.items():
                    yield name, compare(client, name, policy, label, episodes, seed)


def main() -> None:
    """Compare the environments that are named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("envs", nargs="*", default=list(SUBJECTS), metavar="ENV", help="of: " + ", ".join(SUBJECTS))
    parser.add_argument("--episodes", type=int, default=100, help="played by each policy on each side")
    parser.add_argument("--seed", type=int, default=0, help="decides chance on both sides")
    args = parser.parse_args()
    shown = ""
    for name, compared in compare_all(args.envs, args.episodes, args.seed):
        if name != shown:
            print(f"\n{name}, {SUBJECTS[name].episodes} episodes recorded\n{HEAD}")
            shown = name
        print(compared.row(), flush=True)


if __name__ == "__main__":
    main()
