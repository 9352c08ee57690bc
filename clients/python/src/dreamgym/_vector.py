"""Many remote environments that step together, in one frame."""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from dreamgym._client import Client, new_session_id
from dreamgym._env import add_views, check_options, reset_fields
from dreamgym._errors import (
    DreamGymError,
    InvalidRequestError,
    ResetRequiredError,
    VersionMismatchError,
    error_from_wire,
)
from dreamgym._infos import Collector, Infos
from dreamgym._members import Seeds, chosen, spread, spread_seed
from dreamgym._protocol import Message, reply_field
from dreamgym._views import view_of

# Codes after which the episode goes on as if nothing had been asked.
_HARMLESS = frozenset({"invalid_action", "invalid_request", "request_conflict", "capacity_reached"})
# Codes after which the session has to be opened anew.
_GONE = frozenset({"unknown_session", "session_lost", "connection_lost"})
# What a server of before the operation "steps" says of one: it reads fields first.
_NO_STEPS = re.compile(r'there is no field "requests\[\d+\]\.sessions"')

Step = tuple[Any, NDArray[Any], NDArray[Any], NDArray[Any], dict[str, Any]]


class RemoteVectorEnv(VectorEnv[Any, Any, NDArray[Any]]):
    """``num_envs`` sessions of one environment over one connection; a step is one frame.

    Observations are ``{"goal": tuple of str, "text": tuple of str}``, or arrays where `RemoteEnv` gives
    arrays; infos are a dict of arrays with ``_key`` masks, as Gymnasium's own vector environments give them.

    What happens to a sub-environment whose episode ended is `autoreset_mode`:

    * NEXT_STEP: the next step resets it, and ignores its action.
    * SAME_STEP: the same step resets it, in the same frame; the episode's last observation and info are in
      ``infos["final_obs"]`` and ``infos["final_info"]``.
    * DISABLED: ``reset(options={"reset_mask": mask})`` resets it, and a step before that is an error.

    It is reset with the options given to the last `reset`, or with those of `assign`, and with a seed drawn
    from a generator of its own, which `reset` seeded. Before the first `reset` every sub-environment counts as
    ended, so `assign` and `step` alone start episodes too.

    An error of one member does not hold up the others. One that aborts its episode shows as truncated, with
    reward 0, ``infos["error"]`` the code and ``infos["excluded"]`` True (in SAME_STEP within ``final_info``): an
    episode so marked, or one that a dream broke off for want of evidence, is no experience and belongs in no
    gradient and no average. A harmless one, such as an action that cannot be read, shows in ``infos["error"]``
    alone.

    An action of None leaves a sub-environment as it is for this step, and unreset if it has ended.

    Args:
        env: ``namespace/name-vN``, or with ``@backend``.
        num_envs: How many.
        backend: What plays them.
        url: The server; see `Client`.
        options: What `reset` uses where its own ``options`` say nothing.
        autoreset_mode: One of Gymnasium's, or its name.
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
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        client: Client | None = None,
    ) -> None:
        self.closed = True  # until there is something to close: Gymnasium closes what is garbage
        if num_envs < 1:
            raise ValueError(f"num_envs is {num_envs}: it must be at least 1")
        self.num_envs = num_envs
        self.autoreset_mode = AutoresetMode(autoreset_mode)
        self.metadata = {**self.metadata, "autoreset_mode": self.autoreset_mode}
        fields = {"env": env, "backend": backend, "reasoning": reasoning or None}
        self._open_fields: Message = {k: v for k, v in fields.items() if v is not None}
        self._defaults = [check_options(options or {}) for _ in range(num_envs)]
        self._options = list(self._defaults)
        self._seeds = Seeds(num_envs)
        self._sessions = [""] * num_envs
        self._ended = [True] * num_envs
        self._owns_client = client is None
        self._client = client or Client(url, token=token)
        try:
            self._open(range(num_envs))
            self._view = view_of(self.remote_spec)
        except DreamGymError:
            self.close_extras()
            raise
        self.closed = False
        self._rows = self._view.rows(num_envs)
        self.single_observation_space, self.single_action_space = self._view.observation_space, self._view.action_space
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
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Start an episode in every sub-environment, or in those of a mask.

        A member that cannot start shows in ``infos["error"]`` and is tried again by the next step; if none
        can, the first one's error is raised.

        Args:
            seed: Member i gets ``seed + i``, or its own of a list. Without it, the generator that the member's
                last seed started draws.
            options: As `RemoteEnv.reset`; a list or tuple has one value for each member. "reset_mask", an
                array of bool, chooses which members are reset.
        """
        infos = Infos(self.num_envs)
        self._begin(seed, options or {}, infos)
        return self._view.batch(self._rows), infos.arrays()

    def _begin(self, seed: int | Sequence[int | None] | None, options: Mapping[str, Any], infos: Collector) -> None:
        """Carry out `reset`, but for what is made of observations and infos."""
        options = dict(options)
        members = chosen(options.pop("reset_mask", None), self.num_envs)
        each, seeds = spread(options, self._defaults), spread_seed(seed, self.num_envs)
        for i in members:
            self._options[i] = each[i]
            self._seeds.sow(i, seeds[i])
            self._ended[i] = True
        results = self._exchange([self._reset_request(i) for i in members])
        pass_ = _Pass(self, infos)
        for i, result in zip(members, results, strict=True):
            pass_.take([i], result)
        pass_.reopen()
        if all(self._ended[i] for i in members):
            raise error_from_wire(results[0]["error"])

    def assign(self, member: int, options: Mapping[str, Any], *, seed: int | None = None) -> None:
        """Set the options, and the seed, of a member's coming resets, until the next `assign` or `reset`."""
        self._options[member] = {**self._defaults[member], **check_options(options)}
        self._seeds.fix(member, seed)

    def restart(self, member: int) -> None:
        """Leave a member's episode, if it runs: the next step resets it."""
        self._ended[member] = True

    def step(self, actions: Any) -> Step:
        """Act in every sub-environment, or reset it if its episode ended; None leaves one alone."""
        infos = Infos(self.num_envs)
        rewards, terminations, truncations = self._advance(actions, infos)
        return self._view.batch(self._rows), rewards, terminations, truncations, infos.arrays()

    def _advance(self, actions: Any, infos: Collector) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Carry out `step`, but for what is made of observations and infos."""
        words = self._view.words(actions)
        if len(words) != self.num_envs:
            raise ValueError(f"{len(words)} actions for {self.num_envs} sub-environments")
        asked = [i for i, word in enumerate(words) if word is not None]
        acting, ended = [i for i in asked if not self._ended[i]], [i for i in asked if self._ended[i]]
        if ended and self.autoreset_mode == AutoresetMode.DISABLED:
            raise ResetRequiredError(f"sub-environment {ended[0]} has ended: reset it with options={{'reset_mask': …}}")
        most = self._client.batch_limit
        groups = [acting[start : start + most] for start in range(0, len(acting), most)]
        requests = [self._steps_request(some, words) for some in groups]
        requests += [self._reset_request(i) for i in ended]
        groups += [[i] for i in ended]
        if self.autoreset_mode == AutoresetMode.SAME_STEP:
            requests += [self._reset_request(i, if_ended=True) for i in acting]
            groups += [[i] for i in acting]
        pass_ = _Pass(self, infos)
        for members, result in zip(groups, self._act(requests), strict=True):
            pass_.take(members, result)
        pass_.reopen()
        return pass_.rewards, pass_.terminations, pass_.truncations

    def _act(self, requests: Sequence[Message]) -> list[Message]:
        """Carry steps out, on a server that has them in one request."""
        try:
            return self._exchange(requests)
        except InvalidRequestError as e:
            if not _NO_STEPS.match(e.message):
                raise
            server = self._client.hello.server
            message = f'the server, {server}, has no operation "steps": it is older than this client; update the server'
            raise VersionMismatchError(message) from e

    def _steps_request(self, members: Sequence[int], words: Sequence[str | None]) -> Message:
        sessions, actions = [self._sessions[i] for i in members], [words[i] for i in members]
        return {"id": self._client.next_id(), "op": "steps", "sessions": sessions, "actions": actions}

    def _reset_request(self, i: int, **fields: Any) -> Message:
        fields |= reset_fields(self._seeds.peek(i), self._options[i])
        return {"id": self._client.next_id(), "op": "reset", "session": self._sessions[i], **fields}

    def advise(self, members: Sequence[int] | None = None) -> list[str]:
        """Ask the environment's scripted policy for an action in each sub-environment, or in some."""
        asked = range(self.num_envs) if members is None else members
        ids = [self._client.send("advise", session=self._sessions[i]) for i in asked]
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
        results: list[Message] = []
        frame: list[Message] = []
        room = self._client.batch_limit
        for request in requests:
            size = len(request.get("sessions", "1"))
            if size > room:
                results += self._client.batch(frame)
                frame, room = [], self._client.batch_limit
            frame.append(request)
            room -= size
        return results + self._client.batch(frame) if frame else results


