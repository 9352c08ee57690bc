from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from fake import FakeServer
from gymnasium.vector import AutoresetMode

import dreamgym

DOORS = "toy/doors-v0"


def test_an_episode_and_the_next(fake: FakeServer, url: str) -> None:
    envs = dreamgym.make_vec(DOORS, 3, url=url)
    assert envs.metadata["autoreset_mode"] is AutoresetMode.NEXT_STEP
    observation, infos = envs.reset(seed=1)
    assert envs.observation_space.contains(observation)
    assert list(infos["seed"]) == [1, 2, 3]
    assert infos["_seed"].all()
    envs.step(["enter"] * 3)
    carried_out = len(fake.carried_out)
    wins = envs.advise([0])
    _, rewards, terminations, truncations, infos = envs.step([wins[0], "wait", "wait"])
    assert len(fake.carried_out) == carried_out + 4
    assert list(rewards) == [1, 0, 0]
    assert list(terminations) == [True, False, False]
    assert not truncations.any()
    assert "_seed" not in infos
    observation, rewards, terminations, _, infos = envs.step(["ignored", "wait", "enter"])
    assert observation["text"][0] == "You stand at a gate."
    assert list(rewards) == [0, 0, 0]
    assert not terminations.any()
    assert list(infos["_seed"]) == [True, False, False]
    _, _, _, truncations, infos = envs.step(["enter"] * 3)
    assert list(truncations) == [False, True, True]
    assert list(infos["stop"]) == [None, "step_limit", "step_limit"]
    assert "excluded" not in infos
    envs.close()
    envs.close()


def test_seeds_decide_everything(url: str) -> None:
    def seeds(envs: dreamgym.RemoteVectorEnv) -> list[int]:
        drawn = list(envs.reset(seed=7)[1]["seed"])
        for _ in range(5):  # the fourth step truncates, the fifth resets
            infos = envs.step(["wait", "wait"])[4]
        return drawn + list(infos["seed"]) + list(envs.reset()[1]["seed"])

    envs = dreamgym.make_vec(DOORS, 2, url=url)
    assert seeds(envs) == seeds(envs)
    envs.close()


def test_options_for_each_member(fake: FakeServer, url: str) -> None:
    envs = dreamgym.make_vec(DOORS, 2, url=url, options={"split": "train"})
    _, infos = envs.reset(seed=1, options={"task": ["red", "blue"], "evaluation": True})
    assert list(infos["task"]) == ["red", "blue"]
    assert all(r["evaluation"] for r in fake.carried_out[-2:])
    envs.assign(1, {"task": "white"})
    envs.step(["enter", "enter"])
    envs.step(["open white", "open white"])
    infos = envs.step(["", ""])[4]
    assert list(infos["task"]) == ["red", "white"]
    with pytest.raises(ValueError, match="3 values"):
        envs.reset(options={"task": ["red", "blue", "white"]})
    envs.close()


def test_none_leaves_a_member_alone(fake: FakeServer, url: str) -> None:
    envs = dreamgym.make_vec(DOORS, 2, url=url)
    envs.reset(seed=1)
    observation = envs.step(["enter", None])[0]
    assert observation["text"][1] == "You stand at a gate."
    assert fake.carried_out[-1]["op"] == "step"
    carried_out = len(fake.carried_out)
    envs.step([None, None])
    assert len(fake.carried_out) == carried_out
    envs.close()


def test_an_error_aborts_one_member_and_is_no_reward(fake: FakeServer, url: str) -> None:
    fake.errors["explode"] = "env_crashed"
    envs = dreamgym.make_vec(DOORS, 2, url=url)
    envs.reset(seed=1)
    observation, rewards, terminations, truncations, infos = envs.step(["explode", "enter"])
    assert envs.observation_space.contains(observation)
    assert list(rewards) == [0, 0]
    assert not terminations.any()
    assert list(truncations) == [True, False]
    assert list(infos["error"]) == ["env_crashed", None]
    assert list(infos["excluded"]) == [True, False]
    assert list(infos["_excluded"]) == [True, False]
    _, _, _, truncations, infos = envs.step(["x", "wait"])
    assert not truncations.any()
    assert infos["_seed"][0]
    envs.close()


