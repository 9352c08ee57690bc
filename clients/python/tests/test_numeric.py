"""Hosted numeric environments, against the server and against Gymnasium itself."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from hosts import server_binary

import dreamgym
from dreamgym._views import NumericView, space_of

POLE = "python/CartPole-v1"
HOSTED = Path(__file__).parents[3] / "adapters" / "python" / "testdata"
DECLARED: list[dict[str, Any]] = [
    {"id": "CartPole-v1", "max_steps": 30},
    {"id": "FrozenLake-v1", "actions": ["left", "down", "right", "up"]},
    {"id": "Pendulum-v1", "max_steps": 40},
    {"id": "Blackjack-v1"},
    {"id": "parts:Parts-v0", "max_steps": 9},
]


@pytest.fixture(scope="module")
def server() -> Iterator[dreamgym.Server]:
    args = ["--test-envs", "--python", sys.executable, "--python-path", str(HOSTED)]
    for declared in DECLARED:
        args += ["--python-env", json.dumps(declared)]
    with dreamgym.launch(binary=server_binary(), args=args) as running:
        yield running


@pytest.fixture(scope="module", autouse=True)
def path_of_hosted() -> Iterator[None]:
    sys.path.append(str(HOSTED))
    yield
    sys.path.remove(str(HOSTED))


@pytest.mark.filterwarnings("ignore:.*probably too:UserWarning")  # of bounds: they are the environment's own
@pytest.mark.parametrize("name", [POLE, "python/FrozenLake-v1", "test/echo-v0", "python/parts.Parts-v0"])
def test_passes_gymnasiums_check(server: dreamgym.Server, name: str) -> None:
    env = dreamgym.make(name, url=server.url)
    check_env(env, skip_render_check=True)
    env.close()


@pytest.mark.parametrize("declared", DECLARED, ids=lambda d: d["id"])
def test_spaces_are_those_of_gymnasium(server: dreamgym.Server, declared: dict[str, Any]) -> None:
    ours = dreamgym.make("python/" + declared["id"].replace(":", "."), url=server.url)
    theirs = gym.make(declared["id"])
    for a, b in [(ours.observation_space, theirs.observation_space), (ours.action_space, theirs.action_space)]:
        assert a == b
        assert (a.dtype, a.shape) == (b.dtype, b.shape)
    ours.close()
    theirs.close()


@pytest.mark.parametrize("declared", DECLARED, ids=lambda d: d["id"])
def test_an_episode_is_gymnasiums(server: dreamgym.Server, declared: dict[str, Any]) -> None:
    """Task seed-7 is Gymnasium's reset with seed 7; the same actions lead to the same arrays."""
    ours = dreamgym.make("python/" + declared["id"].replace(":", "."), url=server.url)
    theirs = gym.make(declared["id"], max_episode_steps=declared.get("max_steps"))
    seen, _ = ours.reset(options={"task": "seed-7"})
    wanted, _ = theirs.reset(seed=7)
    theirs.action_space.seed(3)
    for _ in range(12):
        same(seen, wanted)
        assert seen in theirs.observation_space
        action = theirs.action_space.sample()
        seen, reward, terminated, truncated, _ = ours.step(action)
        wanted, *others, _ = theirs.step(action)
        assert [reward, terminated, truncated] == others
        if terminated or truncated:
            break
    same(seen, wanted)
    ours.close()
    theirs.close()


def same(a: Any, b: Any) -> None:
    """Hold arrays, and what holds them, to each other: values, types and shapes."""
    assert type(a) is type(b) or np.isscalar(b), (a, b)
    if isinstance(a, dict):
        assert a.keys() == b.keys()
        for key in a:
            same(a[key], b[key])
    elif isinstance(a, tuple | list):
        assert len(a) == len(b)
        for x, y in zip(a, b, strict=True):
            same(x, y)
    elif isinstance(a, np.ndarray):
        assert (a.dtype, a.shape) == (b.dtype, b.shape)
        if a.dtype == object:
            same(list(a), list(b))
        else:
            assert np.array_equal(a, b), (a, b)
    else:
        assert a == b


