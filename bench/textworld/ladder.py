"""Plays six policies, from random to a solver, on generated text adventures and in the dream of them.

    python record.py --seed 1 --games tw_games --out textworld.jsonl
    python ladder.py --seed 1 --games tw_games --recording textworld.jsonl --envserver ../../bin/envserver

The recording is imported into a data folder of its own, and the dream is played through
the Python client (`pip install ../../clients/python`). A policy is the game's solver with
a share of random actions. In the dream it asks the solver of a real game in which it has
done the same, so that on both sides it is the same function of what it has done; its
random actions are the dream's admissible ones. Printed is, for each policy, the share of
episodes won on both sides, their rank correlation and their mean distance.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import dreamgym

from games import Game, Moment, Recipe, make, plan
from record import MAX_STEPS

NOISES = (1.0, 0.8, 0.6, 0.4, 0.2, 0.0)


@dataclass(frozen=True)
class Job:
    """The episodes of one game."""

    recipe: Recipe
    split: str
    folder: Path
    repeats: int
    url: str
    env: str


@dataclass(frozen=True)
class Pair:
    """One episode on both sides."""

    split: str
    noise: float
    real: bool
    dream: bool
    refused: bool


def choose(now: Moment, admissible: Sequence[str], noise: float, rng: random.Random) -> str:
    """The solver's next command or, by a share, a random admissible one."""
    random_now = rng.random() < noise or not now.solution
    if random_now and admissible:
        return rng.choice(list(admissible))
    return now.solution[0] if now.solution else "look"


def play_real(game: Game, noise: float, rng: random.Random) -> bool:
    """Whether the policy wins the game."""
    now = game.reset()
    for _ in range(MAX_STEPS):
        if now.ended:
            break
        now = game.step(choose(now, now.admissible, noise, rng))
    return now.won


def play_dream(env: dreamgym.RemoteEnv, game: Game, noise: float, rng: random.Random, seed: int) -> tuple[bool, bool]:
    """Whether the policy wins in the dream, and whether the dream was refused."""
    now = game.reset()
    try:
        _, info = env.reset(seed=seed, options={"task": game.task, "evaluation": True})
    except dreamgym.InsufficientEvidenceError:
        return False, True
    for _ in range(MAX_STEPS):
        command = choose(now, info["actions"], noise, rng)
        if not now.ended:
            now = game.step(command)
        _, reward, terminated, truncated, info = env.step(command)
        if terminated or truncated:
            return terminated and reward > 0, info.get("stop") == "insufficient_evidence"
    return False, False


def compare(job: Job) -> list[Pair]:
    """Plays the six policies on one game, on both sides."""
    game = Game(make(job.recipe, job.folder))
    env = dreamgym.make(job.env, backend="dream", url=job.url)
    pairs = []
    for noise in NOISES:
        for repeat in range(job.repeats):
            seed = f"{job.recipe.name}/{noise}/{repeat}"
            real = play_real(game, noise, random.Random(seed))
            dream, refused = play_dream(env, game, noise, random.Random(seed), repeat)
            pairs.append(Pair(job.split, noise, real, dream, refused))
    env.close()
    game.close()
    return pairs


def summary(pairs: Sequence[Pair]) -> dict[str, Any]:
    """The rungs of one split with their rank correlation and mean distance."""
    rungs = []
    for noise in NOISES:
        of = [pair for pair in pairs if pair.noise == noise]
        rungs.append({
            "noise": noise, "episodes": len(of), "real": share(p.real for p in of),
            "dream": share(p.dream for p in of), "refused": share(p.refused for p in of),
        })  # fmt: skip
    real, dream = [r["real"] for r in rungs], [r["dream"] for r in rungs]
    distance = sum(abs(a - b) for a, b in zip(real, dream, strict=True)) / len(rungs)
    return {"rungs": rungs, "spearman": correlation(ranks(real), ranks(dream)), "mean_error": distance}


def share(which: Iterable[bool]) -> float:
    """The share of true values."""
    values = list(which)
    return sum(values) / len(values)


def ranks(values: Sequence[float]) -> list[float]:
    """Ranks from the smallest; equal values share their mean rank."""
    order = sorted(values)
    return [order.index(v) + (order.count(v) - 1) / 2 for v in values]


def correlation(a: Sequence[float], b: Sequence[float]) -> float | None:
    """Linear correlation; None where one side does not vary."""
    mean_a, mean_b = sum(a) / len(a), sum(b) / len(b)
    ab = sum((x - mean_a) * (y - mean_b) for x, y in zip(a, b, strict=True))
    aa, bb = sum((x - mean_a) ** 2 for x in a), sum((y - mean_b) ** 2 for y in b)
    return ab / (aa * bb) ** 0.5 if aa and bb else None


def import_recording(envserver: Path, recording: Path, data: str) -> str:
    """Imports the recording and answers the environment's id."""
    command = [str(envserver), "import", str(recording), "--data", data, "--json"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    env: str = json.loads(done.stdout)["env"]
    return env


def main() -> None:
    """Prints the ladder of each split as JSON; with the figures as a table on stderr."""
    o = _options()
    with tempfile.TemporaryDirectory() as data:
        env = import_recording(o.envserver, o.recording, data)
        with dreamgym.launch(data, binary=o.envserver) as server:
            jobs = [Job(r, "seen", o.games, o.repeats, server.url, env) for r in plan(o.seed, o.train, "train")]
            jobs += [Job(r, "unseen", o.games, o.repeats, server.url, env) for r in plan(o.seed, o.unseen, "unseen")]
            pairs: list[Pair] = []
            with multiprocessing.get_context("spawn").Pool(o.jobs) as pool:
                for done, of in enumerate(pool.imap_unordered(compare, jobs), 1):
                    pairs += of
                    print(f"{done}/{len(jobs)} games", file=sys.stderr)
    splits = {split: summary([p for p in pairs if p.split == split]) for split in ("seen", "unseen")}
    print(json.dumps(splits, indent=2))
    if o.episodes:
        o.episodes.write_text("".join(json.dumps(asdict(p)) + "\n" for p in pairs), encoding="utf-8")
    for split, s in splits.items():
        for r in s["rungs"]:
            print(f"{split:7} {r['noise']:4.0%} random: real {r['real']:.2f} dream {r['dream']:.2f}", file=sys.stderr)
        print(f"{split:7} Spearman {s['spearman']}, mean error {s['mean_error']:.3f}", file=sys.stderr)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--recording", type=Path, required=True, help="what record.py wrote with the same seed and numbers"
    )
    parser.add_argument("--seed", type=int, default=1, help="base seed of the games, as for record.py")
    parser.add_argument("--train", type=int, default=25, metavar="GAMES", help="trained games, as for record.py")
    parser.add_argument("--unseen", type=int, default=10, metavar="GAMES", help="further games, as for record.py")
    parser.add_argument("--games", type=Path, default=Path("tw_games"), help="folder of the compiled games")
    parser.add_argument("--envserver", type=Path, required=True, help="the server's program")
    parser.add_argument("--repeats", type=int, default=2, help="episodes of each policy and game")
    parser.add_argument("--episodes", type=Path, help="file to write every pair of episodes to, as JSONL")
    parser.add_argument("--jobs", type=int, default=2, help="games played at the same time")
    return parser.parse_args()


if __name__ == "__main__":
    main()
