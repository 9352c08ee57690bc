from __future__ import annotations

import gymnasium as gym
import pytest
from fake import FakeServer
from gymnasium.utils.env_checker import check_env

import dreamgym

DOORS = "toy/doors-v0"


def test_an_episode(url: str) -> None:
    env = dreamgym.make(DOORS, url=url)
    observation, info = env.reset(seed=5)
    assert observation == {"goal": f"open the {info['task']} door", "text": "You stand at a gate."}
    assert info["actions"] == ["enter", "wait"] == info["observation"]["actions"]
    observation, reward, terminated, truncated, info = env.step("enter")
    assert (reward, terminated, truncated, info["backend"]) == (0.0, False, False, "real")
    assert env.observation_space.contains(observation)
    assert env.advise() in info["actions"]
    _, reward, terminated, truncated, _ = env.step(env.advise())
    assert (reward, terminated, truncated) == (1.0, True, False)
    with pytest.raises(dreamgym.ResetRequiredError):
        env.step("enter")
    env.close()
    env.close()
    with pytest.raises(dreamgym.NotAvailableError):
        env.step("enter")


def test_passes_gymnasiums_check(url: str) -> None:
    env = dreamgym.make(DOORS, url=url)
    check_env(env, skip_render_check=False)
    env.close()


def test_gymnasium_makes_it(url: str) -> None:
    env = gym.make("dreamgym:dreamgym/Remote-v0", env=DOORS, backend="real", url=url, render_mode="ansi")
    env.reset(seed=1)
    assert env.render() == "You stand at a gate."
    env.close()


def test_gymnasium_makes_a_vector(url: str) -> None:
    envs = gym.make_vec("dreamgym:dreamgym/Remote-v0", num_envs=3, vector_kwargs=None, env=DOORS, url=url)
    observation, _ = envs.reset(seed=1)
    assert len(observation["text"]) == 3
    envs.close()


def test_a_spec_makes_the_same_environment(url: str) -> None:
    env = dreamgym.make(DOORS, "real", url=url)
    assert env.spec is not None
    assert env.spec.nondeterministic is False
    again = env.spec.make()
    assert isinstance(again.unwrapped, dreamgym.RemoteEnv)
    assert again.reset(seed=9)[0] == env.reset(seed=9)[0]
    again.close()
    env.close()


def test_seeds_continue(url: str) -> None:
    env = dreamgym.make(DOORS, url=url)
    first = [env.reset(seed=s)[1]["seed"] for s in (4, None, None)]
    second = [env.reset(seed=s)[1]["seed"] for s in (4, None, None)]
    assert first == second
    assert len(set(first)) == 3
    env.close()


def test_reset_options_reach_the_server(fake: FakeServer, url: str) -> None:
    env = dreamgym.make(DOORS, url=url, options={"split": "seen"})
    env.reset(seed=1, options={"index": 3, "backend": "dream", "evaluation": True})
    sent = {"id", "op", "session", "seed", "split", "index", "backend", "evaluation"}
    assert fake.carried_out[-1].keys() == sent
    assert fake.carried_out[-1]["split"] == "seen"
    env.reset(seed=1, options={"episode": "e1", "backend": "replay"})
    assert "seed" not in fake.carried_out[-1]
    with pytest.raises(dreamgym.InvalidRequestError, match="tsak"):
        env.reset(options={"tsak": "t"})
    env.close()


def test_an_invalid_action_does_not_end_the_episode(fake: FakeServer, url: str) -> None:
    fake.errors["jump("] = "invalid_action"
    env = dreamgym.make(DOORS, url=url)
    env.reset(seed=1)
    with pytest.raises(dreamgym.InvalidActionError):
        env.step("jump(")
    assert env.step("enter")[0]["text"].startswith("A corridor")
    env.close()


def test_a_session_that_is_gone_is_opened_again_at_reset(fake: FakeServer, url: str) -> None:
    env = dreamgym.make(DOORS, url=url)
    env.reset(seed=1)
    fake.sessions.clear()
    with pytest.raises(dreamgym.UnknownSessionError):
        env.step("enter")
    assert env.reset(seed=1)[0]["text"] == "You stand at a gate."
    env.close()


def test_an_environment_that_cannot_open_leaves_no_connection(fake: FakeServer, url: str) -> None:
    fake.errors["open"] = "unknown_environment"
    with pytest.raises(dreamgym.UnknownEnvironmentError):
        dreamgym.make(DOORS, url=url)


def test_environments_share_a_client(url: str) -> None:
    with dreamgym.Client(url) as client:
        first, second = (dreamgym.make(DOORS, client=client) for _ in range(2))
        first.reset(seed=1)
        second.reset(seed=2)
        first.close()
        second.step("enter")
        second.close()
        client.ping()


def test_the_url_comes_from_the_environment(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DREAMGYM_URL", url)
    dreamgym.make(DOORS).close()
