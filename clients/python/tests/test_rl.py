from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake import COLOURS, FakeServer

import dreamgym
from dreamgym import rl
from dreamgym.rl.features import History, common_words, words_of
from dreamgym.rl.grpo import group_advantages, surrogate
from dreamgym.rl.policy import Adam, Batch, Choice
from dreamgym.rl.rollout import Episode, Job

DOORS = "toy/doors-v0"


def test_all() -> None:
    assert set(rl.__all__) <= set(vars(rl))
    assert list(rl.__all__) == sorted(rl.__all__)


def test_no_environment_is_known() -> None:
    """The words that only environments have are not in the sources."""
    root = Path(__file__).parents[3]
    kinds = (root / "adapters" / "house" / "kinds.go").read_text()
    named = set(re.findall(r'"([a-z]{4,})"', kinds)) | {"miniwob", "house", "click", "fill"}
    sources = (Path(rl.__file__).parent).glob("*.py")
    used = {w for source in sources for w in words_of(source.read_text())}
    plain = {"watch"}  # words of any text on programming
    assert not (named - plain) & used


def test_words() -> None:
    assert words_of("Go to Shelf 1, naïve_☂ x") == ("go", "to", "shelf", "1", "naïve", "x")
    assert common_words(["a b", "a c", "a d"]) == {"a", "b", "c", "d"}
    assert common_words(["a b", "a c", "a d", "a e"]) == {"a"}


def rows(history: History, actions: list[str]) -> list[set[int]]:
    return [set(map(int, row)) for row in history.features(actions, 1 << 30)]


def test_actions_that_relate_alike_share_features() -> None:
    history = History("put the mug on the shelf", frozenset({"the", "on"}))
    history.begin("You see a mug 1, and a cup 2.")
    offered = ["take mug 1", "take cup 2", "take plate 3"]
    mug, cup, plate = rows(history, offered)
    assert len(cup & plate) > len(mug & cup)
    assert rows(history, offered) == [mug, cup, plate]
    history.record("take mug 1", "You take the mug.")
    assert rows(history, offered)[0] != mug


def test_what_was_done_to_a_thing_is_remembered_whatever_named_it() -> None:
    history = History("put the mug on the shelf", frozenset({"the", "on"}))
    history.begin("A box 1 and a box 2, both closed.")
    history.record("open box 1", "The box 1 is open.")
    offered = ["look at box 1", "look at box 2", "look at box 3"]
    opened, closed, other = rows(history, offered)
    assert len(closed & other) > len(opened & other)
    history.record("open box 2", "The box 2 is open.")
    history.record("wait", "Time passes.")
    opened, opened_too, _ = rows(history, offered)
    assert len(opened & opened_too) > len(opened & closed)


def test_how_far_the_goal_is_decides_what_comes_next() -> None:
    history = History("put the mug on the shelf", frozenset({"the", "on"}))
    history.begin("You see a mug 1.")
    offered = ["walk to shelf 1", "walk to door 1"]
    before = rows(history, offered)
    history.record("look", "You see a mug 1.")
    looked = rows(history, offered)
    history.record("take mug 1", "You take the mug.")
    after = rows(history, offered)
    for b, same, a in zip(before, looked, after, strict=True):
        assert len(b & same) > len(b & a)


def test_features_are_the_same_in_every_process() -> None:
    history = History("open the red door", frozenset())
    history.begin("Doors.")
    assert history.features(["open red", "wait"], 1000)[:, :4].tolist() == [[525, 439, 683, 433], [786, 536, 207, 879]]


def test_an_id_stands_for_its_line() -> None:
    history = History("press the Cancel button", frozenset({"button"}))
    history.begin('[1] button "OK"\n[2] button "Cancel"')
    ok, cancel = rows(history, ["press('1')", "press('2')"])
    history.begin('[a7] button "OK"\n[a8] button "Cancel"')
    assert rows(history, ["press('a7')", "press('a8')"]) == [ok, cancel]
    assert ok != cancel


def test_a_listed_line_is_told_by_the_goals_words_above_it() -> None:
    history = History("delete the mail of Ada", frozenset({"the", "of"}))
    history.begin('[1] "Bob"\n[2] "bin"\n[3] "Ada"\n[4] "bin"')
    bob, below_bob, _, below_ada = rows(history, [f"press('{i}')" for i in range(1, 5)])
    assert len(below_ada & below_bob) > len(below_ada & bob)
    assert below_ada != below_bob
    history.begin('[1] "Ada"\n[2] "bin"\n[3] "Bob"\n[4] "bin"')
    assert len(rows(history, ["press('2')"])[0] & below_ada) > len(below_ada & below_bob)


def choices(n: int, rng: np.random.Generator) -> list[Choice]:
    return [
        Choice(rng.integers(0, 50, (k := int(rng.integers(2, 6)), 7)).astype(np.int32), int(rng.integers(k)))
        for _ in range(n)
    ]


