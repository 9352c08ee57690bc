"""A step of GRPO with verl's own parts around dreamgym.verl's agent loop, on the real side or in the dream.

    python examples/verl_grpo.py --backend dream

verl's trainers want GPUs. So this takes their parts one by one: configuration, data set, the worker that plays agent
loops, advantages and loss. It starts a server of its own and needs the extra verl. The model is made on the spot, and
what it says is written down: every other trajectory solves the task, the rest look around.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
from collections.abc import Iterator
from itertools import repeat
from typing import Any

os.environ.update(HF_HUB_OFFLINE="1")

import numpy as np
import pandas as pd
import recorded
import tiny
import torch
from hydra import compose, initialize_config_module
from omegaconf import DictConfig
from transformers import LlamaForCausalLM, PreTrainedTokenizerFast
from verl import DataProto
from verl.experimental.agent_loop import AgentLoopWorker
from verl.trainer.ppo.core_algos import compute_grpo_outcome_advantage, compute_policy_loss_vanilla
from verl.utils.config import omega_conf_to_dataclass
from verl.utils.dataset.rl_dataset import RLHFDataset, collate_fn
from verl.utils.torch_functional import logprobs_from_logits
from verl.workers.rollout.replica import TokenOutput

import dreamgym
import dreamgym.verl

TRAJECTORIES = 4
CHAT = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


class Scripted:
    """Stands for verl's client of vLLM: says what is written down, with the model's log-probabilities."""

    def __init__(self, model: LlamaForCausalLM, tokens: PreTrainedTokenizerFast, solution: list[str]) -> None:
        self.model, self.tokens, self.solution = model, tokens, solution
        self.scripts: dict[str, Iterator[str]] = {}

    async def generate(self, request_id: str, *, prompt_ids: list[int], **_: Any) -> TokenOutput:
        """Answer a turn."""
        solves = len(self.scripts) % 2 == 0
        script = self.scripts.setdefault(request_id, iter(self.solution) if solves else repeat("look"))
        said = self.tokens(f"I act.\n{next(script)}<|im_end|>")["input_ids"]
        with torch.no_grad():
            known = logprobs(self.model, torch.tensor([prompt_ids + said]), len(said))
        return TokenOutput(token_ids=said, log_probs=known[0].tolist())


def logprobs(model: LlamaForCausalLM, ids: torch.Tensor, last: int, **kwargs: torch.Tensor) -> torch.Tensor:
    """Answer the log-probabilities of the last tokens."""
    logits = model(ids, **kwargs).logits[:, -last - 1 : -1]
    return logprobs_from_logits(logits, ids[:, -last:])


def configure(folder: str, turns: int) -> DictConfig:
    """Compose the configuration of verl's PPO trainer, as far as a worker of agent loops looks at it."""
    rollout = "actor_rollout_ref.rollout"
    overrides = [
        f"actor_rollout_ref.model.path={folder}",
        "actor_rollout_ref.actor.ppo_micro_batch_size_per_gpu=1",
        f"{rollout}.name=vllm",
        f"{rollout}.agent.agent_loop_config_path={dreamgym.verl.CONFIG}",
        f"{rollout}.multi_turn.max_assistant_turns={turns}",
        "data.max_prompt_length=1024",
        "data.max_response_length=3072",
    ]
    with initialize_config_module("verl.trainer.config", version_base=None):
        return compose("ppo_trainer", overrides=overrides)


def batch_of(config: DictConfig, tokens: PreTrainedTokenizerFast, folder: str, row: dict[str, Any]) -> DataProto:
    """Write a data set of one row, and load it as verl does: a group of trajectories."""
    [example] = dreamgym.verl.rows(recorded.ENV, 1)
    example["extra_info"]["dreamgym"].update(row)
    path = f"{folder}/train.parquet"
    pd.DataFrame([example]).to_parquet(path)
    rows = RLHFDataset(path, tokens, config.data)
    return DataProto.from_single_dict(collate_fn([rows[0] for _ in range(TRAJECTORIES)]))


def learn(config: DictConfig, model: LlamaForCausalLM, played: DataProto) -> tuple[float, float]:
    """Make a step; answer the gradient's norm, and how far the rollout's log-probabilities are from the trainer's."""
    data = played.batch
    mask = data["response_mask"].float()
    group = np.zeros(len(mask), dtype=int)
    advantages, _ = compute_grpo_outcome_advantage(data["rm_scores"], mask, group)
    places = {key: data[key] for key in ("attention_mask", "position_ids")}
    new = logprobs(model, data["input_ids"], mask.shape[1], **places)
    actor = omega_conf_to_dataclass(config.actor_rollout_ref.actor)
    loss, _ = compute_policy_loss_vanilla(data["rollout_log_probs"], new, advantages, mask, config=actor)
    loss.backward()
    norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    torch.optim.AdamW(model.parameters(), lr=1e-3).step()
    apart = (new.detach() - data["rollout_log_probs"]) * mask
    return float(norm), float(apart.abs().max())


def main() -> None:
    """Record, find what to write down, play and learn."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backend", choices=["real", "dream"], default="real")
    args = parser.parse_args()
    torch.set_num_threads(1)
    with dreamgym.launch() as server, tempfile.TemporaryDirectory() as folder:
        os.environ.update(DREAMGYM_URL=server.url, DREAMGYM_BACKEND=args.backend)
        recorded.record(server.url)
        row, actions, text = recorded.solution(server.url, args.backend)
        tokens = tiny.tokenizer(CHAT, text)
        model = tiny.model(tokens)
        for part in (tokens, model):
            part.save_pretrained(folder)
        config = configure(folder, len(actions))
        worker = AgentLoopWorker(config, Scripted(model, tokens, actions))
        played = asyncio.run(worker.generate_sequences(batch_of(config, tokens, folder, row)))
    norm, apart = learn(config, model, played)
    scores = " ".join(f"{score:g}" for score in played.batch["rm_scores"].sum(dim=1).tolist())
    backends = set(played.non_tensor_batch["backend"])
    print(f"{' '.join(backends)}: rewards {scores}, gradient {norm:.3g}, log-probabilities at most {apart:.1e} apart")


if __name__ == "__main__":
    main()
