"""Compare the embedded model, a small language model, and both together, on a held-out episode of the house.

    python bench/llm/compare.py [--episodes N]

It records real episodes into a folder of its own, serves the model of bench/llm/serve.py, and prints what
`envserver fidelity` finds: what each predicts right, how often the two disagree, and what a step takes. An episode
costs about three completions a step. So few steps show that everything works together, and no more.
"""

from __future__ import annotations

import argparse
import socket
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from serve import NAME

BINARY = "bin/envserver"
ENV = "house/any-v0"


def main() -> int:
    """Record, serve, and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--episodes", type=int, default=1, help="held-out episodes")
    options = parser.parse_args()
    with TemporaryDirectory() as data:
        _collect(data, 60, "train", "noisy,scripted")
        _collect(data, options.episodes, "seen", "scripted")
        port = _free_port()
        serve = Path(__file__).with_name("serve.py")
        command = [sys.executable, str(serve), "--port", str(port), "--threads", "2", "--until-input-ends"]
        pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=nowhere) as model:
            assert model.stdin is not None
            assert model.stdout is not None
            if NAME.encode() not in model.stdout.readline():
                print("the small language model is not served; make setup-llm installs it", file=sys.stderr)
                return 1
            try:
                return _compare(data, f"http://127.0.0.1:{port}/v1")
            finally:
                model.stdin.close()


def _collect(data: str, episodes: int, split: str, policy: str) -> None:
    flags = ["--episodes", str(episodes), "--split", split, "--policy", policy, "--data", data]
    subprocess.run([BINARY, "collect", ENV, *flags], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _compare(data: str, url: str) -> int:
    which = ["--model", "analogy,llm,ensemble", "--model-url", url, "--model-name", NAME, "--brief", "--data", data]
    how = ["--model-both", "--model-max-tokens", "300", "--model-reasoning", "100", "--model-demonstrations", "2"]
    return subprocess.run([BINARY, "fidelity", ENV, *which, *how], check=False).returncode


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port: int = s.getsockname()[1]
        return port


if __name__ == "__main__":
    sys.exit(main())
