"""Makes testdata/experiments: what AgentLab's own loop records of a small form, without a browser.

    python experiments.py FOLDER

Made with agentlab 0.4.2, browsergym-core 0.14.3 and NumPy 2.4.6. One experiment is solved, one reaches its step limit,
and in one the environment fails.
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
import shutil
import sys
import time
from typing import Any

import gymnasium
import numpy as np
from agentlab.experiments import loop

loop.count_tokens = len  # the real one downloads a tokenizer


class Form(gymnasium.Env):
    """A form with one field, shown as BrowserGym shows pages."""

    def __init__(self, fails: bool, limit: int) -> None:
        """Make one that may fail at its second step."""
        self.fails, self.limit, self.steps, self.text = fails, limit, 0, ""

    def seen(self, error: str = "") -> dict[str, Any]:
        """Answer the page."""
        return {
            "goal": "Enter Bo and press Send.",
            "goal_object": [{"type": "text", "text": "Enter Bo and press Send."}],
            "axtree_txt": f"RootWebArea 'Form'\n\t[4] textbox '', value='{self.text}'\n\t[5] button 'Send'",
            "last_action_error": error,
            "elapsed_time": np.asarray([0.5]),
        }

    def reset(self, seed: int | None = None, options: Any = None) -> Any:
        """Begin."""
        return self.seen(), {"task_info": {}}

    def step(self, action: str) -> Any:
        """Fill or send."""
        self.steps += 1
        if self.fails and self.steps == 2:
            raise RuntimeError("the page is gone")
        error = "" if action[:4] in ("fill", "clic") else "NameError: no such action"
        if action.startswith("fill"):
            self.text = action.split("'")[3]
        solved = action == "click('5')" and self.text == "Bo"
        now = time.time()
        info = {"action_exec_start": now, "action_exec_stop": now, "action_exec_timeout": 0, "task_info": {}}
        return self.seen(error), np.float64(solved), solved, self.steps >= self.limit, info


@dataclasses.dataclass
class FormArgs(loop.EnvArgs):
    """Makes a form."""

    fails: bool = False

    def make_env(self, *_: Any, **__: Any) -> Any:
        """Answer the form."""
        return Form(self.fails, self.max_steps or 9)


class Listed:
    """Does what a list says."""

    obs_preprocessor = None

    def __init__(self, actions: list[str]) -> None:
        """Make one of its list."""
        self.actions = list(actions)
        self.action_set = self

    def to_python_code(self, action: str) -> str:
        """Answer the action as it is."""
        return action

    def get_action(self, obs: Any) -> tuple[str, dict[str, Any]]:
        """Take the next."""
        return self.actions.pop(0), {"think": "The next is due."}


@dataclasses.dataclass
class ListedArgs(loop.AbstractAgentArgs):
    """Makes such an agent."""

    actions: tuple[str, ...] = ()

    def make_agent(self) -> Any:
        """Answer the agent."""
        return Listed(list(self.actions))


root = pathlib.Path(sys.argv[1])
for name, environment, actions in (
    ("solved", FormArgs("forms.send", 1), ("fill('4', 'Bo')", "click('5')")),
    ("limit", FormArgs("forms.send", 2, 2), ("jump()", "click('5')")),
    ("failed", FormArgs("forms.send", 3, fails=True), ("click('5')", "click('5')")),
):
    arguments = loop.ExpArgs(ListedArgs("listed", actions), environment, exp_name=name)
    arguments.prepare(root)
    arguments.run()
    for extra in ("experiment.log", "package_versions.txt"):
        (arguments.exp_dir / extra).unlink()
    summary = arguments.exp_dir / "summary_info.json"
    summary.write_text(json.dumps({**json.loads(summary.read_text()), "stack_trace": None}, indent=1))
    shutil.move(arguments.exp_dir, root / name)
