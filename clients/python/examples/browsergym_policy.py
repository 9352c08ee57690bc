"""A policy that reads BrowserGym's observations: in a page, in the replay of an episode there, and in a dream of it.

    python examples/browsergym_policy.py

It starts a server of its own, on a temporary data folder, and needs a Chrome and the MiniWoB++ pages.
"""

from __future__ import annotations

import re
from typing import Any

import dreamgym
from dreamgym import browsergym

ENV = "miniwob/click-button-v0"


def policy(observation: dict[str, Any]) -> str:
    """Click on the button that the goal names."""
    name = observation["goal"].split('"')[1]
    button = re.search(rf'\[(\w+)\] button "{re.escape(name)}"', observation["text"])
    return f"click('{button[1]}')" if button else "noop()"


def play(env: browsergym.BrowserGym, seed: int | None = None, **options: Any) -> str:
    """Play an episode and print its end; answer its id."""
    observation, info = env.reset(seed=seed, options=options)
    ended = False
    while not ended:
        observation, reward, terminated, truncated, _ = env.step(policy(observation))
        ended = terminated or truncated
    print(f"{info['backend']}: {observation['last_action']} at {observation['url']}, reward {reward:g}")
    print(f"  {len(observation)} keys, of which None: {', '.join(env.not_given)}")
    episode: str = info["episode"]
    return episode


def main() -> None:
    """Play in the page ten times, replay the last of these, and dream."""
    with dreamgym.launch(args=["--chrome-views", "screenshot,pages"]) as server:
        with browsergym.make(ENV, "real", url=server.url) as env:
            episodes = [play(env, seed, split="train") for seed in range(10)]
        with browsergym.make(ENV, "replay", url=server.url) as env:
            play(env, episode=episodes[-1])
        with browsergym.make(ENV, "dream", url=server.url) as env:
            play(env, seed=100, split="train")


if __name__ == "__main__":
    main()
