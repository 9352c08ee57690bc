"""A proxy that loses connections, as networks do."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit


class Proxy:
    """Passes connections on, and cuts one where a call has been named."""

    def __init__(self, listener: socket.socket) -> None:
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self.cuts = 0
        self._listener = listener
        self._target = ("127.0.0.1", 0)
        self._cut = threading.Event()

    def lead_to(self, url: str) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None
        assert parts.port is not None
        self._target = (parts.hostname, parts.port)

    def cut_next_call(self) -> None:
        self._cut.set()

    def run(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError), socket.create_connection(self._target) as server:
            there = threading.Thread(target=self._pass, args=(client, server), daemon=True)
            there.start()
            self._pass(server, client, answers=True)

    def _pass(self, source: socket.socket, sink: socket.socket, answers: bool = False) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 16):
                cut = answers and b"event: task_id" in data and self._cut.is_set()
                sink.sendall(data.split(b"event: chunk")[0].split(b"event: end")[0] if cut else data)
                if cut:
                    self._cut.clear()
                    self.cuts += 1
                    break
            for end in (source, sink):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def cutting(url: str | None = None) -> Iterator[Proxy]:
    """A proxy before a server."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        proxy = Proxy(listener)
        if url is not None:
            proxy.lead_to(url)
        threading.Thread(target=proxy.run, daemon=True).start()
        yield proxy
        listener.shutdown(socket.SHUT_RDWR)
