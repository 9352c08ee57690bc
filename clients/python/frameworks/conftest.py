"""Runs the examples, and notes what the last run gave for docs/frameworks.md."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest
from hosts import server_binary

EXAMPLES = Path(__file__).parents[1] / "examples"
MOST_SECONDS = 120
NOTES = os.environ.get("DREAMGYM_FRAMEWORKS_NOTES")


@pytest.fixture
def example(request: pytest.FixtureRequest) -> Callable[..., str]:
    """Run an example; answer the last line that it printed."""

    def run(script: str, *args: str) -> str:
        told = {**os.environ, "DREAMGYM_ENVSERVER": server_binary()}
        command, began = [sys.executable, EXAMPLES / script, *args], time.monotonic()
        done = subprocess.run(command, env=told, capture_output=True, text=True, timeout=MOST_SECONDS, check=False)
        assert done.returncode == 0, done.stderr
        said = done.stdout.strip().splitlines()[-1]
        if NOTES:
            note = {"command": " ".join([script, *args]), "seconds": time.monotonic() - began, "said": said}
            with open(NOTES, "a") as notes:
                notes.write(json.dumps({**versions(request.path.parent), **note}) + "\n")
        return said

    return run


def versions(folder: Path) -> dict[str, object]:
    """Answer the framework of a folder, and the versions of what its requirements name."""
    lines = (folder / "requirements.txt").read_text().splitlines()
    names = [re.split(r"[\[=<>]", line)[0] for line in lines if line[:1].isalpha()]
    return {"framework": folder.name, "versions": {n: version(n) for n in names if n not in ("pytest", "uv")}}
