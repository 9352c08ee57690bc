"""Records text adventures that `textworld` generates as transitions, one JSON object a line.

    python record.py --seed 1 --out textworld.jsonl

A state is the game's feedback as a player reads it (never the full description of the
world); the goal is the objective; a reward is the change of the score in points, so the
winning step of a game with one point gets 1. An episode is won where it terminates with a
reward. Games of the split `train` are played by a solver, by the solver with noise and at
random; `seen` has further episodes of the same games, `unseen` plays other games.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from games import Game, Moment, Recipe, make, plan

MAX_STEPS = 40

# Share of random actions of each episode that is recorded, by split.
EPISODES = {
    "train": (0.0, 0.2, 0.2, 0.5, 0.5, 1.0, 1.0),
    "seen": (0.2, 0.5, 1.0),
    "unseen": (0.0, 0.2, 0.5, 1.0),
}
# Of the random actions, the share that need not be admissible at the moment.
IMPOSSIBLE = 0.15


def choose(game: Game, now: Moment, noise: float, rng: random.Random) -> str:
    """The next command of the solver with a share of random actions."""
    if now.solution and rng.random() >= noise:
        return now.solution[0]
    if game.commands and rng.random() < IMPOSSIBLE:
        return rng.choice(game.commands)
    return rng.choice(now.admissible)


def play(game: Game, noise: float, seed: str) -> Iterator[dict[str, Any]]:
    """Plays one episode and yields its steps."""
    rng = random.Random(seed)
    now = game.reset()
    for step in range(MAX_STEPS):
        command = choose(game, now, noise, rng)
        after = game.step(command)
        yield {
            "step": step, "goal": game.goal, "state": now.text, "action": command, "next_state": after.text,
            "reward": after.score - now.score, "terminated": after.ended,
            "truncated": not after.ended and step == MAX_STEPS - 1, "actions": now.admissible,
        }  # fmt: skip
        if after.ended:
            return
        now = after


def record(job: tuple[Recipe, str, Path]) -> list[dict[str, Any]]:
    """Makes a game and plays the episodes of the splits that it is for."""
    recipe, purpose, folder = job
    game = Game(make(recipe, folder))
    rows = []
    for split in ("train", "seen") if purpose == "train" else ("unseen",):
        for i, noise in enumerate(EPISODES[split]):
            episode = f"{recipe.name}-{split}-{i}"
            head = {
                "schema_version": 1, "env": "textworld", "split": split,
                "task": game.task, "scene": game.scene, "episode": episode,
            }  # fmt: skip
            rows += [head | row for row in play(game, noise, episode)]
    game.close()
    return rows


def main() -> None:
    """Writes the transitions of a set of games, training games first."""
    options = _options()
    options.games.mkdir(parents=True, exist_ok=True)
    jobs = [(recipe, "train", options.games) for recipe in plan(options.seed, options.train, "train")]
    jobs += [(recipe, "unseen", options.games) for recipe in plan(options.seed, options.unseen, "unseen")]
    scenes: set[str] = set()
    counts: dict[str, int] = {}
    partial = options.out.with_suffix(options.out.suffix + ".part")
    with multiprocessing.Pool(options.jobs) as pool, partial.open("w", encoding="utf-8") as out:
        for done, rows in enumerate(pool.imap(record, jobs), 1):
            split, scene = rows[0]["split"], rows[0]["scene"]
            if split == "unseen" and scene in scenes:
                continue
            scenes.add(scene)
            for row in rows:
                counts[row["split"]] = counts.get(row["split"], 0) + 1
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
            print(f"{done}/{len(jobs)} games, {counts}", file=sys.stderr)
    partial.rename(options.out)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1, help="base seed of games and episodes")
    parser.add_argument("--train", type=int, default=25, metavar="GAMES", help="games to train on (and seen)")
    parser.add_argument("--unseen", type=int, default=10, metavar="GAMES", help="further games, never trained on")
    parser.add_argument("--games", type=Path, default=Path("tw_games"), help="folder of the compiled games")
    parser.add_argument("--out", type=Path, required=True, help="the JSONL file to write")
    parser.add_argument("--jobs", type=int, default=2, help="games made and played at the same time")
    return parser.parse_args()


if __name__ == "__main__":
    main()
