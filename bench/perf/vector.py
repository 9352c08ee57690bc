"""Time vector environments of 64 beside Gymnasium's AsyncVectorEnv, in alternating rounds; print medians as JSON."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import dreamgym
import gymnasium
import numpy as np
from gymnasium.vector import AsyncVectorEnv

ANSWER = "." * 300
PROCESSES = 8
ENVS = 64


class Answer(gymnasium.Env[str, str]):
    """Answers any action with 300 bytes."""

    observation_space = gymnasium.spaces.Text(len(ANSWER), charset=".")
    action_space = gymnasium.spaces.Text(20)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        """Begin."""
        return ANSWER, {}

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Act."""
        return ANSWER, 0.0, False, False, {}


def rate(envs: Any, choose: Callable[[int], Any], seconds: float) -> float:
    """Answer steps of environments per second."""
    frames, begun = 0, time.perf_counter()
    while (took := time.perf_counter() - begun) < seconds:
        envs.step(choose(envs.num_envs))
        frames += 1
    return frames * envs.num_envs / took


def medians(envs: Mapping[str, Any], choose: Callable[[int], Any], rounds: int, seconds: float) -> dict[str, float]:
    """Answer the median rate of each, measured in turn."""
    rates: dict[str, list[float]] = {name: [] for name in envs}
    for each in envs.values():
        each.reset(seed=1)
    for _ in range(rounds):
        for name, each in envs.items():
            rates[name].append(rate(each, choose, seconds))
    for each in envs.values():
        each.close()
    return {name: statistics.median(values) for name, values in rates.items()}


def words(n: int) -> list[str]:
    """Answer an action of text for each."""
    return ["go to shelf 1"] * n


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    pushes = partial(np.random.default_rng(0).integers, 0, 2)
    pole = partial(gymnasium.make, "CartPole-v1")
    with dreamgym.launch(args=["--test-envs", "--python", sys.executable, "--python-env", "CartPole-v1"]) as server:
        text = {
            "ours": dreamgym.make_vec("test/echo-v0", ENVS, url=server.url),
            "peer": AsyncVectorEnv([Answer] * PROCESSES),
        }
        told = medians(text, words, args.rounds, args.seconds)
        poles = {
            "pole_ours": dreamgym.make_vec("python/CartPole-v1", ENVS, url=server.url),
            "pole_peer": AsyncVectorEnv([pole] * ENVS),
        }
        told |= medians(poles, pushes, args.rounds, args.seconds)
    print(json.dumps(told))


if __name__ == "__main__":
    main()
