"""What `pip install ./clients/python` installs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1]
EPISODE = """
import dreamgym
from dreamgym._launch import find_binary
print(find_binary(), dreamgym.__file__)
with dreamgym.launch(args=["--test-envs"]) as server:
    env = dreamgym.make("house/heat-and-place-v0", url=server.url)
    env.reset(seed=4)
    ended = False
    while not ended:
        _, reward, terminated, truncated, _ = env.step(env.advise())
        ended = terminated or truncated
    env.close()
print("reward", reward)
"""


def run(*command: str | Path, **env: str) -> str:
    kept = {k: v for k, v in os.environ.items() if k not in ("DREAMGYM_ENVSERVER", "PYTHONPATH", "GOFLAGS")}
    done = subprocess.run(command, env={**kept, **env}, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def build(to: Path, **env: str) -> Path:
    """Build a wheel as pip does for an install from the folder."""
    if shutil.which("uv"):
        said = run("uv", "build", "--wheel", "--out-dir", to, PACKAGE, **env)
    else:
        said = run(sys.executable, "-m", "pip", "wheel", "-v", "--no-deps", "-w", to, PACKAGE, **env)
    [wheel] = to.glob("*.whl")
    (to / "said").write_text(said)
    return wheel


def install(wheel: Path, venv: Path) -> Path:
    """Install a wheel with what it needs into a fresh virtual environment."""
    run(sys.executable, "-m", "venv", *(["--without-pip"] if shutil.which("uv") else []), venv)
    python = venv / "bin" / "python"
    pip = ["uv", "pip", "install", "--python", python] if shutil.which("uv") else [python, "-m", "pip", "install"]
    run(*pip, "-q", wheel)
    return python


@pytest.mark.skipif(shutil.which("go") is None, reason="Go is what builds the server")
def test_the_wheel_has_the_server_inside(tmp_path: Path) -> None:
    wheel = build(tmp_path)
    assert "-py3-none-" in wheel.name
    assert not wheel.name.endswith("-any.whl")
    assert "dreamgym/bin/envserver" in zipfile.ZipFile(wheel).namelist()
    python = install(wheel, tmp_path / "venv")
    nothing = tmp_path / "empty"
    nothing.mkdir()
    said = run("/usr/bin/env", "-C", nothing, python, "-c", EPISODE, PATH=str(nothing))
    assert f"{tmp_path}/venv" in said.split()[0]
    assert said.splitlines()[-1] == "reward 1.0"


def test_without_go_the_wheel_is_the_client_alone(tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("uv", "python3"):
        if found := shutil.which(name):
            (tools / name).symlink_to(found)
    wheel = build(tmp_path, PATH=str(tools))
    assert wheel.name.endswith("-py3-none-any.whl")
    assert "dreamgym/bin/envserver" not in zipfile.ZipFile(wheel).namelist()
    assert "Go was not found" in (tmp_path / "said").read_text()
