"""Environments for Stable-Baselines3, which takes vectors of its own kind alone.

>>> from dreamgym.sb3 import RemoteVecEnv
>>> model = PPO("MlpPolicy", RemoteVecEnv("python/CartPole-v1", 8, "dream"))  # doctest: +SKIP

It needs the extra ``sb3``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv

from dreamgym._errors import NotAvailableError, error_from_wire
from dreamgym._vector import RemoteVectorEnv
from dreamgym._views import TextView

__all__ = ["RemoteVecEnv"]


class RemoteVecEnv(VecEnv):
    """``num_envs`` sessions of one numeric environment; a step is one frame, and so is a step that begins an episode.

    ``infos[i]`` is as Stable-Baselines3 has it: "terminal_observation" and "TimeLimit.truncated" at the end of an
    episode, whose successor begins in the same step; `reset_infos` has the successor's info.

    Stable-Baselines3 cannot leave steps out. An episode that was aborted, or that a dream broke off for want of
    evidence, therefore counts as truncated: the value of its last observation stands for what would have followed,
    and its info has "excluded". An episode that cannot be started is an error.

    Args:
        env: ``namespace/name-vN``, or with ``@backend``: one whose observations are arrays.
        num_envs: How many.
        backend: What plays them: "real", "dream".
        **kwargs: As `dreamgym.RemoteVectorEnv` has them.
    """

    def __init__(self, env: str, num_envs: int = 1, backend: str | None = None, **kwargs: Any) -> None:
        self.envs = RemoteVectorEnv(env, num_envs, backend, autoreset_mode=AutoresetMode.SAME_STEP, **kwargs)
        if isinstance(self.envs._view, TextView):
            self.envs.close()
            raise NotAvailableError(f"{env} gives text, and Stable-Baselines3 takes arrays alone")
        self._actions: NDArray[Any] = np.zeros(0)
        super().__init__(num_envs, self.envs.single_observation_space, self.envs.single_action_space)

    def reset(self) -> Any:
        """Start an episode in each, once with the seeds and options set by `seed` and `set_options`."""
        keys = {key for options in self._options for key in options}
        options = {key: [o.get(key) for o in self._options] for key in keys}
        rows = _Rows(self.num_envs)
        self.envs._begin(self._seeds, options, rows)
        for i in range(self.num_envs):
            self.envs.assign(i, {})  # options are for one reset
        self.reset_infos = rows.infos
        self._check_started()
        self._reset_seeds()
        self._reset_options()
        return self._observation()

    def step_async(self, actions: NDArray[Any]) -> None:
        """Note the actions of the step."""
        self._actions = actions

    def step_wait(self) -> tuple[Any, NDArray[Any], NDArray[Any], list[dict[str, Any]]]:
        """Act in each."""
        rows = _Rows(self.num_envs)
        rewards, terminations, truncations = self.envs._advance(self._actions, rows)
        infos = rows.infos
        for i, info in enumerate(infos):
            if "final_info" in info:
                self.reset_infos[i] = info
                infos[i] = {**info.pop("final_info"), "terminal_observation": info.pop("final_obs")}
            infos[i]["TimeLimit.truncated"] = bool(truncations[i] and not terminations[i])
        self._check_started()
        return self._observation(), rewards.astype(np.float32), terminations | truncations, infos

    def _check_started(self) -> None:
        """Raise the error of an episode that could not be started."""
        for i, ended in enumerate(self.envs._ended):
            if ended:
                info = self.reset_infos[i]
                raise error_from_wire({"code": info["error"], "message": info["error_message"]})

    def _observation(self) -> Any:
        return self.envs._view.batch(self.envs._rows)

    def close(self) -> None:
        """Close the sessions, and the connection unless it is shared."""
        self.envs.close()

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """Answer an attribute of the vector for each."""
        return [getattr(self.envs, attr_name) for _ in self._get_indices(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Raise AttributeError: an environment behind a server has none to set."""
        raise AttributeError(f"a remote environment's attribute {attr_name!r} cannot be set; use set_options")

    def env_method(self, method_name: str, *args: Any, indices: Any = None, **kwargs: Any) -> list[Any]:
        """Answer ``advise``: the action of the environment's scripted policy; there are no other methods."""
        if method_name != "advise":
            raise AttributeError(f"a remote environment has no method {method_name!r}")
        return list(self.envs.advise(list(self._get_indices(indices))))

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        """Answer False for each: wrappers belong to the server's configuration."""
        return [False for _ in self._get_indices(indices)]


class _Rows:
    """Infos of the members, a dict for each."""

    def __init__(self, n: int) -> None:
        self.infos: list[dict[str, Any]] = [{} for _ in range(n)]

    def add(self, members: Sequence[int], info: Mapping[str, Any]) -> None:
        for i in members:
            self.infos[i].update(info)
