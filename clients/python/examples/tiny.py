"""What the examples of TRL and of verl share: episodes to dream of, and a language model made on the spot."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

import dreamgym
from dreamgym import rl

ENV = "house/pick-and-place-v0"


def record(url: str, episodes: int = 60) -> None:
    """Play by the scripted policy, which at times acts at random; the server records it for its dreams."""
    envs = dreamgym.make_vec(ENV, 16, "real", url=url)
    jobs = [rl.Job({"split": "train", "index": i}, seed=i) for i in range(episodes)]
    rl.record(envs, jobs, np.random.default_rng(0), noise=(0.0, 0.3, 1.0))
    envs.close()


def solution(url: str, backend: str) -> tuple[dict[str, Any], list[str], str]:
    """Find an episode that the scripted policy wins: its row, its actions, and all that is to be read on the way."""
    env = dreamgym.make(ENV, backend, url=url)
    for i in range(50):
        observation, _ = env.reset(seed=i, options={"split": "train", "index": i})
        read, actions, reward, ended = list(observation.values()), [], 0.0, False
        while not ended and (action := env.advise()):
            observation, reward, terminated, truncated, info = env.step(action)
            actions.append(action)
            read += [observation["text"], *info["actions"]]
            ended = terminated or truncated
        if reward > 0:
            env.close()
            return {"split": "train", "index": i, "seed": i}, actions, "\n".join(read)
    raise SystemExit(f"the scripted policy wins no episode of {backend}")


def tokenizer(template: str, text: str) -> PreTrainedTokenizerFast:
    """Make a tokenizer of a chat template and a text."""
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer, bpe.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=1000, special_tokens=special, initial_alphabet=alphabet)
    bpe.train_from_iterator([template, text], trainer)
    made = PreTrainedTokenizerFast(tokenizer_object=bpe, eos_token="<|im_end|>", pad_token="<|endoftext|>")
    made.add_tokens(["<tool_call>", "</tool_call>", "<think>", "</think>"])
    made.chat_template = template
    return made


def model(tokens: PreTrainedTokenizerFast) -> LlamaForCausalLM:
    """Make a model with random weights."""
    torch.manual_seed(0)
    size = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4}
    ends = {"eos_token_id": tokens.eos_token_id, "pad_token_id": tokens.pad_token_id}
    return LlamaForCausalLM(LlamaConfig(vocab_size=len(tokens), max_position_embeddings=8192, **size, **ends))
