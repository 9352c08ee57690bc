"""OpenEnv's package, unchanged, against the server: its clients by URL alone, and its validator."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest
from conftest import HEAT, serving
from fastmcp import Client as MCPClient
from openenv import GenericEnvClient
from openenv.core.mcp_client import MCPToolClient
from openenv.validation.graders.runtime.basic import (
    ObservationSchemaGrader,
    RewardWellFormedGrader,
    StateContractGrader,
)
from openenv.validation.runtime.collector import collect_runtime_evidence
from openenv.validation.runtime.contracts import RuntimePlan
from openenv.validation.types import CheckStatus
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Subprotocol

ECHO = "test/echo-v0"
ANY = "house/any-v0"
DREAM = ANY + "@dream"
ENVS = [ECHO, ANY, DREAM]
METADATA = {"terminated", "truncated", "seed_honoured", "backend"}
TEXT = {"text", "goal", "actions", "metadata"}


def at(url: str, env: str) -> str:
    return f"{url}/envs/{env}"


@pytest.fixture
def room_for_one(tmp_path: Path) -> Iterator[str]:
    with serving(tmp_path, "--max-sessions", "1", "--compat-wait", "50ms") as address:
        yield address


def act(observation: dict[str, Any]) -> dict[str, Any]:
    return {"action": (observation["actions"] or ["hello"])[0]}


def backend_of(env: str) -> str:
    return "dream" if env == DREAM else "real"


@pytest.mark.parametrize("env", ENVS)
def test_sync(url: str, env: str) -> None:
    with GenericEnvClient(base_url=at(url, env)).sync() as client:
        first = client.reset(seed=7, episode_id="mine")
        assert first.observation.keys() == TEXT
        assert first.reward is None
        assert not first.done
        assert first.metadata == first.observation["metadata"]
        assert first.metadata["seed_honoured"] is True
        second = client.step(act(first.observation))
        assert second.observation.keys() == TEXT
        assert second.reward == 0
        assert second.metadata.keys() >= METADATA
        assert second.metadata["backend"] == backend_of(env)
        assert second.metadata == second.observation["metadata"]
        state = client.state()
        assert (state["episode_id"], state["step_count"], state["backend"]) == ("mine", 1, backend_of(env))
        again = client.reset(seed=7)
        assert again.observation["text"] == first.observation["text"]
        assert client.state()["step_count"] == 0


@pytest.mark.parametrize("env", ENVS)
def test_async(url: str, env: str) -> None:
    async def play(seed: int) -> str:
        async with GenericEnvClient(base_url=at(url, env)) as client:
            first = await client.reset(seed=seed)
            await client.step(act(first.observation))
            assert (await client.state())["step_count"] == 1
            other = await client.new_session()
            await other.reset(seed=seed)
            assert (await other.state())["session_id"] != (await client.state())["session_id"]
            return str(first.observation["text"])

    async def many() -> list[str]:
        return await asyncio.gather(*(play(seed % 2) for seed in range(8)))

    texts = asyncio.run(many())
    assert texts[0::2] == texts[:1] * 4


def test_arguments_reach_the_environment(url: str) -> None:
    with GenericEnvClient(base_url=at(url, ANY)).sync() as client:
        for arguments, backend, split in (
            ({"split": "unseen", "index": 3}, "real", "unseen"),
            ({"split": "test", "index": 3}, "real", "unseen"),
            ({"backend": "dream", "seed": 1}, "dream", "train"),
            ({"seed": None, "episode_id": None, "backend": None, "split": "seen"}, "real", "seen"),
        ):
            first = client.reset(**arguments)
            assert (first.metadata["backend"], first.metadata["split"]) == (backend, split)
        by_id = client.reset(task=first.metadata["task"], seed=first.metadata["seed"])
        assert by_id.observation["text"] == first.observation["text"]
        state = client.state()
        assert state["episode_id"] == by_id.metadata["episode_id"]
        replayed = client.reset(backend="replay", episode_id=by_id.metadata["episode"])
        assert (replayed.metadata["backend"], replayed.observation["text"]) == ("replay", first.observation["text"])


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"speed": 3}, "seed, episode_id, split, index, task, backend, evaluation"),
        ({"seed": -1}, "seed"),
        ({"seed": "7"}, "seed"),
        ({"seed": True}, "seed"),
        ({"split": "elsewhere"}, r"train, seen \(validation\) or unseen \(test\)"),
        ({"split": "train", "index": 10**9}, "index"),
        ({"task": "nowhere"}, "no such task"),
        ({"backend": "imagined"}, "imagined"),
        ({"backend": "shadow"}, "shadow"),
        ({"episode_id": "x" * 256}, "episode_id"),
    ],
)
def test_wrong_arguments(url: str, arguments: dict[str, Any], named: str) -> None:
    with GenericEnvClient(base_url=at(url, ANY)).sync() as client:
        client.reset(seed=1)
        with pytest.raises(RuntimeError, match=rf"{named}.*\(code: VALIDATION_ERROR\)"):
            client.reset(**arguments)
        assert client.state()["running"]


def test_wrong_actions(url: str) -> None:
    with GenericEnvClient(base_url=at(url, ANY)).sync() as client:
        with pytest.raises(RuntimeError, match="code: EXECUTION_ERROR"):
            client.step({"action": "look"})
        first = client.reset(seed=1)
        for action in ({}, {"action": 1}, {"action": "look", "speed": 3}, {"action": ""}, {"action_str": "look"}):
            with pytest.raises(RuntimeError, match="code: VALIDATION_ERROR"):
                client.step(action)
        assert not client.step({**act(first.observation), "metadata": {}}).done
        assert client.state()["step_count"] == 1


def test_end(url: str) -> None:
    with GenericEnvClient(base_url=at(url, ANY)).sync() as client:
        result = client.reset(seed=1)
        while not result.done:
            result = client.step(act(result.observation))
        assert (result.metadata["truncated"], result.metadata["terminated"]) == (True, False)
        with pytest.raises(RuntimeError, match="code: EXECUTION_ERROR"):
            client.step({"action": "look"})
        assert not client.reset().done


def test_unknown_environment(url: str) -> None:
    client = GenericEnvClient(base_url=at(url, "house/none-v0")).sync()
    with client, pytest.raises(RuntimeError, match="code: FACTORY_ERROR"):
        client.reset()


def test_capacity(room_for_one: str) -> None:
    with GenericEnvClient(base_url=at(room_for_one, ECHO)).sync() as first:
        first.reset()
        second = GenericEnvClient(base_url=at(room_for_one, ECHO)).sync()
        with second, pytest.raises(RuntimeError, match="code: CAPACITY_REACHED"):
            second.reset()
        first.step({"action": "still here"})
    with GenericEnvClient(base_url=at(room_for_one, ECHO)).sync() as third:
        third.reset()


def test_page(url: str) -> None:
    with GenericEnvClient(base_url=at(url, "miniwob/click-link-v0")).sync() as client:
        first = client.reset(seed=3)
        page = {"url", "screenshot", "axtree_txt", "pruned_html", "error", "last_action_error"}
        assert first.observation.keys() == TEXT | page
        assert set(first.metadata["not_given"]) <= page
        wrong = client.step({"action_str": "click('999')", "metadata": {}})
        assert wrong.observation["last_action_error"]
        assert "999" in wrong.observation["error"]
        right = client.step({"action_str": first.observation["actions"][0]})
        assert not right.observation["last_action_error"]
        state = client.state()
        assert (state["benchmark"], state["task_name"], state["step_count"]) == ("miniwob", "click-link-v0", 2)
    validate(url, "miniwob/click-link-v0", ["click('999')", "click('1')"])


def test_page_with_views(tmp_path: Path) -> None:
    with (
        serving(tmp_path, "--chrome-views", "axtree_txt,pruned_html,screenshot,pages") as url,
        GenericEnvClient(base_url=at(url, "miniwob/click-link-v0")).sync() as client,
    ):
        with urllib.request.urlopen(at(url, "miniwob/click-link-v0/schema")) as answer:
            schema = json.load(answer)["observation"]
        first = client.reset(seed=3)
        assert first.metadata["not_given"] == []
        for seen in (first.observation, client.step({"action_str": "noop()"}).observation):
            assert seen["url"] == client.state()["current_url"] == "http://miniwob.test/miniwob/click-link.html"
            assert seen["axtree_txt"].startswith("RootWebArea ")
            assert "<" in seen["pruned_html"]
            rows, columns = len(seen["screenshot"]), len(seen["screenshot"][0])
            assert all(len(row) == columns for row in seen["screenshot"])
            assert {len(pixel) for row in seen["screenshot"] for pixel in row} == {3}
            assert rows > 200 < columns
            jsonschema.validate({**seen, "screenshot": seen["screenshot"][:2]}, schema)  # not a million numbers


def test_numeric(tmp_path: Path) -> None:
    hosted = json.dumps({"id": "CartPole-v1", "observe": "both"})
    with serving(tmp_path, "--python-env", hosted) as url:
        client = GenericEnvClient(base_url=at(url, "python/CartPole-v1")).sync()
        with client:
            array = client.reset(seed=3).observation["array"]
            assert (array["dtype"], array["shape"], len(array["data"])) == ("float32", [4], 4)
            for action in ("1", 1, 0):
                assert client.step({"action": action}).reward == 1
            for action in ([1], "left", True, {"value": 1}):
                with pytest.raises(RuntimeError, match="code: VALIDATION_ERROR"):
                    client.step({"action": action})
            assert client.state()["step_count"] == 3
        validate(url, "python/CartPole-v1", [0, 1, "1"])


def test_frames_of_another_protocol(url: str) -> None:
    address = url.replace("http", "ws")
    with connect(f"{address}/envs/{ECHO}/ws", subprotocols=[Subprotocol("dreamgym.v1.json")]) as ours:
        ours.send(json.dumps({"id": 1, "op": "open", "session": "s", "env": ECHO}))
        assert json.loads(ours.recv())["data"]["code"] == "UNKNOWN_TYPE"
        ours.send(json.dumps({"type": "reset"}))
        assert json.loads(ours.recv())["type"] == "observation"
    with pytest.raises(InvalidStatus, match="400"), connect(f"{address}/v1/ws"):
        pass
    with connect(f"{address}/v1/ws", subprotocols=[Subprotocol("dreamgym.v1.json")]) as theirs:
        assert "hello" in json.loads(theirs.recv())
        theirs.send(json.dumps({"type": "reset", "id": 1}))
        assert json.loads(theirs.recv())["error"]["code"] == "invalid_request"


def test_token(tmp_path: Path) -> None:
    with serving(tmp_path, "--token", "secret") as url:
        bearing = GenericEnvClient(base_url=at(url, ECHO), headers={"Authorization": "Bearer secret"}).sync()
        with bearing:
            assert not bearing.reset().done
        with pytest.raises(ConnectionError, match="401"):
            GenericEnvClient(base_url=at(url, ECHO)).sync().connect()


@pytest.mark.parametrize("env", ENVS)
def test_tools(url: str, env: str) -> None:
    async def play() -> None:
        async with MCPToolClient(base_url=at(url, env)) as client:
            tools = {t.name: t for t in await client.list_tools()}
            assert tools.keys() == {"reset", "act"}
            assert tools["act"].input_schema["required"] == ["action"]
            first = await client.call_tool("reset", seed=7)
            assert first["metadata"]["backend"] == backend_of(env)
            second = await client.call_tool("act", **act(first["observation"]))
            assert (second["reward"], second["done"]) == (0, False)
            stepped = await client.step(SimpleNamespace(model_dump=lambda: act(second["observation"])))
            assert stepped.metadata["backend"] == backend_of(env)
            assert (await client.state()).step_count == 2
            for name, arguments in (("act", {}), ("fly", {}), ("reset", {"seed": "x"})):
                with pytest.raises(RuntimeError, match=f"Tool '{name}' failed"):
                    await client.call_tool(name, **arguments)

    asyncio.run(play())


def test_model_context_protocol(url: str) -> None:
    async def play() -> None:
        async with MCPClient(at(url, ANY) + "/mcp") as client:
            assert [t.name for t in await client.list_tools()] == ["reset", "act"]
            first = await client.call_tool("reset", {"seed": 7})
            assert first.content[0].text.startswith("Goal: ")
            second = await client.call_tool("act", act(first.structured_content["observation"]))
            assert second.structured_content["reward"] == 0

    asyncio.run(play())


def test_validate_command(url: str) -> None:
    command = [str(Path(sys.executable).parent / "openenv"), "validate", "--url", at(url, ANY), "--json"]
    report = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(report.stdout)["passed"] is True


def validate(url: str, env: str, actions: list[Any]) -> None:
    plan = RuntimePlan.model_validate(
        {
            "plan_schema_version": "1",
            "reset": {"episode_id": "e", "seed": 3},
            "actions": [{"action": a} for a in actions],
        }
    )
    evidence = collect_runtime_evidence(at(url, env), plan, episode_timeout_s=30)
    assert evidence.failure_reason is None
    reward = SimpleNamespace(range=(0.0, 1.0))
    subject = SimpleNamespace(runtime_evidence=evidence, manifest=SimpleNamespace(reward=reward))
    for grader in (RewardWellFormedGrader(), ObservationSchemaGrader(), StateContractGrader()):
        result = grader.run(subject)
        assert result.status == CheckStatus.PASS, (grader.check_id, result.evidence)


@pytest.mark.parametrize("env", ENVS)
def test_validator(url: str, env: str) -> None:
    validate(url, env, ["look", "inventory", "go to cabinet 1"])


class Browser:
    """What speaks HTTP and keeps cookies."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def __call__(self, path: str, body: Any = None, headers: dict[str, str] | None = None) -> tuple[int, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, headers or {})
        try:
            with self.opener.open(request) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as e:
            return e.code, json.load(e)


