"""Reads experiment folders of BrowserGym and AgentLab for envserver import.

    python experiments.py FOLDER

Writes a JSON object a line: {"row": …, "at": …} a step, {"refused": …} for what cannot be taken, and {"end": true} last
of all.
"""

from __future__ import annotations

import gzip
import io
import json
import math
import pathlib
import pickle
import re
import struct
import sys
from collections.abc import Iterator
from typing import Any

Message = dict[str, Any]

MOST_BYTES = 256 << 20  # of one file, decompressed


def refused(at: str, episode: str, why: str) -> Message:
    """Tell of what cannot be taken, where it stands and which episode lacks it."""
    return {"refused": {"at": at, "episode": episode, "why": why}}


# Pickles, without running what they name.


class Opaque:
    """Stands for an object of any class: it keeps what it was given, and does nothing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.args: Any = args

    def __setstate__(self, state: Any) -> None:
        if isinstance(state, tuple) and len(state) == 2 and isinstance(state[1], dict):
            state = {**(state[0] or {}), **state[1]}
        if isinstance(state, dict):
            self.__dict__.update({k: v for k, v in state.items() if isinstance(k, str)})
        else:
            self.state: Any = state

    def ignore(self, *_: Any) -> None:
        """Take what a container would."""

    append = extend = add = __setitem__ = ignore

    def __hash__(self) -> int:
        return id(self)


class DType(Opaque):
    """A NumPy type, by its name in pickles."""


FORMS = dict(zip(("f8", "f4", "i8", "i4", "i2", "i1", "u8", "u4", "u2", "u1", "b1"), "dfqihbQIHB?", strict=True))


def scalar(kind: Any = None, raw: Any = b"") -> Any:
    """Make a plain number of what a NumPy scalar is pickled as."""
    name, order = (value(kind, "args") or [""])[0], (value(kind, "state") or (0, ">"))[1]
    form = FORMS.get(name) if isinstance(kind, DType) and order in ("<", "|") else None
    if form is None or not isinstance(raw, bytes) or len(raw) != struct.calcsize(form):
        return Opaque()
    return struct.unpack("<" + form, raw)[0]


PLAIN = {"set": set, "frozenset": frozenset, "bytearray": bytearray, "complex": complex}


class PlainUnpickler(pickle.Unpickler):
    """Reads plain values. Every class and function that a pickle names is a stand-in."""

    def find_class(self, module: str, name: str) -> Any:
        """Answer the stand-in: nothing is imported, so nothing of the file's is called."""
        if module == "builtins" and name in PLAIN:
            return PLAIN[name]
        if module.split(".")[0] == "numpy":
            if name == "scalar":
                return scalar
            if name == "dtype":
                return DType
        return type("Opaque", (Opaque,), {})


def unpickle(path: pathlib.Path) -> Any:
    """Read a pickle, gzipped where its name says so."""
    opener: Any = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rb") as file:
        raw = file.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise ValueError(f"it has more than {MOST_BYTES} bytes")
    return PlainUnpickler(io.BytesIO(raw)).load()


def value(holder: Any, name: str, absent: Any = None) -> Any:
    """Answer an attribute of an object, or an element of a dictionary."""
    if isinstance(holder, dict):
        return holder.get(name, absent)
    return getattr(holder, "__dict__", {}).get(name, absent)


# BrowserGym and AgentLab.

STEP = re.compile(r"step_(\d+)\.pkl\.gz$")


def experiments(root: pathlib.Path) -> list[pathlib.Path]:
    """List the folders that have recorded steps, in order of name."""
    return sorted({path.parent for path in root.rglob("step_*.pkl.gz") if STEP.search(path.name)})


def page(observation: Any) -> str:
    """Answer an observation as text: the page, and why the action before failed, if it did."""
    for name in ("axtree_txt", "pruned_html", "dom_txt"):
        text = value(observation, name)
        if isinstance(text, str):
            error = value(observation, "last_action_error")
            return f"{text}\nError: {error}" if isinstance(error, str) and error else text
    raise ValueError("its observation has no text (axtree_txt, pruned_html or dom_txt)")


