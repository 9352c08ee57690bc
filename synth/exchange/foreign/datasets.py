"""Reads Minari datasets for envserver import.

    python datasets.py FOLDER

Writes a JSON object a line: {"row": …, "at": …} a step, {"refused": …} for what cannot be taken, {"missing": …} where a
package is, and {"end": true} last of all.
"""

from __future__ import annotations

import json
import math
import pathlib
import re
import sys
from collections.abc import Iterator
from typing import Any

Message = dict[str, Any]

MINARI_MISSING: Message = {"missing": "minari with its storage", "install": "'minari[hdf5,arrow]' pillow"}


def refused(at: str, episode: str, why: str) -> Message:
    """Tell of what cannot be taken, where it stands and which episode lacks it."""
    return {"refused": {"at": at, "episode": episode, "why": why}}


def number(reward: Any) -> float:
    """Answer a reward that is a number."""
    if isinstance(reward, bool) or not isinstance(reward, (int, float)) or not math.isfinite(reward):
        raise ValueError("its reward is no number")
    return float(reward)


def minari(root: pathlib.Path) -> Iterator[Message]:
    """Read a Minari dataset, an episode at a time."""
    try:
        from minari import MinariDataset
    except ImportError:
        yield MINARI_MISSING
        return
    found = {path.parent for path in root.rglob("metadata.json")}
    places = [place for place in found if not found & set(place.parents)]  # episodes may have a file of that name
    if len(places) != 1:
        yield refused(root.name, "", f"{len(places)} datasets are here (files metadata.json); give the folder of one")
        return
    try:
        dataset: Any = MinariDataset(places[0])
    except ImportError:
        yield MINARI_MISSING
        return
    name = str(dataset.spec.dataset_id)
    for index in dataset.episode_indices:
        at = f"episode {index}"
        try:
            (episode,) = dataset.storage.get_episodes([index])
            (metadata,) = dataset.storage.get_episode_metadata([index])
            yield from recorded(dataset, name, at, episode, metadata)
        except Exception as e:
            yield refused(at, at, str(e) or type(e).__name__)


def recorded(dataset: Any, name: str, at: str, data: Any, metadata: Any) -> Iterator[Message]:
    """Read one episode; it has an observation more than actions."""
    rewards = data["rewards"]
    seed = metadata.get("seed", data.get("seed"))
    task = f"{name}, seed {int(seed)}" if seed is not None and str(seed) not in ("", "None") else f"{name}, {at}"
    for i in range(len(rewards)):
        terminated = bool(data["terminations"][i])
        yield {
            "at": f"{at}, step {i}",
            "row": {
                "env": re.sub(r"-v\d+$", "", name),
                "task": task,
                "scene": name,
                "episode": at.replace(" ", "-"),
                "step": i,
                "goal": f"play {name}",
                "state": told(dataset.observation_space, picked(data["observations"], i)),
                "action": acted(dataset.action_space, picked(data["actions"], i)),
                "next_state": told(dataset.observation_space, picked(data["observations"], i + 1)),
                "reward": number(float(rewards[i])),
                "terminated": terminated,
                "truncated": bool(data["truncations"][i]) and not terminated,
            },
        }


def picked(values: Any, i: int) -> Any:
    """Answer element i of what may be a dictionary or a tuple of arrays."""
    if isinstance(values, dict):
        return {key: picked(inner, i) for key, inner in values.items()}
    if isinstance(values, tuple):
        return tuple(picked(inner, i) for inner in values)
    return values[i]


def told(space: Any, seen: Any) -> Any:
    """Answer an observation: text, or an array that envserver words."""
    parts: Any = getattr(space, "spaces", None)
    if isinstance(parts, tuple):
        parts, seen = dict(enumerate(parts)), dict(enumerate(seen))
    if parts is not None:
        return {"parts": [[str(key), told(part, seen[key])] for key, part in parts.items()]}
    if isinstance(seen, bytes):
        return seen.decode()
    if isinstance(seen, str):
        return seen
    import numpy

    array = numpy.asarray(seen, dtype=getattr(space, "dtype", None))
    if array.dtype.kind not in "iufb":
        raise ValueError(f"an observation of {type(space).__name__} is neither text nor numbers")
    return {"dtype": str(array.dtype), "shape": list(array.shape), "data": [float(x) for x in array.ravel()]}


def acted(space: Any, done: Any) -> str:
    """Answer an action as hosted environments take it: text, a number, or JSON."""
    if isinstance(done, bytes):
        return done.decode()
    if isinstance(done, str):
        return done
    if hasattr(done, "tolist"):
        done = done.tolist()
    return json.dumps(done)


def main() -> None:
    """Write what a folder has."""
    for message in minari(pathlib.Path(sys.argv[1])):
        print(json.dumps(message))
    print(json.dumps({"end": True}))


if __name__ == "__main__":
    main()