def test_a_batch_scores_as_the_policy_does() -> None:
    rng = np.random.default_rng(0)
    policy = rl.Policy(size=50)
    policy.weights[:] = rng.normal(size=50)
    made = choices(20, rng)
    alone = np.concatenate([policy.probabilities(c.features) for c in made])
    assert np.allclose(Batch(made).probabilities(policy.weights), alone, atol=1e-5)


def test_the_gradient_is_that_of_the_objective() -> None:
    rng = np.random.default_rng(1)
    weights = rng.normal(size=50).astype(np.float32)
    reference = weights + rng.normal(size=50).astype(np.float32) * 0.1
    batch = Batch(choices(10, rng))
    acted = (batch.probabilities(weights)[batch.taken] * rng.uniform(0.95, 1.05, 10)).astype(np.float32)
    advantage = rng.normal(size=10).astype(np.float32)
    learn = rl.Settings(kl=0.3, entropy=0.2)

    def objective(w: np.ndarray) -> float:
        p, q = batch.probabilities(w).astype(float), batch.probabilities(reference).astype(float)
        gain = float(np.sum(advantage * p[batch.taken] / acted))
        return gain - 0.3 * float(np.sum(p * np.log(p / q))) - 0.2 * float(np.sum(p * np.log(p)))

    gradient = batch.gradient(surrogate(batch, weights, reference, acted, advantage, learn), 50)
    for i in rng.permutation(50)[:10]:
        step = np.zeros(50)
        step[i] = 1e-4
        numeric = (objective(weights + step) - objective(weights - step)) / 2e-4
        assert gradient[i] == pytest.approx(numeric, abs=2e-3)


def test_what_moved_too_far_is_clipped() -> None:
    batch = Batch([Choice(np.array([[0], [1]], dtype=np.int32), 0)] * 2)
    weights = np.array([2.0, 0.0], dtype=np.float32)
    acted = np.array([0.5, 0.5], dtype=np.float32)
    learn = rl.Settings(kl=0.0, clip=0.2)
    pushed = surrogate(batch, weights, weights, acted, np.array([1.0, -1.0], dtype=np.float32), learn)
    assert pushed[0] == 0  # it is likelier than it may become already
    assert pushed[2] < 0


def test_adam_climbs() -> None:
    weights, adam = np.zeros(3, dtype=np.float32), Adam(3, 0.1)
    for _ in range(200):
        adam.ascend(weights, np.array([1.0, -2.0, 0.5], dtype=np.float32) - weights)
    assert np.allclose(weights, [1.0, -2.0, 0.5], atol=0.05)


def test_advantages_are_within_the_group() -> None:
    episodes = [Episode(Job({}, 0, g), reward=r) for g, r in [(0, 1), (1, 1), (0, 0), (1, 1), (2, 0)]]
    assert group_advantages(episodes).tolist() == [1, 0, -1, 0, 0]


def test_a_policy_is_read_as_it_was_written(tmp_path: Path) -> None:
    policy = rl.Policy(frozenset({"the", "naïve"}), size=64)
    policy.weights[3] = 0.5
    policy.save(tmp_path / "p.npz")
    read = rl.Policy.load(tmp_path / "p.npz")
    assert read.common == policy.common
    assert np.array_equal(read.weights, policy.weights)


def test_from_recordings_to_a_policy_that_learned(url: str) -> None:
    rng = np.random.default_rng(0)
    envs = dreamgym.make_vec(DOORS, 8, url=url)
    recordings = rl.record(envs, [Job({}, seed) for seed in range(40)], rng, noise=(0.5, 1.0))
    assert len(recordings) == 40
    assert 0.1 < np.mean([r.reward for r in recordings]) < 0.9
    untrained = rl.Policy(common_words(t for r in recordings for t in r.texts))
    start = rl.clone(recordings, epochs=3)
    told: list[rl.Progress] = []
    policy = rl.train(envs, start, 1500, settings=rl.Settings(tasks=4, group=8, rate=0.01), seed=1, watch=told.append)
    score = {
        name: np.mean(list(rl.evaluate(envs, p, range(60)).values()))
        for name, p in {"untrained": untrained, "cloned": start, "trained": policy}.items()
    }
    assert score["untrained"] < score["cloned"] < score["trained"]
    assert score["trained"] > 0.85
    assert told[-1].steps >= 1500
    assert all(t.episodes == 32 and t.excluded == 0 for t in told)
    assert list(rl.evaluate(envs, policy)) == list(range(len(COLOURS)))
    envs.close()


def test_training_follows_its_seed(url: str) -> None:
    def trained(seed: int) -> np.ndarray:
        envs = dreamgym.make_vec(DOORS, 4, url=url)
        start = rl.Policy(size=1024)
        weights = rl.train(envs, start, 100, tasks=3, settings=rl.Settings(tasks=2, group=4), seed=seed).weights
        envs.close()
        return weights

    assert np.array_equal(trained(5), trained(5))
    assert not np.array_equal(trained(5), trained(6))


def test_a_group_shares_task_and_seed(fake: FakeServer, url: str) -> None:
    envs = dreamgym.make_vec(DOORS, 4, url=url)
    rl.train(envs, rl.Policy(size=64), 1, tasks=[7], settings=rl.Settings(tasks=2, group=3), seed=0)
    resets = [r for r in fake.carried_out if r["op"] == "reset"]
    assert len(resets) == 6
    assert len({r["seed"] for r in resets}) == 2
    assert {r["index"] for r in resets} == {7}
    envs.close()


