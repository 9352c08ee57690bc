"""Hosts environments of one configuration for the Go side of adapters/python.

Frames on file 3 come in and on file 4 go out: four bytes of length, big-endian, and the
rest. The first frame configures, in JSON; its answer describes the environment, in JSON.
Every further frame is a list of calls [slot, op, argument], in JSON, answered by an answer
for each, one after another, in bytes. Standard output and error are left to hosted code.

It needs gymnasium and NumPy, and nothing else.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import math
import os
import re
import resource
import signal
import struct
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

sys.path[:] = [p for p in sys.path if p]  # nothing is imported from the folder the server runs in

NOT_FINITE = "its observation holds NaN or an infinite number"
MOST_VALUES = 4096  # that a text tells of an array


class BrokenError(Exception):
    """What an environment did against its own spaces; the message is safe for a client."""


class UnusableError(Exception):
    """Why an environment cannot be hosted as configured."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class InvalidActionError(Exception):
    """Why an action cannot be read."""


class Frames:
    """The pipe to the Go side. A forked child has no part in it."""

    def __init__(self) -> None:
        for fd in (3, 4):
            os.set_inheritable(fd, False)
        self.source: BinaryIO = os.fdopen(3, "rb")
        self.sink: BinaryIO = os.fdopen(4, "wb", buffering=0)
        os.register_at_fork(after_in_child=self.leave)

    def leave(self) -> None:
        """Close the pipe, in a child."""
        os.close(3)
        os.close(4)

    def read(self) -> Any:
        """Answer the next frame's value; EOFError when there are no more."""
        head = self.source.read(4)
        if len(head) < 4:
            raise EOFError
        return json.loads(self.source.read(struct.unpack(">I", head)[0]))

    def write(self, body: bytes) -> None:
        """Send a frame."""
        view = memoryview(struct.pack(">I", len(body)) + body)
        while view:
            view = view[self.sink.write(view) or 0 :]


# Actions: text in, an element of the action space out.


def action_reader(space: Any, names: list[str]) -> tuple[Callable[[str], Any], list[str]]:
    """Answer what reads actions of a space, and the actions that can be listed."""
    kind = type(space).__name__
    if names and kind != "Discrete":
        raise UnusableError("invalid_config", f"actions have names, and the action space is {kind}, not Discrete")
    if kind == "Discrete":
        return discrete_reader(space, names)
    if kind == "Text":
        return text_reader(space), []
    if kind in ("Box", "MultiDiscrete", "MultiBinary"):
        return json_reader(space), []
    raise UnusableError("not_available", f"an action space of the kind {kind} cannot be hosted; wrap it in another")


def discrete_reader(space: Any, names: list[str]) -> tuple[Callable[[str], Any], list[str]]:
    """Read a name or a number."""
    n, start = int(space.n), int(space.start)
    if names and len(names) != n:
        raise UnusableError("invalid_config", f"{len(names)} actions have names, and the environment has {n} actions")
    listed = names or [str(start + i) for i in range(n)]
    known = {str(start + i): space.dtype.type(start + i) for i in range(n)}
    known |= {name: space.dtype.type(start + i) for i, name in enumerate(listed)}

    def read(text: str) -> Any:
        try:
            return known[text.strip()]
        except KeyError:
            raise InvalidActionError("the action is none of those that the observation lists") from None

    return read, listed


def text_reader(space: Any) -> Callable[[str], Any]:
    """Read the text as it is."""

    def read(text: str) -> Any:
        if not space.contains(text):
            raise InvalidActionError(f"the action is not in {space}")
        return text

    return read


def json_reader(space: Any) -> Callable[[str], Any]:
    """Read numbers in lists."""
    import numpy as np

    def read(text: str) -> Any:
        try:
            raw = np.asarray(json.loads(text), dtype=np.float64)
        except (ValueError, TypeError, RecursionError):
            raise InvalidActionError(f"the action is not a JSON list of numbers such as {space} takes") from None
        if raw.shape != space.shape or not np.isfinite(raw).all():
            raise InvalidActionError(f"the action has another shape than {space} takes, or holds what is not a number")
        with np.errstate(all="ignore"):
            value = raw.astype(space.dtype)
        whole = value.dtype.kind == "f" or bool((value == raw).all())
        if not whole or not space.contains(value):
            raise InvalidActionError(f"the action is not in {space}")
        return value

    return read


