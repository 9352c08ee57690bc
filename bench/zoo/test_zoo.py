from __future__ import annotations

import itertools
import json
import random
from pathlib import Path

import pytest

import chat
import galley
import machines
import recorder
import settings
import shell
import shop
import tools

KINDS = [kind for module in (chat, galley, machines, settings, shell, shop, tools) for kind in module.KINDS]
every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


@every_kind
def test_the_solver_wins(kind: recorder.Kind) -> None:
    train, unseen = kind.tasks(random.Random(1))
    tasks = [*train, *unseen]
    won = [_solved(task.open(1), kind.max_steps) for task in tasks]
    assert sum(won) >= 0.75 * len(tasks)


def _solved(game: recorder.Game, most: int) -> bool:
    game.reset()
    for _ in range(most):
        action = game.solution()
        if action is None:
            return False
        after = game.step(action)
        if after.ended:
            return after.reward > 0
    return False


@every_kind
def test_a_recording_is_whole(kind: recorder.Kind, tmp_path: Path) -> None:
    file = tmp_path / "some.jsonl"
    counts = recorder.write(kind, seed=1, transitions=300, out=file)
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert set(counts) == {"train", "seen", "unseen"}
    assert sum(counts.values()) == len(rows)
    for _, episode in itertools.groupby(rows, key=lambda row: row["episode"]):
        steps = list(episode)
        assert [row["step"] for row in steps] == list(range(len(steps)))
        assert all(a["next_state"] == b["state"] for a, b in itertools.pairwise(steps))
        assert steps[-1]["terminated"] or steps[-1]["truncated"]
    scenes = {split: {row["scene"] for row in rows if row["split"] == split} for split in counts}
    assert not scenes["train"] & scenes["unseen"]
    assert all(("actions" in row) == kind.lists_actions for row in rows)


def test_the_same_seed_gives_the_same_recording(tmp_path: Path) -> None:
    [kind] = shell.KINDS
    for name in ("a", "b"):
        recorder.write(kind, seed=7, transitions=100, out=tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
