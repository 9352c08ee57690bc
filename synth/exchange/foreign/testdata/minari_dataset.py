"""Makes Minari datasets for the tests, with minari's own functions.

python minari_dataset.py FOLDER
"""

import os
import pathlib
import sys

root = pathlib.Path(sys.argv[1])
os.environ["MINARI_DATASETS_PATH"] = str(root)

import minari  # noqa: E402
import numpy as np  # noqa: E402
from gymnasium import spaces  # noqa: E402
from minari.data_collector import EpisodeBuffer  # noqa: E402

words = spaces.Text(200, charset="abc é\n")


def episode(number, observations, actions, rewards, truncated=False):
    """Make an episode that ends with its last action."""
    n = len(rewards)
    end = [False] * (n - 1) + [True]
    return EpisodeBuffer(
        id=number,
        seed=number + 7,
        observations=observations,
        actions=actions,
        rewards=rewards,
        terminations=[False] * n if truncated else end,
        truncations=end if truncated else [False] * n,
        infos={},
    )


def make(name, buffers, action_space, observation_space, form):
    """Write a dataset."""
    minari.create_dataset_from_buffers(
        name,
        buffers,
        action_space=action_space,
        observation_space=observation_space,
        data_format=form,
        author="x",
        author_email="x@x",
        code_permalink="x",
        algorithm_name="x",
        description="x",
    )


for form in ("hdf5", "arrow"):
    texts = [
        episode(0, ["a", "b é", "c\nc"], ["b", "c"], [0.0, 1.0]),
        episode(1, ["b", "a"], ["a"], [0.0], truncated=True),
    ]
    make(f"farm/text-{form}-v3", texts, words, words, form)
    pole = np.array([[0.1, -1.5], [0.25, 3.0]], dtype=np.float32)
    numbers = [episode(0, pole, np.array([1]), [0.5])]
    make(f"farm/numbers-{form}-v0", numbers, spaces.Discrete(2), spaces.Box(-9, 9, (2,), np.float32), form)
    both = spaces.Dict({"seen": words, "place": spaces.Discrete(5)})
    parts = [episode(0, {"seen": ["a", "b"], "place": np.array([2, 3])}, np.array([[0.5]], dtype=np.float32), [0.5])]
    make(f"farm/parts-{form}-v0", parts, spaces.Box(-1, 1, (1,), np.float32), both, form)
