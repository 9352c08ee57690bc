"""verl itself: its worker of agent loops, and the loop alone with what may go wrong."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest
import tiny
from fake import FakeServer, running
from omegaconf import OmegaConf
from verl.experimental.agent_loop.agent_loop import AgentLoopOutput, DictConfigWrap
from verl.utils.dataset.rl_dataset import RLHFDataset
from verl.workers.rollout.replica import TokenOutput
from verl_grpo import CHAT

import dreamgym
import dreamgym.verl

DOORS = "toy/doors-v0"
TOKENS = tiny.tokenizer(CHAT, "enter open the red door")


@pytest.mark.parametrize("backend", ["real", "dream"])
def test_a_step_of_grpo(example: Callable[..., str], backend: str) -> None:
    said = example("verl_grpo.py", "--backend", backend)
    rewards, gradient, apart = re.fullmatch(
        rf"{backend}: rewards ([01 ]+), gradient (\S+), log-probabilities at most (\S+) apart", said
    ).groups()
    assert sorted(rewards.split()) == ["0", "0", "1", "1"]
    assert float(gradient) > 0.01
    assert float(apart) < 1e-4


class Says:
    """Stands for verl's client of an inference server."""

    def __init__(self, *replies: str) -> None:
        self.replies = list(replies)
        self.prompts: list[str] = []

    async def generate(self, request_id: str, *, prompt_ids: list[int], sampling_params: Any) -> TokenOutput:
        self.prompts.append(TOKENS.decode(prompt_ids))
        said = TOKENS(self.replies.pop(0) + "<|im_end|>")["input_ids"]
        version = len(self.prompts)
        extra = {"min_global_steps": version, "max_global_steps": version}
        return TokenOutput(token_ids=said, log_probs=[-0.5] * len(said), extra_fields=extra)


def play(
    says: Says, server: FakeServer | None = None, row: dict[str, Any] | None = None, room: int = 2000, turns: int = 9
) -> AgentLoopOutput:
    """Have the loop play one row."""
    rollout = {"prompt_length": 1000, "response_length": room, "multi_turn": {"max_assistant_turns": turns}}
    config = OmegaConf.create({"actor_rollout_ref": {"rollout": rollout}, "data": {}})

    async def whole(url: str) -> AgentLoopOutput:
        parts = (DictConfigWrap(config), says, TOKENS, None, RLHFDataset, DictConfigWrap(config.data))
        loop = dreamgym.verl.DreamGymAgentLoop(*parts, env=DOORS, url=url)
        start = {"seed": 1, "task": "red"} if row is None else row
        prompt = [{"role": "system", "content": "Act."}]
        return await loop.run({}, raw_prompt=prompt, extra_info={"dreamgym": start})

    with running(server or FakeServer()) as url:
        return asyncio.run(whole(url))


def test_a_trajectory() -> None:
    says = Says("I go in.\nenter", "open red")
    output = play(says)
    assert says.prompts[0].startswith("<|im_start|>system\nAct.<|im_end|>\n<|im_start|>user\nGoal: open the red door\n")
    assert says.prompts[0].endswith("- enter\n- wait<|im_end|>\n<|im_start|>assistant\n")
    assert TOKENS.decode(output.prompt_ids) == says.prompts[0]
    tokens = zip(output.response_ids, output.response_mask, output.response_logprobs, strict=True)
    spoken = [(token, known) for token, own, known in tokens if own]
    assert TOKENS.decode([token for token, _ in spoken]) == "I go in.\nenter<|im_end|>open red<|im_end|>"
    assert {known for _, known in spoken} == {-0.5}
    told = [token for token, own in zip(output.response_ids, output.response_mask, strict=True) if not own]
    assert "A corridor with doors: naïve ☂." in TOKENS.decode(told)
    assert (output.reward_score, output.num_turns) == (1, 5)
    assert output.extra_fields["turn_scores"] == [0, 1]
    assert output.extra_fields["backend"] == "real"
    assert (output.extra_fields["min_global_steps"], output.extra_fields["max_global_steps"]) == (1, 2)


def test_an_action_that_cannot_be_read_is_told() -> None:
    server, says = FakeServer(), Says("jump", "enter", "open red")
    server.errors["jump"] = "invalid_action"
    assert play(says, server).reward_score == 1
    assert "That is no action: the test ordered invalid_action" in says.prompts[1]


def test_it_ends_with_the_turns_and_with_the_room() -> None:
    output = play(Says("enter"), turns=1)
    assert (output.reward_score, len(output.response_ids)) == (0, sum(output.response_mask))
    output = play(Says("enter", "open red"), room=12)
    assert len(output.response_ids) == len(output.response_mask) == len(output.response_logprobs) <= 12
    assert output.reward_score == 0


class Dry(FakeServer):
    """Breaks every episode off with its first step."""

    def _carry_out(self, request: dict[str, Any]) -> dict[str, Any]:
        body = super()._carry_out(request)
        if request["op"] == "step":
            body["timestep"]["truncated"] = True
            body["timestep"]["info"]["stop"] = "insufficient_evidence"
        return body


def test_a_failure_is_no_reward() -> None:
    """What raises is left out by verl."""
    server = FakeServer()
    server.errors["explode"] = "env_crashed"
    with pytest.raises(dreamgym.EnvCrashedError):
        play(Says("explode"), server)
    with pytest.raises(dreamgym.InsufficientEvidenceError):
        play(Says("enter"), Dry())


def test_rows_that_start_nothing_are_refused() -> None:
    with pytest.raises(dreamgym.InvalidRequestError, match="seed"):
        play(Says(), row={"task": "red"})
    with pytest.raises(dreamgym.InvalidRequestError, match="tsak"):
        play(Says(), row={"seed": 1, "tsak": "red"})


def test_rows_of_a_split() -> None:
    with running(FakeServer()) as url:
        rows = dreamgym.verl.rows(DOORS, 5, seed=7, url=url)
    starts = [row["extra_info"]["dreamgym"] for row in rows]
    assert starts[4] == {"env": DOORS, "split": "train", "index": 0, "seed": 11}
    assert {row["agent_name"] for row in rows} == {OmegaConf.load(dreamgym.verl.CONFIG)[0].name}


def test_all_is_what_the_module_defines() -> None:
    module = dreamgym.verl
    defined = {n for n, v in vars(module).items() if n[0] != "_" and getattr(v, "__module__", "") == module.__name__}
    assert defined | {"CONFIG"} == set(module.__all__)