def test_a_harmless_error_leaves_the_episode(fake: FakeServer, url: str) -> None:
    fake.errors["jump("] = "invalid_action"
    envs = dreamgym.make_vec(DOORS, 2, url=url)
    envs.reset(seed=1)
    _, _, _, truncations, infos = envs.step(["jump(", "enter"])
    assert not truncations.any()
    assert list(infos["error"]) == ["invalid_action", None]
    assert "excluded" not in infos
    assert envs.step(["enter", "wait"])[0]["text"][0].startswith("A corridor")
    envs.close()


def test_a_session_that_is_gone_is_opened_again(fake: FakeServer, url: str) -> None:
    envs = dreamgym.make_vec(DOORS, 2, url=url)
    envs.reset(seed=1)
    del fake.sessions[next(iter(fake.sessions))]
    truncations, infos = envs.step(["enter", "enter"])[3:]
    assert list(truncations) == [True, False]
    assert infos["error"][0] == "unknown_session"
    assert envs.step(["x", "wait"])[0]["text"][0] == "You stand at a gate."
    envs.close()


def test_refused_resets(fake: FakeServer, url: str) -> None:
    envs = dreamgym.make_vec(DOORS, 2, url=url)
    fake.errors["reset"] = "insufficient_evidence"
    with pytest.raises(dreamgym.InsufficientEvidenceError):
        envs.reset(seed=1)
    truncations, infos = envs.step(["x", "x"])[3:]
    assert truncations.all()
    assert infos["excluded"].all()
    fake.errors.clear()
    assert not envs.step(["x", "x"])[3].any()
    envs.close()