# Observations: an element of the observation space in, text and an array out.


def checked(space: Any, value: Any) -> Any:
    """Answer an array as its space declares it."""
    import numpy as np

    try:
        raw = np.asarray(value)
        if raw.dtype.kind not in "biuf":
            raise TypeError
    except (ValueError, TypeError):
        raise BrokenError(f"its observation is not the array that {type(space).__name__} declares") from None
    if raw.shape != tuple(space.shape):
        raise BrokenError(f"its observation has the shape {raw.shape}, and its space declares {tuple(space.shape)}")
    if raw.dtype.kind == "f" and not np.isfinite(raw).all():
        raise BrokenError(NOT_FINITE)
    if raw.dtype.kind == "f" and space.dtype.kind != "f":
        raise BrokenError(f"its observation has the type {raw.dtype}, and its space declares {space.dtype}")
    return raw.astype(space.dtype, copy=False)


SINGLE = ("Box", "Discrete", "MultiDiscrete", "MultiBinary")


def parts_of(space: Any) -> list[tuple[Any, Any]]:
    """Answer the parts of a Tuple or Dict, with their keys, in the space's order; none of another space."""
    kind = type(space).__name__
    if kind == "Tuple":
        return list(enumerate(space.spaces))
    return list(space.spaces.items()) if kind == "Dict" else []


def has_array(space: Any) -> bool:
    """Tell whether the elements of a space are arrays: one, or parts that all are."""
    parts = parts_of(space)
    return type(space).__name__ in SINGLE or (bool(parts) and all(has_array(part) for _, part in parts))


def array_like(space: Any) -> tuple[str, list[int]]:
    """Answer the NumPy type and the shape of a space's arrays. Those of parts follow each other in one row."""
    import numpy as np

    if type(space).__name__ in SINGLE:
        return str(space.dtype), list(space.shape or ())
    likes = [array_like(part) for _, part in parts_of(space)]
    return str(np.result_type(*[dtype for dtype, _ in likes])), [sum(math.prod(shape) for _, shape in likes)]


def one_array(space: Any, value: Any) -> Any:
    """Answer an observation as one array, after a look whether it is what its space declares."""
    import numpy as np

    if type(space).__name__ in SINGLE:
        return checked(space, value)
    return np.concatenate([one_array(part, v).ravel() for part, v in with_parts(space, value)])


def bounds(values: Any) -> list[str]:
    """Write a Box's bounds down: one where all are alike."""
    listed = values.reshape(-1).tolist()
    return [str(v) for v in (listed[:1] if len(set(listed)) == 1 else listed)]


def described(space: Any) -> dict[str, Any]:
    """Answer a space as data, from which it can be made again to the bit."""
    import numpy as np

    kind = type(space).__name__
    if parts := parts_of(space):
        keys = [{"key": str(k)} if kind == "Dict" else {} for k, _ in parts]
        return {"kind": kind, "parts": [key | described(p) for key, (_, p) in zip(keys, parts, strict=True)]}
    if kind not in SINGLE:
        return {"kind": kind}
    about: dict[str, Any] = {"kind": kind, "dtype": str(space.dtype), "shape": [int(n) for n in space.shape]}
    if kind == "Box":
        about |= {"low": bounds(space.low), "high": bounds(space.high)}
    elif kind != "MultiBinary":
        counts = space.n if kind == "Discrete" else space.nvec
        about |= {"n": np.reshape(counts, -1).tolist(), "start": np.reshape(space.start, -1).tolist()}
    return about


def with_parts(space: Any, value: Any) -> list[tuple[Any, Any]]:
    """Pair the parts of a space with those of an element."""
    parts = dict(parts_of(space))
    if isinstance(value, tuple):
        value = dict(enumerate(value))
    if not isinstance(value, dict) or set(value) != set(parts):
        raise BrokenError("its observation has other parts than its space declares")
    return [(part, value[key]) for key, part in parts.items()]


