"""From recorded episodes to a policy that learned in the dream, with everything beside it that tells whether it did.

    python bench/demo/demo.py [--short | --reproduce]

It starts servers of its own, records real episodes, measures how true the dream of them is, trains a small policy in
the dream alone, and judges on the real side: untrained, cloned, trained on the real side with few and with many steps,
trained in the dream, and trained in two dreams that nothing can be learned in.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import dreamgym
from dreamgym.rl import Policy, clone

import recorded
import report
from arms import Arm, Ground, Outcome
from arms import run as run_arm
from plan import DEMO, REPRODUCE, SHOP, SHORT, Plan, World

BINARY = "bin/envserver"
_TRAINERS = 2  # processes; each trains one arm at a time


@dataclass(frozen=True, slots=True)
class Start:
    """What a world's arms begin with."""

    world: World
    untrained: Path
    cloned: Path
    #: real transitions in the buffer, and the share of their episodes that were won
    transitions: int
    won: float
    #: the places of the tasks in each split to judge on
    tasks: dict[str, Sequence[int]]
    #: the places of the tasks in the train split to train on; None: all
    train_tasks: Sequence[int] | None
    #: the environment that dreams of spoilt rewards; "" where there is none
    shuffled: str = ""


class Log:
    """Progress on the terminal, each line with the time since the start."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        """Time since the start."""
        return time.monotonic() - self._began

    def __call__(self, text: str) -> None:
        """Print a line, or several."""
        minutes, seconds = divmod(int(self.seconds), 60)
        for line in text.splitlines():
            print(f"[{minutes:2d}:{seconds:02d}] {line}", flush=True)


class Demo:
    """A run over a folder."""

    def __init__(self, plan: Plan, folder: Path, stack: ExitStack, log: Log) -> None:
        self.plan, self.folder, self.log = plan, folder, log
        self._stack = stack
        log("starting two servers: one records and dreams, one plays the real side for training and judging")
        self.dreaming = self._serve("dreaming")
        self.real = self._serve("real")

    def _serve(self, name: str) -> dreamgym.Server:
        return self._stack.enter_context(dreamgym.launch(self.folder / name, binary=BINARY))

    def begin(self, world: World) -> Start:
        """Record real episodes and clone a policy from them."""
        policies = f"{world.episodes} episodes by {world.policies.replace(',', ', ')}"
        self.log(f"{world.name}: recording real {policies}")
        train_tasks = self._chosen(world, "train") if world.templates else None
        if train_tasks is None:
            recorded.collect(BINARY, self.dreaming, world.env, world.episodes, world.policies, "train", seed=1)
        else:
            recorded.play(self.dreaming, world.env, train_tasks, world.episodes, world.policies, seed=1)
        for split in world.splits if world.held_out else ():
            recorded.collect(BINARY, self.dreaming, world.env, world.held_out, world.policies, split, seed=2)
        episodes = recorded.episodes(self.dreaming, world.env, "train")
        recordings = [recorded.recording(e) for e in episodes]
        won = sum(r.reward > 0 for r in recordings) / len(recordings)
        cloned = clone(recordings)
        start = Start(
            world,
            untrained=self._save(Policy(cloned.common), world, "untrained"),
            cloned=self._save(cloned, world, "cloned"),
            transitions=recorded.steps_of(episodes),
            won=won,
            tasks={split: self._chosen(world, split)[: world.tasks] for split in world.splits},
            train_tasks=train_tasks,
            shuffled=self._shuffle(episodes, world) if world.controls else "",
        )
        self.log(
            f"{world.name}: {start.transitions} transitions, {won:.0%} of the episodes won; cloned a policy from them"
        )
        return start

    def _save(self, policy: Policy, world: World, name: str) -> Path:
        path = self.folder / f"{world.name.replace('/', '.')}-{name}.npz"
        policy.save(path)
        return path

    def _chosen(self, world: World, split: str) -> Sequence[int]:
        """Answer the places of a split's tasks that are of the world's templates."""
        with dreamgym.Client(self.real.url) as client:
            total, _ = client.tasks(world.env, split=split, limit=1)
            if not world.templates:
                return range(total)
            pages = [client.tasks(world.env, split=split, index=i)[1] for i in range(0, total, 100)]
        ids = [task["id"] for page in pages for task in page]
        return [i for i, name in enumerate(ids) if name.rsplit("-", 2)[0] in world.templates]

    def _shuffle(self, episodes: Sequence[dict[str, Any]], world: World) -> str:
        """Import the recordings with their rewards dealt out anew, for the server of the controls."""
        path = self.folder / "shuffled.jsonl"
        recorded.write_shuffled(episodes, path, seed=1)
        imported = recorded.envserver(BINARY, "import", path, "--data", self.folder / "controls", "--json")
        env: str = json.loads(imported)["env"]
        return env

    def fidelity(self, world: World) -> dict[str, Any]:
        """Measure how true the dream is, on episodes that the buffer never saw."""
        flags = ["--data", str(self.dreaming.data), "--episodes", str(self.plan.ladder), "--json"]
        measured: dict[str, Any] = json.loads(recorded.envserver(BINARY, "fidelity", world.env, *flags, quiet=True))
        path = self.folder / f"fidelity-{world.name.replace('/', '.')}.json"
        path.write_text(json.dumps(measured, indent=1))
        return measured

    def arms(self, start: Start, controls: dreamgym.Server | None) -> Iterator[Arm]:
        """List a world's arms for every seed, the longest first."""
        world = start.world
        real = Ground(self.real.url, world.env, "real")
        dream = Ground(self.dreaming.url, world.env, "dream")
        grounds: list[tuple[str, Ground | None, int]] = [
            ("real_equal", real, world.steps),
            ("dream", dream, world.steps),
            ("real_recorded", real, start.transitions),
            ("cloned", None, 0),
            ("untrained", None, 0),
        ]
        if controls is not None and start.shuffled:
            grounds.insert(2, ("shuffled", Ground(controls.url, start.shuffled, "dream"), world.steps))
            grounds.append(("empty", Ground(controls.url, world.env, "dream"), world.steps))
        for name, ground, steps in grounds:
            weights = start.untrained if name == "untrained" else start.cloned
            for seed in range(1, self.plan.seeds + 1):
                settings = world.settings_few if name == "real_recorded" else world.settings
                yield Arm(
                    name, weights, seed, real, start.tasks, settings, world.seats, ground, steps, start.train_tasks
                )

    def train(self, arms: Sequence[Arm]) -> list[Outcome]:
        """Run every arm, some at a time."""
        outcomes = []
        with ProcessPoolExecutor(_TRAINERS, mp_context=get_context("spawn")) as pool:
            for done in as_completed([pool.submit(run_arm, arm) for arm in arms]):
                outcomes.append(done.result())
                self.log(report.line(outcomes[-1]))
        return outcomes

    def run(self) -> dict[str, Any]:
        """Go through all steps and answer the result."""
        starts = [self.begin(world) for world in self.plan.worlds]
        controls = self._serve("controls") if any(s.shuffled for s in starts) else None
        with ThreadPoolExecutor(1) as beside:
            measuring = {s.world.name: beside.submit(self._show_fidelity, s.world) for s in starts if s.world.held_out}
            self.log(
                f"training and judging with {self.plan.seeds} seeds; all but untrained start from the cloned weights"
            )
            outcomes = self.train([arm for s in starts for arm in self.arms(s, controls)])
            fidelity = {name: f.result() for name, f in measuring.items()}
        return report.result(starts, outcomes, fidelity)

    def _show_fidelity(self, world: World) -> dict[str, Any]:
        measured = self.fidelity(world)
        self.log(report.fidelity_table(world.name, measured))
        return measured


