"""What each sub-environment of a vector is reset with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium.utils import seeding

from dreamgym._env import MAX_SEED, check_options


class Seeds:
    """The seeds of the coming resets: each sub-environment draws from a generator of its own, as `RemoteEnv` does."""

    def __init__(self, n: int) -> None:
        self._fixed: list[int | None] = [None] * n
        self._drawn: list[int | None] = [None] * n
        self._sown: list[int | None] = [None] * n
        self._generators: list[np.random.Generator | None] = [None] * n

    def sow(self, i: int, seed: int | None) -> None:
        """Seed the next reset, and the generator that draws for those after it; None: go on drawing."""
        self._fixed[i] = None
        if seed is not None:
            self._drawn[i] = self._sown[i] = seed
            self._generators[i] = None

    def fix(self, i: int, seed: int | None) -> None:
        """Set the seed of every reset to come; None: draw."""
        self._fixed[i] = seed

    def peek(self, i: int) -> int:
        """Answer the seed of the next reset, which may not come to pass."""
        fixed = self._fixed[i]
        if fixed is not None:
            return fixed
        drawn = self._drawn[i]
        if drawn is None:
            generator = self._generators[i]
            if generator is None:
                generator = self._generators[i] = seeding.np_random(self._sown[i])[0]
            drawn = self._drawn[i] = int(generator.integers(MAX_SEED))
        return drawn

    def use(self, i: int) -> None:
        """Note that the reset came to pass."""
        if self._fixed[i] is None:
            self._drawn[i] = None


def chosen(mask: Any, n: int) -> list[int]:
    """Answer which of n members a reset is for, by its mask."""
    if mask is None:
        return list(range(n))
    if not isinstance(mask, np.ndarray) or mask.dtype != np.bool_:
        raise TypeError("options['reset_mask'] is an array of bool")
    if mask.shape != (n,) or not mask.any():
        raise ValueError(f"options['reset_mask'] has {n} values, one of them at least True")
    return [int(i) for i in np.flatnonzero(mask)]


def spread(options: Mapping[str, Any], defaults: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Answer the options of each member, of values for all and lists of values for each."""
    each: list[dict[str, Any]] = [dict(d) for d in defaults]
    for key, value in check_options(options).items():
        values = value if isinstance(value, list | tuple) else [value] * len(each)
        if len(values) != len(each):
            raise ValueError(f"option {key!r} has {len(values)} values for {len(each)} sub-environments")
        for member, v in zip(each, values, strict=True):
            if v is not None:
                member[key] = v
    return each


def spread_seed(seed: int | Sequence[int | None] | None, n: int) -> Sequence[int | None]:
    """Answer the seed of each of n members: of one seed it and those after it."""
    if seed is None:
        return [None] * n
    seeds = [int(seed) + i for i in range(n)] if isinstance(seed, int | np.integer) else seed
    if len(seeds) != n:
        raise ValueError(f"{len(seeds)} seeds for {n} sub-environments")
    return seeds
