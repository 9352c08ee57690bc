"""TRL itself: GRPO over the server, by three ways in."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from datasets import Dataset
from fake import FakeServer, running

import dreamgym.trl


@pytest.mark.parametrize("backend", ["real", "dream"])
@pytest.mark.parametrize("script", ["trl_grpo.py", "trl_openreward.py", "trl_openenv.py"])
def test_a_step_of_grpo(example: Callable[..., str], script: str, backend: str) -> None:
    said = example(script, "--backend", backend)
    rewards, gradient = re.fullmatch(rf"{backend}: rewards ([01 ]+), gradient (\S+), .*", said).groups()
    assert rewards == "1 0 1 0"
    assert float(gradient) > 0.01


def test_rows_of_a_split() -> None:
    with running(FakeServer()) as url:
        rows = dreamgym.trl.dataset("toy/doors-v0@dream", 6, seed=7, prompt="Go.", url=url)
    assert isinstance(rows, Dataset)
    assert rows["index"][:] == [0, 1, 2, 3, 0, 1]
    assert rows["seed"][:] == [7, 8, 9, 10, 11, 12]
    assert rows[0]["prompt"] == [{"role": "user", "content": "Go."}]
