"""From recorded episodes to a policy that learned, in the dream or on the real side.

    python examples/grpo.py --backend dream --steps 12000

Nothing but the backend differs between the two.
"""

from __future__ import annotations

import argparse
import os
from contextlib import ExitStack, closing

import numpy as np

import dreamgym
from dreamgym import rl


def main() -> None:
    """Record, clone, train, judge."""
    options = _arguments()
    with ExitStack() as stack:
        url = os.environ.get("DREAMGYM_URL") or stack.enter_context(dreamgym.launch()).url
        real = stack.enter_context(closing(dreamgym.make_vec(options.env, 32, "real", url=url)))
        ground = stack.enter_context(closing(dreamgym.make_vec(options.env, 32, options.backend, url=url)))

        # What the server plays on the real side flows into the buffer that it dreams from.
        jobs = [rl.Job({"split": "train"}, seed) for seed in range(options.episodes)]
        recordings = rl.record(real, jobs, np.random.default_rng(0), noise=(0.0, 0.3, 0.6, 1.0))
        start = rl.clone(recordings)
        _report("cloned", start, real)

        train = {"split": "train"}
        policy = rl.train(ground, start, options.steps, options=train, seed=options.seed, watch=print)
        _report(f"trained ({options.backend})", policy, real)
        if options.save:
            policy.save(options.save)


def _report(name: str, policy: rl.Policy, real: dreamgym.RemoteVectorEnv) -> None:
    """Print how often the policy succeeds on the real side."""
    for split in ("seen", "unseen"):
        rewards = rl.evaluate(real, policy, options={"split": split})
        if rewards:
            print(f"{name}, {split}: {np.mean(list(rewards.values())):.2f} of {len(rewards)} tasks")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--env", default="house/any-v0", help="an environment with a scripted policy")
    parser.add_argument("--backend", default="dream", help="where to train: dream or real")
    parser.add_argument("--episodes", type=int, default=60, help="real episodes to record")
    parser.add_argument("--steps", type=int, default=12_000, help="environment steps of training")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--save", help="file to write the policy to")
    return parser.parse_args()


if __name__ == "__main__":
    main()
