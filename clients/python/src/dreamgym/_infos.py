"""Infos of many sub-environments, put together as Gymnasium does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


class Collector(Protocol):
    """Takes infos of sub-environments in."""

    def add(self, members: Sequence[int], info: Mapping[str, Any]) -> None:
        """Add to the infos of some sub-environments."""
        ...


class Infos:
    """Collects infos: an array for each key, and beside it a mask ``_key`` of who has it.

    Of infos that are maps themselves, such as the observation as it came, the same is done within.
    """

    def __init__(self, n: int) -> None:
        self._n = n
        self._given: dict[str, list[tuple[Sequence[int], Any]]] = {}  # who has which value of a key; never None

    def add(self, members: Sequence[int], info: Mapping[str, Any]) -> None:
        """Add an info that some sub-environments have in common."""
        for key, value in info.items():
            given = self._given.get(key)
            if given is None:
                given = self._given[key] = []
            if value is not None:
                given.append((members, value))

    def arrays(self) -> dict[str, Any]:
        """Answer the infos of all."""
        arrays: dict[str, Any] = {}
        masks: dict[tuple[int, ...], NDArray[Any]] = {}
        for key, given in self._given.items():
            arrays[key] = self._column(given, None, object) if key == "final_obs" else self._put(given)
            alike = tuple([id(members) for members, _ in given])  # keys of one info have one mask
            if alike not in masks:
                masks[alike] = np.zeros(self._n, bool)
                masks[alike][[i for members, _ in given for i in members]] = True
            arrays["_" + key] = masks[alike].copy()
        return arrays

    def _put(self, given: list[tuple[Sequence[int], Any]]) -> NDArray[Any] | dict[str, Any]:
        """Make numbers of one type, maps or objects; who has no value has 0 among numbers."""
        kinds = {type(value) for _, value in given}
        if kinds == {dict}:
            within = Infos(self._n)
            for members, value in given:
                within.add(members, value)
            return within.arrays()
        if (kinds and kinds <= {int, float}) or kinds == {bool}:
            return self._column(given, 0, float if float in kinds else kinds.pop())
        return self._column(given, None, object)

    def _column(self, given: list[tuple[Sequence[int], Any]], none: Any, kind: type) -> NDArray[Any]:
        column = [none] * self._n
        for members, value in given:
            for i in members:
                column[i] = value
        return np.fromiter(column, kind, self._n)
