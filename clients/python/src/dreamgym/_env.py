"""One remote environment behind Gymnasium's interface."""

from __future__ import annotations

import base64
import copy
from collections.abc import Mapping
from typing import Any, Final

import gymnasium as gym
from gymnasium.envs.registration import EnvSpec

from dreamgym._client import Client
from dreamgym._errors import (
    DreamGymError,
    InvalidRequestError,
    NotAvailableError,
    SessionLostError,
    UnknownSessionError,
)
from dreamgym._protocol import Message
from dreamgym._spaces import ActionText
from dreamgym._views import view_of

GYM_ID: Final = "dreamgym/Remote-v0"
MAX_SEED: Final = 2**53 - 1
RESET_OPTIONS: Final = ("task", "split", "index", "backend", "evaluation", "episode")


class RemoteEnv(gym.Env[Any, Any]):
    """An environment that a server plays, by the real thing or by a dream of it.

    An observation is ``{"goal": str, "text": str}``: what every environment gives and what a policy that
    reads needs, of one shape on every backend. The admissible actions change from state to state, which a
    space cannot express, so they are in ``info["actions"]`` (as Gymnasium's own environments give an action
    mask) and `action_space.sample` draws from them. Views that only some environments give (an image) are in
    ``info["observation"]``, the observation as it came.

    A hosted environment whose observations are arrays has its own spaces instead, such as Box and Discrete:
    observations are NumPy's and actions numbers, though text is taken as well.

    ``info`` has what the server says of the timestep: backend always, and task, split, scene, episode and
    seed on the first one, ``stop`` on a truncated one, evidence and confidence on a dreamed one.

    An error of the server's is raised as its class in `dreamgym`. But for InvalidActionError, after which
    the episode goes on, the episode is lost and `reset` comes next; it is never a reward.

    Args:
        env: ``namespace/name-vN``, or with ``@backend``.
        backend: What plays it: "real", "dream", "replay".
        url: The server; see `Client`.
        reasoning: Whether dreamed timesteps carry ``info["reasoning"]``.
        options: What `reset` uses where its own ``options`` say nothing.
        render_mode: None or "ansi": `render` answers the text seen last.
        client: A client to share; it stays open when the environment is closed.
    """

    metadata: dict[str, Any] = {"render_modes": ["ansi"], "render_fps": 4}  # noqa: RUF012 Gymnasium declares it so

    def __init__(
        self,
        env: str,
        backend: str | None = None,
        *,
        url: str | None = None,
        token: str | None = None,
        reasoning: bool = False,
        options: Mapping[str, Any] | None = None,
        render_mode: str | None = None,
        client: Client | None = None,
    ) -> None:
        if render_mode not in (None, "ansi"):
            raise ValueError(f"render_mode {render_mode!r}: use None or 'ansi'")
        self.render_mode = render_mode
        self._options = check_options(options or {})
        self._open_fields: Message = {"env": env, "backend": backend, "reasoning": reasoning or None}
        self._owns_client = client is None
        self._client = client or Client(url, token=token)
        self._session: str | None = None
        self._seen: Message = {}
        try:
            self._open()
        except DreamGymError:
            self._close_client()
            raise
        self._view = view_of(self.remote_spec)
        self.observation_space, self.action_space = self._view.observation_space, self._view.action_space

    def _open(self) -> None:
        self._session, opened = self._client.open(**self._open_fields)
        self.remote_spec: Message = opened["spec"]
        self.backend: str = opened["backend"]

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Start an episode.

        Args:
            seed: Decides the task, where none is named, and all that the task leaves open. Without it the
                generator that the last seed started draws one.
            options: "task" (an id), "split" ("train", "seen", "unseen"), "index" (of the task in its split),
                "backend" (plays from this episode on), "evaluation" (kept from the experience buffer),
                "episode" (for the backend replay: the recorded episode).
        """
        super().reset(seed=seed)
        if seed is None:
            seed = int(self.np_random.integers(MAX_SEED))
        fields = reset_fields(seed, {**self._options, **check_options(options or {})})
        try:
            timestep = self._call("reset", **fields)
        except (UnknownSessionError, SessionLostError):
            self._open()
            timestep = self._call("reset", **fields)
        self.backend = timestep["info"].get("backend", self.backend)
        return self._observe(timestep)

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Act. Raises InvalidActionError for what the environment cannot read; the episode then goes on."""
        timestep = self._call("step", action=self._view.word(action))
        observation, info = self._observe(timestep)
        return observation, float(timestep["reward"]), timestep["terminated"], timestep["truncated"], info

    def advise(self) -> str:
        """Ask the environment's scripted policy for an action; "" when it has none left.

        Raises NotAvailableError where the environment has no scripted policy.
        """
        advice: str = self._client.call("advise", session=self._session).field("advice")
        return advice

    def render(self) -> str | None:
        """Answer the text seen last, in render mode "ansi"."""
        return self._seen.get("text", "") if self.render_mode == "ansi" else None

    def close(self) -> None:
        """Close the session, and the connection unless it is shared. It may be called more than once."""
        session, self._session = self._session, None
        try:
            if session is not None:
                self._client.close_session(session)
        except DreamGymError:
            pass  # the session ends by itself when the connection is gone
        finally:
            self._close_client()

    def _close_client(self) -> None:
        if self._owns_client:
            self._client.close()

    def _call(self, op: str, **fields: Any) -> Message:
        if self._session is None:
            raise NotAvailableError("the environment is closed")
        timestep: Message = self._client.call(op, session=self._session, **fields).field("timestep")
        return timestep

    def _observe(self, timestep: Message) -> tuple[Any, dict[str, Any]]:
        seen, info = timestep["observation"], timestep.get("info") or {}
        self._seen = seen
        row = self._view.row(seen)
        add_views(info, seen)
        if isinstance(self.action_space, ActionText):
            self.action_space.offer(info["actions"])
        return self._view.one(row), info


def add_views(info: dict[str, Any], seen: Message) -> None:
    """Put the observation as it came, and its admissible actions, into a timestep's info."""
    if isinstance(image := seen.get("image"), str):  # JSON has no bytes
        seen["image"] = base64.b64decode(image)
    info["actions"] = seen.get("actions") or []
    info["observation"] = seen


def check_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Copy reset options; one that does not exist is InvalidRequestError, for a typing error must not pass."""
    if unknown := options.keys() - set(RESET_OPTIONS):
        raise InvalidRequestError(f"no reset option {', '.join(sorted(unknown))}: there are {', '.join(RESET_OPTIONS)}")
    return {k: v for k, v in options.items() if v is not None}


def reset_fields(seed: int, options: Mapping[str, Any]) -> dict[str, Any]:
    """Answer the fields of a reset request. A recorded episode is played as it was: it takes no seed."""
    return dict(options) if "episode" in options else {"seed": seed, **options}


def make(
    env: str, backend: str | None = None, *, url: str | None = None, token: str | None = None, **kwargs: Any
) -> RemoteEnv:
    """Connect to an environment: ``make("house/heat-and-place-v0", backend="dream")``.

    The arguments are those of `RemoteEnv`. The answer has a `spec`, so that Gymnasium can make it again.
    """
    remote = RemoteEnv(env, backend, url=url, token=token, **kwargs)
    spec: EnvSpec = copy.deepcopy(gym.spec(GYM_ID))
    spec.nondeterministic = not remote.remote_spec.get("deterministic", False)
    spec.order_enforce = spec.disable_env_checker = False
    named = {"env": env, "backend": backend, "url": url, **kwargs}
    spec.kwargs = {k: v for k, v in named.items() if v is not None and k != "client"}
    remote.spec = spec
    return remote
