"""Many remote environments that step together, in one frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from dreamgym._client import Client, new_session_id
from dreamgym._env import MAX_SEED, add_views, check_options, reset_fields, spaces_of
from dreamgym._errors import DreamGymError, error_from_wire
from dreamgym._protocol import Message, reply_field

VectorObservation = dict[str, tuple[str, ...]]

# Codes after which the episode goes on as if nothing had been asked.
_HARMLESS = frozenset({"invalid_action", "invalid_request", "request_conflict", "capacity_reached"})
# Codes after which the session has to be opened anew.
_GONE = frozenset({"unknown_session", "session_lost", "connection_lost"})


class RemoteVectorEnv(VectorEnv[VectorObservation, Sequence[str | None], NDArray[Any]]):
    """``num_envs`` sessions of one environment over one connection; a step is one frame.

    Observations are ``{"goal": tuple of str, "text": tuple of str}``, infos a dict of arrays with ``_key``
    masks; see `RemoteEnv` for what they hold.

    A sub-environment whose episode ended is reset by the step after (AutoresetMode.NEXT_STEP), in the same
    frame in which the others act; its action is ignored. It is reset with the options given to the last
    `reset`, or with those of `assign`, and with a seed drawn from the generator that `reset` seeded. Before the
    first `reset` every sub-environment counts as ended, so `assign` and `step` alone start episodes too.

    An error of one member does not hold up the others. One that aborts its episode shows as truncated, with
    reward 0, ``infos["error"]`` the code and ``infos["excluded"]`` True: an episode so marked, or one that a
    dream broke off for want of evidence, is no experience and belongs in no gradient and no average.
    A harmless one, such as an action that cannot be read, shows in ``infos["error"]`` alone.

    An action of None leaves a sub-environment as it is for this step, and unreset if it has ended.

    Args:
        env: ``namespace/name-vN``, or with ``@backend``.
        num_envs: How many.
        backend: What plays them.
        url: The server; see `Client`.
        options: What `reset` uses where its own ``options`` say nothing.
        client: A client to share; it stays open when this is closed.
    """

    metadata: dict[str, Any] = {"autoreset_mode": AutoresetMode.NEXT_STEP}  # noqa: RUF012 as Gymnasium has it

    def __init__(
        self,
        env: str,
        num_envs: int = 1,
        backend: str | None = None,
        *,
        url: str | None = None,
        token: str | None = None,
        reasoning: bool = False,
        options: Mapping[str, Any] | None = None,
        client: Client | None = None,
    ) -> None:
        self.closed = True  # until there is something to close: Gymnasium closes what is garbage
        if num_envs < 1:
            raise ValueError(f"num_envs is {num_envs}: it must be at least 1")
        self.num_envs = num_envs
        self._open_fields: Message = {"env": env}
        if backend is not None:
            self._open_fields["backend"] = backend
        if reasoning:
            self._open_fields["reasoning"] = True
        self._defaults = [check_options(options or {}) for _ in range(num_envs)]
        self._options = list(self._defaults)
        self._seeds: list[int | None] = [None] * num_envs
        self._sessions = [""] * num_envs
        self._ended = [True] * num_envs
        self._texts = [""] * num_envs
        self._goals = [""] * num_envs
        self._owns_client = client is None
        self._client = client or Client(url, token=token)
        try:
            self._open(range(num_envs))
        except DreamGymError:
            self.close_extras()
            raise
        self.closed = False
        self.single_observation_space, self.single_action_space = spaces_of(self.remote_spec)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)

    def _open(self, members: Sequence[int]) -> None:
        requests = []
        for i in members:
            self._sessions[i] = session = new_session_id()
            requests.append({"id": self._client.next_id(), "op": "open", "session": session, **self._open_fields})
        for result in self._exchange(requests):
            self.remote_spec: Message = reply_field(result, "opened")["spec"]

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[VectorObservation, dict[str, Any]]:
        """Start an episode in every sub-environment.

        A member that cannot start shows in ``infos["error"]`` and is tried again by the next step; if none
        can, the first one's error is raised.

        Args:
            seed: Member i gets ``seed + i``. Without it, the generator that the last seed started draws.
            options: As `RemoteEnv.reset`; a list or tuple has one value for each member.
        """
        super().reset(seed=seed)
        self._options = self._spread(options or {})
        self._seeds = [None] * self.num_envs
        seeds = [None if seed is None else (seed + i) % MAX_SEED for i in range(self.num_envs)]
        requests = [self._reset_request(i, s) for i, s in enumerate(seeds)]
        infos = _Infos(self.num_envs)
        results = self._exchange(requests)
        for i, result in enumerate(results):
            self._ended[i] = True
            if (timestep := result.get("timestep")) is None:
                infos.add(i, self._failed(i, result))
            else:
                self._began(i, timestep, infos)
        if all(self._ended):
            raise error_from_wire(results[0]["error"])
        return self._observation(), infos.arrays()

    def assign(self, member: int, options: Mapping[str, Any], *, seed: int | None = None) -> None:
        """Set the options, and the seed, of a member's coming resets, until the next `assign` or `reset`."""
        self._options[member] = {**self._defaults[member], **check_options(options)}
        self._seeds[member] = seed

    def restart(self, member: int) -> None:
        """Leave a member's episode, if it runs: the next step resets it."""
        self._ended[member] = True

    def step(
        self, actions: Sequence[str | None]
    ) -> tuple[VectorObservation, NDArray[Any], NDArray[Any], NDArray[Any], dict[str, Any]]:
        """Act in every sub-environment, or reset it if its episode ended; None leaves one alone."""
        requests: list[Message] = []
        members: list[int] = []
        next_id, ended = self._client.next_id, self._ended
        for i, (session, action) in enumerate(zip(self._sessions, actions, strict=True)):
            if action is None:
                continue
            members.append(i)
            if ended[i]:
                requests.append(self._reset_request(i, self._seeds[i]))
            else:
                requests.append({"id": next_id(), "op": "step", "session": session, "action": str(action)})
        return self._take_in(members, self._exchange(requests))

    def _take_in(
        self, members: Sequence[int], results: Sequence[Message]
    ) -> tuple[VectorObservation, NDArray[Any], NDArray[Any], NDArray[Any], dict[str, Any]]:
        n, texts, goals = self.num_envs, self._texts, self._goals
        rewards = np.zeros(n)
        terminations, truncations = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
        infos = _Infos(n)
        for i, result in zip(members, results, strict=True):
            timestep = result.get("timestep")
            if timestep is None:
                infos.add(i, self._failed(i, result))
                truncations[i] = self._ended[i]
            elif self._ended[i]:
                self._began(i, timestep, infos)
            else:
                seen, info = timestep["observation"], timestep.get("info") or {}
                texts[i], goals[i] = seen["text"], seen.get("goal") or ""
                if timestep["reward"]:
                    rewards[i] = timestep["reward"]
                if timestep["terminated"] or timestep["truncated"]:
                    terminations[i], truncations[i] = timestep["terminated"], timestep["truncated"]
                    self._ended[i] = True
                    if info.get("stop") == "insufficient_evidence":
                        info["excluded"] = True
                add_views(info, seen)
                infos.add(i, info)
        return self._observation(), rewards, terminations, truncations, infos.arrays()

    def _began(self, i: int, timestep: Message, infos: _Infos) -> None:
        seen, info = timestep["observation"], timestep.get("info") or {}
        self._texts[i], self._goals[i] = seen["text"], seen.get("goal") or ""
        self._ended[i] = False
        add_views(info, seen)
        infos.add(i, info)

    def _failed(self, i: int, result: Message) -> dict[str, Any]:
        """Note a member's error and answer what its info says of it."""
        error = result.get("error") or {"code": "protocol_error", "message": "the reply has no timestep"}
        code = error["code"]
        info = {"error": code, "error_message": error.get("message", "")}
        if code in _HARMLESS and not self._ended[i]:
            return info
        self._ended[i] = True
        if code in _GONE:
            self._open([i])
        return {**info, "excluded": True}

    def _observation(self) -> VectorObservation:
        return {"goal": tuple(self._goals), "text": tuple(self._texts)}

    def _reset_request(self, i: int, seed: int | None) -> Message:
        if seed is None:
            seed = int(self.np_random.integers(MAX_SEED))
        fields = reset_fields(seed, self._options[i])
        return {"id": self._client.next_id(), "op": "reset", "session": self._sessions[i], **fields}

    def _spread(self, options: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Answer the options of each member, of values for all and lists of values for each."""
        each: list[dict[str, Any]] = [dict(d) for d in self._defaults]
        for key, value in check_options(options).items():
            values = value if isinstance(value, list | tuple) else [value] * self.num_envs
            if len(values) != self.num_envs:
                raise ValueError(f"option {key!r} has {len(values)} values for {self.num_envs} sub-environments")
            for member, v in zip(each, values, strict=True):
                if v is not None:
                    member[key] = v
        return each

    def advise(self, members: Sequence[int] | None = None) -> list[str]:
        """Ask the environment's scripted policy for an action in each sub-environment, or in some."""
        chosen = range(self.num_envs) if members is None else members
        ids = [self._client.send("advise", session=self._sessions[i]) for i in chosen]
        return [self._client.wait(id_).field("advice") for id_ in ids]

    def count_tasks(self, split: str = "train") -> int:
        """Ask how many tasks a split has: `reset` takes them by ``index``."""
        return self._client.tasks(self.remote_spec["id"], split=split, limit=1)[0]

    def close_extras(self, **kwargs: Any) -> None:
        """Close the sessions, and the connection unless it is shared."""
        requests = [{"id": self._client.next_id(), "op": "close", "session": s} for s in self._sessions if s]
        self._sessions = [""] * self.num_envs
        try:
            self._exchange(requests)
        except DreamGymError:
            pass  # the sessions end by themselves when the connection is gone
        finally:
            if self._owns_client:
                self._client.close()

    def _exchange(self, requests: Sequence[Message]) -> list[Message]:
        """Carry requests out, in as few frames as the server's limit allows."""
        most = self._client.batch_limit
        if len(requests) <= most:
            return self._client.batch(requests) if requests else []
        results: list[Message] = []
        for start in range(0, len(requests), most):
            results += self._client.batch(requests[start : start + most])
        return results


class _Infos:
    """Infos of the members as Gymnasium wants them: an array for each key and a mask of who has it."""

    def __init__(self, n: int) -> None:
        self._n = n
        self._columns: dict[str, list[Any]] = {}

    def add(self, i: int, info: Mapping[str, Any]) -> None:
        columns = self._columns
        for key, value in info.items():
            column = columns.get(key)
            if column is None:
                column = columns[key] = [None] * self._n
            column[i] = value

    def arrays(self) -> dict[str, Any]:
        arrays: dict[str, Any] = {}
        for key, column in self._columns.items():
            arrays[key] = _array(column)
            arrays["_" + key] = np.fromiter((v is not None for v in column), bool, self._n)
        return arrays


def _array(column: list[Any]) -> NDArray[Any]:
    """Make numbers of one type, or objects; None, which stands for no value, becomes 0 among numbers."""
    kinds = {type(v) for v in column}
    kinds.discard(type(None))
    if kinds <= {int, float} or kinds == {bool}:
        kind = float if float in kinds else kinds.pop()
        return np.array([kind(0) if v is None else v for v in column], dtype=kind)
    return np.fromiter(column, object, len(column))


def make_vec(
    env: str, num_envs: int = 1, backend: str | None = None, *, url: str | None = None, **kwargs: Any
) -> RemoteVectorEnv:
    """Connect to ``num_envs`` environments that step together; the arguments are those of `RemoteVectorEnv`."""
    return RemoteVectorEnv(env, num_envs, backend, url=url, **kwargs)
