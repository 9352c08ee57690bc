"""One step of TRL's GRPOTrainer by an OpenEnv client, on the real side or in the dream.

    python examples/trl_openenv.py --backend dream

It starts a server of its own and needs trl and openenv. The class is what TRL's users write around OpenEnv's
GenericEnvClient; the server speaks OpenEnv, and the backend is in the path.
"""

from __future__ import annotations

import argparse
from typing import Any

import recorded
import tiny_grpo
from datasets import Dataset
from openenv import GenericEnvClient

import dreamgym


class House:
    """A rollout's environment."""

    base_url = ""

    def __init__(self) -> None:
        self._client = GenericEnvClient(base_url=self.base_url).sync()
        self._reward = 0.0

    def reset(self, split: str, index: int, seed: int, **_: Any) -> str:
        """Start an episode."""
        self._reward = 0.0
        return self._read(self._client.reset(split=split, index=index, seed=seed))

    def act(self, action: str) -> str:
        """Act in the house.

        Args:
            action: One of the admissible actions.
        """
        result = self._client.step({"action": action})
        self._reward += result.reward or 0.0
        return self._read(result)

    def get_reward(self) -> float:
        """Answer the episode's return."""
        return self._reward

    def _read(self, result: Any) -> str:
        seen = result.observation
        return "\n".join([seen["goal"], seen["text"], *(seen["actions"] or [])])


def main() -> None:
    """Record, find what to write down, make the step."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backend", choices=["real", "dream"], default="real")
    args = parser.parse_args()
    with dreamgym.launch() as server:
        recorded.record(server.url)
        row, actions, text = recorded.solution(server.url, args.backend)
        House.base_url = f"{server.http_url}/envs/{recorded.ENV}@{args.backend}"
        said = tiny_grpo.step(
            text,
            wins=[("act", {"action": action}) for action in actions],
            loses=[("act", {"action": "look"})],
            train_dataset=Dataset.from_list([{"prompt": [{"role": "user", "content": ""}], **row}]),
            environment_factory=House,
        )
    print(f"{args.backend}: {said}")


if __name__ == "__main__":
    main()
