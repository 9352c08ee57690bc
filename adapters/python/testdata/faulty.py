"""An environment that does what its action says, well or not."""

import multiprocessing
import os
import subprocess
import sys
import time

import gymnasium
import numpy as np

ACTIONS = [
    "go", "raise", "hang", "spin", "print", "leak", "fork", "child", "exit", "die", "nan", "shape", "dtype",
    "reward", "text reward", "tuple", "interrupt", "close pipe", "undeclared",
]


class Faulty(gymnasium.Env):
    """Counts its steps."""

    action_space = gymnasium.spaces.Discrete(len(ACTIONS))
    observation_space = gymnasium.spaces.Box(-np.inf, np.inf, (2,), np.float32)

    def __init__(self, broken_reset=False):
        self.broken_reset = broken_reset
        self.kept = []

    def reset(self, *, seed=None, options=None):
        """Start to count."""
        super().reset(seed=seed)
        if self.broken_reset:
            raise RuntimeError("no start")
        self.seed, self.steps = seed, 0
        return self.state(), {}

    def state(self):
        """Answer seed and count."""
        return np.array([self.seed, self.steps], np.float32)

    def step(self, action):
        """Do what the action says."""
        self.steps += 1
        reward = 0.0
        state = self.state()
        match ACTIONS[action]:
            case "raise":
                raise ValueError("/secret/path")
            case "hang":
                time.sleep(3600)
            case "spin":
                while True:
                    pass
            case "print":
                print("hello from the environment")
                print("and from its errors", file=sys.stderr)
                os.write(1, b"x" * 100_000 + b"\n")
                subprocess.run(["echo", "from a child"], check=True)
            case "leak":
                while True:
                    self.kept.append(bytearray(b"1" * 10_000_000))
            case "fork":
                os.fork()
            case "child":
                multiprocessing.get_context("fork").Process(target=time.sleep, args=(3600,), daemon=False).start()
            case "exit":
                sys.exit(3)
            case "die":
                os._exit(3)
            case "nan":
                state[0] = np.nan
            case "shape":
                state = np.zeros(3, np.float32)
            case "dtype":
                state = np.array(["a", "b"])
            case "reward":
                reward = float("nan")
            case "text reward":
                reward = "much"
            case "tuple":
                return state
            case "interrupt":
                raise KeyboardInterrupt
            case "close pipe":
                os.close(4)
            case "undeclared":
                reward = 0.5
        return state, reward, False, False, {}


gymnasium.register("Faulty-v0", entry_point=Faulty)
