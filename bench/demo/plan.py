"""How much is recorded, trained and judged."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dreamgym.rl import Settings


@dataclass(frozen=True, slots=True)
class World:
    """An environment, and what is spent on it."""

    env: str
    #: real episodes to record for the buffer, and the policies that play them in turn
    episodes: int
    policies: str
    #: environment steps of training, in the dream and on the real side alike
    steps: int
    #: the splits to judge on
    splits: tuple[str, ...]
    #: tasks of each split to judge on, at most
    tasks: int
    settings: Settings
    #: of the arm that has few steps: an iteration takes a part of them only
    settings_few: Settings
    #: episodes at a time
    seats: int = 32
    #: the templates of the tasks that are recorded, trained on and judged; all, where none is named
    templates: tuple[str, ...] = ()
    #: further episodes of each split that fidelity is measured on
    held_out: int = 0
    #: whether the two controls are run
    controls: bool = False

    @property
    def name(self) -> str:
        """The environment's id without its version: "house/any"."""
        return self.env.rsplit("-v", 1)[0]


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole run."""

    worlds: tuple[World, ...]
    seeds: int
    #: episodes of each policy of the fidelity report's ladder
    ladder: int


# Chosen on tasks of the train split that were neither recorded nor trained on.
_LEARN = Settings(tasks=4, group=8, rate=0.004, kl=0.0)

HOUSE = World(
    env="house/any-v0",
    episodes=240,
    policies="noisy:0.3,scripted,noisy:0.6,random,noisy:0.3",
    steps=36_000,
    splits=("seen", "unseen"),
    tasks=140,
    settings=_LEARN,
    settings_few=replace(_LEARN, tasks=2),
    held_out=40,
    controls=True,
)

PAGES = tuple(
    World(
        env=f"miniwob/{page}-v0",
        episodes=60,
        policies="noisy:0.3,scripted,random",
        steps=800,
        splits=("seen",),
        tasks=40,
        settings=_LEARN,
        settings_few=replace(_LEARN, tasks=2),
        seats=8,
    )
    for page in ("click-tab-2-hard", "navigate-tree", "choose-list")
)

#: Pages that the gates try beside the demo's: what counts is on the screen, in many wordings, or takes many steps.
GATED = tuple(
    replace(PAGES[0], env=f"miniwob/{page}-v0")
    for page in ("click-shape", "email-inbox-forward-nl", "social-media-some")
)

#: The one of the shop's templates that the policy can learn. A category stands on every page, so its name says
#: nothing to the policy; of a product's name it sees whether a link has a word, not how many; numbers it does not read.
SHOP = replace(
    PAGES[0],
    env="sites/shop-v0",
    episodes=30,
    steps=1_600,
    templates=("details",),
)

DEMO = Plan(worlds=(HOUSE, *PAGES), seeds=3, ladder=12)

#: A few seconds of each step, to see that they work. Its figures say little.
SHORT = Plan(
    worlds=(replace(HOUSE, steps=1_500, tasks=30, held_out=10), replace(PAGES[0], steps=200, tasks=10)),
    seeds=2,
    ladder=0,
)

REPRODUCE = Plan(
    worlds=(replace(HOUSE, steps=100_000, held_out=100), *(replace(p, steps=3_000, tasks=80) for p in PAGES)),
    seeds=5,
    ladder=50,
)
