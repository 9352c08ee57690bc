"""One step of TRL's GRPOTrainer by dreamgym.trl, on the real side or in the dream.

    python examples/trl_grpo.py --backend dream

It starts a server of its own and needs the extra trl.
"""

from __future__ import annotations

import argparse

import recorded
import tiny_grpo
from datasets import Dataset

import dreamgym
import dreamgym.trl


def main() -> None:
    """Record, find what to write down, make the step."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backend", choices=["real", "dream"], default="real")
    args = parser.parse_args()
    with dreamgym.launch() as server:
        recorded.record(server.url)
        row, actions, text = recorded.solution(server.url, args.backend)
        said = tiny_grpo.step(
            text,
            wins=[("act", {"action": action}) for action in actions],
            loses=[("act", {"action": "look"})],
            train_dataset=Dataset.from_list([{"prompt": [{"role": "user", "content": ""}], **row}]),
            environment_factory=dreamgym.trl.environment(recorded.ENV, args.backend, url=server.url),
        )
    print(f"{args.backend}: {said}")


if __name__ == "__main__":
    main()
