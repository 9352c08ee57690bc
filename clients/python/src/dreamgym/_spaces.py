"""Spaces of text. Gymnasium's own Text knows its characters one by one; a page may use any."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from gymnasium import spaces

_SAMPLE = "abcdefghijklmnopqrstuvwxyz "
_SAMPLE_LENGTH = 24


class UnicodeText(spaces.Space[str]):
    """Every string whose UTF-8 has at most ``max_bytes`` bytes, the empty one included."""

    def __init__(self, max_bytes: int, seed: int | np.random.Generator | None = None) -> None:
        self.max_bytes = int(max_bytes)
        super().__init__(dtype=str, seed=seed)

    @property
    def is_np_flattenable(self) -> bool:
        """False: text has no flat form."""
        return False

    def contains(self, x: Any) -> bool:
        """Tell whether ``x`` is a string that is short enough."""
        if not isinstance(x, str):
            return False
        return 4 * len(x) <= self.max_bytes or len(x.encode("utf-8", "replace")) <= self.max_bytes

    def sample(self, mask: Any | None = None, probability: Any | None = None) -> str:
        """Draw a short string of letters and spaces."""
        length = int(self.np_random.integers(0, min(self.max_bytes, _SAMPLE_LENGTH) + 1))
        return "".join(_SAMPLE[i] for i in self.np_random.integers(0, len(_SAMPLE), length))

    def to_jsonable(self, sample_n: Iterable[str]) -> list[str]:
        """Answer the samples as they are."""
        return list(sample_n)

    def from_jsonable(self, sample_n: list[Any]) -> list[str]:
        """Answer the samples as they are."""
        return [str(x) for x in sample_n]

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.max_bytes == getattr(other, "max_bytes", None)

    def __hash__(self) -> int:
        return hash((type(self), self.max_bytes))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.max_bytes})"


class ActionText(UnicodeText):
    """Actions as text. Any text may be tried; `sample` draws from the admissible ones seen last.

    An environment's admissible actions change with its state and a space cannot, so membership says only
    what can be sent. Without admissible actions `sample` draws letters.
    """

    def __init__(self, max_bytes: int, seed: int | np.random.Generator | None = None) -> None:
        self._offered: tuple[str, ...] = ()
        super().__init__(max_bytes, seed)

    def offer(self, actions: Iterable[str]) -> None:
        """Set what `sample` draws from."""
        self._offered = tuple(actions)

    def sample(self, mask: Any | None = None, probability: Any | None = None) -> str:
        """Draw one of the admissible actions seen last."""
        if not self._offered:
            return super().sample().strip() or _SAMPLE[0]  # no environment takes a blank one
        return self._offered[int(self.np_random.integers(len(self._offered)))]
