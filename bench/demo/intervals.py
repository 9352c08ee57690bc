"""Means with intervals over seeds and tasks."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

_DRAWS = 2_000
_COVERAGE = 95

#: Rewards, a row for each training seed and a column for each task; NaN where an episode does not count.
Rewards = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean and its 95 % interval."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.2f} [{self.low:.2f}, {self.high:.2f}]"

    def signed(self) -> str:
        """The estimate of a difference."""
        return f"{self.mean:+.2f} [{self.low:+.2f}, {self.high:+.2f}]"

    def as_dict(self) -> dict[str, float]:
        """The estimate for JSON."""
        return asdict(self)


def mean(rewards: Rewards) -> Estimate:
    """Answer the mean reward; seeds and tasks are drawn anew, both with replacement."""
    return _estimate(rewards)


def difference(a: Rewards, b: Rewards) -> Estimate:
    """Answer how much higher ``a`` is, paired by seed and task."""
    return _estimate(a - b)


def _estimate(values: Rewards) -> Estimate:
    counts = np.isfinite(values)
    if not counts.any():
        return Estimate(float("nan"), float("nan"), float("nan"))
    rng = np.random.default_rng(0)
    seeds, tasks = (rng.multinomial(n, np.full(n, 1 / n), size=_DRAWS) for n in values.shape)
    sums = np.einsum("ds,st,dt->d", seeds, np.where(counts, values, 0), tasks, optimize=True)
    sizes = np.einsum("ds,st,dt->d", seeds, counts.astype(float), tasks, optimize=True)
    means = sums[sizes > 0] / sizes[sizes > 0]
    low, high = np.percentile(means, [(100 - _COVERAGE) / 2, (100 + _COVERAGE) / 2])
    return Estimate(float(values[counts].mean()), float(low), float(high))
