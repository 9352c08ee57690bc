"""Serves small environments with OpenEnv's own server, each under a path, and prints the port."""

from __future__ import annotations

import socket

import uvicorn
from fastapi import FastAPI
from openenv.core.env_server import Action, Environment, Observation, State, create_fastapi_app


class SayAction(Action):
    """A word."""

    message: str


class SayObservation(Observation):
    """What was said, and how often."""

    text: str
    turn: int = 0


class Say(Environment):
    """Wants the word that the seed decides, within five turns; answers what was said."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self) -> None:
        """Begin with no episode."""
        super().__init__()
        self.wanted = ""
        self.turn = 0

    def reset(self, seed: int | None = None, episode_id: str | None = None, greeting: str = "Say") -> SayObservation:
        """Tell the word."""
        self.wanted, self.turn = ("red", "green", "blue")[(seed or 0) % 3], 0
        return SayObservation(text=f"{greeting} {self.wanted}.")

    def step(self, action: SayAction, timeout_s: float | None = None) -> SayObservation:
        """Hear a word."""
        self.turn += 1
        right = action.message == self.wanted
        late = self.turn >= 5 and not right
        return SayObservation(
            text=f"You said {action.message}.",
            turn=self.turn,
            reward=1.0 if right else 0.0,
            done=right or late,
            metadata={"truncated": late, "tries": self.turn},
        )

    @property
    def state(self) -> State:
        """Answer how far it is."""
        return State(step_count=self.turn)


class AddAction(Action):
    """Two numbers."""

    left: int
    right: int


class AddObservation(Observation):
    """Their sum."""

    total: int
    history: list[int]


class Add(Environment):
    """Adds, and gives no reward; fails at negative numbers."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__()
        self.totals: list[int] = []

    def reset(self, seed: int | None = None, episode_id: str | None = None) -> AddObservation:
        """Forget."""
        self.totals = []
        return AddObservation(total=0, history=[])

    def step(self, action: AddAction, timeout_s: float | None = None) -> AddObservation:
        """Add."""
        if action.left < 0:
            raise ValueError("negative")
        self.totals.append(action.left + action.right)
        return AddObservation(total=self.totals[-1], history=self.totals)

    @property
    def state(self) -> State:
        """Answer how far it is."""
        return State(step_count=len(self.totals))


app = FastAPI()
app.mount("/say", create_fastapi_app(Say, SayAction, SayObservation, max_concurrent_envs=64))
app.mount("/add", create_fastapi_app(Add, AddAction, AddObservation, max_concurrent_envs=64))
app.mount("/one", create_fastapi_app(Add, AddAction, AddObservation, max_concurrent_envs=1))

listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listener])
