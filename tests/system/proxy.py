"""Stands between Lotse and PostgreSQL, and cuts the line just when a COMMIT has been sent.

It knows of the protocol what it needs: a query is `Q`, its length, its words. Armed, it cuts the next connection that
sends COMMIT: before the words reach the server, or after, and then before or after the server has answered; the answer
reaches nobody. `closed` it lets nobody in.
"""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from urllib.parse import urlsplit

_COMMIT = b"Q" + struct.pack("!I", 4 + len(b"COMMIT\0")) + b"COMMIT\0"
_PIECE = 65_536


class Cut(StrEnum):
    """Where the line is cut."""

    BEFORE = "the COMMIT never arrives"
    SENT = "the COMMIT arrives, and nobody waits for the answer"
    ANSWERED = "the COMMIT arrives and is done; the answer is lost"


class Proxy:
    """One listener before one server; a thread for each direction of each line."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.armed: Cut | None = None
        self.closed = False
        self.close_after_cut = False
        self.cuts = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def stop(self) -> None:
        """Let nobody in any more."""
        self.closed = True
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self.closed:
                client.close()
                continue
            try:
                server = socket.create_connection(self._server)
            except OSError:
                client.close()
                continue
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            line = _Line(self, client, server)
            threading.Thread(target=line.there, daemon=True).start()
            threading.Thread(target=line.back, daemon=True).start()

    def take_arms(self) -> Cut | None:
        """What to do with the COMMIT that has just come; only the first one is cut."""
        cut, self.armed = self.armed, None
        if cut is not None:
            self.cuts += 1
            self.closed = self.close_after_cut
        return cut


class _Line:
    """A connection of Lotse's, and the one to the server behind it."""

    def __init__(self, proxy: Proxy, client: socket.socket, server: socket.socket) -> None:
        self._proxy = proxy
        self._client = client
        self._server = server
        self._cut: Cut | None = None

    def there(self) -> None:
        """From Lotse to the server."""
        with suppress(OSError):
            while piece := self._client.recv(_PIECE):
                if self._cut is None and piece.endswith(_COMMIT):
                    self._cut = self._proxy.take_arms()
                if self._cut is Cut.BEFORE:
                    break
                self._server.sendall(piece)
                if self._cut is Cut.SENT:
                    break
        if self._cut is not Cut.ANSWERED:
            self._end()

    def back(self) -> None:
        """From the server to Lotse."""
        with suppress(OSError):
            while piece := self._server.recv(_PIECE):
                if self._cut is not None:
                    break
                self._client.sendall(piece)
        self._end()

    def _end(self) -> None:
        for end in (self._client, self._server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@contextmanager
def a_proxy(url: str) -> Iterator[Proxy]:
    """A proxy before the server of this address."""
    parts = urlsplit(url)
    proxy = Proxy(parts.hostname or "127.0.0.1", parts.port or 5432)
    try:
        yield proxy
    finally:
        proxy.stop()


def through(proxy: Proxy, url: str) -> str:
    """The same address, by way of the proxy."""
    parts = urlsplit(url)
    who = parts.netloc.rpartition("@")[0]
    return parts._replace(netloc=f"{who}@127.0.0.1:{proxy.port}").geturl()
