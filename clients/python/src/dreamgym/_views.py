"""How an environment's observations and actions look in Gymnasium: as text, or as numbers."""

from __future__ import annotations

import base64
import copy
import json
import math
import operator
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from typing import Protocol as Interface

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from dreamgym._errors import InvalidActionError, ProtocolError
from dreamgym._protocol import Message
from dreamgym._spaces import ActionText, UnicodeText

_MAX_TEXT: Final = 1 << 20
_MAX_ACTION: Final = 4 << 10


class View(Interface):
    """What `RemoteEnv` and `RemoteVectorEnv` show. A row is an observation as the view keeps it."""

    observation_space: spaces.Space[Any]
    action_space: spaces.Space[Any]

    def row(self, seen: Message) -> Any:
        """Take what the view shows out of an observation of the wire."""
        ...

    def rows(self, n: int) -> Any:
        """Answer the rows of n sub-environments that have none yet."""
        ...

    def column(self, arrays: Message) -> Any:
        """Answer the rows that are in a column of arrays of the wire; None where a row is of text."""
        ...

    def one(self, row: Any) -> Any:
        """Make an element of `observation_space`, which nobody else holds."""
        ...

    def batch(self, rows: Sequence[Any]) -> Any:
        """Make an element of the batched `observation_space`, which nobody else holds."""
        ...

    def word(self, action: Any) -> str:
        """Write an action down for the wire."""
        ...

    def words(self, actions: Iterable[Any]) -> list[str | None]:
        """Write the actions of many environments down; None stays None."""
        ...

    def action(self, word: str) -> Any:
        """Read an action of the wire: an element of `action_space`, or InvalidActionError."""
        ...


class TextView:
    """Observations ``{"goal": str, "text": str}``, and actions that are text."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        text = UnicodeText(spec.get("max_text") or _MAX_TEXT)
        self.observation_space: spaces.Space[Any] = spaces.Dict({"goal": copy.copy(text), "text": text})
        self.action_space: spaces.Space[Any] = ActionText(spec.get("max_action") or _MAX_ACTION)

    def row(self, seen: Message) -> tuple[str, str]:
        """Answer goal and text."""
        return seen.get("goal") or "", seen["text"]

    def rows(self, n: int) -> list[tuple[str, str]]:
        """Answer n blank goals and texts."""
        return [("", "")] * n

    def column(self, arrays: Message) -> None:
        """Answer that there is none."""

    def one(self, row: tuple[str, str]) -> dict[str, str]:
        """Name goal and text."""
        return {"goal": row[0], "text": row[1]}

    def batch(self, rows: Sequence[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
        """Answer the goals and the texts."""
        goals, texts = zip(*rows, strict=True)
        return {"goal": goals, "text": texts}

    def word(self, action: Any) -> str:
        """Answer the text as it is."""
        return str(action)

    def words(self, actions: Iterable[Any]) -> list[str | None]:
        """Answer the texts as they are."""
        return [None if a is None else str(a) for a in actions]

    def action(self, word: str) -> str:
        """Answer the text as it is."""
        return word


class NumericView:
    """Observations and actions of the spaces that the hosted environment declares itself.

    An action may also be text, such as `RemoteEnv.advise` and ``info["actions"]`` give.
    """

    def __init__(self, described: Mapping[str, Any], max_action: int) -> None:
        self.observation_space = space_of(described["observation"])
        action: Mapping[str, Any] = described["action"]
        self.action_space = ActionText(max_action) if action["kind"] == "Text" else space_of(action)
        self._names: Sequence[str] = action.get("names") or ()
        self._size = _size(self.observation_space)

    def row(self, seen: Message) -> list[float]:
        """Take the array's values; what is left of the observation has no array."""
        array = seen.pop("array", None)
        if array is None:
            raise ProtocolError("the observation has no array: what plays the environment tells it as text alone")
        values: list[float] = array["data"]
        if len(values) != self._size:
            raise self._misfit(len(values))
        return values

    def _misfit(self, values: int) -> ProtocolError:
        return ProtocolError(f"the observation's array has {values} values, its space {self._size}")

    def rows(self, n: int) -> NDArray[np.float64]:
        """Answer zeros."""
        return np.zeros((n, self._size))

    def column(self, arrays: Message) -> NDArray[np.float64]:
        """Read the values of many arrays at once."""
        size = math.prod(arrays["shape"])
        if size != self._size:
            raise self._misfit(size)
        data = arrays["data"]
        return np.frombuffer(base64.b64decode(data) if isinstance(data, str) else data, "<f8").reshape(-1, size)

    def one(self, row: Sequence[float] | NDArray[np.float64]) -> Any:
        """Make arrays of one row."""
        return self._shaped(row)

    def batch(self, rows: Sequence[Sequence[float]] | NDArray[np.float64]) -> Any:
        """Make arrays of many rows at once."""
        return self._shaped(rows)

    def _shaped(self, values: Any) -> Any:
        flat = np.array(values, dtype=np.float64)
        return _take(self.observation_space, flat, 0)[0]

    def word(self, action: Any) -> str:
        """Write down a number, or the name that it has, or numbers as JSON."""
        space = self.action_space
        if isinstance(action, str):
            return action
        if isinstance(space, spaces.Discrete):
            return self._named(action, space)
        if isinstance(space, ActionText):
            return str(action)
        return json.dumps(np.asarray(action, dtype=space.dtype).tolist())

    def _named(self, action: Any, space: spaces.Discrete) -> str:
        try:
            number = operator.index(action)
        except TypeError:
            raise InvalidActionError(f"the action {action!r} is not in {space}") from None
        place = number - int(space.start)
        return self._names[place] if 0 <= place < len(self._names) else str(number)

    def words(self, actions: Iterable[Any]) -> list[str | None]:
        """Write the actions of many environments down; None stays None."""
        space = self.action_space
        if isinstance(actions, np.ndarray) and actions.dtype != object:
            if isinstance(space, spaces.Discrete):
                if actions.dtype.kind in "iu" and actions.ndim == 1 and not self._names:
                    return list(map(str, actions.tolist()))
                actions = actions.tolist()
            elif not isinstance(space, ActionText):
                return [json.dumps(a) for a in actions.astype(space.dtype).tolist()]
        return [None if a is None else self.word(a) for a in actions]

    def action(self, word: str) -> Any:
        """Read a number, or the name that it has, or numbers as JSON."""
        space = self.action_space
        if isinstance(space, ActionText):
            return word
        try:
            if isinstance(space, spaces.Discrete):
                place = self._names.index(word) if word in self._names else int(word) - int(space.start)
                return space.start + place
            read = np.array(json.loads(word), space.dtype)
        except (ValueError, TypeError) as e:
            raise InvalidActionError(f"{word!r} is no action of {space}") from e
        return read


