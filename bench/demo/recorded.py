"""Recorded episodes: making them, reading them back, and spoiling their rewards."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from dreamgym import Server, make_vec
from dreamgym.rl import Job, Recording, record

_PAGE = 500


def envserver(binary: str, *args: str | os.PathLike[str], quiet: bool = False) -> str:
    """Run a command of the server's and answer what it printed."""
    done = subprocess.run(
        [binary, *(os.fspath(a) for a in args)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if quiet else None,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"envserver {args[0]} failed: {(done.stderr or '').strip()[-2000:]}")
    return done.stdout


def collect(binary: str, server: Server, env: str, episodes: int, policies: str, split: str, seed: int) -> Any:
    """Record real episodes through a running server; answer the scores of the policies."""
    flags = ["--episodes", str(episodes), "--policy", policies, "--split", split, "--seed", str(seed)]
    return json.loads(envserver(binary, "collect", env, *flags, "--server", server.http_url, "--json", quiet=True))


def play(
    server: Server, env: str, tasks: Sequence[int], episodes: int, policies: str, seed: int, seats: int = 8
) -> None:
    """Record real episodes of chosen tasks of the train split, by policies as `collect` knows them."""
    rng = np.random.default_rng(seed)
    drawn = rng.choice(len(tasks), episodes, replace=episodes > len(tasks))
    jobs = [Job({"split": "train", "index": tasks[i]}, seed) for i in drawn]
    with closing(make_vec(env, seats, backend="real", url=server.url)) as envs:
        record(envs, jobs, rng, [share_of_chance(policy) for policy in policies.split(",")])


def share_of_chance(policy: str) -> float:
    """Answer the share of random actions that a policy takes: "scripted", "noisy:0.3" or "random"."""
    named = {"scripted": 0.0, "random": 1.0}
    return named[policy] if policy in named else float(policy.removeprefix("noisy:"))


def episodes(server: Server, env: str, split: str) -> list[dict[str, Any]]:
    """Read the real episodes of a split that ended, in the order in which they were recorded."""
    query = {"env": env, "backend": "real", "split": split}
    rows = [row for row in _rows(server, query) if row.get("reason") in ("terminated", "truncated")]
    read = [_get(server, f"/v1/episodes/{row['id']}") for row in rows]
    return sorted(read, key=lambda e: e["header"]["id"])


def _rows(server: Server, query: dict[str, str]) -> Iterator[dict[str, Any]]:
    offset = 0
    while True:
        fields = urllib.parse.urlencode({**query, "limit": str(_PAGE), "offset": str(offset)})
        page = _get(server, f"/v1/episodes?{fields}")["episodes"] or []
        yield from page
        if len(page) < _PAGE:
            return
        offset += _PAGE


def _get(server: Server, path: str) -> Any:
    with urllib.request.urlopen(server.http_url + path, timeout=60) as reply:
        return json.load(reply)


def recording(episode: dict[str, Any]) -> Recording:
    """Turn a recorded episode into what a policy can be cloned from."""
    seen = [step["timestep"]["observation"] for step in episode["steps"]]
    return Recording(
        goal=seen[0].get("goal", ""),
        texts=[o["text"] for o in seen],
        admissible=[o.get("actions") or [] for o in seen[:-1]],
        actions=[step["action"] for step in episode["steps"][1:]],
        reward=sum(step["timestep"]["reward"] for step in episode["steps"]),
    )


def steps_of(recorded: Sequence[dict[str, Any]]) -> int:
    """Answer how many transitions there are."""
    return sum(len(e["steps"]) - 1 for e in recorded)


def write_shuffled(recorded: Sequence[dict[str, Any]], path: Path, seed: int) -> None:
    """Write the transitions with their rewards dealt out anew over all steps of all episodes."""
    rows = [row for e in recorded for row in transitions(e)]
    rewards = np.random.default_rng(seed).permutation([row["reward"] for row in rows])
    with path.open("w") as file:
        for row, reward in zip(rows, rewards, strict=True):
            file.write(json.dumps({**row, "reward": float(reward)}) + "\n")


def transitions(episode: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Answer an episode's steps as rows of a transitions file."""
    header, steps = episode["header"], episode["steps"]
    task = header["task"]
    for i, (before, after) in enumerate(itertools.pairwise(steps)):
        state, led = before["timestep"]["observation"], after["timestep"]
        row = {
            "schema_version": 1,
            "env": header["env"],
            "split": task["split"],
            "task": task["id"],
            "scene": task.get("scene") or task["id"],
            "episode": header["id"],
            "step": i,
            "goal": steps[0]["timestep"]["observation"].get("goal", ""),
            "state": state["text"],
            "action": after["action"],
            "next_state": led["observation"]["text"],
            "reward": led["reward"],
            "terminated": led["terminated"],
            "truncated": led["truncated"],
        }
        yield {**row, "actions": state["actions"]} if "actions" in state else row
