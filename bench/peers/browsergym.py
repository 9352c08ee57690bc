"""Steps BrowserGym's own environment over a shop's pages, for bench/perf, which says when and takes the processor time.

It prints a line when the first episode has begun, and waits for a line on standard input. Then it steps, resets, and
prints one line of JSON: how long each step from page to page, each step in place and each reset took, in seconds.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Any

import playwright.sync_api
from browsergym.core.env import BrowserEnv
from browsergym.core.task import AbstractBrowserTask


class Visit(AbstractBrowserTask):
    """A visit to the shop, without an end."""

    url = ""

    @classmethod
    def get_task_id(cls) -> str:
        """Name the task."""
        return "visit"

    def setup(self, page: playwright.sync_api.Page) -> tuple[str, dict[str, Any]]:
        """Open the shop."""
        page.goto(self.url)
        return "look around", {}

    def validate(
        self, page: playwright.sync_api.Page, chat_messages: list[Any]
    ) -> tuple[float, bool, str, dict[str, Any]]:
        """Tell that nothing is won yet."""
        return 0.0, False, "", {}

    def teardown(self) -> None:
        """Leave nothing."""


def find(observation: dict[str, Any], role: str, name: str) -> str:
    """Answer the id of the first element of a role and a name."""
    for node in observation["axtree_object"]["nodes"]:
        told = {key: (node.get(key) or {}).get("value") for key in ("role", "name")}
        if told == {"role": role, "name": name} and node.get("browsergym_id"):
            return str(node["browsergym_id"])
    raise LookupError(f"there is no {role} {name!r}")


def use(chrome: str) -> None:
    """Have every browser launched be an installed one: the environment launches one more, for its chat, by itself."""
    launch = playwright.sync_api.BrowserType.launch

    def launched(self: playwright.sync_api.BrowserType, **how: Any) -> playwright.sync_api.Browser:
        return launch(self, executable_path=chrome, **how)

    playwright.sync_api.BrowserType.launch = launched  # type: ignore[method-assign]


class Player:
    """Steps an environment and notes how long that took."""

    def __init__(self, env: BrowserEnv) -> None:
        self.env = env
        self.took: dict[str, list[float]] = {"page": [], "place": [], "reset": []}
        self.seen: dict[str, Any] = {}

    def reset(self) -> None:
        """Begin an episode."""
        begun = time.perf_counter()
        self.seen, _ = self.env.reset()
        self.took["reset"].append(time.perf_counter() - begun)

    def step(self, kind: str, action: str) -> None:
        """Act."""
        begun = time.perf_counter()
        self.seen, *_ = self.env.step(action)
        self.took[kind].append(time.perf_counter() - begun)
        if error := self.seen["last_action_error"]:
            raise RuntimeError(f"{action}: {error}")

    def round(self, links: list[str], orders: list[str]) -> None:
        """Follow links, then sort a list in place."""
        for name in links:
            self.step("page", f"click({find(self.seen, 'link', name)!r})")
        for order in orders:
            self.step("place", f"select_option({find(self.seen, 'combobox', 'Sort by')!r}, {order!r})")


def main() -> None:
    """Play."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--chrome", required=True, help="the browser's binary")
    parser.add_argument("--tuned", action="store_true", help="without the pause before an observation and slow motion")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--resets", type=int, default=2)
    parser.add_argument("--links", type=json.loads, required=True)
    parser.add_argument("--orders", type=json.loads, required=True)
    args = parser.parse_args()
    Visit.url = args.url
    pace: dict[str, Any] = {"slow_mo": 0, "pre_observation_delay": 0.0} if args.tuned else {}
    use(args.chrome)
    player = Player(BrowserEnv(Visit, **pace))
    player.reset()
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range(args.rounds):
        player.round(args.links, args.orders)
    print("stepped", flush=True)
    sys.stdin.readline()
    for _ in range(args.resets):
        player.reset()
    print(json.dumps(player.took), flush=True)
    player.env.close()


if __name__ == "__main__":
    main()