def numbers(value: Any) -> str:
    """Write an array down, with four digits that count."""
    if isinstance(value, list):
        return "[" + ", ".join(numbers(v) for v in value) + "]"
    return format(value, ".4g") if isinstance(value, float) else str(int(value))


def worded(array: Any) -> str:
    """Answer an array as text."""
    return numbers(array.tolist()) if array.size <= MOST_VALUES else f"an array of shape {array.shape}"


def told(space: Any, value: Any) -> str:
    """Answer an observation as text, after a look whether it is what its space declares."""
    if type(space).__name__ in SINGLE:
        return worded(checked(space, value))
    if keys := [key for key, _ in parts_of(space)]:
        return "\n".join(f"{k}: {told(part, v)}" for k, (part, v) in zip(keys, with_parts(space, value), strict=True))
    if not isinstance(value, str):
        raise BrokenError(f"its observation is not the text that {type(space).__name__} declares")
    return value


def check_drawn(env: Any) -> None:
    """Refuse an environment that has no render mode of text."""
    modes = [str(mode) for mode in env.metadata.get("render_modes") or ()]
    if "ansi" not in modes:
        have = ", ".join(modes) or "none"
        message = f"observe is render, which needs the render mode ansi; the environment has {have}"
        raise UnusableError("not_available", message)


MARKED = re.compile(r"\x1b\[[\d;]*m(.*?)\x1b\[0?m", re.S)
ESCAPE = re.compile(r"\x1b\[[\d;]*[A-Za-z]")


def plain(screen: Any) -> str:
    """Answer a rendered text without colours; what they marked stands in brackets."""
    if not isinstance(screen, str):
        raise BrokenError("it does not render as text")
    return ESCAPE.sub("", MARKED.sub(r"[\1]", screen))


# Answers.

OK, INVALID, BROKEN, FATAL = range(4)
HEAD = struct.Struct("<B??dIII")  # status, terminated, truncated, reward, lengths of text, detail and data


def answered(text: str, data: bytes, reward: float, terminated: bool, truncated: bool) -> bytes:
    """Answer a timestep."""
    raw = text.encode("utf-8", "replace")
    return HEAD.pack(OK, terminated, truncated, reward, len(raw), 0, len(data)) + raw + data


def failed(status: int, why: str, detail: str = "") -> bytes:
    """Answer without a timestep."""
    raw, more = why.encode("utf-8", "replace"), detail.encode("utf-8", "replace")
    return HEAD.pack(status, False, False, 0.0, len(raw), len(more), 0) + raw + more


@dataclass(slots=True)
class Seen:
    """A timestep whose observation is in a row of the block."""

    slot: int
    row: int
    reward: float
    terminated: bool
    truncated: bool


Answer = bytes | Seen


class Block:
    """The observations of a frame in one array, so that their numbers are looked at and written down once for all.

    It takes small arrays that are at first sight as their space declares them. What it does not take is
    looked at by itself.
    """

    def __init__(self, space: Any) -> None:
        import numpy as np

        single = type(space).__name__ in SINGLE
        self.dtype: Any = space.dtype
        self.shape: tuple[int, ...] = space.shape if single else ()
        self.kind = np.ndarray if single and 0 < math.prod(self.shape) <= MOST_VALUES else None
        self.clear(0)

    def clear(self, most: int) -> None:
        """Make room for a frame."""
        import numpy as np

        self.values, self.used = np.empty((most if self.kind else 0, *self.shape), "<f8"), 0

    def take(self, observation: Any) -> int | None:
        """Take an observation in and answer its row, or None."""
        if type(observation) is not self.kind or observation.dtype != self.dtype or observation.shape != self.shape:
            return None
        row = self.used
        self.values[row], self.used = observation, row + 1
        return row

    def written(self) -> list[bytes | None]:
        """Answer the rows as bytes, None for one that holds what is not finite."""
        import numpy as np

        if not self.used:
            return []
        rows = self.values[: self.used].reshape(self.used, -1)
        data, size = rows.tobytes(), rows[0].nbytes
        each: list[bytes | None] = [data[at : at + size] for at in range(0, len(data), size)]
        for i in np.flatnonzero(~np.isfinite(rows).all(axis=1)):
            each[i] = None
        return each


