"""NeMo Gym's own agents, unchanged, with a policy that plays by a script."""

from __future__ import annotations

import itertools
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from conftest import HEAT, recorded_win
from nemo_gym import server_utils
from nemo_gym.config_types import BaseServerConfig, ModelServerRef, ResourcesServerRef
from nemo_gym.server_utils import ServerClient
from omegaconf import OmegaConf
from responses_api_agents.gymnasium_agent.app import GymnasiumAgent, GymnasiumAgentConfig
from responses_api_agents.simple_agent.app import SimpleAgent, SimpleAgentConfig


class DreamGymClient(ServerClient):
    """A client that takes a server's whole address from the configuration."""

    def _build_server_base_url(self, config: Any) -> str:
        return config.get("base_url") or super()._build_server_base_url(config)

    async def request(self, *args: Any, **kwargs: Any) -> Any:
        if not server_utils.is_global_aiohttp_client_setup():
            server_utils.set_global_aiohttp_client(server_utils.GlobalAIOHTTPAsyncClientConfig())
        return await super().request(*args, **kwargs)


@contextmanager
def policy(turns: list[dict[str, Any]]) -> Iterator[str]:
    """An endpoint that answers with one item of output after the other, and then with "look"."""
    script = itertools.chain(turns, itertools.repeat(_message("look")))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
            details = {"input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}
            answer = {"id": "r", "created_at": 0.0, "model": "m", "object": "response", "output": [next(script)]}
            answer |= {"parallel_tool_calls": False, "tool_choice": "auto", "tools": [], "usage": usage | details}
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def _message(text: str) -> dict[str, Any]:
    content = [{"annotations": [], "text": text, "type": "output_text"}]
    return {"id": "m", "content": content, "role": "assistant", "status": "completed", "type": "message"}


def _call(number: int, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    called = {"arguments": json.dumps(arguments), "call_id": f"c{number}", "name": name}
    return called | {"id": f"f{number}", "status": "completed", "type": "function_call"}


@contextmanager
def agent(kind: Any, config: Any, resources: str, model: str) -> Iterator[str]:
    """An agent of NeMo Gym behind HTTP, as NeMo Gym runs it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = {"host": "127.0.0.1", "port": listener.getsockname()[1]}
        servers = {
            "env": {"resources_servers": {"env": {"host": "", "port": 0, "base_url": resources}}},
            "policy": {"responses_api_models": {"policy": {"host": "", "port": 0, "base_url": model}}},
            "agent": {"responses_api_agents": {"agent": address}},
        }
        client = DreamGymClient(
            head_server_config=BaseServerConfig(host="", port=0), global_config_dict=OmegaConf.create(servers)
        )
        told = config(
            **address,
            entrypoint="",
            name="agent",
            resources_server=ResourcesServerRef(type="resources_servers", name="env"),
            model_server=ModelServerRef(type="responses_api_models", name="policy"),
            max_steps=40,
        )
        app = kind(config=told, server_client=client).setup_webserver()
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{address['port']}"
        server.should_exit = True
        thread.join(10)
        server_utils._GLOBAL_AIOHTTP_CLIENT = None  # the next agent has a loop of its own


def rows(url: str, query: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in httpx.get(f"{url}/rows?{query}").text.splitlines()]


def run(agent_url: str, row: dict[str, Any]) -> dict[str, Any]:
    answer = httpx.post(f"{agent_url}/run", json=row, timeout=60)
    assert answer.status_code == 200, answer.text
    return answer.json()


def sessions(url: str) -> int:
    return int(
        next(s for s in httpx.get(f"{url}/metrics").text.splitlines() if s.startswith("dreamgym_sessions ")).split()[1]
    )


@pytest.mark.parametrize("called", [False, True])
def test_the_gymnasium_agent_wins_what_was_won(url: str, recorded: Path, called: bool) -> None:
    won = recorded_win(recorded)
    turns = [
        _call(i, "act", {"action": action}) if called else _message(action) for i, action in enumerate(won["actions"])
    ]
    env = f"{url}/nemo/{HEAT}@real"
    row = rows(env, "limit=1")[0] | {"task": won["task"], "seed": won["seed"]}
    with policy(turns) as model, agent(GymnasiumAgent, GymnasiumAgentConfig, env, model) as at:
        result = run(at, row)
        assert (result["reward"], result["terminated"], result["truncated"]) == (1, True, False)
        assert result["info"]["backend"] == "real"
        metrics = httpx.post(f"{at}/aggregate_metrics", json={"verify_responses": [{"reward": 1.0}, {"reward": 0.0}]})
        assert metrics.json()["key_metrics"] == {"mean/reward": 0.5}
    assert sessions(url) == 0


def test_the_gymnasium_agent_plays_in_the_dream(url: str) -> None:
    env = f"{url}/nemo/{HEAT}@dream"
    with policy([]) as model, agent(GymnasiumAgent, GymnasiumAgentConfig, env, model) as at:
        result = run(at, rows(env, "limit=1")[0])
        assert result["info"]["backend"] == "dream"
        assert result["truncated"]


@pytest.mark.parametrize("backend", ["real", "dream"])
def test_the_simple_agent_is_verified(url: str, recorded: Path, backend: str) -> None:
    won = recorded_win(recorded)
    turns = [_call(0, "observe", {}), _call(1, "no_such_tool", {}), _call(2, "act", {"action": " "})]
    turns += [_call(i + 3, "act", {"action": action}) for i, action in enumerate(won["actions"])]
    env = f"{url}/nemo/{HEAT}@{backend}"
    row = rows(env, "limit=1&style=standard")[0] | {"task": won["task"], "seed": won["seed"]}
    with policy([*turns, _message("done")]) as model, agent(SimpleAgent, SimpleAgentConfig, env, model) as at:
        result = run(at, row)
        outputs = [o["output"] for o in result["response"]["output"] if o["type"] == "function_call_output"]
        assert json.loads(outputs[0])["observation"].startswith("Goal: ")
        assert "no_such_tool" in outputs[1]
        assert "empty" in outputs[2]
        assert result["info"]["backend"] == backend
        if backend == "real":
            assert result["reward"] == 1
            assert json.loads(outputs[-1])["done"] is True
