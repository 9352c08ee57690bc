"""BrowserGym's observations of pages in a browser, for policies that were written for it.

>>> import dreamgym.browsergym
>>> env = dreamgym.browsergym.make("sites/shop-v0", backend="dream")  # doctest: +SKIP
>>> observation, info = env.reset(seed=1)  # doctest: +SKIP
>>> observation["focused_element_bid"], env.not_given  # doctest: +SKIP

It needs the extra ``browsergym``, which is what reads pictures; the package of that name is not needed.
"""

from __future__ import annotations

import ast
import io
import re
import time
from collections.abc import Mapping
from typing import Any, Final

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray
from PIL import Image

from dreamgym._env import make as make_remote
from dreamgym._errors import NotAvailableError
from dreamgym._protocol import Message

__all__ = ["BrowserGym", "Like", "make"]

#: BrowserGym's keys, and what each of them holds
_KEYS: Final[Mapping[str, type]] = {
    "chat_messages": tuple,
    "goal": str,
    "goal_object": tuple,
    "open_pages_urls": tuple,
    "open_pages_titles": tuple,
    "active_page_index": np.ndarray,
    "url": str,
    "screenshot": np.ndarray,
    "dom_object": dict,
    "axtree_object": dict,
    "extra_element_properties": dict,
    "focused_element_bid": str,
    "last_action": str,
    "last_action_error": str,
    "elapsed_time": np.ndarray,
}
#: keys beside BrowserGym's: views that a server may be asked for
_VIEWS: Final = ("axtree_txt", "pruned_html")
#: actions that speak, and the role of who does
_ROLES: Final = {"send_msg_to_user": "assistant", "report_infeasible": "infeasible"}
#: an element's line in the text: its id, and its states
_ELEMENT: Final = re.compile(r' *\[(\w+)\] \w+ "(?:[^"\\]|\\.)*"(?: value="(?:[^"\\]|\\.)*")?((?: \w+)*)')


class Like(spaces.Space[Any]):
    """Values of a Python type, and None. It draws no samples."""

    def __init__(self, kind: type) -> None:
        self.kind = kind
        super().__init__()

    def contains(self, x: Any) -> bool:
        """Tell whether ``x`` is of the type, or None."""
        return x is None or isinstance(x, self.kind)

    @property
    def is_np_flattenable(self) -> bool:
        """False: it has no flat form."""
        return False

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Like) and self.kind is other.kind

    def __hash__(self) -> int:
        return hash((Like, self.kind))

    def __repr__(self) -> str:
        return f"Like({self.kind.__name__})"


class BrowserGym(gym.Wrapper[dict[str, Any], str, Any, str]):
    """A page in a browser whose observations are BrowserGym's: its keys, of its types, on every backend.

    Beside these keys there are ``text``, the list of elements, which every backend gives, and of ``axtree_txt`` and
    ``pruned_html`` what the server was asked for (``--chrome-views``). ``screenshot`` needs the view of that name,
    ``url``, ``open_pages_urls``, ``open_pages_titles`` and ``active_page_index`` the view ``pages``. What is not given
    is None: the page's raw trees always, and in a dream all views.

    ``last_action_error`` is in the server's words; a dream has none. ``chat_messages`` begins with the goal: nobody
    greets. Of a text with several actions, of which one failed, nothing counts as said.

    Args:
        env: A `dreamgym.RemoteEnv`, or a wrapper of one.
    """

    def __init__(self, env: gym.Env[Any, Any]) -> None:
        super().__init__(env)
        spec: Message = env.get_wrapper_attr("remote_spec")
        if not spec.get("browser"):
            raise NotAvailableError(f"{spec['id']} is no page in a browser: BrowserGym has no form for what it shows")
        self._further = [v for v in _VIEWS if v in (spec.get("views") or ())]
        keys = {**_KEYS, "text": str, **dict.fromkeys(self._further, str)}
        self.observation_space = spaces.Dict({key: Like(kind) for key, kind in keys.items()})
        #: the keys that are None in the observation seen last
        self.not_given: tuple[str, ...] = ()
        self._chat: list[dict[str, Any]] = []
        self._began = 0.0

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Start an episode; see `dreamgym.RemoteEnv.reset`."""
        _, info = self.env.reset(seed=seed, options=options)
        self._began = time.time()
        self._chat = []
        self._say("user", info["observation"].get("goal") or "")
        return self._observe("", info), info

    def step(self, action: str) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        """Act; see `dreamgym.RemoteEnv.step`."""
        _, reward, terminated, truncated, info = self.env.step(action)
        if not info.get("action_error"):
            for role, message in _said(action):
                self._say(role, message)
        return self._observe(action, info), float(reward), terminated, truncated, info

    def _say(self, role: str, message: str) -> None:
        self._chat.append({"role": role, "timestamp": time.time(), "message": message})

    def _observe(self, action: str, info: Mapping[str, Any]) -> dict[str, Any]:
        seen: Message = info["observation"]
        views: Mapping[str, Any] = seen.get("extra") or {}
        active = views.get("active_page_index")
        goal = seen.get("goal") or ""
        observation = {
            **dict.fromkeys(_KEYS),  # in BrowserGym's order
            "chat_messages": tuple(dict(said) for said in self._chat),
            "goal": goal,
            "goal_object": ({"type": "text", "text": goal},),
            "open_pages_urls": _tuple(views.get("open_pages_urls")),
            "open_pages_titles": _tuple(views.get("open_pages_titles")),
            "active_page_index": None if active is None else np.asarray([active]),
            "url": seen.get("url"),
            "screenshot": _pixels(seen.get("image")),
            "focused_element_bid": _focused(seen["text"]),
            "last_action": action,
            "last_action_error": info.get("action_error") or "",
            "elapsed_time": np.asarray([time.time() - self._began]),
            "text": seen["text"],
            **{view: views.get(view) for view in self._further},
        }
        self.not_given = tuple(key for key, value in observation.items() if value is None)
        return observation


def make(
    env: str, backend: str | None = None, *, url: str | None = None, token: str | None = None, **kwargs: Any
) -> BrowserGym:
    """Connect to an environment; the arguments are those of `dreamgym.RemoteEnv`."""
    remote = make_remote(env, backend, url=url, token=token, **kwargs)
    try:
        return BrowserGym(remote)
    except NotAvailableError:
        remote.close()
        raise


def _tuple(values: list[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(values)


def _pixels(png: bytes | None) -> NDArray[np.uint8] | None:
    """Make a picture's rows of red, green and blue."""
    if png is None:
        return None
    with Image.open(io.BytesIO(png)) as image:
        return np.array(image.convert("RGB"))


def _focused(text: str) -> str:
    """Answer the id of the element that has the focus, within frames the innermost; "" where none has."""
    lines = (_ELEMENT.fullmatch(line) for line in text.split("\n"))
    focused = [line[1] for line in lines if line and "focused" in line[2].split()]
    return focused[-1] if focused else ""


def _said(action: str) -> list[tuple[str, str]]:
    """Answer what an action says, and in which role. What is no action says nothing: a dream may take it for one."""
    try:
        calls = [s.value for s in ast.parse(action.strip()).body if isinstance(s, ast.Expr)]
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return []
    said = []
    for call in calls:
        match call:
            case (
                ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str(message))])
                | ast.Call(func=ast.Name(id=name), keywords=[ast.keyword(value=ast.Constant(value=str(message)))])
            ) if name in _ROLES:
                said.append((_ROLES[name], message))
    return said
