"""Record episodes of the real side or of the dream, and make a Minari dataset of them.

    python examples/minari_dataset.py --backend dream

It starts a server of its own and needs the extra minari. A dream knows what was recorded: real episodes are recorded
first in any case. The dataset goes to MINARI_DATASETS_PATH, Minari's own folder where that is not set.
"""

from __future__ import annotations

import argparse

import minari
import numpy as np

import dreamgym
import dreamgym.minari
from dreamgym import rl


def record(url: str, env: str, backend: str, episodes: int, seed: int) -> None:
    """Play by the scripted policy, which at times acts at random; the server records."""
    envs = dreamgym.make_vec(env, 16, backend, url=url)
    jobs = [rl.Job({"split": "train", "index": i}, seed=i) for i in range(episodes)]
    rl.record(envs, jobs, np.random.default_rng(seed), noise=(0.0, 0.3, 1.0))
    envs.close()


def main() -> None:
    """Record, make the dataset, load it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backend", choices=["real", "dream"], default="real")
    parser.add_argument("--env", default="house/heat-and-place-v0")
    parser.add_argument("--episodes", type=int, default=60)
    parser.add_argument("--dataset")
    args = parser.parse_args()
    name = args.dataset or f"dreamgym/house/{args.backend}-v0"
    with dreamgym.launch() as server:
        record(server.url, args.env, "real", args.episodes, seed=0)
        if args.backend == "dream":
            record(server.url, args.env, "dream", args.episodes, seed=1)
        spec, episodes = dreamgym.minari.fetch(args.env, backend=args.backend, url=server.url)
        dreamgym.minari.create_dataset(name, spec, episodes, author="dreamgym")
    dataset = minari.load_dataset(name)
    returns = [float(np.sum(episode.rewards)) for episode in dataset]
    print(f"{name}: {dataset.total_episodes} episodes, {dataset.total_steps} steps, mean return {np.mean(returns):.2f}")


if __name__ == "__main__":
    main()