def test_actions_are_numbers_or_names(server: dreamgym.Server) -> None:
    env = dreamgym.make("python/FrozenLake-v1", url=server.url, options={"task": "seed-1"})
    told = []
    for action in (2, np.int64(2), np.array(2), "right", "2"):
        _, info = env.reset()
        assert info["actions"] == ["left", "down", "right", "up"]
        told.append(env.step(action)[0])
    assert len(set(map(int, told))) == 1
    env.reset()
    for wrong in (4, -1, "sideways", 0.5):
        with pytest.raises(dreamgym.InvalidActionError):
            env.step(wrong)
    env.close()


# Keys that are another in every session.
OWN = ("episode", "_episode")


def comparable(infos: dict[str, Any]) -> dict[str, Any]:
    return {k: comparable(v) if isinstance(v, dict) else v for k, v in infos.items() if k not in OWN}


@pytest.mark.parametrize("mode", list(AutoresetMode))
@pytest.mark.parametrize("name", [POLE, "python/Blackjack-v1", "python/parts.Parts-v0", "python/Pendulum-v1"])
def test_a_vector_is_gymnasiums(server: dreamgym.Server, name: str, mode: AutoresetMode) -> None:
    """The same seeds and actions: the same results, key by key."""
    ours = dreamgym.make_vec(name, 5, url=server.url, autoreset_mode=mode)
    theirs = SyncVectorEnv([partial(dreamgym.make, name, url=server.url)] * 5, autoreset_mode=mode)
    assert ours.observation_space == theirs.observation_space
    assert ours.action_space == theirs.action_space
    assert ours.metadata["autoreset_mode"] is mode
    alike(ours.reset(seed=11), theirs.reset(seed=11))
    ours.action_space.seed(5)
    ended = np.zeros(5, dtype=bool)
    for _ in range(120):
        if mode is AutoresetMode.DISABLED and ended.any():
            alike(ours.reset(options={"reset_mask": ended}), theirs.reset(options={"reset_mask": ended}))
        actions = ours.action_space.sample()
        step = ours.step(actions)
        alike(step, theirs.step(actions))
        ended = step[2] | step[3]
    assert step[0] in ours.observation_space
    alike(ours.reset(), theirs.reset())
    ours.close()
    theirs.close()


def alike(a: tuple[Any, ...], b: tuple[Any, ...]) -> None:
    same(a[:-1], b[:-1])
    same(comparable(a[-1]), comparable(b[-1]))


@pytest.mark.filterwarnings("ignore:.*probably too:UserWarning")
@pytest.mark.parametrize("name", [POLE, "python/FrozenLake-v1", "python/Blackjack-v1"])
def test_the_dream_has_the_spaces_of_the_real(server: dreamgym.Server, name: str) -> None:
    real = dreamgym.make_vec(name, 16, "real", url=server.url)
    real.reset(seed=1)
    real.action_space.seed(1)
    for _ in range(150):
        real.step(real.action_space.sample())
    real.close()
    shown, dreamt = (dreamgym.make(name, backend, url=server.url) for backend in ("real", "dream"))
    assert dreamt.backend == "dream"
    assert dreamt.observation_space == shown.observation_space
    assert dreamt.action_space == shown.action_space
    check_env(dreamt, skip_render_check=True)
    a, b = (env.reset(options={"task": "seed-3"})[0] for env in (shown, dreamt))
    assert type(a) is type(b)
    assert np.shape(a) == np.shape(b)
    assert b in shown.observation_space
    shown.close()
    dreamt.close()


