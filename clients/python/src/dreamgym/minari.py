"""Recorded episodes as a Minari dataset.

>>> from dreamgym import minari
>>> spec, episodes = minari.fetch("house/heat-and-place-v0", backend="real", split="train")  # doctest: +SKIP
>>> dataset = minari.create_dataset("house/heat/real-v0", spec, episodes)  # doctest: +SKIP

An episode is JSON as the server's ``GET /v1/episodes/{id}`` and ``envserver episodes show --json`` give it, a spec
as `dreamgym.Client.envs` does. It needs the extra ``minari``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import minari
import numpy as np
from gymnasium import spaces
from minari.data_collector import EpisodeBuffer

from dreamgym import _http
from dreamgym._errors import InvalidRequestError, UnknownEnvironmentError
from dreamgym._protocol import Message
from dreamgym._spaces import UnicodeText
from dreamgym._views import View, view_of

__all__ = ["create_dataset", "fetch"]


def fetch(
    env: str,
    *,
    backend: str | None = None,
    split: str | None = None,
    evaluation: bool = False,
    url: str | None = None,
    token: str | None = None,
) -> tuple[Message, Iterator[Message]]:
    """Ask a server for an environment's spec and its recorded episodes, the oldest first.

    Args:
        env: ``namespace/name-vN``.
        backend: Only episodes that were played by this one.
        split: Only episodes of this one.
        evaluation: Whether episodes for measuring are among them.
        url: The server; see `dreamgym.Client`.
        token: The bearer token; see `dreamgym.Client`.
    """
    access = {"url": url, "token": token}
    specs = [e["spec"] for e in _http.get("/v1/envs", **access)["envs"] if e["spec"]["id"] == env]
    if not specs:
        raise UnknownEnvironmentError(f"the server has no environment {env!r}")
    listed = _http.get("/v1/episodes", env=env, backend=backend, split=split, limit=-1, **access)["episodes"] or []
    wanted = [row["id"] for row in reversed(listed) if evaluation or not row.get("evaluation")]
    return specs[0], (_http.get(f"/v1/episodes/{id_}", **access) for id_ in wanted)


def create_dataset(dataset_id: str, spec: Mapping[str, Any], episodes: Iterable[Message], **about: Any) -> Any:
    """Create a Minari dataset of the episodes that came to an end by themselves or by a step limit.

    Those that run, were aborted, or broke off for want of evidence are no experience, and are left out. Spaces are the
    environment's own; text is a Text of the characters that occur.

    Args:
        dataset_id: Minari's, such as ``namespace/name-v0``.
        spec: The environment's spec.
        episodes: The recorded episodes.
        **about: Further arguments of `minari.create_dataset_from_buffers`, such as author and algorithm_name.
    """
    view = view_of(spec)
    buffers = [_buffer(view, i, episode) for i, episode in enumerate(filter(_counts, episodes))]
    if not buffers:
        raise InvalidRequestError("none of the episodes came to its end: there is nothing to make a dataset of")
    texts = _Texts()
    for buffer in buffers:
        texts.see(buffer.observations)
        texts.see(buffer.actions)
    about = {"description": f"Recorded episodes of {spec['id']}", **about}
    return minari.create_dataset_from_buffers(
        dataset_id,
        buffers,
        observation_space=texts.space(view.observation_space),
        action_space=texts.space(view.action_space),
        **about,
    )


def _counts(episode: Message) -> bool:
    """Tell whether an episode is experience."""
    steps, end = episode.get("steps") or [], episode.get("end") or {}
    if end.get("reason") not in ("terminated", "truncated") or len(steps) < 2:
        return False
    return bool((steps[-1]["timestep"].get("info") or {}).get("stop") != "insufficient_evidence")


def _buffer(view: View, number: int, episode: Message) -> EpisodeBuffer:
    """Make Minari's form of an episode: one observation more than there are actions."""
    header, steps = episode["header"], episode["steps"]
    timesteps = [step["timestep"] for step in steps]
    observations = view.batch([view.row(t["observation"]) for t in timesteps])
    actions = [view.action(step["action"]) for step in steps[1:]]
    return EpisodeBuffer(
        id=number,
        seed=header["seed"],
        options={"episode": header["id"], "backend": header["backend"], "task": header["task"]["id"]},
        observations=_lists(observations),
        actions=actions if isinstance(actions[0], str) else np.stack(actions),
        rewards=[float(t["reward"]) for t in timesteps[1:]],
        terminations=[bool(t["terminated"]) for t in timesteps[1:]],
        truncations=[bool(t["truncated"]) for t in timesteps[1:]],
    )


def _lists(observations: Any) -> Any:
    """Answer texts as lists: Minari takes tuples for parts of a space."""
    if isinstance(observations, dict):
        return {key: _lists(part) for key, part in observations.items()}
    if isinstance(observations, tuple) and isinstance(observations[0], str):
        return list(observations)
    return observations


class _Texts:
    """The characters and the length of the texts of a dataset, which a Text space has to name."""

    def __init__(self) -> None:
        self._characters: set[str] = set()
        self._longest = 1

    def see(self, values: Any) -> None:
        """Take texts in, in whatever holds them."""
        if isinstance(values, Mapping):
            values = list(values.values())
        if isinstance(values, str):
            self._characters.update(values)
            self._longest = max(self._longest, len(values))
        elif isinstance(values, Sequence):
            for value in values:
                self.see(value)

    def space(self, space: spaces.Space[Any]) -> spaces.Space[Any]:
        """Answer the space that Minari can write down."""
        if isinstance(space, UnicodeText):
            return spaces.Text(self._longest, min_length=0, charset="".join(sorted(self._characters)))
        if isinstance(space, spaces.Dict):
            return spaces.Dict({key: self.space(part) for key, part in space.spaces.items()})
        return space
