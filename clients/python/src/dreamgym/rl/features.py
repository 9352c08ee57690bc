"""What the policy looks at: hashed relations between an action's words and all that was seen.

No environment is known here. Actions and observations are text; what matters is which words of an action
occur in the goal, what the episode has shown after the same action before, and what else could be done now.
An action is looked at in three ways, from the general to the particular:

* its *pattern*: the first word, and for each other word whether the goal has it ("put + # * + #");
* its pattern with what the episode knows of it: how often it was taken, whether what it showed last had
  words of the goal;
* its words.

Each is crossed with the context: words of the goal, words of the text, patterns that were taken, patterns
that the goal makes interesting and that can be taken now. A cross is an index into one table of weights.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Features = NDArray[np.int32]

_WORD = re.compile(r"[^\W_]+")
_MOST_CONTEXT_WORDS = 32
_MIX_A, _MIX_B = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
_SHIFT = np.uint64(29)
_OWN = np.array([7], dtype=np.uint64)


@lru_cache(maxsize=1 << 15)
def words_of(text: str) -> tuple[str, ...]:
    """Answer the words of a text, lower-case, in order."""
    return tuple(_WORD.findall(text.lower()))


@lru_cache(maxsize=1 << 18)
def _hash(name: str) -> int:
    return zlib.crc32(name.encode()) * 0x10001 + 1


@lru_cache(maxsize=1 << 12)
def _labels(text: str) -> dict[str, tuple[str, ...]]:
    """Answer, for each word that only one of several lines has and that has a digit, that line's words.

    It is how an id in an action is understood by the line of a listing that it stands for.
    """
    lines = [words_of(line) for line in text.splitlines() if line.strip()]
    if len(lines) < 2:
        return {}
    occurs = Counter(w for line in lines for w in set(line))
    labels = {}
    for line in lines:
        for word in line:
            if occurs[word] == 1 and not word.isdigit() and any(c.isdigit() for c in word):
                labels[word] = tuple(w for w in line if w != word)
    return labels


def common_words(texts: Iterable[str], share: float = 0.3) -> frozenset[str]:
    """Answer the words that at least this share of the texts have: they say nothing when a goal has them too."""
    read = [set(words_of(text)) for text in texts]
    counts = Counter(w for words in read for w in words)
    return frozenset(w for w, c in counts.items() if c >= share * len(read))


class _Action:
    """An action read against the goal."""

    __slots__ = ("arguments", "in_goal", "literal", "pattern", "words")

    def __init__(self, action: str, labels: dict[str, tuple[str, ...]], goal: frozenset[str]) -> None:
        parts: list[str] = []
        literal: list[str] = []
        self.in_goal = 0
        tokens = words_of(action)
        for i, token in enumerate(tokens):
            label = labels.get(token)
            if label is not None:
                hits = sum(w in goal for w in label)
                parts.append("=" if not hits else "+" if hits < len(label) else "++")
                literal += [w for w in label if not w.isdigit()]
                self.in_goal += hits > 0
            elif token.isdigit():
                parts.append("#")
            elif i == 0:
                parts.append(token)
                literal.append(token)
            else:
                inside = token in goal
                parts.append("+" if inside else "*")
                literal.append(token)
                self.in_goal += inside
        self.pattern = " ".join(parts)
        self.literal = " ".join(literal)
        self.words = frozenset(literal)
        self.arguments = _arguments(tokens)


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
    """One episode as the policy remembers it. `begin` with the first text, then `act` and `see` in turn."""

    def __init__(self, goal: str, common: frozenset[str]) -> None:
        self.goal = words_of(goal)
        self._goal_set = frozenset(w for w in self.goal if w not in common and not w.isdigit())
        self._goal_context = [f"g:{w}" for w in dict.fromkeys(self.goal) if w not in common]
        self._read: dict[tuple[str, str], _Action] = {}
        self._taken: Counter[str] = Counter()
        self._named: Counter[str] = Counter()
        self._showed: dict[str, frozenset[str]] = {}
        self._patterns: Counter[str] = Counter()
        self._last: _Action | None = None
        self._text = ""
        self._unchanged = False

    def begin(self, text: str) -> None:
        """Note the first text."""
        self._text = text

    def record(self, action: str, text: str) -> None:
        """Note an action and the text that it led to."""
        last = self._action(action, _labels(self._text))
        self._taken[action] += 1
        self._named.update(last.arguments)
        self._patterns[last.pattern] += 1
        self._showed[action] = frozenset(words_of(text)) & self._goal_set - last.words
        self._unchanged = text == self._text
        self._last, self._text = last, text

    def _action(self, action: str, labels: dict[str, tuple[str, ...]]) -> _Action:
        key = (action, "") if not labels else (action, str([labels.get(w) for w in words_of(action)]))
        read = self._read.get(key)
        if read is None:
            read = self._read[key] = _Action(action, labels, self._goal_set)
        return read

    def features(self, actions: Sequence[str], size: int) -> Features:
        """Answer the indices of the features of each admissible action, a row each, below ``size``."""
        labels = _labels(self._text)
        read = [self._action(a, labels) for a in actions]
        keys = np.array([self._keys(a, r) for a, r in zip(actions, read, strict=True)], dtype=np.uint64)
        context = np.array([_hash(c) for c in self._context(read)], dtype=np.uint64)
        crossed = _mix(keys[:, :3, None], context[None, None, :]).reshape(len(actions), -1)
        return (np.concatenate([_mix(keys, _OWN), crossed], axis=1) % np.uint64(size)).astype(np.int32)

    def _keys(self, action: str, read: _Action) -> tuple[int, ...]:
        taken = min(self._taken[action], 3)
        showed = self._showed.get(action)
        memory = "?" if showed is None else len(showed)
        named = [min(self._named[a], 2) for a in read.arguments]
        pattern, last = read.pattern, self._last
        shared = bool(last and set(last.arguments) & set(read.arguments))
        return (
            _hash(f"p {pattern}"),
            _hash(f"k {pattern} {taken} {memory}"),
            _hash(f"l {read.literal}"),
            _hash(f"n {pattern} {named}"),
            _hash(f"s {pattern} {shared} {last and last.pattern}"),
            _hash(f"u {pattern} {self._unchanged} {taken}"),
            _hash(f"t {read.literal} {taken}"),
            _hash(f"v {pattern.partition(' ')[0]} {read.in_goal} {taken}"),
        )

    def _context(self, read: Sequence[_Action]) -> list[str]:
        can = [f"c:{p}" for p in sorted({r.pattern for r in read if r.in_goal})]
        done = [f"d:{p}:{min(n, 2)}" for p, n in self._patterns.items()]
        stage = [f"{g} {x}" for g in self._goal_context for x in (*can, *(d for d in done if "+" in d))]
        seen = dict.fromkeys(w for w in words_of(self._text) if w.isalpha())
        shown = [f"o:{w}" for w in list(seen)[:_MOST_CONTEXT_WORDS]]
        last = [f"a:{self._last.pattern}"] if self._last is not None else []
        return [*self._goal_context, *can, *done, *stage, *shown, *last]


def _mix(a: NDArray[np.uint64], b: NDArray[np.uint64]) -> NDArray[np.uint64]:
    mixed = (a * _MIX_A) ^ (b * _MIX_B)
    mixed ^= mixed >> _SHIFT
    mixed *= _MIX_A
    mixed ^= mixed >> _SHIFT
    return mixed
