"""What came out: lines, tables, JSON and a plot."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import intervals
from arms import Outcome
from intervals import Estimate, Rewards

#: The arms, in the order of the table, and what they are called.
TITLES = {
    "untrained": "untrained",
    "cloned": "cloned from the recordings",
    "real_recorded": "real GRPO, as many new steps as recorded",
    "real_equal": "real GRPO, as many steps as dreamed",
    "dream": "dream GRPO, no real steps",
    "shuffled": "control: dream of shuffled rewards",
    "empty": "control: dream of an empty buffer",
}


def line(outcome: Outcome) -> str:
    """Tell how one arm ended."""
    arm = outcome.arm
    who = f"{arm.real.env.rsplit('-v', 1)[0]}: {TITLES[arm.name]}, seed {arm.seed}"
    if outcome.refusal:
        return f"{who}: every reset is refused with {outcome.refusal}; the cloned weights are kept"
    scores = ", ".join(f"{split} {_mean(rewards):.2f}" for split, rewards in outcome.rewards.items())
    if outcome.failures:
        scores += f"; failed: {dict(outcome.failures)}"
    trained = f"{outcome.steps} steps ({outcome.excluded} episodes left out); " if arm.train_on else ""
    return f"{who}: {trained}real success: {scores or 'the weights are unchanged'} ({outcome.seconds:.0f} s)"


def _mean(rewards: Mapping[int, float]) -> float:
    return float(np.mean(list(rewards.values()))) if rewards else math.nan


def result(starts: Sequence[Any], outcomes: Sequence[Outcome], fidelity: Mapping[str, Any]) -> dict[str, Any]:
    """Put everything that was found into one structure, for JSON and for what is printed of it."""
    worlds = {}
    for start in starts:
        mine = [o for o in outcomes if o.arm.real.env == start.world.env]
        worlds[start.world.name] = {
            "recorded_transitions": start.transitions,
            "recorded_success": start.won,
            "steps": start.world.steps,
            "tasks": {split: len(tasks) for split, tasks in start.tasks.items()},
            "arms": _arms(mine, start.tasks),
        }
    return {"worlds": worlds, "fidelity": dict(fidelity)}


def _arms(outcomes: Sequence[Outcome], tasks: Mapping[str, Sequence[int]]) -> dict[str, Any]:
    starts = {o.arm.seed: o for o in outcomes if o.arm.name == "cloned"}
    arms: dict[str, Any] = {}
    for name in TITLES:
        runs = sorted((o for o in outcomes if o.arm.name == name), key=lambda o: o.arm.seed)
        if runs:
            arms[name] = {
                "steps": [o.steps for o in runs],
                "excluded": [o.excluded for o in runs],
                "episodes": [o.episodes for o in runs],
                "refusal": runs[0].refusal,
                "failures": [dict(o.failures) for o in runs],
                "unchanged": [o.unchanged and o.arm.train_on is not None for o in runs],
                "curves": [o.curve for o in runs],
                "splits": {split: _figures(runs, starts, split, len(t)) for split, t in tasks.items()},
            }
    return arms


def _figures(runs: Sequence[Outcome], starts: Mapping[int, Outcome], split: str, tasks: int) -> dict[str, Any]:
    begun = [starts[o.arm.seed] for o in runs]
    # A policy that training left as it was is its start: it is not played again.
    played = [o if o.rewards else start for o, start in zip(runs, begun, strict=True)]
    rewards, before = matrix(played, split, tasks), matrix(begun, split, tasks)
    dreamed = matrix(runs, split, tasks, lambda o: o.dreamed)
    gap = intervals.difference(dreamed, rewards).as_dict() if not np.isnan(dreamed).all() else None
    return {
        "success": intervals.mean(rewards).as_dict(),
        "over_cloned": intervals.difference(rewards, before).as_dict(),
        "exploit_gap": gap,
        "by_seed": [_mean(o.rewards.get(split, {})) for o in played],
        "rewards": [[None if math.isnan(r) else r for r in row] for row in rewards.tolist()],
    }


def matrix(
    runs: Sequence[Outcome],
    split: str,
    tasks: int,
    of: Callable[[Outcome], Mapping[str, Mapping[int, float]]] = lambda o: o.rewards,
) -> Rewards:
    """Answer the rewards of an arm, a row for each seed and a column for each task."""
    rewards = np.full((len(runs), tasks), np.nan)
    for row, outcome in zip(rewards, runs, strict=True):
        for task, reward in of(outcome).get(split, {}).items():
            row[task] = reward
    return rewards


def table(found: Mapping[str, Any]) -> str:
    """The comparison as text: success on the real side with 95 % intervals over seeds and tasks."""
    lines = ["success on the real side, [95 % interval over seeds and tasks], and the paired difference to cloned"]
    for name, world in found["worlds"].items():
        splits = list(world["tasks"])
        sizes = ", ".join(f"{n} tasks {s}" for s, n in world["tasks"].items())
        lines += ["", f"{name}: {world['recorded_transitions']} recorded transitions; {sizes}"]
        head = "".join(f"{s:>20}{'over cloned':>24}" for s in splits)
        lines.append(f"  {'':42}{'steps':>7}{head}")
        for arm, figures in world["arms"].items():
            cells = "".join(
                f"{Estimate(**figures['splits'][s]['success'])!s:>20}"
                f"{'' if arm == 'cloned' else Estimate(**figures['splits'][s]['over_cloned']).signed():>24}"
                for s in splits
            )
            lines.append(f"  {TITLES[arm]:42}{max(figures['steps']):7}{cells}")
    return "\n".join(lines)


def findings(found: Mapping[str, Any]) -> str:
    """What the comparison says, one finding a line."""
    return "\n".join(text for name, world in found["worlds"].items() for text in _findings(name, world))


def _findings(name: str, world: Mapping[str, Any]) -> Iterator[str]:
    arms = world["arms"]
    for split in world["tasks"]:
        gain = _gain(arms["dream"], split)
        real = _gain(arms["real_equal"], split)
        where = f"{name}, {split}"
        yield f"{where}: over cloning, the dream gains {gain.signed()}, the real side by as many {real.signed()}"
        if real.mean > 0:
            yield f"{where}: the dream has {gain.mean / real.mean:.0%} of the real side's gain, without a real step"
        if gap := arms["dream"]["splits"][split]["exploit_gap"]:
            yield f"{where}: its policy's dreamed minus its real success (exploit gap) is {Estimate(**gap).signed()}"
        for other in (o for o in ("real_recorded", "shuffled", "empty") if o in arms):
            over = intervals.difference(_rewards(arms["dream"], split), _rewards(arms[other], split))
            yield f"{where}: the dream is {over.signed()} above {TITLES[other]}"
    if "shuffled" in arms:
        learned = [s for s in world["tasks"] if _gain(arms["shuffled"], s).low > 0]
        yield f"{name}: from shuffled rewards {'SOMETHING' if learned else 'nothing'} was learned"
    if "empty" in arms:
        empty = arms["empty"]
        yield (
            f"{name}: of an empty buffer every reset is refused with {empty['refusal']}; the cloned weights are kept"
            if empty["refusal"] and all(empty["unchanged"])
            else f"{name}: an empty buffer was NOT refused"
        )


def _gain(arm: Mapping[str, Any], split: str) -> Estimate:
    return Estimate(**arm["splits"][split]["over_cloned"])


def _rewards(arm: Mapping[str, Any], split: str) -> Rewards:
    return np.array([[np.nan if r is None else r for r in row] for row in arm["splits"][split]["rewards"]], dtype=float)


#: What is shown of a fidelity report, and what it is called.
_SHOWN = {
    "exact": "exact",
    "exact_knowable": "where knowable",
    "reward_recall": "reward recall",
    "reward_precision": "precision",
    "invalid_recall": "invalid recall",
    "actions_f1": "actions F1",
    "verdict_agreement": "verdicts",
}


def fidelity_table(name: str, measured: Mapping[str, Any]) -> str:
    """How true the dream is, beside the baselines."""
    lines = [f"{name}: how true the dream of {measured['buffer']} transitions is, on episodes that it never saw, in %"]
    lines.append(f"  {'':24}" + "".join(f"{title:>16}" for title in _SHOWN.values()))
    for model, splits in measured["models"].items():
        for split, scores in splits.items():
            if scores and scores.get("steps"):
                cells = "".join(f"{_percent(scores.get(key)):>16}" for key in _SHOWN)
                lines.append(f"  {model + ', ' + split:24}{cells}")
    return "\n".join(lines)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}"


def write(found: Mapping[str, Any], folder: Path) -> list[Path]:
    """Write table, JSON and plots; answer where they are."""
    texts = {"result.txt": f"{table(found)}\n\n{findings(found)}\n", "result.json": json.dumps(found, indent=1) + "\n"}
    for name, text in texts.items():
        (folder / name).write_text(text)
    return [*(folder / name for name in texts), *plot(found, folder)]


def plot(found: Mapping[str, Any], folder: Path) -> list[Path]:
    """Draw every world's arms as bars with their intervals, as SVG and PNG."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    panels = [(name, world, split) for name, world in found["worlds"].items() for split in world["tasks"]]
    figure, axes = plt.subplots(1, len(panels), figsize=(2.6 + 2.6 * len(panels), 3.6), sharey=True, squeeze=False)
    colours = plt.get_cmap("tab10").colors  # type: ignore[attr-defined]
    for axis, (name, world, split) in zip(axes[0], panels, strict=True):
        for x, (arm, figures) in enumerate(world["arms"].items()):
            e = Estimate(**figures["splits"][split]["success"])
            colour = colours[list(TITLES).index(arm)]
            axis.bar(x, e.mean, color=colour, yerr=[[e.mean - e.low], [e.high - e.mean]], capsize=3, label=TITLES[arm])
        axis.set_title(f"{name}, {split}", fontsize=9)
        axis.set_xticks([])
        axis.set_ylim(0, 1)
    axes[0][0].set_ylabel("success on the real side")
    handles, labels = axes[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="center right", fontsize=7, frameon=False)
    figure.tight_layout(rect=(0, 0, 1 - 2.4 / (2.6 + 2.6 * len(panels)), 1))
    paths = [folder / "result.svg", folder / "result.png"]
    for path in paths:
        figure.savefig(path, dpi=150)
    plt.close(figure)
    return paths