def test_a_step_is_one_frame_in_every_mode(server: dreamgym.Server) -> None:
    envs = dreamgym.make_vec(POLE, 8, url=server.url, autoreset_mode="SameStep")
    envs.reset(seed=1)
    frames = 0
    batch = envs._client.batch

    def counted(requests: Any) -> Any:
        nonlocal frames
        frames += 1
        return batch(requests)

    envs._client.batch = counted  # type: ignore[method-assign]
    ends = 0
    for _ in range(60):
        infos = envs.step(envs.action_space.sample())[4]
        ends += int(infos.get("_final_obs", np.zeros(8)).sum())
    assert frames == 60
    assert ends >= 8
    envs.close()


def test_gymnasium_makes_them(server: dreamgym.Server) -> None:
    env = gym.make("dreamgym:dreamgym/Remote-v0", env=POLE, url=server.url)
    seen, _ = env.reset(seed=3)
    assert (seen.dtype, seen.shape) == (np.float32, (4,))
    env.close()
    envs = gym.make_vec("dreamgym:dreamgym/Remote-v0", num_envs=8, env=POLE, url=server.url, autoreset_mode="Disabled")
    assert isinstance(envs, dreamgym.RemoteVectorEnv)
    assert envs.metadata["autoreset_mode"] is AutoresetMode.DISABLED
    seen, _ = envs.reset(seed=3)
    assert seen.shape == (8, 4)
    envs.close()


def test_an_unknown_space_is_said() -> None:
    with pytest.raises(dreamgym.ProtocolError, match="Graph"):
        space_of({"kind": "Graph", "dtype": "float32"})


def test_an_array_that_is_not_there_is_said() -> None:
    box = {"kind": "Box", "dtype": "float32", "shape": [2], "low": ["-inf"], "high": ["inf"]}
    view = NumericView({"observation": box, "action": {"kind": "Text"}}, 100)
    for seen in ({"text": "[1, 2]"}, {"text": "", "array": {"data": [1.0]}}):
        with pytest.raises(dreamgym.ProtocolError, match="array"):
            view.row(seen)
    with pytest.raises(dreamgym.ProtocolError, match="3 values, its space 2"):
        view.column({"dtype": "float32", "shape": [3], "data": bytes(24)})
    assert view.word("any words") == "any words"
    assert view.observation_space == spaces.Box(-np.inf, np.inf, (2,), np.float32)


def test_a_column_is_read_in_both_encodings() -> None:
    box = {"kind": "Box", "dtype": "float32", "shape": [2], "low": ["-inf"], "high": ["inf"]}
    view = NumericView({"observation": box, "action": {"kind": "Text"}}, 100)
    rows = np.array([[0.5, -1.0], [2.0, 0.25]])
    data = rows.astype("<f8").tobytes()
    for said in (data, base64.b64encode(data).decode()):
        assert (view.column({"dtype": "float32", "shape": [2], "data": said}) == rows).all()


@pytest.mark.parametrize("actions", [np.array([0.0, 1.0]), np.array([[0], [1]])])
def test_what_is_no_number_of_an_action_is_refused(server: dreamgym.Server, actions: Any) -> None:
    envs = dreamgym.make_vec(POLE, 2, url=server.url)
    envs.reset(seed=1)
    with pytest.raises(dreamgym.InvalidActionError):
        envs.step(actions)
    envs.close()


def test_members_that_break_keep_what_they_showed_last(server: dreamgym.Server) -> None:
    """The column has zeros for a member whose step was refused."""
    client = dreamgym.Client(server.url, codec="json")
    envs = dreamgym.make_vec(POLE, 3, client=client)
    first = envs.reset(seed=1)[0]
    seen, rewards, *_, infos = envs.step(["0", "jump", "1"])
    assert list(infos["error"]) == [None, "invalid_action", None]
    assert (seen[1] == first[1]).all()
    assert (seen[[0, 2]] != first[[0, 2]]).any(axis=1).all()
    assert list(rewards) == [1, 0, 1]
    envs.close()
    client.close()
