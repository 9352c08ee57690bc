"""The asyncio client: the protocol core over one websocket that is replaced when it breaks."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from dreamgym._client import new_session_id
from dreamgym._endpoint import GRACE_MS, Endpoint, check_may_return, pauses, reason, refused
from dreamgym._errors import CapacityReachedError, ConnectionLostError, DreamGymError, ProtocolError
from dreamgym._protocol import Hello, Message, Protocol, Reply, batch_results, codec_named


class Client:
    """A connection to a server, for the tasks of one event loop: many may wait for replies at a time.

    It connects with the first request. When the connection breaks in a way that the close code allows to
    mend, it connects again within the server's grace period, resumes its sessions and sends again what was
    not answered; who waits notices nothing but the wait. Beyond that, what waits is answered with
    ConnectionLostError.

    A request that is cancelled may have been carried out: `reset` comes next.

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
        self._socket: ClientConnection | None = None
        self._waiting: dict[int, asyncio.Future[Reply]] = {}
        self._connecting = asyncio.Lock()
        self._to_send = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []  # reading and writing, while there is a connection or hope for one
        self._closed = False

    # -- requests

    async def call(self, op: str, **fields: Any) -> Reply:
        """Carry out one request; fields that are None are left out."""
        await self._ensure_connected()
        return await self._answer(self._protocol.request(op, fields))

    async def batch(self, requests: Sequence[Message]) -> list[Message]:
        """Carry out many requests in one frame and answer their replies in order; `next_id` gives the ids."""
        await self._ensure_connected()
        return batch_results(await self._answer(self._protocol.batch(requests)), requests)

    def next_id(self) -> int:
        """Answer a fresh request id."""
        return self._protocol.next_id()

    async def hello(self) -> Hello:
        """Answer what the server says of itself and its limits."""
        await self._ensure_connected()
        hello = self._protocol.hello
        if hello is None:
            raise ConnectionLostError("there is no connection")
        return hello

    # -- operations

    async def open(
        self, env: str, *, backend: str | None = None, reasoning: bool | None = None, session: str | None = None
    ) -> tuple[str, Message]:
        """Open a session; answer its id and the server's ``opened``: token, spec and backend."""
        session = session or new_session_id()
        reply = await self.call("open", session=session, env=env, backend=backend, reasoning=reasoning)
        opened: Message = reply.field("opened")
        return session, opened

    async def close_session(self, session: str) -> None:
        """Close a session; one that is gone already is no error."""
        await self.call("close", session=session)

    async def envs(self) -> list[Message]:
        """List the environments: spec, backends, splits, what is missing."""
        listed: list[Message] = (await self.call("envs")).field("envs")
        return listed

    async def tasks(
        self, env: str, *, split: str = "train", index: int = 0, limit: int = 100
    ) -> tuple[int, list[Message]]:
        """Answer how many tasks a split has, and those from ``index`` on."""
        body = (await self.call("tasks", env=env, split=split, index=index, limit=limit)).field("tasks")
        return int(body["total"]), list(body.get("tasks") or [])

    async def ping(self) -> None:
        """Ask the server for a sign of life."""
        (await self.call("ping")).field("pong")

    async def close(self) -> None:
        """Close the connection. Sessions that are open wait out their grace period."""
        self._closed = True
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._drop()
        self._give_up(ConnectionLostError("the client is closed", retry=False))

    async def __aenter__(self) -> Self:
        await self._ensure_connected()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    # -- the connection

    async def _answer(self, id_: int) -> Reply:
        """Have what waits to be sent sent, and wait for a reply."""
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting[id_] = future
        self._to_send.set()
        try:
            return await future
        finally:
            self._waiting.pop(id_, None)

    async def _ensure_connected(self) -> None:
        async with self._connecting:
            if self._closed:
                raise ConnectionLostError("the client is closed", retry=False)
            if self._tasks and not self._tasks[0].done():
                return  # there is a connection, or it is being mended
            try:
                await self._connect()
            except OSError as e:
                await self._drop()
                raise ConnectionLostError(f"no server answers at {self.url}: {e}") from e
            except BaseException:
                await self._drop()
                raise
            for task in self._tasks:
                task.cancel()
            self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._write())]

    async def _connect(self) -> None:
        """Open a connection and hear the hello. Raises OSError where another try may help."""
        await self._drop()
        self._protocol.connected()
        try:
            async with asyncio.timeout(self._endpoint.timeout):
                socket = await connect(self.url, **self._endpoint.options(self._protocol.codec.subprotocol))
                self._socket = socket
                self._protocol.receive(await socket.recv())
        except InvalidStatus as e:
            raise refused(e) from e
        except ConnectionClosed as e:
            check_may_return(e)
            raise ConnectionError(reason(e)) from e
        except WebSocketException as e:
            raise ConnectionError(str(e)) from e
        self._to_send.set()

    async def _drop(self) -> None:
        socket, self._socket = self._socket, None
        self._protocol.disconnected()
        if socket is not None:
            await socket.close()

    async def _read(self) -> None:
        """Take frames in until there is no connection, and none to be had."""
        try:
            while True:
                await self._receive()
        except Exception as e:  # whatever it is, nobody may wait for ever
            await self._drop()
            nonsense = ProtocolError(f"the server's answer could not be understood: {e!r}")
            self._give_up(e if isinstance(e, DreamGymError) else nonsense)

    async def _receive(self) -> None:
        if self._socket is None:
            raise ConnectionLostError("there is no connection")
        try:
            frame = await self._socket.recv()
        except ConnectionClosed as e:
            await self._mend(e)
            return
        self._protocol.receive(frame)
        self._to_send.set()
        self._settle()

    async def _mend(self, closed: ConnectionClosed) -> None:
        """Connect again within the grace period."""
        if not self._reconnects:
            raise ConnectionLostError(reason(closed))
        check_may_return(closed)
        hello, cause = self._protocol.hello, Exception(reason(closed))
        seconds = (hello.limits if hello else {}).get("grace_ms", GRACE_MS) / 1000
        for pause in pauses(seconds):
            await asyncio.sleep(pause)
            try:
                await self._connect()
                return
            except (OSError, CapacityReachedError) as e:
                cause = e
        raise ConnectionLostError(f"{self.url} did not come back within {seconds:.0f} s: {cause}") from cause

    async def _write(self) -> None:
        """Send what the protocol has to send. What a broken connection swallows is sent again by the next."""
        while True:
            await self._to_send.wait()
            self._to_send.clear()
            if (socket := self._socket) is None:
                continue
            with contextlib.suppress(ConnectionClosed):  # the reading task meets it, too
                for frame in self._protocol.outgoing():
                    await socket.send(frame)

    def _settle(self) -> None:
        """Give the replies that came to who waits for them."""
        for reply in self._protocol.take_all():
            future = self._waiting.get(reply.id)
            if future is not None and not future.done():
                future.set_result(reply)

    def _give_up(self, error: DreamGymError) -> None:
        """Answer everybody who waits with an error."""
        self._protocol.fail(error)
        self._settle()
        for future in self._waiting.values():
            if not future.done():  # its reply could not be taken in
                future.set_exception(error)
