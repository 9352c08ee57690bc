"""Train a policy of Stable-Baselines3 on the real side or in the dream, and judge it on the real side.

    python examples/sb3_ppo.py --backend dream

It starts a server of its own, which hosts CartPole, and needs the extra sb3. Where the policy is to be trained in
the dream, episodes of a random policy are recorded first: they are all that the dream knows.
"""

from __future__ import annotations

import argparse
import json
import sys

import numpy as np
import torch
from stable_baselines3 import PPO

import dreamgym
from dreamgym.sb3 import RemoteVecEnv

ENV = "python/CartPole-v1"
HOSTED = json.dumps({"id": "CartPole-v1", "max_steps": 200})


def record(url: str, episodes: int) -> None:
    """Play episodes at random; the server records them."""
    envs = dreamgym.make_vec(ENV, 16, "real", url=url)
    envs.reset(seed=0)
    envs.action_space.seed(0)
    ended = 0
    while ended < episodes:
        _, _, terminations, truncations, _ = envs.step(envs.action_space.sample())
        ended += int(np.sum(terminations | truncations))
    envs.close()


def evaluate(model: PPO, url: str, episodes: int = 32) -> float:
    """Answer the mean return on the real side, of episodes that nothing is learned from."""
    envs = RemoteVecEnv(ENV, episodes, "real", url=url, options={"split": "seen", "evaluation": True})
    envs.seed(1000)
    observations, returns, running = envs.reset(), np.zeros(episodes), np.ones(episodes, dtype=bool)
    while running.any():
        actions, _ = model.predict(observations, deterministic=True)
        observations, rewards, dones, _ = envs.step(actions)
        returns += rewards * running
        running &= ~dones
    envs.close()
    return float(returns.mean())


def main() -> None:
    """Record, train, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backend", choices=["real", "dream"], default="real")
    parser.add_argument("--steps", type=int, default=16_384)
    parser.add_argument("--episodes", type=int, default=300, help="to record for the dream")
    args = parser.parse_args()
    torch.set_num_threads(1)
    hosting = ["--python", sys.executable, "--python-env", HOSTED]
    with dreamgym.launch(args=hosting) as server:
        if args.backend == "dream":
            record(server.url, args.episodes)
        envs = RemoteVecEnv(ENV, 16, args.backend, url=server.url)
        model = PPO("MlpPolicy", envs, n_steps=128, batch_size=256, learning_rate=1e-3, seed=1, device="cpu")
        before = evaluate(model, server.url)
        model.learn(args.steps)
        after = evaluate(model, server.url)
        envs.close()
    print(f"real return before {before:.1f}, after {args.steps} steps of {args.backend} {after:.1f}")


if __name__ == "__main__":
    main()