def test_what_told_good_from_bad_is_taken_up_again(fake: FakeServer, url: str) -> None:
    def seeds(again: float) -> list[int]:
        fake.carried_out.clear()
        envs = dreamgym.make_vec(DOORS, 4, url=url)
        rl.train(envs, rl.Policy(size=64), 200, settings=rl.Settings(tasks=1, group=4, again=again), seed=0)
        envs.close()
        return [r["seed"] for r in fake.carried_out if r["op"] == "reset"]

    anew = seeds(0.0)
    assert len(set(anew)) == len(anew) / 4
    again = seeds(1.0)
    assert len(set(again)) < len(again) / 4
    assert len(set(again)) > 1  # what teaches no longer makes room for new tasks


def test_where_nothing_can_be_played_the_policy_stays(fake: FakeServer, url: str) -> None:
    envs = dreamgym.make_vec(DOORS, 4, url=url)
    fake.errors["reset"] = "insufficient_evidence"
    start = rl.Policy(size=64)
    start.weights[:] = 0.5
    told: list[rl.Progress] = []
    policy = rl.train(envs, start, 1000, watch=told.append)
    assert np.array_equal(policy.weights, start.weights)
    assert len(told) == 3
    assert told[-1].episodes == 0
    envs.close()


def test_aborted_episodes_are_left_out(fake: FakeServer, url: str) -> None:
    envs = dreamgym.make_vec(DOORS, 4, url=url)
    fake.errors["enter"] = "env_crashed"
    episodes = rl.play(envs, rl.Policy(size=64), [Job({}, s) for s in range(8)], np.random.default_rng(0))
    assert len(episodes) == 8
    broken = [e for e in episodes if e.error == "env_crashed"]
    assert broken
    assert all(e.excluded and e.reward == 0 for e in broken)
    assert len(rl.evaluate(envs, rl.Policy(size=64), range(8), seed=1)) < 8
    fake.errors.clear()
    rl.evaluate(envs, rl.Policy(size=64), range(4))
    assert all(r["evaluation"] for r in fake.carried_out if r["op"] == "reset" and "index" in r)
    envs.close()


def test_recordings_are_decisions() -> None:
    recording = rl.Recording(
        goal=f"open the {COLOURS[0]} door",
        texts=["A gate.", "A corridor.", "The end."],
        admissible=[["enter", "wait"], ["open red"], ["open red", "open blue"]],
        actions=["enter", "open red", "jump"],
    )
    made = recording.choices(rl.Policy(size=64))
    assert [c.taken for c in made] == [0]
    assert json.dumps([c.features.shape[0] for c in made]) == "[2]"


def test_an_action_that_is_refused_is_chosen_from_the_same_again(fake: FakeServer, url: str) -> None:
    envs = dreamgym.make_vec(DOORS, 2, url=url)
    fake.errors["wait"] = "invalid_action"
    episodes = rl.play(envs, rl.Policy(size=64), [Job({}, s) for s in range(10)], np.random.default_rng(0))
    assert not any(e.excluded for e in episodes)
    assert any(e.steps > 2 for e in episodes)
    envs.close()


def test_an_episode_without_end_is_left(fake: FakeServer, url: str) -> None:
    envs = dreamgym.make_vec(DOORS, 2, url=url)
    fake.errors.update(dict.fromkeys(["wait", "enter"], "invalid_action"))
    episodes = rl.play(envs, rl.Policy(size=64), [Job({}, s) for s in range(3)], np.random.default_rng(0), limit=7)
    assert [(e.steps, e.excluded) for e in episodes] == [(7, True)] * 3
    fake.errors.clear()
    assert not any(e.excluded for e in rl.play(envs, rl.Policy(size=64), [Job({}, 1)] * 3, np.random.default_rng(0)))
    envs.close()


def test_without_admissible_actions_there_is_nothing_to_choose(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dreamgym._pass, "add_views", lambda info, seen: info.update(actions=[]))
    envs = dreamgym.make_vec(DOORS, 2, url=url)
    with pytest.raises(dreamgym.NotAvailableError, match="no admissible actions"):
        rl.play(envs, rl.Policy(size=64), [Job({}, 1)], np.random.default_rng(0))
    envs.close()


def test_an_episode_in_which_nothing_is_admissible_any_more_is_left(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = dreamgym._pass.add_views

    def add_views(info: dict[str, Any], seen: dict[str, Any]) -> None:
        real(info, seen)
        if "open" in " ".join(info.get("actions") or []):
            info["actions"] = []

    monkeypatch.setattr(dreamgym._pass, "add_views", add_views)
    envs = dreamgym.make_vec(DOORS, 2, url=url)
    episodes = rl.play(envs, rl.Policy(size=64), [Job({}, s) for s in range(3)], np.random.default_rng(0))
    assert all(e.excluded and e.steps for e in episodes)
    envs.close()
