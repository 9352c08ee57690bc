"""GRPO over admissible actions, small enough to read in one sitting.

A policy that sees text and picks one of the admissible actions (`policy`, `features`), rollouts in a vector
environment (`rollout`), imitation and GRPO (`grpo`). It knows no environment, and nothing in it differs
between a real one and a dreamed one but the ``backend`` that the environments were made with.
"""

from dreamgym.rl.grpo import Progress, Settings, clone, evaluate, train
from dreamgym.rl.policy import Policy
from dreamgym.rl.rollout import Episode, Job, Recording, play, record

__all__ = [
    "Episode",
    "Job",
    "Policy",
    "Progress",
    "Recording",
    "Settings",
    "clone",
    "evaluate",
    "play",
    "record",
    "train",
]
