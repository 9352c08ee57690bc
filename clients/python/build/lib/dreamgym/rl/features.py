"""What the policy looks at: hashed relations between an action's words and all that was seen.

No environment is known here. Actions and observations are text; what matters is which words of an action
occur in the goal, what the episode has shown after the same action before, and what else could be done now.
An action is looked at in four ways:

* its *pattern*: the first word, and for each other word whether the goal has it ("put + # * + #");
* its *shape*: the pattern without its first word;
* its words;
* its first word, with how much of the goal the others have.

Each is crossed with what the episode remembers: how often the action was taken, how many words of the goal
were shown then, and what was done last to what it names. Pattern and words are also crossed with the goal's
words and with how far the episode has come towards it: which actions with words of the goal were taken, which
was the last, and which can be taken now. A cross is an index into one table of weights.

An id in an action is read as the line of a listing that begins with it.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Features = NDArray[np.int32]

_WORD = re.compile(r"[^\W_]+")
_MOST_WORDS_SAID = 16
_LINES_ABOVE = 3
_MIX_A, _MIX_B = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
_SHIFT = np.uint64(29)
_SALT = np.arange(1, 6, dtype=np.uint64) << np.uint64(40)
_UNNAMED = (0, "")


@lru_cache(maxsize=1 << 15)
def words_of(text: str) -> tuple[str, ...]:
    """Answer the words of a text, lower-case, in order."""
    return tuple(_WORD.findall(text.lower()))


@lru_cache(maxsize=1 << 18)
def _hash(name: str) -> int:
    return zlib.crc32(name.encode()) * 0x10001 + 1


@lru_cache(maxsize=1 << 12)
def _listing(text: str) -> dict[str, tuple[tuple[str, ...], ...]]:
    """Answer, for each word with a digit that begins one line of several, the line's other words and the lines above.

    It is how an id in an action is understood by the line of a listing that it stands for.
    """
    lines = [words_of(line) for line in text.splitlines()]
    if len(lines) < 2:
        return {}
    begins = Counter(line[0] for line in lines if line)
    return {
        line[0]: (line[1:], *reversed(lines[max(0, i - _LINES_ABOVE) : i]))
        for i, line in enumerate(lines)
        if line and begins[line[0]] == 1 and not line[0].isalpha()
    }


def common_words(texts: Iterable[str], share: float = 0.3) -> frozenset[str]:
    """Answer the words that at least this share of the texts have: they say nothing when a goal has them too."""
    read = [set(words_of(text)) for text in texts]
    counts = Counter(w for words in read for w in words)
    return frozenset(w for w, c in counts.items() if c >= share * len(read))


class _Action:
    """An action read against the goal."""

    __slots__ = ("arguments", "in_goal", "keys", "pattern", "verb", "words")

    def __init__(self, action: str, lines: Mapping[str, Sequence[Sequence[str]]], goal: frozenset[str]) -> None:
        tokens = words_of(action)
        parts: list[str] = []
        literal: list[str] = []
        for token in tokens[1:]:
            if token in lines:
                parts.append(_place(lines[token], goal))
                literal += lines[token][0]
            else:
                parts.append("#" if token.isdigit() else "+" if token in goal else "*")
                literal += [] if token.isdigit() else [token]
        self.verb = verb = tokens[0] if tokens else ""
        known = "!" if verb in goal else ""
        self.pattern = " ".join([verb + known, *parts])
        self.words = frozenset(literal) | {verb}
        self.in_goal = sum("+" in p for p in parts)
        self.arguments = _arguments(tokens)
        ways = (self.pattern, " ".join([known, *parts]), " ".join([verb, *literal]), f"{verb} {self.in_goal}")
        self.keys = tuple(_hash(f"{i} {way}") for i, way in enumerate(ways))


def _place(lines: Sequence[Sequence[str]], goal: frozenset[str]) -> str:
    """Answer how much of a listed line the goal has, and how far above it is the nearest line of which it has any."""
    hits = sum(w in goal for w in lines[0])
    if hits:
        return "++" if hits == len(lines[0]) else "+"
    above = (i for i, line in enumerate(lines) if not goal.isdisjoint(line))
    return f"={next(above, '')}"


def _arguments(tokens: Sequence[str]) -> tuple[str, ...]:
    """Answer what an action names beyond its verb: numbered things as one."""
    named: list[str] = []
    for token in tokens[1:]:
        if token.isdigit() and named:
            named[-1] += " " + token
        else:
            named.append(token)
    return tuple(named)


class History:
    """One episode as the policy remembers it: `begin` with the first text, then `record` each action."""

    def __init__(self, goal: str, common: frozenset[str]) -> None:
        self.goal = words_of(goal)
        self._goal_set = frozenset(w for w in self.goal if w not in common and not w.isdigit())
        self._goal_words = [w for w in dict.fromkeys(self.goal) if w not in common]
        self._read: dict[tuple[str, str], _Action] = {}
        self._taken: Counter[str] = Counter()
        self._showed: dict[str, int] = {}
        #: for what actions named: how often, and the verb of the last one
        self._named: dict[str, tuple[int, str]] = {}
        #: how often patterns with words of the goal were taken, and the last of them
        self._progress: Counter[str] = Counter()
        self._stage = ""
        self._last: _Action | None = None
        self._text = ""
        self._unchanged = False

    def begin(self, text: str) -> None:
        """Note the first text."""
        self._text = text

    def record(self, action: str, text: str) -> None:
        """Note an action and the text that it led to."""
        last = self._action(action, _listing(self._text))
        self._taken[action] += 1
        self._showed[action] = 1 + len(frozenset(words_of(text)) & self._goal_set - last.words)
        for name in last.arguments:
            self._named[name] = (min(self._named.get(name, _UNNAMED)[0] + 1, 2), last.verb)
        if last.in_goal:
            self._progress[last.pattern] += 1
            self._stage = last.pattern
        self._unchanged = text == self._text
        self._last, self._text = last, text

    def _action(self, action: str, lines: Mapping[str, Sequence[Sequence[str]]]) -> _Action:
        key = (action, str([lines.get(w) for w in words_of(action)]) if lines else "")
        read = self._read.get(key)
        if read is None:
            read = self._read[key] = _Action(action, lines, self._goal_set)
        return read

    def features(self, actions: Sequence[str], size: int) -> Features:
        """Answer the indices of the features of each admissible action, a row each, below ``size``."""
        lines = _listing(self._text)
        read = [self._action(a, lines) for a in actions]
        keys = np.array([r.keys for r in read], dtype=np.uint64)
        remembered = np.array([self._remembered(a, r) for a, r in zip(actions, read, strict=True)], dtype=np.uint64)
        crossed = _mix(keys[:, :, None], (remembered + _SALT)[:, None, :]).reshape(len(read), -1)
        where, now, what = (np.array([_hash(c) for c in context], dtype=np.uint64) for context in self._context(read))
        by_pattern = _mix(keys[:, :1], np.concatenate([where, now, what]))
        by_words = _mix(keys[:, 2:3], where)
        by_memory = _mix(crossed[:, 5:6], now)
        indices = np.concatenate([crossed, by_pattern, by_words, by_memory], axis=1) % np.uint64(size)
        return indices.astype(np.int32)

    def _remembered(self, action: str, read: _Action) -> tuple[int, ...]:
        """Answer what the episode knows of an action, as numbers that the keys are crossed with."""
        memory = 2 * min(self._taken[action], 3) + 8 * self._showed.get(action, 0)
        named = [self._named.get(a, _UNNAMED) for a in read.arguments]
        last = self._last
        shared = last is not None and not set(last.arguments).isdisjoint(read.arguments)
        return (
            memory,
            memory + self._unchanged,
            _hash(f"{named}"),
            _hash(f"{named[:1]}"),
            _hash(f"{shared} {last and last.pattern}"),
        )

    def _context(self, read: Sequence[_Action]) -> tuple[list[str], list[str], list[str]]:
        """Answer what tells where the goal's things are, what is so now, and what the goal wants of that."""
        can = [f"can {p}" for p in sorted({r.pattern for r in read if r.in_goal})]
        done = [f"done {p} {min(n, 2)}" for p, n in self._progress.items()]
        stage, both = f"after {self._stage}", f"after {self._stage} {can}"
        where = [f"{g} {x}" for g in self._goal_words for x in ("", stage)]
        named = frozenset[str]().union(*(r.words for r in read))
        said = dict.fromkeys(w for w in words_of(self._text) if w.isalpha() and w not in named)
        now = [*can, *done, stage, both, *list(said)[:_MOST_WORDS_SAID]]
        return where, now, [f"{g} {x}" for g in self._goal_words for x in (*can, *done, both)]


def _mix(a: NDArray[np.uint64], b: NDArray[np.uint64]) -> NDArray[np.uint64]:
    mixed = (a * _MIX_A) ^ (b * _MIX_B)
    mixed ^= mixed >> _SHIFT
    mixed *= _MIX_A
    mixed ^= mixed >> _SHIFT
    return mixed