# Hosting.


class Host:
    """Makes, resets and steps environments, one in each slot."""

    def __init__(self, env: dict[str, Any]) -> None:
        self.config = env
        self.slots: dict[int, Any] = {}
        self.ops: dict[str, Callable[..., Answer]] = {"reset": self.reset, "step": self.step, "close": self.close}
        probe = self.make()
        try:
            if env["render"]:
                check_drawn(probe)
            self.observed = probe.observation_space
            self.arrays = has_array(self.observed) and (env["array"] or not parts_of(self.observed))
            self.block = Block(self.observed)
            self.read, self.listed = action_reader(probe.action_space, env["actions"])
            self.spec = self.describe(probe)
        finally:
            probe.close()

    def make(self) -> Any:
        """Make an environment with its wrappers."""
        import gymnasium

        c = self.config
        kwargs = dict(c["kwargs"])
        if c["render"]:
            kwargs["render_mode"] = "ansi"
        if c["max_steps"]:
            kwargs["max_episode_steps"] = c["max_steps"]
        env = gymnasium.make(c["id"], disable_env_checker=True, **kwargs)
        for name in c["wrappers"]:
            module, _, attribute = name.rpartition(":" if ":" in name else ".")
            env = getattr(importlib.import_module(module), attribute)(env)
        return env

    def describe(self, env: Any) -> dict[str, Any]:
        """Answer what the Go side has to know of the environment."""
        own = getattr(env.unwrapped, "max_steps", 0)
        limit = self.config["max_steps"] or getattr(env.spec, "max_episode_steps", None) or own
        dtype, shape = array_like(self.observed) if self.arrays else ("", [])
        return {
            "max_steps": limit if isinstance(limit, int) else 0,
            "deterministic": not getattr(env.spec, "nondeterministic", False),
            "actions": self.listed,
            "action_space": str(env.action_space),
            "array": dtype,
            "shape": shape,
            "spaces": self.spaces(env.action_space) if self.arrays else None,
        }

    def spaces(self, actions: Any) -> dict[str, Any]:
        """Answer both spaces as data."""
        named = {"names": self.config["actions"]} if self.config["actions"] else {}
        return {"observation": described(self.observed), "action": described(actions) | named}

    def reset(self, slot: int, seed: int) -> Answer:
        """Start an episode."""
        if slot not in self.slots:
            self.slots[slot] = self.make()
        answer = self.slots[slot].reset(seed=seed)
        if not isinstance(answer, tuple) or len(answer) != 2:
            raise BrokenError("its reset does not answer an observation and an info")
        return self.answer(slot, answer[0], 0.0, False, False)

    def step(self, slot: int, action: str) -> Answer:
        """Act in an episode."""
        value = self.read(action)
        answer = self.slots[slot].step(value)
        if not isinstance(answer, tuple) or len(answer) != 5:
            raise BrokenError("its step does not answer observation, reward, terminated, truncated and info")
        observation, reward, terminated, truncated, _ = answer
        return self.answer(slot, observation, number(reward), bool(terminated), bool(truncated))

    def answer(self, slot: int, observation: Any, reward: float, terminated: bool, truncated: bool) -> Answer:
        """Answer a timestep."""
        if self.arrays and not self.config["render"] and (row := self.block.take(observation)) is not None:
            return Seen(slot, row, reward, terminated, truncated)
        text, data = "", b""
        if self.arrays:
            data = one_array(self.observed, observation).astype("<f8").tobytes()
        else:
            text = told(self.observed, observation)
        if self.config["render"]:
            text = plain(self.slots[slot].render())
        return answered(text, data, reward, terminated, truncated)

    def close(self, slot: int, _: Any = None) -> bytes:
        """Free a slot."""
        env = self.slots.pop(slot, None)
        if env is not None:
            env.close()
        return answered("", b"", 0.0, False, False)

    def calls(self, calls: list[Any]) -> bytes:
        """Carry out what a frame asks for."""
        self.block.clear(len(calls))
        answers = [self.call(*c) for c in calls]
        rows = self.block.written()
        return b"".join([a if isinstance(a, bytes) else self.finish(a, rows[a.row]) for a in answers])

    def finish(self, seen: Seen, data: bytes | None) -> bytes:
        """Answer a timestep whose observation is in the block; None where that is not of finite numbers."""
        if data is None:
            self.drop(seen.slot)
            return failed(BROKEN, NOT_FINITE)
        return HEAD.pack(OK, seen.terminated, seen.truncated, seen.reward, 0, 0, len(data)) + data

    def drop(self, slot: int) -> None:
        """Free a slot whose environment broke, whatever that does."""
        with contextlib.suppress(BaseException):
            self.close(slot)

    def call(self, slot: int, op: str, argument: Any) -> Answer:
        """Carry a call out. Whatever hosted code does short of dying is an answer."""
        try:
            return self.ops[op](slot, argument)
        except InvalidActionError as e:
            return failed(INVALID, str(e))
        except BaseException as e:
            status, why = fault(e)
            detail = traceback.format_exc(limit=-8)[-4000:]
        self.drop(slot)
        return failed(status, why, detail)


