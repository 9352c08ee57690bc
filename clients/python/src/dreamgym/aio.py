"""Environments under asyncio: many sessions over one connection, awaited one by one or together.

>>> from dreamgym import aio
>>> async def play() -> None:
...     async with aio.Client() as client:
...         envs = [await aio.make("house/any-v0", "dream", client=client) for _ in range(8)]
...         firsts = await asyncio.gather(*(env.reset(seed=i) for i, env in enumerate(envs)))
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import numpy as np
from gymnasium import spaces
from gymnasium.utils import seeding

from dreamgym._aclient import Client
from dreamgym._env import MAX_SEED, add_views, check_options, reset_fields
from dreamgym._errors import DreamGymError, NotAvailableError, SessionLostError, UnknownSessionError
from dreamgym._protocol import Message
from dreamgym._spaces import ActionText
from dreamgym._views import View, view_of

__all__ = ["Client", "Env", "make"]


class Env:
    """An environment that a server plays: what `dreamgym.RemoteEnv` is, with methods to be awaited.

    Observations, infos, spaces, reset options and errors are the same. One task at a time may use it, and
    many environments may share a client.
    """

    remote_spec: Message
    backend: str
    observation_space: spaces.Space[Any]
    action_space: spaces.Space[Any]

    def __init__(
        self, client: Client, owns_client: bool, options: Mapping[str, Any] | None, open_fields: Message
    ) -> None:
        """See `make`."""
        self._client = client
        self._owns_client = owns_client
        self._options = check_options(options or {})
        self._open_fields = open_fields
        self._session: str | None = None
        self._random: np.random.Generator | None = None
        self._view: View

    async def _open(self) -> None:
        self._session, opened = await self._client.open(**self._open_fields)
        self.remote_spec, self.backend = opened["spec"], opened["backend"]
        self._view = view_of(self.remote_spec)
        self.observation_space, self.action_space = self._view.observation_space, self._view.action_space

    async def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Start an episode; see `dreamgym.RemoteEnv.reset`."""
        if seed is not None or self._random is None:
            self._random = seeding.np_random(seed)[0]
        if seed is None:
            seed = int(self._random.integers(MAX_SEED))
        fields = reset_fields(seed, {**self._options, **check_options(options or {})})
        try:
            timestep = await self._call("reset", **fields)
        except (UnknownSessionError, SessionLostError):
            await self._open()
            timestep = await self._call("reset", **fields)
        self.backend = timestep["info"].get("backend", self.backend)
        return self._observe(timestep)

    async def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Act. Raises InvalidActionError for what the environment cannot read; the episode then goes on."""
        timestep = await self._call("step", action=self._view.word(action))
        observation, info = self._observe(timestep)
        return observation, float(timestep["reward"]), timestep["terminated"], timestep["truncated"], info

    async def advise(self) -> str:
        """Ask the environment's scripted policy for an action; "" when it has none left."""
        advice: str = (await self._client.call("advise", session=self._session)).field("advice")
        return advice

    async def close(self) -> None:
        """Close the session, and the connection unless it is shared. It may be called more than once."""
        session, self._session = self._session, None
        if session is not None:
            with contextlib.suppress(DreamGymError):  # the session ends by itself when the connection is gone
                await self._client.close_session(session)
        if self._owns_client:
            await self._client.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _call(self, op: str, **fields: Any) -> Message:
        if self._session is None:
            raise NotAvailableError("the environment is closed")
        timestep: Message = (await self._client.call(op, session=self._session, **fields)).field("timestep")
        return timestep

    def _observe(self, timestep: Message) -> tuple[Any, dict[str, Any]]:
        seen, info = timestep["observation"], timestep.get("info") or {}
        row = self._view.row(seen)
        add_views(info, seen)
        if isinstance(self.action_space, ActionText):
            self.action_space.offer(info["actions"])
        return self._view.one(row), info


async def make(
    env: str,
    backend: str | None = None,
    *,
    url: str | None = None,
    token: str | None = None,
    reasoning: bool = False,
    options: Mapping[str, Any] | None = None,
    client: Client | None = None,
) -> Env:
    """Connect to an environment: ``await aio.make("house/heat-and-place-v0", "dream")``.

    Args:
        env: ``namespace/name-vN``, or with ``@backend``.
        backend: What plays it: "real", "dream", "replay".
        url: The server; see `Client`.
        token: The bearer token; see `Client`.
        reasoning: Whether dreamed timesteps carry ``info["reasoning"]``.
        options: What `Env.reset` uses where its own ``options`` say nothing.
        client: A client to share; it stays open when the environment is closed.
    """
    fields = {"env": env, "backend": backend, "reasoning": reasoning or None}
    remote = Env(client or Client(url, token=token), client is None, options, fields)
    try:
        await remote._open()
    except BaseException:
        await remote.close()
        raise
    return remote