@pytest.mark.parametrize("env", ENVS)
def test_http(url: str, env: str) -> None:
    ask = Browser(at(url, env))
    assert ask("/step", {"action": {"action": "look"}})[0] == 409
    status, first = ask("/reset", {"seed": 7, "episode_id": "mine"})
    assert status == 200
    step = {"action": act(first["observation"]), "timeout_s": 5, "request_id": "once"}
    status, second = ask("/step", step)
    assert status == 200
    assert second["metadata"]["backend"] == backend_of(env)
    assert ask("/step", step) == (200, second)
    assert ask("/state")[1]["step_count"] == 1
    elsewhere = Browser(at(url, env))
    named = {"X-Session-ID": first["metadata"]["session_id"]}
    assert elsewhere("/state", headers=named)[1]["episode_id"] == "mine"
    assert ask("/step", {"action": {"action": "another"}, "request_id": "once"})[0] == 409
    for path, body in (
        ("/step", {"action": "look"}),
        ("/step", {}),
        ("/step", []),
        ("/step", {"action": {"action": "x"}, "timeout_s": 0}),
        ("/reset", {"speed": 1}),
    ):
        status, failure = ask(path, body)
        assert (status, failure["code"]) == (422, "VALIDATION_ERROR"), (path, body)
        assert failure["detail"][0]["msg"]
    assert ask("/state")[1]["step_count"] == 1
    again = ask("/reset", {"seed": 8})[1]
    assert ask("/step", {"action": act(again["observation"]), "request_id": "once"})[0] == 200
    assert ask("/state")[1]["step_count"] == 1


def test_tasks(url: str) -> None:
    ask = Browser(at(url, DREAM))
    assert ask("/list_environments") == (200, [ANY])
    for env in (ANY, ANY.replace("/", "%2F")):
        assert [s["name"] for s in ask(f"/{env}/splits")[1]] == ["train", "seen", "unseen"]
        n = ask(f"/{env}/num_tasks", {"split": "unseen"})[1]["num_tasks"]
        task = ask(f"/{env}/task", {"split": "unseen", "index": n - 1})[1]["task"]
        assert ask(f"/{env}/task_range", {"split": "unseen", "start": n - 1})[1]["tasks"] == [task]
        assert ask(f"/{env}/tasks", {"split": "unseen"})[1]["tasks"][-1] == task
    first = ask("/reset", {"task": task["id"], "backend": "real"})[1]
    assert first["observation"]["goal"] == task["goal"]
    assert ask(f"/{HEAT}/splits")[0] == 404
