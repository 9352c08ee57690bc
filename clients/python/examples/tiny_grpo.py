"""What the TRL examples share: a GRPO step whose rollouts are scripted.

A model with random weights never calls a tool. So the first turn of each rollout is written down: every other one
solves the task, the rest look around. What is tokenized, masked, rewarded and learned from is TRL's doing.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ.update(TRL_EXPERIMENTAL_SILENCE="1", HF_HUB_OFFLINE="1", OPENREWARD_DISABLE_UPDATE_CHECK="1")

import tiny
import torch
import trl
from trl import GRPOConfig, GRPOTrainer

Call = tuple[str, dict[str, Any]]
TEMPLATE = Path(trl.__file__).parent / "chat_templates" / "qwen3.jinja"  # TRL knows how to read its tool calls


class Scripted(GRPOTrainer):
    """Gives each rollout its first turn, by turns of two kinds, and keeps rewards and gradient for a look."""

    calls: Sequence[Sequence[Call]] = ()
    turns = 0

    def _generate_single_turn(self, prompt_ids: list[list[int]], *args: Any, **kwargs: Any) -> Any:
        first, self.turns = self.turns == 0, self.turns + 1
        texts = [said(self.calls[i % 2]) if first else "<|im_end|>" for i in range(len(prompt_ids))]
        return [self.processing_class(text)["input_ids"] for text in texts], None

    def _calculate_rewards(self, *args: Any, **kwargs: Any) -> torch.Tensor:
        self.rewards = super()._calculate_rewards(*args, **kwargs)
        return self.rewards


def said(calls: Sequence[Call]) -> str:
    """Write tool calls as the template has them."""
    written = [json.dumps({"name": name, "arguments": arguments}) for name, arguments in calls]
    return "\n".join(f"<tool_call>\n{call}\n</tool_call>" for call in written) + "<|im_end|>"


def step(text: str, wins: Sequence[Call], loses: Sequence[Call], **parts: Any) -> str:
    """Make one step of GRPO, over four rollouts, and say what came of it.

    Args:
        text: What the tokenizer is made of.
        wins: The calls of every other rollout.
        loses: The calls of the rest.
        **parts: Arguments of GRPOTrainer: train_dataset, environment_factory, reward_funcs.
    """
    logging.getLogger("trl").setLevel(logging.ERROR)
    torch.set_num_threads(1)
    tokens = tiny.tokenizer(TEMPLATE.read_text(), text + said(wins))
    with tempfile.TemporaryDirectory() as folder:
        options = {"use_cpu": True, "bf16": False, "report_to": "none", "save_strategy": "no", "disable_tqdm": True}
        batch = {"per_device_train_batch_size": 4, "num_generations": 4, "max_steps": 1, "learning_rate": 1e-3}
        limits = {"max_completion_length": 6000, "max_tool_calling_iterations": 2}
        config = GRPOConfig(output_dir=folder, logging_steps=1, **options, **batch, **limits)
        trainer = Scripted(tiny.model(tokens), args=config, processing_class=tokens, **parts)
        trainer.calls = (wins, loses)
        trainer.train()
    [logged] = [entry for entry in trainer.state.log_history if "grad_norm" in entry]
    rewards = " ".join(f"{r:g}" for r in trainer.rewards.sum(dim=1).tolist())
    return f"rewards {rewards}, gradient {logged['grad_norm']:.3g}, {logged['tools/call_frequency']:g} calls a rollout"
