"""Pages in a browser, real, dreamed and replayed, as a policy written for BrowserGym reads them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from forms import forms
from gymnasium.vector import SyncVectorEnv
from hosts import server_binary

import dreamgym
from dreamgym import browsergym

SHOP = "sites/shop-v0"
TASK = {"split": "train", "index": 0}
#: what the real package's observations are like; see forms.py
REAL = json.loads((Path(__file__).parent / "testdata" / "browsergym.json").read_text())
NEVER = ("dom_object", "axtree_object", "extra_element_properties")
PAGES = ("open_pages_urls", "open_pages_titles", "active_page_index", "url")
FURTHER = {"text": "str", "axtree_txt": "str", "pruned_html": "str"}

Episode = list[tuple[dict[str, Any], tuple[str, ...]]]


@pytest.fixture(scope="module")
def server() -> Iterator[dreamgym.Server]:
    views = ["--chrome-views", "axtree_txt,pruned_html,screenshot,pages"]
    with dreamgym.launch(binary=server_binary(), args=views) as running:
        yield running


@pytest.fixture(scope="module")
def recorded(server: dreamgym.Server) -> tuple[str, list[str], Episode]:
    """An episode of the scripted policy: its id, its actions, its observations and what each lacks."""
    with browsergym.make(SHOP, "real", url=server.url) as env:
        first, info = env.reset(seed=1, options=TASK)
        told, actions, ended = [(first, env.not_given)], [], False
        while not ended:
            actions.append(env.get_wrapper_attr("advise")())
            seen, _, terminated, truncated, _ = env.step(actions[-1])
            told.append((seen, env.not_given))
            ended = terminated or truncated
    return info["episode"], actions, told


def play(url: str, backend: str, actions: list[str], seed: int | None, options: dict[str, Any]) -> Episode:
    with browsergym.make(SHOP, backend, url=url) as env:
        first, _ = env.reset(seed=seed, options=options)
        assert first in env.observation_space
        return [(first, env.not_given), *((env.step(a)[0], env.not_given) for a in actions)]


def test_real_pages_are_observed_as_the_package_does(recorded: tuple[str, list[str], Episode]) -> None:
    _, actions, told = recorded
    for (seen, not_given), action in zip(told, ["", *actions], strict=True):
        assert list(seen) == [*REAL["forms"], *FURTHER]
        assert not_given == NEVER
        assert forms(seen) == {**REAL["forms"], **FURTHER, **dict.fromkeys(NEVER, "NoneType")}
        assert (seen["last_action"], seen["last_action_error"]) == (action, "")
        assert seen["url"] == seen["open_pages_urls"][seen["active_page_index"][0]]
        assert [{**g, "text": "send it"} for g in seen["goal_object"]] == REAL["goal_object"]
    assert actions[0].startswith("fill('")
    assert told[1][0]["focused_element_bid"] == actions[0].split("'")[1]
    assert told[0][0]["screenshot"].std() > 0
    assert not np.array_equal(told[0][0]["screenshot"], told[-1][0]["screenshot"])
    assert told[-1][0]["elapsed_time"] > told[0][0]["elapsed_time"] > 0


def test_what_is_said_is_in_the_chat(recorded: tuple[str, list[str], Episode]) -> None:
    _, actions, told = recorded
    said = [(m["role"], m["message"]) for m in told[-1][0]["chat_messages"]]
    assert said[0] == (REAL["chat"][0]["role"], told[0][0]["goal"])
    assert actions[-1] == f"send_msg_to_user('{said[1][1]}')"
    assert [role for role, _ in said] == [m["role"] for m in REAL["chat"]]
    assert len(told[0][0]["chat_messages"]) == 1


def test_a_replay_is_observed_as_it_was(server: dreamgym.Server, recorded: tuple[str, list[str], Episode]) -> None:
    episode, actions, told = recorded
    again = play(server.url, "replay", actions, None, {"episode": episode})
    for (seen, not_given), (was, lacked) in zip(again, told, strict=True):
        assert not_given == lacked
        assert list(seen) == list(was)
        assert all(np.array_equal(seen[k], was[k]) for k in seen.keys() - {"chat_messages", "elapsed_time"})


def test_a_dream_has_the_same_keys(server: dreamgym.Server, recorded: tuple[str, list[str], Episode]) -> None:
    _, actions, told = recorded
    dreamt = play(server.url, "dream", actions, 1, TASK)
    missing = {*NEVER, *PAGES, "screenshot", "axtree_txt", "pruned_html"}
    for (seen, not_given), (was, _) in zip(dreamt, told, strict=True):
        assert set(not_given) == missing
        assert list(seen) == list(was)
        assert forms(seen) == {**forms(was), **dict.fromkeys(missing, "NoneType")}
        assert [m["message"] for m in seen["chat_messages"]] == [m["message"] for m in was["chat_messages"]]


def test_an_action_that_fails_says_nothing(server: dreamgym.Server) -> None:
    with browsergym.make(SHOP, "real", url=server.url) as env:
        env.reset(seed=1, options=TASK)
        for action, error in (("click('999')", "missing: "), ("send_msg_to_user('a', 'b')", ""), ("noop(", "wrong")):
            seen, *_, info = env.step(action)
            assert seen["last_action_error"] == info["action_error"]
            assert seen["last_action_error"].startswith(error)
            assert seen["last_action"] == action
            assert len(seen["chat_messages"]) == 1


def test_gymnasiums_vectors_take_it(server: dreamgym.Server) -> None:
    envs = SyncVectorEnv([partial(browsergym.make, SHOP, "real", url=server.url)] * 2)
    seen, _ = envs.reset(seed=[1, 2])
    assert [s.shape[2] for s in seen["screenshot"]] == [3, 3]
    seen, rewards, *_ = envs.step(["noop()", "report_infeasible(reason='sold out')"])
    assert [[m["role"] for m in said] for said in seen["chat_messages"]] == [["user"], ["user", "infeasible"]]
    assert rewards.shape == (2,)
    envs.close()


def test_what_is_no_page_is_refused(url: str) -> None:
    with pytest.raises(dreamgym.NotAvailableError, match="no page in a browser"):
        browsergym.make("toy/doors-v0", url=url)


@pytest.mark.parametrize(
    ("text", "focused"),
    [
        ("", ""),
        ('text "[1] focused"\n[2] button "Send"', ""),
        ('[2] textbox "to \\" focused" value="x focused"\n[3] link "Go on"', ""),
        ('[2] textbox "to" value="x\\"" focused\n[3] link "Go on"', "2"),
        ('[a] iframe "Inner" focused\n  [a1] checkbox "Deep" checked focused\n[3] link "x"', "a1"),
    ],
)
def test_the_focus_is_read_from_the_text(text: str, focused: str) -> None:
    assert browsergym._focused(text) == focused


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ("send_msg_to_user('it\\'s')  # told", [("assistant", "it's")]),
        ('send_msg_to_user(text="a")\nreport_infeasible("b")', [("assistant", "a"), ("infeasible", "b")]),
        ("fill('1', \"send_msg_to_user('a')\")", []),
        ("send_msg_to_user(", []),
        ("send_msg_to_user(\0)", []),
        ("send_msg_to_user(1)", []),
        ("-" * 4000 + "1", []),
    ],
)
def test_what_an_action_says(action: str, said: list[tuple[str, str]]) -> None:
    assert browsergym._said(action) == said
