"""What the replies to one frame say of many remote environments."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium.vector import AutoresetMode

from dreamgym._env import add_views
from dreamgym._infos import Collector
from dreamgym._protocol import Message

if TYPE_CHECKING:
    from dreamgym._vector import RemoteVectorEnv

# Codes after which the episode goes on as if nothing had been asked.
_HARMLESS = frozenset({"invalid_action", "invalid_request", "request_conflict", "capacity_reached"})
# Codes after which the session has to be opened anew.
_GONE = frozenset({"unknown_session", "session_lost", "connection_lost"})


class Pass:
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
