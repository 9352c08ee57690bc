"""Where tests find the server's program."""

from __future__ import annotations

import os
from pathlib import Path

from dreamgym._launch import find_binary

BINARY = Path(__file__).parents[3] / "bin" / "envserver"


def server_binary() -> str:
    """Find it by DREAMGYM_ENVSERVER, in the repository's bin, or on PATH."""
    return find_binary(None if os.environ.get("DREAMGYM_ENVSERVER") or not BINARY.exists() else BINARY)
