"""Infos of many sub-environments, put together as Gymnasium does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


class Collector(Protocol):
    """Takes infos of sub-environments in."""

    def add(self, members: Iterable[int], info: Mapping[str, Any]) -> None:
        """Add to the infos of some sub-environments."""
        ...


class Infos:
    """Collects infos: an array for each key, and beside it a mask ``_key`` of who has it.

    Of infos that are maps themselves, such as the observation as it came, the same is done within.
    """

    def __init__(self, n: int) -> None:
        self._n = n
        self._columns: dict[str, list[Any]] = {}

    def add(self, members: Iterable[int], info: Mapping[str, Any]) -> None:
        """Add an info that some sub-environments have in common."""
        columns = self._columns
        for key, value in info.items():
            column = columns.get(key)
            if column is None:
                column = columns[key] = [None] * self._n
            for i in members:
                column[i] = value

    def arrays(self) -> dict[str, Any]:
        """Answer the infos of all."""
        arrays: dict[str, Any] = {}
        for key, column in self._columns.items():
            arrays[key] = _objects(column) if key == "final_obs" else self._put(column)
            arrays["_" + key] = np.array([v is not None for v in column])
        return arrays

    def _put(self, column: list[Any]) -> NDArray[Any] | dict[str, Any]:
        """Make numbers of one type, maps or objects; None, which stands for no value, becomes 0 among numbers."""
        kinds = set(map(type, column))
        kinds.discard(type(None))
        if kinds == {dict}:
            within = Infos(self._n)
            for value, members in _alike(column):
                within.add(members, value)
            return within.arrays()
        if (kinds and kinds <= {int, float}) or kinds == {bool}:
            kind = float if float in kinds else kinds.pop()
            return np.array([kind(0) if v is None else v for v in column], dtype=kind)
        return _objects(column)


def _alike(column: list[Any]) -> Iterable[tuple[Any, list[int]]]:
    """Answer each object that there is, with the places where it is."""
    places: dict[int, tuple[Any, list[int]]] = {}
    for i, value in enumerate(column):
        if value is not None:
            places.setdefault(id(value), (value, []))[1].append(i)
    return places.values()


def _objects(column: list[Any]) -> NDArray[Any]:
    return np.fromiter(column, object, len(column))
