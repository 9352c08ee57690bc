"""Many remote environments that step together, in one frame."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from dreamgym._client import Client, new_session_id
from dreamgym._env import check_options, reset_fields
from dreamgym._errors import DreamGymError, ResetRequiredError, VersionMismatchError, error_from_wire
from dreamgym._infos import Collector, Infos
from dreamgym._members import Seeds, chosen, spread, spread_seed
from dreamgym._pass import Pass
from dreamgym._protocol import Message, reply_field
from dreamgym._views import view_of

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
        pass_ = Pass(self, infos)
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
        pass_ = Pass(self, infos)
        for members, result in zip(groups, self._act(requests), strict=True):
            pass_.take(members, result)
        pass_.reopen()
        return pass_.rewards, pass_.terminations, pass_.truncations

    def _act(self, requests: Sequence[Message]) -> list[Message]:
        """Carry steps out, on a server that has them in one request."""
        results = self._exchange(requests)
        if any(_NO_STEPS.match(r["error"].get("message", "")) for r in results if "error" in r):
            server = self._client.hello.server
            message = f'the server, {server}, has no operation "steps": it is older than this client; update the server'
            raise VersionMismatchError(message)
        return results

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


def make_vec(
    env: str, num_envs: int = 1, backend: str | None = None, *, url: str | None = None, **kwargs: Any
) -> RemoteVectorEnv:
    """Connect to ``num_envs`` environments that step together; the arguments are those of `RemoteVectorEnv`."""
    return RemoteVectorEnv(env, num_envs, backend, url=url, **kwargs)
