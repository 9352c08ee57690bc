"""An environment whose observation has parts of every kind that is an array."""

import gymnasium
import numpy as np
from gymnasium.spaces import Box, Dict, Discrete, MultiBinary, MultiDiscrete, Tuple


class Parts(gymnasium.Env):
    """Draws from its space."""

    action_space = MultiDiscrete([2, 3], start=[0, 4])

    def __init__(self):
        self.observation_space = Dict(
            {
                "box": Box(np.array([-np.inf, -1.5], np.float32), np.array([0.1, np.inf], np.float32)),
                "pair": Tuple((Discrete(3, start=-1), MultiBinary((2, 2)))),
                "image": Box(0, 255, (2, 1, 3), np.uint8),
                "counts": MultiDiscrete([3, 5], start=[1, -2], dtype=np.int32),
            }
        )

    def reset(self, *, seed=None, options=None):
        """Begin."""
        super().reset(seed=seed)
        self.observation_space.seed(seed)
        return self.observation_space.sample(), {}

    def step(self, action):
        """Act."""
        return self.observation_space.sample(), float(action[1]), False, False, {}


gymnasium.register("Parts-v0", entry_point=Parts)
