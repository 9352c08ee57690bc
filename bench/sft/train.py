"""Fine-tune a language model to dream, on what `envserver distill export` wrote, and say what it learned.

    python bench/sft/train.py FOLDER [--smol] [--steps N]

TRL's SFTTrainer reads the files as they are and computes the loss on the completions alone. The model is a Llama of
about a million parameters that is made on the spot, with a tokenizer of its own: it shows that the training data can
be learned from, not how well a language model can dream. On held-out steps, each with its recorded history, it is
compared with itself before the training, with an untrained model, and with copying the nearest demonstration.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from datasets import Dataset, disable_progress_bars, load_dataset
from trl import SFTConfig, SFTTrainer

import models
from answers import Answer, Row, Score, held_out, nearest, read_answer, read_rows, score, table, target

_LENGTH = 1280  # tokens of an example at most
_ANSWER = 130  # tokens of an answer at most

Judged = tuple[float | None, Score]  # the loss on held-out completions, and how the answers are


def main() -> None:
    """Train and compare."""
    options = _options()
    torch.set_num_threads(options.threads)
    disable_progress_bars()
    train, held = read_rows(options.folder / "train.jsonl"), held_out(options.folder, options.held_out)
    tokenizer = models.smol_tokenizer() if options.smol else models.tiny_tokenizer(train, options.vocabulary)
    print(f"{len(train)} training steps, {len(held)} held-out ones; {_lengths(tokenizer, train)}", flush=True)
    print(table(_compare(options, tokenizer, held)))
    print(f"in all {time.process_time():.0f} CPU-seconds")


def _compare(options: argparse.Namespace, tokenizer: Any, held: Sequence[Row]) -> dict[str, Judged]:
    copied = score([nearest(row) for row in held], [target(row) for row in held])
    model = models.smol_model() if options.smol else models.tiny_model(tokenizer, _LENGTH, options.seed)
    seed = options.seed + 1
    untrained = models.smol_untrained(seed) if options.smol else models.tiny_model(tokenizer, _LENGTH, seed)
    print(f"{model.num_parameters():,} parameters", flush=True)
    with TemporaryDirectory() as folder:
        control = _judge(_trainer(options, tokenizer, untrained, held, folder), tokenizer, held)
        trainer = _trainer(options, tokenizer, model, held, folder)
        before = _judge(trainer, tokenizer, held)
        began = time.process_time()
        trainer.train()
        print(f"trained for {time.process_time() - began:.0f} CPU-seconds", flush=True)
        after = _judge(trainer, tokenizer, held)
    return {
        "untrained control": control,
        "before training": before,
        "after training": after,
        "copy of the nearest demonstration": (None, copied),
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the export is")
    parser.add_argument("--smol", action="store_true", help="SmolLM2-135M-Instruct instead; slow without a GPU")
    parser.add_argument("--steps", type=int, default=2000, help="updates")
    parser.add_argument("--batch", type=int, default=2, help="examples of an update")
    parser.add_argument("--rate", type=float, default=2e-3, help="learning rate at its highest")
    parser.add_argument("--vocabulary", type=int, default=2000, help="of the tokenizer that is made")
    parser.add_argument("--held-out", type=int, default=200, help="held-out steps to judge on")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def _lengths(tokenizer: Any, rows: Sequence[Row]) -> str:
    some = rows[:: max(1, len(rows) // 500)]
    counts = sorted(len(_tokens(tokenizer, row["prompt"] + row["completion"], ask=False)) for row in some)
    return f"examples have {counts[len(counts) // 2]} tokens in the median and {counts[-1]} at most"


def _tokens(tokenizer: Any, messages: Sequence[dict[str, str]], ask: bool) -> list[int]:
    text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=ask)
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


def _trainer(options: argparse.Namespace, tokenizer: Any, model: Any, held: Sequence[Row], folder: str) -> Any:
    config = SFTConfig(
        output_dir=folder,
        completion_only_loss=True,
        max_length=_LENGTH,
        max_steps=options.steps,
        per_device_train_batch_size=options.batch,
        per_device_eval_batch_size=options.batch,
        learning_rate=1e-4 if options.smol else options.rate,
        lr_scheduler_type="cosine",
        warmup_steps=options.steps // 20,
        activation_checkpointing=False,
        bf16=False,
        use_cpu=True,
        logging_steps=max(1, options.steps // 10),
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=False,
        seed=options.seed,
    )
    return SFTTrainer(
        model=model,
        args=config,
        train_dataset=load_dataset("json", data_files=str(options.folder / "train.jsonl"), split="train"),
        eval_dataset=Dataset.from_list(list(held)),
        processing_class=tokenizer,
    )


def _judge(trainer: Any, tokenizer: Any, held: Sequence[Row]) -> Judged:
    """Answer the loss on held-out completions, and the score of what is written greedily."""
    loss = float(trainer.evaluate()["eval_loss"])
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # a token at a time is too little work to share
    said = list(_answers(trainer.model, tokenizer, held))
    torch.set_num_threads(threads)
    return loss, score(said, [target(row) for row in held])


def _answers(model: Any, tokenizer: Any, rows: Sequence[Row], batch: int = 25) -> Iterator[Answer | None]:
    model.eval()
    for first in range(0, len(rows), batch):
        asked = [_tokens(tokenizer, row["prompt"], ask=True) for row in rows[first : first + batch]]
        padded = tokenizer.pad({"input_ids": asked}, return_tensors="pt")
        with torch.no_grad():
            # Trainers switch the cache off, without which each token costs as much as all before it.
            written = model.generate(
                **padded, do_sample=False, max_new_tokens=_ANSWER, pad_token_id=tokenizer.pad_token_id, use_cache=True
            )
        texts = tokenizer.batch_decode(written[:, padded["input_ids"].shape[1] :], skip_special_tokens=True)
        yield from map(read_answer, texts)


if __name__ == "__main__":
    main()
