"""Tests of what an export has for a trainer, and of how answers are judged. No trainer is needed for either."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

import answers
from answers import Answer

BINARY = os.environ.get("DREAMGYM_ENVSERVER", str(Path(__file__).parents[2] / "bin" / "envserver"))


def recorded(split: str, episode: str, wins: bool) -> list[dict[str, Any]]:
    same = {"env": "lamps", "split": split, "task": f"task-{split}", "episode": episode, "goal": "read"}
    dark = {"step": 0, "state": "It is dark.", "action": "press", "next_state": "It is light."}
    light = {"step": 1, "state": "It is light.", "action": "read", "next_state": "You read."}
    return [
        {**same, **dark, "reward": 0, "terminated": False},
        {**same, **light, "reward": int(wins), "terminated": wins},
    ]


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sft")
    rows = recorded("train", "a", True) + recorded("train", "b", True) + recorded("unseen", "c", False)
    (folder / "steps.jsonl").write_text("\n".join(map(json.dumps, rows)))
    command = [BINARY, "distill", "export", "--from", str(folder / "steps.jsonl"), "--out", str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    return folder


def test_a_row_is_a_prompt_with_its_completion(export: Path) -> None:
    rows = answers.read_rows(export / "train.jsonl")
    assert [row["ref"] for row in rows] == ["a#0", "a#1", "b#0", "b#1"]
    for row in rows:
        assert list(row) == ["prompt", "completion", "ref", "split", "task", "scene"]
        roles = [message["role"] for message in row["prompt"]]
        assert roles == ["system", *["user", "assistant"] * (len(roles) // 2 - 1), "user"]
        assert [message["role"] for message in row["completion"]] == ["assistant"]
        assert all(set(m) == {"role", "content"} for m in row["prompt"] + row["completion"])
        assert list(json.loads(row["completion"][0]["content"])) == ["reasoning", "next_state", "reward", "terminated"]
    assert answers.read_rows(export / "seen.jsonl") == []


def test_held_out_steps_have_targets_and_demonstrations(export: Path) -> None:
    rows = answers.held_out(export, 10)
    assert [answers.target(row) for row in rows] == [Answer("It is light.", 0), Answer("You read.", 0)]
    assert [answers.nearest(row) for row in rows] == [Answer("It is light.", 0), Answer("You read.", 1)]
    assert [row["ref"] for row in answers.held_out(export, 1)] == ["c#0"]


@pytest.mark.parametrize("text", ["", "Yes.", "[]", '{"next_state": "a"}', '{"next_state": "a", "reward": "a"}', "3"])
def test_what_is_no_answer_is_none(text: str) -> None:
    assert answers.read_answer(text) is None


def test_answers_are_scored_by_state_and_reward() -> None:
    real = [Answer("a", 0), Answer("b", 1), Answer("c", 1), Answer("d", 0)]
    said = [Answer("a", 0), Answer("b", 1), None, Answer("x", 1)]
    s = answers.score(said, real)
    assert (s.steps, s.readable, s.exact, s.precision, s.recall) == (4, 0.75, 0.5, 0.5, 0.5)
    silent = answers.score([None] * 4, real)
    assert (silent.precision, silent.recall) == (None, 0)
    written = answers.table({"silent": (None, silent), "some": (1.23456, s)})
    assert written.splitlines()[2:] == [
        "| silent | - | 0.00 | 0.00 | - | 0.00 |",
        "| some | 1.235 | 0.75 | 0.50 | 0.50 | 0.50 |",
    ]
