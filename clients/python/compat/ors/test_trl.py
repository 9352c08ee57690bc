"""TRL's OpenRewardSpec, unchanged: what a trainer does with it, without a trainer."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from conftest import HEAT, serving

os.environ["TRL_EXPERIMENTAL_SILENCE"] = "1"
from trl.experimental.openreward import OpenRewardSpec

ROLLOUTS = f"""
import sys
from trl.experimental.openreward import OpenRewardSpec
spec = OpenRewardSpec(sys.argv[1], env_name="{HEAT}", num_tasks=2)
for make in [spec.environment_factory] * 3:
    env = make()
    env.reset(**spec.train_dataset[0])
    env.act(action="look")
print("played", flush=True)
import os
os._exit(0)  # as a trainer that is killed
"""


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENREWARD_DISABLE_UPDATE_CHECK", "1")


@pytest.fixture(params=["real", "dream"])
def spec(request: pytest.FixtureRequest, url: str, monkeypatch: pytest.MonkeyPatch) -> OpenRewardSpec:
    monkeypatch.setenv("OPENREWARD_SESSION_URL", url)
    monkeypatch.setenv("OPENREWARD_API_URL", url)
    return OpenRewardSpec(url, env_name=f"{HEAT}@{request.param}", num_tasks=3)


def test_a_dataset_of_tasks(spec: OpenRewardSpec) -> None:
    rows = spec.train_dataset
    assert rows.column_names == ["prompt", "task_index", "goal", "id", "index", "split"]
    assert rows["task_index"][:] == [0, 1, 2]
    assert all(goal for goal in rows["goal"])


def test_rollouts_of_a_batch(spec: OpenRewardSpec) -> None:
    """As GRPOTrainer: instances are made once and used again; nobody closes them."""
    envs = [spec.environment_factory() for _ in range(2)]
    tool = type(envs[0]).act
    assert str(inspect.signature(tool)).endswith("-> str") or tool.__annotations__["return"] is str
    assert tool.__annotations__["action"] is str
    assert "action: The action, as text" in (tool.__doc__ or "")
    for row in spec.train_dataset:
        prompts = [env.reset(**row) for env in envs]
        assert all(p.startswith(f"Goal: {row['goal']}") for p in prompts)
        for env in envs:
            assert env.act(action=prompts[0].rsplit("\n- ", 1)[1])
            assert env.act(action="no such thing")
        assert spec.reward_funcs(envs) == [0, 0]
        assert envs[0].metadata[0]["backend"] in spec._env_name
    for env in envs:
        env._close()


def test_an_error_is_no_reward(spec: OpenRewardSpec) -> None:
    env = spec.environment_factory()
    env.reset(task_index=0)
    assert "Error" in env.act(action=" ")
    assert spec.reward_funcs([env]) == [None]
    env._close()


def test_a_server_without_an_environments_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(tmp_path, "--compat-env", HEAT) as url:
        monkeypatch.setenv("OPENREWARD_SESSION_URL", url)
        monkeypatch.setenv("OPENREWARD_API_URL", url)
        spec = OpenRewardSpec(url, num_tasks=1)
        env = spec.environment_factory()
        assert env.reset(**spec.train_dataset[0]).startswith("Goal: ")
        env._close()


def test_sessions_that_nobody_deletes_end(tmp_path: Path) -> None:
    with serving(tmp_path, "--idle-timeout", "1s") as url:
        told = {**os.environ, "OPENREWARD_SESSION_URL": url, "OPENREWARD_API_URL": url}
        done = subprocess.run([sys.executable, "-c", ROLLOUTS, url], env=told, capture_output=True, text=True)
        assert "played" in done.stdout, done.stderr
        until = time.monotonic() + 20
        while _sessions(url) > 0:
            assert time.monotonic() < until
            time.sleep(0.05)


def _sessions(url: str) -> float:
    with urllib.request.urlopen(f"{url}/metrics") as reply:
        found = re.search(r"^dreamgym_sessions (\d+)", reply.read().decode(), re.MULTILINE)
    assert found
    return float(found[1])
