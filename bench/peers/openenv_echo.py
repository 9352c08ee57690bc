"""Serve an echo environment by OpenEnv's own server, on a port of its own choice.

python openenv_echo.py default: the environment as it is usually written, whose steps run in a thread for each session
python openenv_echo.py async: with step_async, whose steps run in the server's event loop
"""

from __future__ import annotations

import resource
import socket
import sys
from typing import Any

import uvicorn
from openenv.core.env_server.http_server import create_fastapi_app
from openenv.core.env_server.interfaces import Environment
from openenv.core.env_server.types import Action, Observation, State

MOST_SESSIONS = 20_000


class EchoAction(Action):
    """A text."""

    action: str


class EchoObservation(Observation):
    """300 bytes of text that count the steps."""

    text: str = ""


class Echo(Environment[EchoAction, EchoObservation, State]):
    """Answers any action."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self) -> None:
        super().__init__()
        self.steps = 0

    def observe(self, reward: float | None) -> EchoObservation:
        """Answer the observation."""
        return EchoObservation(text=f"step {self.steps} ".ljust(300, "."), reward=reward)

    def reset(self, seed: int | None = None, episode_id: str | None = None, **kwargs: Any) -> EchoObservation:
        """Begin."""
        self.steps = 0
        return self.observe(None)

    def step(self, action: EchoAction, timeout_s: float | None = None, **kwargs: Any) -> EchoObservation:
        """Act."""
        self.steps += 1
        return self.observe(0.0)

    @property
    def state(self) -> State:
        """Tell how many steps were taken."""
        return State(step_count=self.steps)


class AsyncEcho(Echo):
    """The same, for the server's event loop."""

    async def reset_async(
        self, seed: int | None = None, episode_id: str | None = None, **kwargs: Any
    ) -> EchoObservation:
        """Begin."""
        return self.reset()

    async def step_async(self, action: EchoAction, timeout_s: float | None = None, **kwargs: Any) -> EchoObservation:
        """Act."""
        return self.step(action)


def main() -> None:
    """Serve until interrupted."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    kind = {"default": Echo, "async": AsyncEcho}[sys.argv[1]]
    app = create_fastapi_app(kind, EchoAction, EchoObservation, max_concurrent_envs=MOST_SESSIONS)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(2048)
    print(f"serving http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listener])


if __name__ == "__main__":
    main()
