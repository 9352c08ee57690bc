"""A server for the life of a with-block."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from dreamgym._errors import ConnectionLostError, NotAvailableError

_NAME = "envserver"


@dataclass(frozen=True, slots=True)
class Server:
    """A server that `launch` started."""

    #: for `make`, `make_vec` and `Client`
    url: str
    #: the same address for HTTP
    http_url: str
    data: Path
    process: subprocess.Popen[bytes]


@contextmanager
def launch(
    data: str | os.PathLike[str] | None = None,
    *,
    binary: str | os.PathLike[str] | None = None,
    args: Sequence[str] = (),
    ready_timeout: float = 60.0,
) -> Iterator[Server]:
    """Start ``envserver serve`` on a free port of the loopback, and stop it at the end of the with-block.

    Args:
        data: The data folder; a temporary one, deleted afterwards, when None.
        binary: The program; without it DREAMGYM_ENVSERVER, then the one inside the package, then PATH, then
            ./bin/envserver.
        args: Further arguments of ``envserver serve``.
        ready_timeout: Seconds to wait until the server is ready.
    """
    with ExitStack() as stack:
        folder = Path(data) if data is not None else Path(stack.enter_context(tempfile.TemporaryDirectory()))
        output = stack.enter_context(tempfile.TemporaryFile())
        port = _free_port()
        command = [find_binary(binary), "serve", "--listen", f"127.0.0.1:{port}", "--data", str(folder), *args]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        stack.callback(_stop, process)
        server = Server(f"ws://127.0.0.1:{port}", f"http://127.0.0.1:{port}", folder, process)
        _await_ready(server, output, ready_timeout)
        yield server


def find_binary(binary: str | os.PathLike[str] | None = None) -> str:
    """Find the server program, or raise NotAvailableError."""
    named = binary or os.environ.get("DREAMGYM_ENVSERVER")
    if named is not None:
        if found := shutil.which(os.fspath(named)):
            return found
        raise NotAvailableError(f"{os.fspath(named)!r} is not a program that can be run")
    inside = os.path.join(os.path.dirname(__file__), "bin", _NAME)
    for place in (inside, _NAME, os.path.join("bin", _NAME)):
        if found := shutil.which(place):
            return os.path.abspath(found)
    raise NotAvailableError(
        f"no {_NAME} was found: name it with binary= or DREAMGYM_ENVSERVER, or put it on PATH or in ./bin. "
        "An installation of dreamgym from a checkout has one inside where Go is there to build it"
    )


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port: int = s.getsockname()[1]
        return port


def _await_ready(server: Server, output: IO[bytes], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not _is_ready(server.http_url + "/readyz"):
        if server.process.poll() is not None:
            raise ConnectionLostError(
                f"the server exited with status {server.process.returncode}:\n{_tail(output)}", retry=False
            )
        if time.monotonic() > deadline:
            raise ConnectionLostError(f"the server was not ready within {seconds:.0f} s:\n{_tail(output)}")
        time.sleep(0.02)


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _tail(output: IO[bytes], most: int = 4000) -> str:
    output.seek(0, os.SEEK_END)
    output.seek(max(0, output.tell() - most))
    return output.read().decode("utf-8", "replace").strip()


def _stop(process: subprocess.Popen[bytes], seconds: float = 15.0) -> None:
    """Ask the server to drain, and end it if it takes too long."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
