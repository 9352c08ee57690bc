"""Evaluate a model with verifiers, on the real side or in the dream.

    python examples/verifiers_eval.py --backend dream
    python examples/verifiers_eval.py --backend dream --taskset openenv

It starts a server of its own and needs the extra verifiers. The taskset is dreamgym's, or verifiers' own for OpenEnv,
which has nothing of dreamgym. The model is an endpoint made on the spot, which says what is written down.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import recorded

import dreamgym


@contextmanager
def endpoint(actions: list[str]) -> Iterator[str]:
    """Serve a model that says one action after the other, as a stream of server-sent events."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            turn = sum(message["role"] == "assistant" for message in asked["messages"])
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            for chunk in chunks(actions[turn]):
                self.wfile.write(f"data: {chunk}\n\n".encode())

        def log_message(self, *args: Any) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()


def chunks(text: str) -> Iterator[str]:
    """Write a chat completion in pieces."""
    head = {"id": "made-up", "object": "chat.completion.chunk", "created": 0, "model": "scripted"}
    used = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    for delta, reason in (({"role": "assistant", "content": text}, None), ({}, "stop")):
        yield json.dumps({**head, "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]})
    yield json.dumps({**head, "choices": [], "usage": used})
    yield "[DONE]"


def taskset(kind: str, server: dreamgym.Server, backend: str, row: dict[str, Any]) -> str:
    """Write the taskset down, in TOML."""
    if kind == "openenv":
        address = f"{server.http_url}/envs/{recorded.ENV}@{backend}"
        start = ", ".join(f"{key} = {json.dumps(value)}" for key, value in row.items())
        return f'id = "openenv"\nbase_url = "{address}"\nresets = [{{ {start} }}]'
    where = f'env = "{recorded.ENV}"\nbackend = "{backend}"\nurl = "{server.url}"'
    return f'id = "dreamgym-verifiers"\n{where}\ntasks = {row["index"] + 1}'


CONFIG = """
model = "scripted"
push = false
[client]
base_url = "{url}"
api_key_var = "NO_KEY"
[env.taskset]
{taskset}
[env.player.harness]
id = "null"
[env.player.runtime]
type = "subprocess"
[select]
include = {{ idx = ["{index}"] }}
"""


def summary(path: Path) -> str:
    """Say what came of the one episode."""
    [episode] = [json.loads(line) for line in path.read_text().splitlines()]
    [trace] = episode["traces"]
    rewards = ", ".join(f"{name} {reward['score']:g}" for name, reward in trace["rewards"].items())
    turns = sum(node["sampled"] for node in trace["nodes"])
    return f"{rewards}, {turns} turns, {len(episode['errors'])} errors, stopped by {trace['stop_condition']}"


def main() -> None:
    """Record, find what the model is to say, evaluate it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backend", choices=["real", "dream"], default="real")
    parser.add_argument("--taskset", choices=["dreamgym", "openenv"], default="dreamgym")
    args = parser.parse_args()
    programs = Path(sys.executable).parent
    os.environ["PATH"] = f"{programs}{os.pathsep}{os.environ['PATH']}"  # verifiers runs uv
    with dreamgym.launch() as server, tempfile.TemporaryDirectory() as folder:
        recorded.record(server.url)
        row, actions, _ = recorded.solution(server.url, args.backend)
        with endpoint(actions) as url:
            config = Path(folder, "eval.toml")
            tasks = taskset(args.taskset, server, args.backend, row)
            index = row["index"] if args.taskset == "dreamgym" else 0
            config.write_text(CONFIG.format(url=url, taskset=tasks, index=index))
            command = [programs / "vf-eval", "@", config, "--no-rich", "-o", folder]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        [path] = Path(folder).rglob("traces.jsonl")
        print(f"{args.backend}: {summary(path)}")


if __name__ == "__main__":
    main()
