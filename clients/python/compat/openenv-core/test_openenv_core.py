"""OpenEnv's package under its former name, unchanged, against the server."""

from __future__ import annotations

import asyncio
from importlib.metadata import version
from typing import Any

import pytest
from openenv import GenericEnvClient
from openenv.core.mcp_client import MCPToolClient

ENVS = ["test/echo-v0", "house/any-v0", "house/any-v0@dream"]


def act(observation: dict[str, Any]) -> dict[str, Any]:
    return {"action": (observation["actions"] or ["hello"])[0]}


def test_version() -> None:
    assert version("openenv-core") == "0.3.0"


@pytest.mark.parametrize("env", ENVS)
def test_sync(url: str, env: str) -> None:
    with GenericEnvClient(base_url=f"{url}/envs/{env}").sync() as client:
        first = client.reset(seed=7, episode_id="mine")
        result = client.step(act(first.observation))
        assert result.reward == 0
        assert result.observation["metadata"]["backend"] == ("dream" if env.endswith("dream") else "real")
        assert client.state()["step_count"] == 1
        with pytest.raises(RuntimeError, match="VALIDATION_ERROR"):
            client.step({"speed": 1})
        assert client.state()["episode_id"] == "mine"


@pytest.mark.parametrize("env", ENVS)
def test_tools_over_the_websocket(url: str, env: str) -> None:
    async def play() -> None:
        async with MCPToolClient(base_url=f"{url}/envs/{env}") as client:
            assert {t.name for t in await client.list_tools()} == {"reset", "act"}
            first = await client.call_tool("reset", seed=7)
            second = await client.call_tool("act", **act(first["observation"]))
            assert (second["reward"], second["done"]) == (0, False)
            assert (await client.state()).step_count == 1
            with pytest.raises(RuntimeError, match="VALIDATION_ERROR"):
                await client.call_tool("fly")

    asyncio.run(play())
