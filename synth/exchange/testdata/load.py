"""Loads what was exported into a folder as its users do, and prints what is in it as JSON."""

import json
import pathlib
import sys

import datasets
import pandas

datasets.disable_progress_bars()
folder = pathlib.Path(sys.argv[1])


def lines(name: str) -> datasets.Dataset:
    """Load a file of JSON lines."""
    return datasets.load_dataset("json", data_files=str(folder / name), split="train")


dataset = datasets.load_dataset(str(folder / "ds"))
table = pandas.read_parquet(folder / "ds" / "data")
messages = lines("messages.jsonl")
talks = lines("sharegpt.json")
json.dump(
    {
        "splits": {name: len(rows) for name, rows in dataset.items()},
        "columns": dataset["train"].column_names,
        "rows": [json.loads(json.dumps(row, default=str)) for split in dataset.values() for row in split],
        "kinds": {name: str(table[name].dtype) for name in ("step", "reward", "terminated", "created_at")},
        "returns": float(table.groupby("episode").reward.sum().sum()),
        "messages": [row["messages"] for row in messages],
        "infos": [json.loads(row["info"]) for row in messages],
        "reward_type": [str(messages.features["reward"]), str(talks.features["rewards"])],
        "talks": [row["conversations"] for row in talks],
        "compressed": len(lines("transitions.jsonl.zst")),
    },
    sys.stdout,
)
