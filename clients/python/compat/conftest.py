"""Servers for other people's clients."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

BINARY = os.environ.get("DREAMGYM_ENVSERVER") or str(Path(__file__).parents[3] / "bin" / "envserver")
HEAT = "house/heat-and-place-v0"


@contextmanager
def serving(data: Path, *args: str) -> Iterator[str]:
    """The URL of a server over a data folder, on a free port."""
    command = [BINARY, "serve", "--listen", "127.0.0.1:0", "--test-envs", "--data", str(data), *args]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().split()[1]
        finally:
            server.terminate()


@pytest.fixture(scope="session")
def recorded() -> Iterator[Path]:
    """A data folder with episodes to dream of."""
    with tempfile.TemporaryDirectory() as folder:
        command = [BINARY, "collect", HEAT, "--episodes", "60", "--policy", "noisy,scripted", "--data", folder]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        yield Path(folder)


def recorded_win(data: Path) -> dict[str, Any]:
    """Task, seed and actions of a recorded episode that was won."""

    def run(*args: str) -> Any:
        command = [BINARY, "episodes", *args, "--json", "--data", str(data)]
        return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)

    won = next(r for r in run("list", "--env", HEAT)["episodes"] if r["return"] == 1)
    told = run("show", won["id"])
    actions = [s["action"] for s in told["steps"][1:]]
    return {"task": told["header"]["task"]["id"], "seed": told["header"]["seed"], "actions": actions}


@pytest.fixture(scope="session")
def url(recorded: Path) -> Iterator[str]:
    """A server whose buffer holds the recorded episodes."""
    with serving(recorded) as address:
        yield address