class _Pass:
    """What the replies to one frame say of the sub-environments."""

    def __init__(self, envs: RemoteVectorEnv, infos: Collector) -> None:
        self._envs = envs
        self.infos = infos
        self._same_step = envs.autoreset_mode == AutoresetMode.SAME_STEP
        self._gone: set[int] = set()
        n = envs.num_envs
        self.rewards = np.zeros(n)
        self.terminations, self.truncations = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)

    def take(self, members: Sequence[int], result: Message) -> None:
        """Take in the reply to the steps of some members, or to the reset of one."""
        if "steps" in result:
            self._stepped(members, result["steps"])
        elif "timestep" in result:
            self._begun(members[0], result["timestep"])
        elif "running" not in result:
            for i in members:
                self._failed(i, result)

    def _begun(self, i: int, timestep: Message) -> None:
        """Take in an episode's first timestep."""
        envs, seen, info = self._envs, timestep["observation"], timestep.get("info") or {}
        envs._rows[i] = envs._view.row(seen)
        add_views(info, seen)
        envs._ended[i] = False
        envs._seeds.use(i)
        self.infos.add([i], info)

    def _stepped(self, members: Sequence[int], steps: Message) -> None:
        """Take in columns, and beside them what was left over: each with those that it is of."""
        where, rest, which = np.array(members), steps["rest"], steps["which"]
        terminated, truncated = steps["terminated"], steps["truncated"]
        self.rewards[where], self.terminations[where], self.truncations[where] = steps["rewards"], terminated, truncated
        arrays = steps.get("arrays")
        column = None if arrays is None else self._envs._view.column(arrays)
        if column is not None:
            fine = np.array(["error" not in r for r in rest])[which]
            self._envs._rows[where[fine]] = column[fine]
        running: list[list[int]] = [[] for _ in rest]
        ended: list[list[int]] = [[] for _ in rest]
        for i, j, over in zip(members, which, map(operator.or_, terminated, truncated), strict=True):
            (ended if over else running)[j].append(i)
        for left, on, over in zip(rest, running, ended, strict=True):
            if "error" in left:
                for i in on:
                    self._failed(i, left)
            else:
                self._told(left, on, over, rowed=column is not None)

    def _told(self, left: Message, on: Sequence[int], over: Sequence[int], *, rowed: bool) -> None:
        """Take in what is left over of timesteps, after which some episodes go on and some are over."""
        envs, seen, info = self._envs, left["observation"], left.get("info") or {}
        if not rowed or "array" in seen:
            row = envs._view.row(seen)
            for i in (*on, *over):
                envs._rows[i] = row
        add_views(info, seen)
        if on:
            self.infos.add(on, info)
        if info.get("stop") == "insufficient_evidence":
            info["excluded"] = True
        if over:
            self._end(over, info)

    def _end(self, members: Sequence[int], info: Mapping[str, Any]) -> None:
        for i in members:
            self._envs._ended[i] = True
        if not self._same_step:
            self.infos.add(members, info)
            return
        for i in members:
            self.infos.add([i], {"final_obs": self._envs._view.one(self._envs._rows[i]), "final_info": info})

    def _failed(self, i: int, result: Message) -> None:
        """Note a member's error."""
        error = result.get("error") or {"code": "protocol_error", "message": "the reply has no timestep"}
        code, envs = error["code"], self._envs
        info = {"error": code, "error_message": error.get("message", "")}
        if code in _GONE:
            self._gone.add(i)
        if envs._ended[i]:  # it is the reset that failed
            envs._seeds.use(i)
            self.infos.add([i], {**info, "excluded": True})
            self.truncations[i] |= not self.terminations[i]
        elif code in _HARMLESS:
            self.infos.add([i], info)
        else:
            self.truncations[i] = True
            self._end([i], {**info, "excluded": True})

    def reopen(self) -> None:
        """Open sessions in the place of those that are gone."""
        if self._gone:
            self._envs._open(sorted(self._gone))


def make_vec(
    env: str, num_envs: int = 1, backend: str | None = None, *, url: str | None = None, **kwargs: Any
) -> RemoteVectorEnv:
    """Connect to ``num_envs`` environments that step together; the arguments are those of `RemoteVectorEnv`."""
    return RemoteVectorEnv(env, num_envs, backend, url=url, **kwargs)
