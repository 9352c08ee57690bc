"""Where a server is, how it is connected to, and what it means when a connection ends: for both clients."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from dreamgym._errors import (
    CapacityReachedError,
    ConnectionLostError,
    DreamGymError,
    InvalidRequestError,
    TooLargeError,
    UnauthorizedError,
    VersionMismatchError,
)

DEFAULT_URL: Final = "ws://127.0.0.1:8000"
#: of a lost connection, in milliseconds, where the server names none
GRACE_MS: Final = 120_000
_PATH: Final = "/v1/ws"
_PAUSES: Final = (0.05, 2.0)  # seconds, first and longest


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server's address and how to get in."""

    url: str
    token: str | None
    #: seconds that one attempt to connect may take
    timeout: float

    @classmethod
    def named(cls, url: str | None, token: str | None, timeout: float) -> Endpoint:
        """Complete what the arguments of a client leave to the environment variables."""
        address = websocket_url(url or os.environ.get("DREAMGYM_URL") or DEFAULT_URL)
        return cls(address, token or os.environ.get("DREAMGYM_TOKEN"), timeout)

    def options(self, subprotocol: str) -> dict[str, Any]:
        """Answer the arguments for `connect` of websockets, which are the same with and without asyncio."""
        return {
            "subprotocols": [Subprotocol(subprotocol)],
            "additional_headers": {"Authorization": f"Bearer {self.token}"} if self.token else None,
            "compression": None,
            "open_timeout": self.timeout,
            "close_timeout": 2,
            "max_size": None,
            "max_queue": None,
            "proxy": None,
        }


def websocket_url(url: str) -> str:
    """Turn a server's address into that of its websocket: scheme and path are completed."""
    parts = urlsplit(url if "://" in url else f"ws://{url}")
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    if scheme not in ("ws", "wss") or not parts.netloc:
        raise InvalidRequestError(f"{url!r} is not the address of a server: use ws://HOST:PORT")
    path = parts.path.rstrip("/")
    return urlunsplit((scheme, parts.netloc, path if path.endswith(_PATH) else path + _PATH, parts.query, ""))


def pauses(seconds: float) -> Iterator[float]:
    """Answer how long to wait before each attempt to connect, as long as all fit into so many seconds."""
    deadline = time.monotonic() + seconds
    delay, longest = _PAUSES
    pause = 0.0
    while time.monotonic() + pause <= deadline:
        yield pause
        pause = delay * random.uniform(0.5, 1)
        delay = min(2 * delay, longest)


def refused(e: InvalidStatus) -> DreamGymError:
    """Answer the error for a server that does not take the connection."""
    status = e.response.status_code
    said = (e.response.body or b"").decode("utf-8", "replace").strip()[:500]
    message = f"the server refused the connection with HTTP {status}" + (f": {said}" if said else "")
    match status:
        case 401 | 403:
            return UnauthorizedError(message)
        case 400 | 404 | 426:
            return VersionMismatchError(message)
        case 429 | 503:
            return CapacityReachedError(message)
    return ConnectionLostError(message, retry=False)


def check_may_return(e: ConnectionClosed) -> None:
    """Raise where the close code says that a new connection would not help."""
    code = _code(e)
    if code == 1009:
        raise TooLargeError(f"the message is larger than the server takes ({reason(e)})")
    if code in (1000, 1002, 1003, 1007) or 4000 <= code < 4100:
        raise ConnectionLostError(reason(e), retry=False)


def _code(e: ConnectionClosed) -> int:
    return e.rcvd.code if e.rcvd is not None else 1006


def reason(e: ConnectionClosed) -> str:
    """Answer why a connection was closed."""
    text = e.rcvd.reason if e.rcvd is not None else ""
    return f"the connection was closed with code {_code(e)}" + (f", {text}" if text else "")
