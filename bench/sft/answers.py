"""What a model answers beside what really came to pass."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Row = dict[str, Any]


def read_rows(path: Path) -> list[Row]:
    """Read a split of an export; a split without examples has no file."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def held_out(folder: Path, most: int) -> list[Row]:
    """Take steps from the held-out splits, evenly spread over each and as many of both as there are."""
    splits = [rows for name in ("seen", "unseen") if (rows := read_rows(folder / f"{name}.jsonl"))]
    return [row for rows in splits for row in _spread(rows, most // len(splits))]


def _spread(rows: Sequence[Row], most: int) -> Iterator[Row]:
    count = min(most, len(rows))
    return (rows[i * len(rows) // count] for i in range(count))


@dataclass(frozen=True, slots=True)
class Answer:
    """The part of an answer that is judged."""

    next_state: str
    reward: float


def read_answer(text: str) -> Answer | None:
    """Read what a model wrote; None where it is no answer."""
    try:
        said = json.loads(text)
        return Answer(str(said["next_state"]), float(said["reward"]))
    except (ValueError, KeyError, TypeError):
        return None


def target(row: Row) -> Answer:
    """Answer what really came of a row's step."""
    answer = read_answer(row["completion"][0]["content"])
    if answer is None:
        raise ValueError(f"{row['ref']}: its completion is no answer in the form state")
    return answer


def nearest(row: Row) -> Answer | None:
    """Answer what came of the demonstration that is nearest: the last one before the action."""
    shown, _, _ = row["prompt"][-1]["content"].rpartition("\n\nAction: ")
    return read_answer(shown.rpartition("\n")[2])


@dataclass(frozen=True, slots=True)
class Score:
    """How answers compare with what came to pass. Precision and recall are of rewards above zero; None: of nothing."""

    steps: int
    readable: float
    exact: float
    precision: float | None
    recall: float | None


def score(said: Sequence[Answer | None], real: Sequence[Answer]) -> Score:
    """Score answers; one that cannot be read is wrong, and gives no reward."""
    pairs = list(zip(said, real, strict=True))
    gave = [a is not None and a.reward > 0 for a, _ in pairs]
    right = [g and a is not None and a.reward == r.reward for g, (a, r) in zip(gave, pairs, strict=True)]
    return Score(
        steps=len(pairs),
        readable=_share(a is not None for a, _ in pairs) or 0.0,
        exact=_share(a is not None and a.next_state == r.next_state for a, r in pairs) or 0.0,
        precision=_share(r for r, g in zip(right, gave, strict=True) if g),
        recall=_share(r for r, (_, real) in zip(right, pairs, strict=True) if real.reward > 0),
    )


def _share(all_of: Iterable[bool]) -> float | None:
    values = list(all_of)
    return sum(values) / len(values) if values else None


def table(scores: dict[str, tuple[float | None, Score]]) -> str:
    """Write losses and scores as a Markdown table."""
    lines = [
        "| model | held-out loss | readable | exact next state | reward precision | reward recall |",
        "|---|---|---|---|---|---|",
    ]
    for name, (loss, s) in scores.items():
        figures = [_figure(loss, 3), *(_figure(v, 2) for v in (s.readable, s.exact, s.precision, s.recall))]
        lines.append(f"| {name} | {' | '.join(figures)} |")
    return "\n".join(lines)


def _figure(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
