"""What values are like: their types and shapes, as JSON has it.

As a program it writes down what the observations of the real browsergym-core are like, in testdata/browsergym.json:

    .venv-browsergym/bin/python clients/python/tests/forms.py CHROME > clients/python/tests/testdata/browsergym.json
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np

PAGE = "data:text/html,<title>Form</title><input aria-label=Name><button>Send</button>"


def form_of(value: Any) -> Any:
    """Tell what a value is like. Of a picture the size does not count."""
    if isinstance(value, np.ndarray):
        shape = list(value.shape) if value.ndim == 1 else [-1, -1, *value.shape[2:]]
        return {"dtype": str(value.dtype), "shape": shape}
    if isinstance(value, tuple):
        return {"tuple of": [form_of(v) for v in value[-1:]]}
    if isinstance(value, dict) and all(isinstance(v, str | float) for v in value.values()):
        return {k: form_of(v) for k, v in value.items()}
    return type(value).__name__


def forms(observation: dict[str, Any]) -> dict[str, Any]:
    """Tell what each key holds."""
    return {k: form_of(v) for k, v in observation.items()}


def real(chrome: str) -> dict[str, Any]:
    """Play the real package's environment: the form of its observations, and what is said in the end."""
    import browsergym.core  # noqa: F401 it registers its environment
    import gymnasium as gym
    import playwright.sync_api as playwright
    from browsergym.core.action.highlevel import HighLevelActionSet

    launch = playwright.BrowserType.launch
    playwright.BrowserType.launch = lambda self, **how: launch(self, executable_path=chrome, **how)
    env = gym.make(
        "browsergym/openended",
        task_kwargs={"start_url": PAGE, "goal": "send it"},
        action_mapping=HighLevelActionSet(["bid", "chat"]).to_python_code,
    )
    seen, _ = env.reset()
    first = forms(seen)
    for action in ("click('99')", "send_msg_to_user('done')"):
        seen, *_ = env.step(action)
        if forms(seen) != first:
            raise SystemExit(f"observations differ: {forms(seen)}, {first}")
    env.close()
    said = [{k: m[k] for k in ("role", "message")} for m in seen["chat_messages"][1:]]  # without its greeting
    return {"forms": first, "goal_object": seen["goal_object"], "chat": said}


if __name__ == "__main__":
    json.dump(real(sys.argv[1]), sys.stdout, indent=1)
    print()
