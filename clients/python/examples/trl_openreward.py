"""One step of TRL's GRPOTrainer by TRL's own OpenRewardSpec, on the real side or in the dream.

    python examples/trl_openreward.py --backend dream

It starts a server of its own and needs the extras of TRL: pip install "trl[openreward]". Nothing of dreamgym is in the
training: the server speaks the Open Reward Standard.
"""

from __future__ import annotations

import argparse
import os

import recorded
import tiny_grpo
from trl.experimental.openreward import OpenRewardSpec

import dreamgym


def main() -> None:
    """Record, find what to write down, make the step."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backend", choices=["real", "dream"], default="real")
    args = parser.parse_args()
    with dreamgym.launch() as server:
        recorded.record(server.url)
        row, actions, text = recorded.solution(server.url, args.backend)
        os.environ["OPENREWARD_SESSION_URL"] = os.environ["OPENREWARD_API_URL"] = server.http_url
        name = f"{recorded.ENV}@{args.backend}"
        spec = OpenRewardSpec(server.http_url, env_name=name, indices=[row["index"]])
        said = tiny_grpo.step(
            text,
            wins=[("act", {"action": action}) for action in actions],
            loses=[("act", {"action": "look"})],
            train_dataset=spec.train_dataset,
            environment_factory=spec.environment_factory,
            reward_funcs=spec.reward_funcs,
        )
    print(f"{args.backend}: {said}")


if __name__ == "__main__":
    main()
