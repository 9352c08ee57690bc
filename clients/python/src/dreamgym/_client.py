"""The synchronous client: the protocol core over one websocket that is replaced when it breaks."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

from dreamgym._endpoint import GRACE_MS, Endpoint, check_may_return, pauses, reason, refused
from dreamgym._errors import CapacityReachedError, ConnectionLostError, DreamGymError
from dreamgym._protocol import Hello, Message, Protocol, Reply, batch_results, codec_named

_BATCH = 4096  # where the server's hello names none


class Client:
    """A connection to a server, for one thread at a time.

    It connects when it is made. When the connection breaks in a way that the close code allows to mend, it
    connects again within the server's grace period, resumes its sessions and sends again what was not
    answered; the caller notices nothing but the wait. Beyond that, what waits is answered with
    ConnectionLostError.

    Args:
        url: The server, ``ws://``, ``wss://``, ``http://`` or ``https://``; the environment variable
            DREAMGYM_URL when None, ``ws://127.0.0.1:8000`` without it.
        token: The bearer token; the environment variable DREAMGYM_TOKEN when None.
        codec: "msgpack" or "json".
        connect_timeout: Seconds that one attempt to connect may take.
        reconnect: Whether a broken connection is replaced.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        token: str | None = None,
        codec: str = "msgpack",
        connect_timeout: float = 10.0,
        reconnect: bool = True,
    ) -> None:
        self._endpoint = Endpoint.named(url, token, connect_timeout)
        self.url = self._endpoint.url
        self._reconnects = reconnect
        self._protocol = Protocol(codec_named(codec))
        self._stack = ExitStack()
        self._socket: ClientConnection | None = None
        self._closed = False
        self._grace = GRACE_MS / 1000
        #: how many requests one batch may hold
        self.batch_limit = _BATCH
        self._ensure_connected()

    # -- requests

    def call(self, op: str, **fields: Any) -> Reply:
        """Carry out one request; fields that are None are left out."""
        return self.wait(self.send(op, **fields))

    def send(self, op: str, **fields: Any) -> int:
        """Send a request and answer its id, for `wait`: many may be under way."""
        self._ensure_connected()
        id_ = self._protocol.request(op, fields)
        self._flush()
        return id_

    def batch(self, requests: Sequence[Message]) -> list[Message]:
        """Carry out many requests in one frame and answer their replies in order; `next_id` gives the ids."""
        self._ensure_connected()
        id_ = self._protocol.batch(requests)
        self._flush()
        return batch_results(self.wait(id_), requests)

    def wait(self, id_: int) -> Reply:
        """Wait for the reply to a request that was sent."""
        while (reply := self._protocol.take(id_)) is None:
            self._receive()
        return reply

    def next_id(self) -> int:
        """Answer a fresh request id."""
        return self._protocol.next_id()

    @property
    def hello(self) -> Hello:
        """What the server said of itself and its limits."""
        hello = self._protocol.hello
        if hello is None:
            raise ConnectionLostError("there is no connection")
        return hello

    # -- operations

    def open(
        self, env: str, *, backend: str | None = None, reasoning: bool | None = None, session: str | None = None
    ) -> tuple[str, Message]:
        """Open a session; answer its id and the server's ``opened``: token, spec and backend."""
        session = session or new_session_id()
        reply = self.call("open", session=session, env=env, backend=backend, reasoning=reasoning)
        opened: Message = reply.field("opened")
        return session, opened

    def close_session(self, session: str) -> None:
        """Close a session; one that is gone already is no error."""
        self.call("close", session=session)

    def envs(self) -> list[Message]:
        """List the environments: spec, backends, splits, what is missing."""
        listed: list[Message] = self.call("envs").field("envs")
        return listed

    def tasks(self, env: str, *, split: str = "train", index: int = 0, limit: int = 100) -> tuple[int, list[Message]]:
        """Answer how many tasks a split has, and those from ``index`` on."""
        body = self.call("tasks", env=env, split=split, index=index, limit=limit).field("tasks")
        return int(body["total"]), list(body.get("tasks") or [])

    def ping(self) -> None:
        """Ask the server for a sign of life."""
        self.call("ping").field("pong")

    def close(self) -> None:
        """Close the connection. Sessions that are open wait out their grace period."""
        self._closed = True
        self._drop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # -- the connection

    def _ensure_connected(self) -> None:
        if self._closed:
            raise ConnectionLostError("the client is closed", retry=False)
        if self._socket is not None:
            return
        try:
            self._connect()
        except OSError as e:
            raise ConnectionLostError(f"no server answers at {self.url}: {e}") from e

    def _flush(self) -> None:
        frames = self._protocol.outgoing()
        try:
            for frame in frames:
                self._live().send(frame)
        except ConnectionClosed as e:
            self._mend(e)

    def _receive(self) -> None:
        try:
            frame = self._live().recv()
        except ConnectionClosed as e:
            self._mend(e)
            return
        self._protocol.receive(frame)
        self._flush()

    def _live(self) -> ClientConnection:
        if self._socket is None:
            raise ConnectionLostError("there is no connection")
        return self._socket

    def _connect(self) -> None:
        """Open a connection, hear the hello and send what waits. Raises OSError where another try may help."""
        self._drop()
        self._protocol.connected()
        try:
            options = self._endpoint.options(self._protocol.codec.subprotocol)
            self._socket = self._stack.enter_context(connect(self.url, **options))
            self._protocol.receive(self._socket.recv(timeout=self._endpoint.timeout))
        except InvalidStatus as e:
            raise refused(e) from e
        except ConnectionClosed as e:
            check_may_return(e)
            raise ConnectionError(reason(e)) from e
        except WebSocketException as e:
            raise ConnectionError(str(e)) from e
        self._grace = self.hello.limits.get("grace_ms", GRACE_MS) / 1000
        self.batch_limit = self.hello.limits.get("batch", _BATCH)
        try:
            for frame in self._protocol.outgoing():
                self._socket.send(frame)
        except ConnectionClosed as e:
            raise ConnectionError(reason(e)) from e

    def _mend(self, cause: ConnectionClosed) -> None:
        """Connect again within the grace period, or answer everything that waits with the reason."""
        try:
            if not self._reconnects:
                raise ConnectionLostError(reason(cause))
            check_may_return(cause)
            self._connect_within(self._grace, cause)
        except DreamGymError as error:
            self._drop()
            self._protocol.fail(error)

    def _connect_within(self, seconds: float, cause: Exception) -> None:
        for pause in pauses(seconds):
            time.sleep(pause)
            try:
                self._connect()
                return
            except (OSError, CapacityReachedError) as e:
                cause = e
        raise ConnectionLostError(f"{self.url} did not come back within {seconds:.0f} s: {cause}") from cause

    def _drop(self) -> None:
        self._socket = None
        self._protocol.disconnected()
        self._stack.close()


def new_session_id() -> str:
    """Make a session id that no other client has."""
    return secrets.token_hex(12)
