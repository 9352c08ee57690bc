"""Runs the examples, and notes what the last run gave for docs/frameworks.md."""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest
from hosts import server_binary

EXAMPLES = Path(__file__).parents[1] / "examples"
MOST_SECONDS = 120.0  # of processor time: what else the machine does is not the example's
HANGS_AFTER = 900.0  # seconds
NOTES = os.environ.get("DREAMGYM_FRAMEWORKS_NOTES")


@pytest.fixture
def example(request: pytest.FixtureRequest) -> Callable[..., str]:
    """Run an example; answer the last line that it printed."""

    def run(script: str, *args: str) -> str:
        told = {**os.environ, "DREAMGYM_ENVSERVER": server_binary()}
        command, before = [sys.executable, EXAMPLES / script, *args], processor_time()
        done = subprocess.run(command, env=told, capture_output=True, text=True, timeout=HANGS_AFTER, check=False)
        used = processor_time() - before
        assert done.returncode == 0, done.stderr
        assert used <= MOST_SECONDS
        said = done.stdout.strip().splitlines()[-1]
        if NOTES:
            note = {"command": " ".join([script, *args]), "seconds": used, "said": said}
            with open(NOTES, "a") as notes:
                notes.write(json.dumps({**versions(request.path.parent), **note}) + "\n")
        return said

    return run


def processor_time() -> float:
    """Answer the seconds that processes which were waited for have used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def versions(folder: Path) -> dict[str, object]:
    """Answer the framework of a folder, and the versions of what its requirements name."""
    lines = (folder / "requirements.txt").read_text().splitlines()
    names = [re.split(r"[\[=<>]", line)[0] for line in lines if line[:1].isalpha()]
    return {"framework": folder.name, "versions": {n: version(n) for n in names if n not in ("pytest", "uv")}}
