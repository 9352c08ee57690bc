"""Time a vector environment of 64 beside Gymnasium's AsyncVectorEnv, in alternating rounds; print medians as JSON."""

from __future__ import annotations

import argparse
import json
import statistics
import time
from typing import Any

import dreamgym
import gymnasium
from gymnasium.vector import AsyncVectorEnv

ANSWER = "." * 300
PROCESSES = 8


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


def rate(envs: Any, seconds: float) -> float:
    """Answer steps of environments per second."""
    actions = ["go to shelf 1"] * envs.num_envs
    frames, begun = 0, time.perf_counter()
    while (took := time.perf_counter() - begun) < seconds:
        envs.step(actions)
        frames += 1
    return frames * envs.num_envs / took


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    with dreamgym.launch(args=["--test-envs"]) as server:
        ours = dreamgym.make_vec("test/echo-v0", 64, url=server.url)
        peer = AsyncVectorEnv([Answer] * PROCESSES)
        rates: dict[str, list[float]] = {"ours": [], "peer": []}
        ours.reset(seed=1)
        peer.reset(seed=1)
        for _ in range(args.rounds):
            rates["ours"].append(rate(ours, args.seconds))
            rates["peer"].append(rate(peer, args.seconds))
        ours.close()
        peer.close()
    print(json.dumps({name: statistics.median(values) for name, values in rates.items()}))


if __name__ == "__main__":
    main()