def test_a_dream_without_evidence_is_excluded(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    envs = dreamgym.make_vec(DOORS, 2, url=url)
    envs.reset(seed=1)
    exchange = envs._exchange

    def stopped(requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
        results = exchange(requests)
        steps = results[0]["steps"]
        steps["truncated"][1], steps["which"][1] = True, len(steps["rest"])
        steps["rest"].append({"observation": {"text": ""}, "info": {"stop": "insufficient_evidence"}})
        return results

    monkeypatch.setattr(envs, "_exchange", stopped)
    truncations, infos = envs.step(["wait", "wait"])[3:]
    assert list(truncations) == [False, True]
    assert list(infos["excluded"]) == [False, True]
    monkeypatch.undo()
    envs.close()


def test_a_lost_connection_goes_unnoticed(fake: FakeServer, url: str) -> None:
    envs = dreamgym.make_vec(DOORS, 20, url=url)  # more than one batch may hold
    envs.reset(seed=1)
    fake.drop_after = 1001
    observation = envs.step(["enter"] * 20)[0]
    assert all(t.startswith("A corridor") for t in observation["text"])
    assert [r["op"] for r in fake.carried_out].count("step") == 20
    envs.close()


def test_same_step_begins_the_next_episode_at_once(fake: FakeServer, url: str) -> None:
    fake.errors["explode"] = "env_crashed"
    envs = dreamgym.make_vec(DOORS, 3, url=url, autoreset_mode=AutoresetMode.SAME_STEP)
    envs.reset(seed=1)
    fake.drop_after = 1001  # the frame is sent again, and nothing is carried out twice
    observation, rewards, _, truncations, infos = envs.step(["explode", "wait", "enter"])
    assert list(rewards) == [0, 0, 0]
    assert list(truncations) == [True, False, False]
    assert observation["text"][0] == "You stand at a gate."
    assert list(infos["_final_obs"]) == [True, False, False]
    assert infos["final_info"]["error"][0] == "env_crashed"
    assert infos["final_info"]["excluded"][0]
    assert list(infos["_seed"]) == [True, False, False]
    wins = envs.advise([2])[0]
    observation, rewards, terminations, _, infos = envs.step([None, "enter", wins])
    assert list(terminations) == [False, False, True]
    assert infos["final_obs"][2]["text"] == "The end."
    assert infos["final_info"]["backend"][2] == "real"
    assert list(infos["_seed"]) == [False, False, True]
    assert observation["text"][2] == "You stand at a gate."
    assert rewards[2] == 1
    envs.close()


def test_same_step_tries_a_refused_reset_again(fake: FakeServer, url: str) -> None:
    envs = dreamgym.make_vec(DOORS, 2, url=url, autoreset_mode="SameStep")
    envs.reset(seed=1)
    envs.step(["enter", None])
    fake.errors["reset"] = "capacity_reached"
    terminations, truncations, infos = envs.step([envs.advise([0])[0], "enter"])[2:]
    assert list(terminations) == [True, False]
    assert not truncations.any()  # the episode ended by itself, and counts
    assert "excluded" not in infos["final_info"]
    assert infos["error"][0] == "capacity_reached"
    fake.errors.clear()
    observation, _, terminations, _, infos = envs.step(["ignored", "wait"])
    assert observation["text"][0] == "You stand at a gate."
    assert not terminations.any()
    assert list(infos["_seed"]) == [True, False]
    envs.close()


def test_same_step_opens_a_session_that_is_gone_once(fake: FakeServer, url: str) -> None:
    envs = dreamgym.make_vec(DOORS, 2, url=url, autoreset_mode="SameStep")
    envs.reset(seed=1)
    del fake.sessions[next(iter(fake.sessions))]
    truncations, infos = envs.step(["enter", "enter"])[3:]
    assert list(truncations) == [True, False]
    assert infos["final_info"]["error"][0] == "unknown_session"
    assert len(fake.sessions) == 2
    assert envs.step(["x", "wait"])[0]["text"][0] == "You stand at a gate."
    envs.close()


def test_without_autoreset_the_caller_resets(fake: FakeServer, url: str) -> None:
    envs = dreamgym.make_vec(DOORS, 3, url=url, autoreset_mode="Disabled")
    envs.reset(seed=1)
    envs.step(["enter"] * 3)
    ended = envs.step([*envs.advise([0]), "wait", "wait"])[2]
    assert list(ended) == [True, False, False]
    with pytest.raises(dreamgym.ResetRequiredError, match="sub-environment 0"):
        envs.step(["enter"] * 3)
    options = {"reset_mask": ended, "split": "seen"}
    observation, infos = envs.reset(seed=[5, None, None], options=options)
    assert [t.startswith("A corridor") or t == "Nothing happens." for t in observation["text"]] == [False, True, True]
    assert list(infos["_seed"]) == [True, False, False]
    assert (infos["seed"][0], infos["split"][0]) == (5, "seen")
    assert options.keys() == {"reset_mask", "split"}
    envs.step(["enter"] * 3)
    for mask, error in (([True] * 3, TypeError), (np.ones(2, bool), ValueError), (np.zeros(3, bool), ValueError)):
        with pytest.raises(error, match="reset_mask"):
            envs.reset(options={"reset_mask": mask})
    with pytest.raises(ValueError, match="2 seeds"):
        envs.reset(seed=[1, 2])
    with pytest.raises(ValueError, match="2 actions"):
        envs.step(["enter"] * 2)
    envs.close()


def test_infos_have_types(url: str) -> None:
    envs = dreamgym.make_vec(DOORS, 2, url=url)
    infos = envs.reset(seed=1)[1]
    assert infos["seed"].dtype == np.int64
    assert infos["seed_honoured"].dtype == np.bool_
    assert infos["backend"].dtype == object
    assert infos["actions"][0] == ["enter", "wait"]
    envs.close()


def test_one_member_at_least(url: str) -> None:
    with pytest.raises(ValueError, match="num_envs"):
        dreamgym.make_vec(DOORS, 0, url=url)


def test_what_could_not_be_opened_is_closed(fake: FakeServer, url: str) -> None:
    fake.errors["open"] = "capacity_reached"
    with pytest.raises(dreamgym.CapacityReachedError):
        dreamgym.make_vec(DOORS, 2, url=url)
    with pytest.raises(dreamgym.ConnectionLostError):
        dreamgym.make_vec(DOORS, 2, url="ws://127.0.0.1:9")


def test_an_older_server_is_told_as_such(fake: FakeServer, url: str) -> None:
    fake.old = True
    envs = dreamgym.make_vec(DOORS, 2, url=url)
    envs.reset(seed=1)
    with pytest.raises(dreamgym.VersionMismatchError, match=r'fake/1, has no operation "steps": .* older .* update'):
        envs.step(["wait", "wait"])
    envs.close()
