"""A small server of protocol v1, in this process, whose faults can be ordered."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

from dreamgym._protocol import Codec, JsonCodec, Message, MsgpackCodec

COLOURS = ("red", "green", "blue", "white")
LIMITS = {"message_bytes": 1 << 24, "batch": 16, "grace_ms": 2000, "sessions": 100}
SPEC = {"id": "toy/doors-v0", "description": "", "max_steps": 4, "deterministic": True, "lists_actions": True}


class Doors:
    """Find the door of the goal's colour, behind the corridor; a wrong door ends the episode without a reward."""

    def __init__(self) -> None:
        self.running = False

    def reset(self, request: Message) -> Message:
        seed = request.get("seed", 0)
        draw = random.Random(f"{seed} {request.get('index')}")
        self.colour = request.get("task") or draw.choice(COLOURS)
        self.inside, self.steps, self.running = False, 0, True
        first = {"task": self.colour, "seed": seed, "split": request.get("split", "train"), "episode": f"e{seed}"}
        return self._timestep(0.0, False, "You stand at a gate.", {**first, "seed_honoured": True})

    def step(self, action: str) -> Message:
        self.steps += 1
        if action == "enter":
            self.inside = True
            return self._timestep(0.0, False, "A corridor with doors: naïve ☂.")
        if self.inside and action.startswith("open "):
            self.running = False
            return self._timestep(float(action == f"open {self.colour}"), True, "The end.")
        return self._timestep(0.0, False, "Nothing happens.")

    def _timestep(self, reward: float, terminated: bool, text: str, info: Message | None = None) -> Message:
        truncated = not terminated and self.steps >= SPEC["max_steps"]  # type: ignore[operator]
        actions = [f"open {c}" for c in COLOURS] if self.inside else ["enter", "wait"]
        told = {"backend": "real", **(info or {})}
        if truncated:
            self.running, told["stop"] = False, "step_limit"
        return {
            "observation": {"goal": f"open the {self.colour} door", "text": text, "actions": actions},
            "reward": reward,
            "terminated": terminated,
            "truncated": truncated,
            "info": told,
        }