def fault(e: BaseException) -> tuple[int, str]:
    """Tell what hosted code did wrong, and whether its process can go on."""
    match e:
        case BrokenError():
            return BROKEN, str(e)
        case MemoryError():
            return FATAL, "it ran out of the memory that it may use"
        case SystemExit():
            return BROKEN, "it tried to exit"
    return BROKEN, f"it raised {type(e).__name__}"


def number(reward: Any) -> float:
    """Answer a reward, if it is a finite number."""
    try:
        value = float(reward)
    except (TypeError, ValueError):
        raise BrokenError("its reward is not a number") from None
    if not math.isfinite(value):
        raise BrokenError("its reward is NaN or infinite")
    return value


def open_host(env: dict[str, Any]) -> Host:
    """Make the host; what is missing is UnusableError, with the command that mends it."""
    try:
        return Host(env)
    except UnusableError:
        raise
    except BaseException as e:
        raise UnusableError("not_available", why_not(e)) from e


def why_not(e: BaseException) -> str:
    """Tell why an environment cannot be made. PYTHON stands for the interpreter as configured."""
    if isinstance(e, ModuleNotFoundError):
        named = e.name or getattr(e.__cause__, "name", None) or "gymnasium"
        package = named.partition(".")[0]
        return f"the Python package {package} was not found; install it: PYTHON -m pip install {package}"
    packages = re.findall(r"pip install [\"']?([\w\[\],.-]+)", str(e))
    if type(e).__name__ == "DependencyNotInstalled" and packages:
        return "it needs more packages; install them: PYTHON -m pip install " + " ".join(f'"{p}"' for p in packages)
    if type(e).__module__ == "gymnasium.error":
        return f"gymnasium does not make it: {e}"
    traceback.print_exception(e)
    return f"it cannot be made: it raised {type(e).__name__}; the server's log says more"


def follow_parent() -> None:
    """End with the server, also while hosted code runs."""
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(2)
    os.killpg(0, signal.SIGKILL)


def bound_cpu(seconds: int) -> None:
    """Let the next frame take so much processor time and no more."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + 1 + seconds, hard))


def serve(frames: Frames, host: Host, cpu: int) -> None:
    """Answer calls until there are no more."""
    me = os.getpid()
    while True:
        try:
            calls = frames.read()
        except EOFError:
            return
        if cpu:
            bound_cpu(cpu)
        answers = host.calls(calls)
        if os.getpid() != me:
            os._exit(0)  # a child that hosted code forked came out of its step
        frames.write(answers)


def main() -> None:
    """Configure, describe, serve."""
    frames = Frames()
    hello = frames.read()
    sys.path.extend(hello["path"])
    if hello["memory"]:
        resource.setrlimit(resource.RLIMIT_DATA, (hello["memory"], hello["memory"]))
    threading.Thread(target=follow_parent, daemon=True).start()
    try:
        host = open_host(hello["env"])
    except UnusableError as e:
        frames.write(json.dumps({"code": e.code, "message": str(e)}).encode())
        return
    frames.write(json.dumps(host.spec).encode())
    serve(frames, host, hello["cpu"])


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)