def goal_of(observation: Any, folder: pathlib.Path) -> str:
    """Answer the goal: as text, or the texts of the goal's messages."""
    goal = value(observation, "goal")
    if isinstance(goal, str) and goal:
        return goal
    parts = value(observation, "goal_object")
    file = folder / "goal_object.pkl.gz"
    if not parts and file.exists():
        parts = unpickle(file)
    texts = [value(part, "text") for part in parts or ()]
    return "\n".join(text for text in texts if isinstance(text, str))


def number(reward: Any) -> float:
    """Answer a reward that is a number."""
    if isinstance(reward, bool) or not isinstance(reward, (int, float)) or not math.isfinite(reward):
        raise ValueError("its reward is no number")
    return float(reward)


def task_of(folder: pathlib.Path) -> tuple[str, str]:
    """Answer the task's name, and that with its seed."""
    arguments = value(unpickle(folder / "exp_args.pkl"), "env_args")
    name, seed = value(arguments, "task_name"), value(arguments, "task_seed")
    if not isinstance(name, str) or not name:
        raise ValueError("exp_args.pkl names no task")
    return name, f"{name}_{seed}" if isinstance(seed, int) else name


def experiment(folder: pathlib.Path, episode: str) -> Iterator[Message]:
    """Read one experiment: step i has what was seen and done, step i + 1 what came of it."""
    files = sorted((int(found[1]), path) for path in folder.iterdir() if (found := STEP.match(path.name)))
    if [n for n, _ in files] != list(range(len(files))):
        yield refused(episode, episode, "its steps do not count from 0: files are missing")
        return
    name, task = task_of(folder)
    rows: list[Message] = []
    before: Any = None
    goal = ""
    for n, path in files:
        try:
            step = unpickle(path)
            if value(step, "obs") is None:
                raise ValueError("the experiment broke off" + error_of(folder))
            if n == 0:
                goal = goal_of(value(step, "obs"), folder)
            else:
                told = {"env": name.split(".")[0], "task": task, "scene": name, "episode": episode, "goal": goal}
                rows.append({**told, "step": n - 1, **transition(before, step)})
        except Exception as e:
            yield refused(f"{episode}/{path.name}", episode, str(e) or type(e).__name__)
            return
        before = step
    if not rows:
        yield refused(episode, episode, "it has no step after the first")
    elif not (rows[-1]["terminated"] or rows[-1]["truncated"]):
        why = "it broke off: its last step is neither terminated nor truncated" + error_of(folder)
        yield refused(episode, episode, why)
    else:
        yield from ({"row": row, "at": f"{episode}/step_{row['step']}.pkl.gz"} for row in rows)


def transition(before: Any, after: Any) -> Message:
    """Answer what was done in a step and what the next one has of it."""
    action = value(before, "action")
    if not isinstance(action, str):
        raise ValueError("the step before has no action")
    terminated = bool(value(after, "terminated"))
    return {
        "state": page(value(before, "obs")),
        "action": action,
        "next_state": page(value(after, "obs")),
        "reward": number(value(after, "reward")),
        "terminated": terminated,
        "truncated": bool(value(after, "truncated")) and not terminated,
    }


def error_of(folder: pathlib.Path) -> str:
    """Answer the error that ended an experiment."""
    try:
        error = json.loads((folder / "summary_info.json").read_text()).get("err_msg")
    except (OSError, ValueError, AttributeError):
        return ""
    return f" ({' '.join(error.split())})" if isinstance(error, str) and error else ""


def agentlab(root: pathlib.Path) -> Iterator[Message]:
    """Read every experiment below a folder."""
    for folder in experiments(root):
        episode = folder.relative_to(root).as_posix() if folder != root else folder.name
        try:
            yield from experiment(folder, episode)
        except Exception as e:
            yield refused(episode, episode, str(e) or type(e).__name__)


def main() -> None:
    """Write what a folder has."""
    for message in agentlab(pathlib.Path(sys.argv[1])):
        print(json.dumps(message))
    print(json.dumps({"end": True}))


if __name__ == "__main__":
    main()
