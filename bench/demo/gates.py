"""Two gates that one-step figures do not replace. The status is 1 where one is not passed.

    python bench/demo/gates.py [--pages]

A random policy wins in the dream at most 3 points more than on the real side; and training in the dream does not end
below its start on the real side, beyond the interval over seeds and tasks.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import recorded
import report
from demo import BINARY, Demo, Log, Start
from intervals import Estimate
from plan import DEMO, GATED, SHOP, Plan

MOST_FALSE_WINS = 0.03
_EPISODES = 120  # of the random policy on each split and backend


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a gate found."""

    passed: bool
    text: str

    def __str__(self) -> str:
        return f"{'passed' if self.passed else 'FAILED'}: {self.text}"


def random_policy(demo: Demo, start: Start) -> Iterator[Verdict]:
    """Hold a random policy's wins in the dream against those on the real side."""
    env = start.world.env
    flags = ["--policy", "random", "--split", ",".join(["train", *start.world.splits]), "--episodes", str(_EPISODES)]
    printed = recorded.envserver(
        BINARY, "evaluate", env, *flags, "--server", demo.dreaming.http_url, "--json", quiet=True
    )
    for found in json.loads(printed)["agreement"]:
        dream, real = found["dream"], found["real"]
        text = f"{start.world.name}, {found['split']}: a random policy wins {dream:.3f} in the dream, {real:.3f} really"
        yield Verdict(dream - real <= MOST_FALSE_WINS, f"{text}; allowed: {MOST_FALSE_WINS:+.2f}")


def no_harm(demo: Demo, start: Start) -> Iterator[Verdict]:
    """Hold what was trained in the dream against its start, on the real side."""
    arms = [arm for arm in demo.arms(start, None) if arm.name in ("dream", "cloned")]
    found = report.result([start], demo.train(arms), {})["worlds"][start.world.name]["arms"]
    for split, after in found["dream"]["splits"].items():
        before, gain = found["cloned"]["splits"][split]["success"], Estimate(**after["over_cloned"])
        text = f"success {Estimate(**before)} becomes {Estimate(**after['success'])}, {gain.signed()}"
        yield Verdict(gain.high >= 0, f"{start.world.name}, {split}: {text}")


def plan(pages: bool) -> Plan:
    """Answer the demo's plan with fewer steps and tasks, and with further pages and the shop where asked for."""
    worlds = tuple(
        replace(w, steps=w.steps // 2, tasks=min(w.tasks, 80), held_out=0, controls=False)
        for w in (*DEMO.worlds[:2], *((*GATED, SHOP) if pages else ()))
    )
    return replace(DEMO, worlds=worlds, seeds=2)


def main() -> int:
    """Run the gates."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", metavar="NAME", help="environments whose id begins so, such as house")
    parser.add_argument("--pages", action="store_true", help="further pages of MiniWoB++ and a web shop, too")
    options = parser.parse_args()
    verdicts: list[Verdict] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        chosen = plan(options.pages)
        chosen = replace(chosen, worlds=tuple(w for w in chosen.worlds if w.env.startswith(options.only)))
        demo = Demo(chosen, folder, stack, Log())
        for world in chosen.worlds:
            start = demo.begin(world)
            verdicts += [*random_policy(demo, start), *no_harm(demo, start)]
    print("\n".join(str(v) for v in verdicts))
    return 0 if verdicts and all(v.passed for v in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
