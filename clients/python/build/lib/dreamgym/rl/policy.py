"""A softmax over the admissible actions, linear in hashed features."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from dreamgym.rl.features import Features, History

Floats = NDArray[np.float32]
SIZE = 1 << 18


class Choice(NamedTuple):
    """A decision: the features of what could be done, and which was."""

    features: Features
    taken: int


class Policy:
    """Weights, and what is common to all texts.

    Args:
        common: Words that tell nothing; see `features.common_words`.
        size: How many weights the features are hashed into.
    """

    def __init__(self, common: frozenset[str] = frozenset(), size: int = SIZE) -> None:
        self.common = common
        self.weights: Floats = np.zeros(size, dtype=np.float32)

    def history(self, goal: str, text: str) -> History:
        """Start the memory of an episode."""
        history = History(goal, self.common)
        history.begin(text)
        return history

    def features(self, history: History, actions: Sequence[str]) -> Features:
        """Answer the features of each action, a row each."""
        return history.features(actions, len(self.weights))

    def probabilities(self, features: Features, temperature: float = 1.0) -> Floats:
        """Answer the chance of each action."""
        scores = self.weights[features].sum(axis=1) / temperature
        odds = np.exp(scores - scores.max())
        chances: Floats = odds / odds.sum()
        return chances

    def copy(self) -> Policy:
        """Answer a policy of the same weights that is trained apart."""
        twin = Policy(self.common, len(self.weights))
        twin.weights[:] = self.weights
        return twin

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the policy to a file in NumPy's .npz format."""
        with Path(path).open("wb") as f:
            np.savez_compressed(f, weights=self.weights, common=np.array(json.dumps(sorted(self.common))))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read a policy that `save` wrote."""
        with np.load(path) as stored:
            policy = cls(frozenset(json.loads(str(stored["common"]))), len(stored["weights"]))
            policy.weights[:] = stored["weights"]
        return policy


class Batch:
    """Many decisions, laid out flat so that one gather scores them all."""

    def __init__(self, choices: Sequence[Choice]) -> None:
        rows = [c.features.shape[0] for c in choices]
        widths = np.repeat([c.features.shape[1] for c in choices], rows)
        self.indices = np.concatenate([c.features.ravel() for c in choices])
        self.starts = np.concatenate([[0], np.cumsum(rows)[:-1]])
        self.decision = np.repeat(np.arange(len(choices)), rows)
        self.taken = self.starts + np.array([c.taken for c in choices])
        self._row_starts = np.concatenate([[0], np.cumsum(widths)[:-1]])
        self._widths = widths

    def probabilities(self, weights: Floats) -> Floats:
        """Answer the chance of every action of every decision, in one row."""
        scores = np.add.reduceat(weights[self.indices], self._row_starts)
        odds = np.exp(scores - np.maximum.reduceat(scores, self.starts)[self.decision])
        chances: Floats = odds / np.add.reduceat(odds, self.starts)[self.decision]
        return chances

    def gradient(self, by_score: Floats, size: int) -> Floats:
        """Answer the gradient by the weights, given that by the scores."""
        spread = np.repeat(by_score, self._widths)
        return np.bincount(self.indices, weights=spread, minlength=size).astype(np.float32)

    def __len__(self) -> int:
        return len(self.taken)


class Adam:
    """Adam over one table of weights, ascending."""

    def __init__(self, size: int, rate: float, decay: tuple[float, float] = (0.9, 0.999)) -> None:
        self.rate = rate
        self._decay = decay
        self._mean, self._square = np.zeros(size, np.float32), np.zeros(size, np.float32)
        self._steps = 0

    def ascend(self, weights: Floats, gradient: Floats) -> None:
        """Move the weights along the gradient."""
        (a, b), self._steps = self._decay, self._steps + 1
        self._mean += (1 - a) * (gradient - self._mean)
        self._square += (1 - b) * (gradient * gradient - self._square)
        rate = self.rate * np.sqrt(1 - b**self._steps) / (1 - a**self._steps)
        weights += rate * self._mean / (np.sqrt(self._square) + 1e-8)
