"""Tests of what the demo computes; what it plays is tested where that lives."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dreamgym.rl import Settings

import intervals
import recorded
import report
from arms import Arm, Ground, Outcome


def observation(text: str, *actions: str) -> dict[str, Any]:
    return {"goal": "find it", "text": text, "actions": list(actions)}


def episode(name: str, texts: list[str], reward: float) -> dict[str, Any]:
    last = len(texts) - 1
    steps = []
    for i, text in enumerate(texts):
        timestep = {"observation": observation(text, "go", "stay"), "reward": reward if i == last else 0.0}
        timestep |= {"terminated": i == last and reward > 0, "truncated": i == last and reward == 0}
        steps.append({"index": i, "action": "go" if i else "", "timestep": timestep})
    task = {"id": f"task-{name}", "split": "train", "scene": "s"}
    return {"header": {"id": name, "env": "test/any-v0", "task": task}, "steps": steps}


def test_a_difference_is_paired() -> None:
    rng = np.random.default_rng(1)
    hard = (rng.random((3, 200)) < 0.5).astype(float)
    better = hard.copy()
    better[:, :20] = 1
    gain = intervals.difference(better, hard)
    assert gain.low > 0
    assert gain.high - gain.low < intervals.mean(better).high - intervals.mean(better).low
    assert gain.mean == pytest.approx(better.mean() - hard.mean())


def test_an_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(2)
    covered = 0
    for _ in range(200):
        estimate = intervals.mean((rng.random((4, 60)) < 0.3).astype(float))
        covered += estimate.low <= 0.3 <= estimate.high
    assert 180 <= covered <= 200


def test_what_does_not_count_is_left_out() -> None:
    estimate = intervals.mean(np.array([[1.0, np.nan, 1.0], [1.0, np.nan, np.nan]]))
    assert (estimate.mean, estimate.low, estimate.high) == (1, 1, 1)
    assert np.isnan(intervals.mean(np.full((2, 2), np.nan)).mean)


def test_a_recording_is_read_as_it_was_played() -> None:
    read = recorded.recording(episode("e1", ["a", "b", "c"], 1.0))
    assert (read.goal, read.texts, read.actions, read.reward) == ("find it", ["a", "b", "c"], ["go", "go"], 1.0)
    assert read.admissible == [["go", "stay"], ["go", "stay"]]


def test_policies_are_named_as_collect_names_them() -> None:
    assert [recorded.share_of_chance(p) for p in ("scripted", "noisy:0.3", "random")] == [0, 0.3, 1]


def test_shuffling_moves_rewards_and_nothing_else(tmp_path: Path) -> None:
    episodes = [episode(f"e{i}", ["a", "b", "c", "d"], float(i % 2)) for i in range(20)]
    plain = [row for e in episodes for row in recorded.transitions(e)]
    recorded.write_shuffled(episodes, tmp_path / "rows.jsonl", seed=1)
    shuffled = [json.loads(line) for line in (tmp_path / "rows.jsonl").read_text().splitlines()]
    assert [{**row, "reward": 0} for row in shuffled] == [{**row, "reward": 0} for row in plain]
    assert sum(row["reward"] for row in shuffled) == sum(row["reward"] for row in plain) == 10
    assert [row["reward"] for row in shuffled] != [row["reward"] for row in plain]


def outcome(name: str, seed: int, rewards: dict[int, float], **kwargs: Any) -> Outcome:
    ground = Ground("ws://nowhere", "test/any-v0", "real")
    train_on = None if name in ("cloned", "untrained") else ground
    arm = Arm(name, Path("x"), seed, ground, {"seen": range(3)}, Settings(), 4, train_on, 10)
    return Outcome(arm, rewards={"seen": rewards} if rewards else {}, **kwargs)


class World:
    env, name, steps = "test/any-v0", "test/any", 10


class Start:
    world, transitions, won, tasks = World(), 5, 0.5, {"seen": range(3)}


def found() -> dict[str, Any]:
    outcomes = []
    for seed in (2, 1):
        outcomes += [
            outcome("cloned", seed, {0: 0.0, 1: 1.0, 2: 0.0}),
            outcome("real_recorded", seed, {0: 0.0, 1: 1.0, 2: 0.0}, steps=5),
            outcome("real_equal", seed, {0: 1.0, 1: 1.0, 2: 1.0}, steps=10),
            outcome("dream", seed, {0: 1.0, 1: 1.0}, steps=10, dreamed={"seen": {0: 1.0, 1: 0.0, 2: 1.0}}),
            outcome("empty", seed, {}, refusal="insufficient_evidence", unchanged=True),
        ]
    return report.result([Start()], outcomes, {})


def test_a_policy_that_stayed_as_it_was_has_its_starts_figures() -> None:
    arms = found()["worlds"]["test/any"]["arms"]
    assert arms["empty"]["splits"]["seen"]["rewards"] == arms["cloned"]["splits"]["seen"]["rewards"]
    assert arms["empty"]["splits"]["seen"]["over_cloned"]["mean"] == 0
    assert arms["dream"]["splits"]["seen"]["over_cloned"]["mean"] == 0.5  # of the two tasks that count


def test_the_findings_say_what_the_figures_do() -> None:
    text = report.findings(found())
    assert "refused with insufficient_evidence; the cloned weights are kept" in text
    assert "the dream has 75% of the real side's gain" in text
    assert "the dream is +0.50 [+0.00, +1.00] above real GRPO, as many new steps as recorded" in text
    assert "above control: dream of an empty buffer" in text
    # of the two tasks that count on both sides
    assert "dreamed minus its real success (exploit gap) is -0.50 [-1.00, +0.00]" in text


def test_everything_is_written(tmp_path: Path) -> None:
    written = report.write(found(), tmp_path)
    assert {p.suffix for p in written} == {".txt", ".json", ".svg", ".png"}
    assert all(p.stat().st_size > 100 for p in written)
    assert json.loads((tmp_path / "result.json").read_text())["worlds"]["test/any"]["recorded_transitions"] == 5
