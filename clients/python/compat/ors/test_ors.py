"""The SDKs of the Open Reward Standard, unchanged, against the server."""

from __future__ import annotations

import shutil
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import openreward
import pytest
from conftest import HEAT, recorded_win, serving
from cutting import cutting
from openreward.api.errors import SessionTerminatedError, ToolCallError
from ors.client import ORS, AuthenticationError
from ors.client import ToolCallError as ORSToolCallError

ECHO = "test/echo-v0"
SDKS = ["ors-sdk", "openreward"]
Environments = Callable[[str], Any]


@contextmanager
def environments(sdk: str, url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Environments]:
    """How an SDK is asked for an environment."""
    if sdk == "ors-sdk":
        with ORS(base_url=url) as client:
            yield client.environment
        return
    monkeypatch.setenv("OPENREWARD_SESSION_URL", url)
    monkeypatch.setenv("OPENREWARD_API_URL", url)
    monkeypatch.setenv("OPENREWARD_DISABLE_UPDATE_CHECK", "1")
    with openreward.OpenReward() as client:
        yield client.environments.get


@pytest.fixture(params=SDKS)
def get(request: pytest.FixtureRequest, url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Environments]:
    with environments(request.param, url, monkeypatch) as found:
        yield found


def test_tasks(get: Environments) -> None:
    env = get(HEAT)
    assert env.list_splits() == ["train", "seen", "unseen"]
    n = env.num_tasks("train")
    assert n > 100
    task = env.get_task("train", 3)
    assert task.environment_name == HEAT
    assert task.task_spec.keys() == {"id", "split", "index", "goal"}
    assert env.get_task_range("train", 2, 4)[1].task_spec == task.task_spec
    last = env.get_task_range("train", -1)
    assert [t.task_spec["index"] for t in last] == [n - 1]
    seen = env.list_tasks("seen")
    assert [t.task_spec["index"] for t in seen] == list(range(env.num_tasks("validation")))


@pytest.mark.parametrize("provider", [None, "openai", "anthropic", "google", "openrouter"])
def test_one_tool(get: Environments, provider: Any) -> None:
    (tool,) = get(HEAT).list_tools(provider)
    name = tool.name if provider is None else tool.get("name") or tool["function"]["name"]
    assert name == "act"


@pytest.mark.parametrize("backend", ["real", "dream"])
def test_an_episode_on_either_backend(get: Environments, backend: str) -> None:
    env = get(f"{HEAT}@{backend}")
    shown = []
    for started in ({"split": "train", "index": 3}, {"task": env.get_task("train", 3)}):
        with env.session(**started) as session:
            (prompt,) = session.get_prompt()
            assert prompt.text.startswith("Goal: ")
            assert prompt.detail["backend"] == backend
            assert prompt.detail["task"] == env.get_task("train", 3).task_spec["id"]
            assert [t.name for t in session.list_tools()] == ["act"]
            shown.append(prompt.text)
            action = prompt.text.rsplit("\n- ", 1)[1]
            output = session.call_tool("act", {"action": action})
            assert output.metadata["backend"] == backend
            assert {"terminated", "truncated"} <= output.metadata.keys()
            assert output.reward == 0
            assert not output.finished
            assert "Admissible actions:" in output.blocks[0].text
    if backend == "real":
        assert shown[0] == shown[1]


def test_a_recorded_win_is_won_again(get: Environments, recorded: Path) -> None:
    won = recorded_win(recorded)
    env = get(f"{HEAT}@real")
    task = env.get_task("train", 0)
    task.task_spec = {"id": won["task"], "seed": won["seed"]}
    with env.session(task) as session:
        outputs = [session.call_tool("act", {"action": action}) for action in won["actions"]]
        assert [o.finished for o in outputs] == [False] * (len(outputs) - 1) + [True]
        assert outputs[-1].reward == 1
        assert outputs[-1].metadata["terminated"] is True
        with pytest.raises((ToolCallError, ORSToolCallError), match="finished"):
            session.call_tool("act", {"action": "look"})


def test_mistakes_of_a_policy_are_for_the_policy(get: Environments) -> None:
    with get(ECHO).session(split="train", index=0) as session:
        for tool, given in [
            ("look", {}),
            ("act", {}),
            ("act", {"action": 1}),
            ("act", {"action": " "}),
            ("act", {"x": "y"}),
        ]:
            with pytest.raises((ToolCallError, ORSToolCallError)):
                session.call_tool(tool, given)
        assert session.call_tool("act", {"action": "go"}).blocks[0].text.startswith("step 1 ")