def view_of(spec: Mapping[str, Any]) -> View:
    """Answer how an environment is shown, by its spec on the wire."""
    described = spec.get("spaces")
    if described is None:
        return TextView(spec)
    return NumericView(described, spec.get("max_action") or _MAX_ACTION)


def space_of(described: Mapping[str, Any]) -> spaces.Space[Any]:
    """Make the space that a spec describes, to the bit."""
    kind, parts = described["kind"], described.get("parts") or ()
    match kind:
        case "Dict":
            return spaces.Dict(OrderedDict((p["key"], space_of(p)) for p in parts))
        case "Tuple":
            return spaces.Tuple([space_of(p) for p in parts])
        case "Text":
            return UnicodeText(_MAX_TEXT)
    dtype, shape = np.dtype(described["dtype"]), tuple(described.get("shape") or ())
    match kind:
        case "Box":
            low, high = (_bound(described[key], dtype, shape) for key in ("low", "high"))
            return spaces.Box(low, high, shape, dtype.type)
        case "Discrete":
            # an older Gymnasium has no other type
            other: dict[str, Any] = {} if dtype == np.int64 else {"dtype": dtype.type}
            return spaces.Discrete(described["n"][0], start=described["start"][0], **other)
        case "MultiDiscrete":
            counts, start = (np.array(described[key], dtype).reshape(shape) for key in ("n", "start"))
            return spaces.MultiDiscrete(counts, dtype=dtype.type, start=start)
        case "MultiBinary":
            return spaces.MultiBinary(shape[0] if len(shape) == 1 else shape)
    raise ProtocolError(f"the server tells of a space of the kind {kind!r}, which this client does not know")


def _bound(written: Sequence[str], dtype: np.dtype[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    """Read the bounds of a Box: one for each value, or one for all."""
    number = float if dtype.kind == "f" else int
    values = np.array([number(w) for w in written], dtype)
    return np.broadcast_to(values, shape).copy() if len(written) == 1 else values.reshape(shape)


def _size(space: spaces.Space[Any]) -> int:
    """Answer how many values an element of the space has."""
    if isinstance(space, spaces.Dict):
        return sum(map(_size, space.spaces.values()))
    if isinstance(space, spaces.Tuple):
        return sum(map(_size, space.spaces))
    return math.prod(space.shape or ())


def _take(space: spaces.Space[Any], flat: NDArray[np.float64], at: int) -> tuple[Any, int]:
    """Make an element of the space, or as many as ``flat`` has rows, of the values from ``at`` on."""
    if isinstance(space, spaces.Dict):
        named: dict[str, Any] = {}
        for key, part in space.spaces.items():
            named[key], at = _take(part, flat, at)
        return named, at
    if isinstance(space, spaces.Tuple):
        listed = []
        for part in space.spaces:
            value, at = _take(part, flat, at)
            listed.append(value)
        return tuple(listed), at
    end = at + _size(space)
    values = flat[..., at] if isinstance(space, spaces.Discrete) else flat[..., at:end]
    dtype = np.dtype(space.dtype)
    cast = (values if dtype.kind == "f" else np.rint(values)).astype(dtype)
    if isinstance(space, spaces.Discrete):
        return cast, end
    return cast.reshape(flat.shape[:-1] + (space.shape or ())), end
