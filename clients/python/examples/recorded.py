"""What the examples of frameworks share: episodes for dreams, and one that is known to be won."""

from __future__ import annotations

from typing import Any

import numpy as np

import dreamgym
from dreamgym import rl

ENV = "house/pick-and-place-v0"


def record(url: str, episodes: int = 60) -> None:
    """Play by the scripted policy, which at times acts at random; the server records it for its dreams."""
    envs = dreamgym.make_vec(ENV, 16, "real", url=url)
    jobs = [rl.Job({"split": "train", "index": i}, seed=i) for i in range(episodes)]
    rl.record(envs, jobs, np.random.default_rng(0), noise=(0.0, 0.3, 1.0))
    envs.close()


def solution(url: str, backend: str) -> tuple[dict[str, Any], list[str], str]:
    """Find an episode that the scripted policy wins: its row, its actions, and all that is to be read on the way."""
    env = dreamgym.make(ENV, backend, url=url)
    for i in range(50):
        observation, _ = env.reset(seed=i, options={"split": "train", "index": i})
        read, actions, reward, ended = list(observation.values()), [], 0.0, False
        while not ended and (action := env.advise()):
            observation, reward, terminated, truncated, info = env.step(action)
            actions.append(action)
            read += [observation["text"], *info["actions"]]
            ended = terminated or truncated
        if reward > 0:
            env.close()
            return {"split": "train", "index": i, "seed": i}, actions, "\n".join(read)
    raise SystemExit(f"the scripted policy wins no episode of {backend}")
