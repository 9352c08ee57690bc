"""The examples run as they are."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hosts import server_binary

HERE = Path(__file__).parent


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["start.py"], "reward 1, terminated, played by real"),
        (
            ["grpo.py", "--env", "house/pick-and-place-v0", "--backend", "real", "--steps", "200"],
            "trained (real), seen",
        ),
        (["browsergym_policy.py"], "dream: click('"),
        (["minari_dataset.py", "--backend", "real"], "real-v0: 60 episodes"),
        (["minari_dataset.py", "--backend", "dream"], "dream-v0: "),
    ],
)
def test_example(command: list[str], said: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, HERE.parent / "examples" / command[0], *command[1:]],
        env={**os.environ, "DREAMGYM_ENVSERVER": server_binary(), "MINARI_DATASETS_PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert said in done.stdout
