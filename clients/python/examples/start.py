"""The first sixty seconds: a server, an environment, an episode by its scripted policy.

    python examples/start.py [ENVIRONMENT] [BACKEND]

It starts a server of its own, on a temporary data folder, unless DREAMGYM_URL names one.
"""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack

import dreamgym


def main(name: str = "house/heat-and-place-v0", backend: str = "real") -> None:
    """Play one episode and print it."""
    with ExitStack() as stack:
        url = os.environ.get("DREAMGYM_URL") or stack.enter_context(dreamgym.launch()).url
        env = dreamgym.make(name, backend, url=url)
        stack.callback(env.close)
        observation, info = env.reset(seed=1)
        print(f"{info['task']} of {info['scene']}: {observation['goal']}\n{observation['text']}")
        ended = False
        while not ended:
            action = env.advise() or env.action_space.sample()
            observation, reward, terminated, truncated, info = env.step(action)
            ended = terminated or truncated
            print(f"> {action}\n{observation['text']}")
        print(f"reward {reward:g}, {'terminated' if terminated else 'truncated'}, played by {info['backend']}")


if __name__ == "__main__":
    main(*sys.argv[1:])