def test_reasons_of_openreward(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with environments("openreward", url, monkeypatch) as get, get(ECHO).session(split="train", index=0) as session:
        assert session.version()["version"].startswith("envserver/")
        assert session.get_messages("openai")[0]["role"] == "user"
        assert session.supports_score_group() is False
        assert session.is_assistant_message_final() is False
        with pytest.raises(ToolCallError) as unknown:
            session.call_tool("look", {})
        assert unknown.value.reason == "not_found"
        with pytest.raises(ToolCallError) as invalid:
            session.call_tool("act", {})
        assert invalid.value.reason == "input_validation"


def test_a_session_that_is_gone(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with environments("openreward", url, monkeypatch) as get, get(ECHO).session(split="train", index=0) as session:
        session._run(session._async._pre_delete())
        with pytest.raises(SessionTerminatedError):
            session.call_tool("act", {"action": "go"})


@pytest.mark.parametrize("sdk", SDKS)
def test_a_lost_connection_costs_no_step(sdk: str, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection is cut once the call has its id: the SDK comes again with it."""
    with (
        cutting(url) as proxy,
        environments(sdk, proxy.url, monkeypatch) as get,
        get(ECHO).session(split="train", index=0) as session,
    ):
        proxy.cut_next_call()
        assert session.call_tool("act", {"action": "go"}).blocks[0].text.startswith("step 1 ")
        assert proxy.cuts == 1
        assert session.call_tool("act", {"action": "go"}).blocks[0].text.startswith("step 2 ")


@pytest.mark.parametrize("sdk", SDKS)
def test_a_session_outlives_the_server(sdk: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with cutting() as proxy, environments(sdk, proxy.url, monkeypatch) as get:
        with serving(tmp_path) as first:
            proxy.lead_to(first)
            session = get(ECHO).session(split="train", index=0)
            session.__enter__()
            assert session.call_tool("act", {"action": "go"}).blocks[0].text.startswith("step 1 ")
        with serving(tmp_path) as second:
            proxy.lead_to(second)
            assert session.call_tool("act", {"action": "go"}).blocks[0].text.startswith("step 2 ")
            session.__exit__(None, None, None)


@pytest.mark.parametrize("sdk", SDKS)
def test_a_full_server_makes_the_sdks_wait(sdk: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        serving(tmp_path, "--max-sessions", "1", "--compat-wait", "10ms") as url,
        environments(sdk, url, monkeypatch) as get,
    ):
        first = get(ECHO).session(split="train", index=0)
        first.__enter__()
        first.get_prompt()
        freed = threading.Timer(0.5, _delete, (url, first.sid))
        freed.start()
        with get(ECHO).session(split="train", index=0) as second:
            assert second.call_tool("act", {"action": "go"}).blocks[0].text.startswith("step 1 ")
        freed.join()
        first.__exit__(None, None, None)


def test_the_backend_that_is_configured(recorded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(recorded, tmp_path / "data")
    with (
        serving(tmp_path / "data", "--compat-backend", "dream") as url,
        environments("openreward", url, monkeypatch) as get,
    ):
        for name, backend in [(HEAT, "dream"), (f"{HEAT}@real", "real")]:
            with get(name).session(split="train", index=0) as session:
                assert session.get_prompt()[0].detail["backend"] == backend
        task = get(HEAT).get_task("train", 0)
        task.task_spec["backend"] = "real"
        with get(HEAT).session(task) as session:
            assert session.get_prompt()[0].detail["backend"] == "real"


@pytest.mark.parametrize("sdk", SDKS)
def test_an_empty_buffer_is_nothing_to_dream_of(sdk: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(tmp_path) as url, environments(sdk, url, monkeypatch) as get:
        task = get(f"{HEAT}@dream").get_task("train", 0)
        with pytest.raises((aiohttp.ClientResponseError, RuntimeError), match=r"409.*record"), get(HEAT).session(task):
            pass


def test_the_token_is_the_sdks_api_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DREAMGYM_TOKEN", "secret")
    with serving(tmp_path) as url:
        with ORS(base_url=url, api_key="secret") as client:
            assert client.environment(ECHO).num_tasks("train") == 1
        with ORS(base_url=url, api_key="wrong") as client, pytest.raises(AuthenticationError):
            client.environment(ECHO).num_tasks("train")


def _delete(url: str, sid: str) -> None:
    request = urllib.request.Request(f"{url}/delete", method="POST", headers={"X-Session-ID": sid})
    urllib.request.urlopen(request).close()