class FakeServer:
    """Sessions, exactly once, resume; and what a test orders to go wrong."""

    def __init__(self) -> None:
        self.sessions: dict[str, Doors] = {}
        self.tokens: dict[str, str] = {}
        self.answers: dict[tuple[str | None, int], Message] = {}
        self.carried_out: list[Message] = []
        self.connections = 0
        self.sockets: list[ServerConnection] = []
        #: drop the connection with this code on the next step or batch, before or after carrying it out
        self.drop_before: int | None = None
        self.drop_after: int | None = None
        #: refuse connections: how many
        self.refuse = 0
        #: error code by the action or the operation that meets it
        self.errors: dict[str, str] = {}
        #: be of before the operation "steps"
        self.old = False
        self.hello: Message = {"server": "fake/1", "protocol": 1, "limits": LIMITS}
        self._lock = threading.Lock()

    def handle(self, socket: ServerConnection) -> None:
        self.connections += 1
        self.sockets.append(socket)
        if self.refuse > 0:
            self.refuse -= 1
            socket.close(1013, "come back later")
            return
        codec: Codec = JsonCodec() if socket.subprotocol == JsonCodec.subprotocol else MsgpackCodec()
        try:
            socket.send(codec.encode({"hello": self.hello}))
            for frame in socket:
                self._converse(socket, codec, codec.decode(frame))
        except ConnectionClosed:
            pass

    def _converse(self, socket: ServerConnection, codec: Codec, request: Message) -> None:
        droppable = request["op"] in ("step", "steps", "batch", "reset")
        if droppable and self.drop_before is not None:
            code, self.drop_before = self.drop_before, None
            socket.close(code)
            return
        with self._lock:
            reply = self._once(request)
        if droppable and self.drop_after is not None:
            code, self.drop_after = self.drop_after, None
            socket.close(code)
            return
        socket.send(codec.encode(reply))

    def _once(self, request: Message) -> Message:
        if request["op"] == "batch":
            return {"id": request["id"], "results": [self._once(r) for r in request["requests"]]}
        if request["op"] == "steps" and self.old:
            fault = {"code": "invalid_request", "message": 'there is no field "requests[0].sessions"', "retry": False}
            return {"id": request["id"], "error": fault}
        if request["op"] == "steps":
            step = {"id": request["id"], "op": "step"}
            both = zip(request["sessions"], request["actions"], strict=True)
            replies = [self._once({**step, "session": s, "action": a}) for s, a in both]
            return {"id": request["id"], "steps": columns(replies)}
        key = (request.get("session"), request["id"])
        if key[0] is None or key not in self.answers:
            self.carried_out.append(request)
            body = self._carry_out(request)
            if "running" in body:
                return {"id": request["id"], "session": key[0], **body}
            self.answers[key] = {"id": request["id"], **({"session": key[0]} if key[0] else {}), **body}
        return self.answers[key]

    def _carry_out(self, request: Message) -> Message:
        op, session = request["op"], request.get("session", "")
        if code := self.errors.get(str(request.get("action", op))):
            if code == "env_crashed":
                self.sessions[session].running = False
            return error(code)
        if session and op != "open" and session not in self.sessions:
            return error("unknown_session")
        match op:
            case "open":
                self.sessions[session], self.tokens[session] = Doors(), f"t-{session}"
                return {"opened": {"token": self.tokens[session], "spec": SPEC, "backend": "real"}}
            case "resume" if request["token"] != self.tokens[session]:
                return error("unauthorized")
            case "resume":
                return {"resumed": {"token": self.tokens[session], "spec": SPEC, "backend": "real", "steps": 0}}
            case "reset" if request.get("if_ended") and self.sessions[session].running:
                return {"running": True}
            case "reset":
                return {"timestep": self.sessions[session].reset(request)}
            case "step" if not self.sessions[session].running:
                return error("reset_required")
            case "step":
                return {"timestep": self.sessions[session].step(request["action"])}
            case "advise":
                doors = self.sessions[session]
                return {"advice": f"open {doors.colour}" if doors.inside else "enter"}
            case "close":
                del self.sessions[session]
                return {"closed": True}
            case "envs":
                return {"envs": [{"spec": SPEC, "backends": ["real"], "splits": {"train": 4}}]}
            case "tasks":
                tasks = [{"id": c, "goal": f"open the {c} door", "split": "train", "scene": "gate"} for c in COLOURS]
                return {"tasks": {"total": len(tasks), "tasks": tasks[request["index"] :][: request["limit"]]}}
            case "ping":
                return {"pong": True}
        return error("unknown_operation")


def columns(replies: list[Message]) -> Message:
    none = {"reward": 0.0, "terminated": False, "truncated": False}
    timesteps = [r.get("timestep", none) for r in replies]
    left = [{"error": r["error"]} if "error" in r else r["timestep"] for r in replies]
    rest = [{k: v for k, v in r.items() if k not in none} for r in left]
    once = [r for i, r in enumerate(rest) if r not in rest[:i]]
    return {
        "rewards": [t["reward"] for t in timesteps],
        "terminated": [t["terminated"] for t in timesteps],
        "truncated": [t["truncated"] for t in timesteps],
        "rest": once,
        "which": [once.index(r) for r in rest],
    }


def error(code: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": f"the test ordered {code}", "retry": False}}


@contextmanager
def running(server: FakeServer) -> Iterator[str]:
    """Serve on a free port and answer the url."""
    subprotocols = [MsgpackCodec.subprotocol, JsonCodec.subprotocol]
    options: dict[str, Any] = {"subprotocols": subprotocols, "compression": None, "max_queue": None}
    with serve(server.handle, "127.0.0.1", 0, **options) as listener:
        thread = threading.Thread(target=_serve, args=(listener,))
        thread.start()
        try:
            yield f"ws://127.0.0.1:{listener.socket.getsockname()[1]}"
        finally:
            listener.shutdown()
            thread.join()
            for socket in server.sockets:
                socket.close()


def _serve(listener: Server) -> None:
    listener.serve_forever()