def main() -> int:
    """Run the demo."""
    options = _options()
    plan = REPRODUCE if options.reproduce else SHORT if options.short else DEMO
    worlds = (*plan.worlds, SHOP) if options.shop else plan.worlds
    plan = replace(plan, worlds=tuple(w for w in worlds if w.env.startswith(options.only)))
    folder = _fresh(options.data)
    log = Log()
    with ExitStack() as stack:
        result = Demo(plan, folder, stack, log).run()
    result["seconds"] = round(log.seconds, 1)
    print("\n" + report.table(result))
    print("\n" + report.findings(result))
    for path in report.write(result, folder):
        log(f"wrote {path}")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--short", action="store_true", help="small budgets: shows that it works, and little more")
    size.add_argument("--reproduce", action="store_true", help="five seeds and larger budgets")
    parser.add_argument("--shop", action="store_true", help="also tasks of a web shop: some minutes more")
    parser.add_argument("--only", default="", metavar="NAME", help="environments whose id begins so, such as house")
    parser.add_argument("--data", type=Path, help="a folder that does not exist yet; ./data/demo-TIME when absent")
    return parser.parse_args()


def _fresh(folder: Path | None) -> Path:
    """Make the folder for a run's data."""
    made = folder or Path("data") / time.strftime("demo-%Y%m%d-%H%M%S")
    made.mkdir(parents=True)
    return made


if __name__ == "__main__":
    sys.exit(main())
