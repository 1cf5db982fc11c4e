"""The lines to the API: how long one may stay silent, and how many there are at a time, altogether and from one address.

uvicorn waits for a request without end; here a line is cut that does not get on. A proxy in front does the same better:
`docs/operation.md`. Proven over real sockets by `tests/system/test_http_idle.py`
and `test_http_endless.py`.
"""

import asyncio
import ipaddress
import resource
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

FOR_HEAD = 10.0
"""Seconds until the head of a request is there; also for what comes between two requests."""
FOR_BODY = 30.0
"""Seconds until its body is there."""
FOR_ANSWER = 30.0
"""Seconds until the other side has taken what it is sent."""
HEAD_AT_MOST = 64 * 1024
"""Bytes of address and headers: what grows beyond that is cut, however fast it comes."""
MOST = 1_000
MOST_OF_ONE = 200
_RESERVED = 100
"""Files that the process needs for other things than lines."""


def room() -> int:
    """So many lines there may be; takes as many files as the system allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65_536 if hard == resource.RLIM_INFINITY else hard
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return max(16, min(MOST, wanted - _RESERVED))


def guarded(most: int, trusted: Callable[[str], bool]) -> type[HttpToolsProtocol]:
    """The protocol for so many lines; of an address that is trusted (a proxy's) there may be as many as of all."""

    class Guarded(Line):
        def welcome(self) -> bool:
            mine = _place(self)
            if len(self.connections) > most:
                return False
            if mine is None or trusted(self.client[0] if self.client else ""):
                return True
            return sum(_place(each) == mine for each in self.connections) <= MOST_OF_ONE

    return Guarded


class Line(HttpToolsProtocol):
    """One line, cut where it does not get on."""

    _timer: asyncio.TimerHandle | None = None
    place: str | None = None
    _head: int | None = 0
    """Bytes of the head that is coming; None where none is."""

    def welcome(self) -> bool:
        """Whether there is room for it."""
        return True

    def _within(self, seconds: float) -> None:
        self._unhurried()
        self._timer = self.loop.call_later(seconds, self.transport.abort)

    def _unhurried(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Take it, if there is room."""
        super().connection_made(transport)
        self.place = _network(self.client[0]) if self.client else None
        if self.welcome():
            self._within(FOR_HEAD)
        else:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        self._unhurried()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Whatever comes where nothing is being asked must become a head."""
        if self._timer is None and (self.cycle is None or self.cycle.response_complete):
            self._within(FOR_HEAD)
        if self._head is not None:
            self._head += len(data)
        super().data_received(data)
        if self._head is not None and self._head > HEAD_AT_MOST:
            self.transport.abort()
        if self.transport.is_closing():
            self._within(FOR_HEAD)

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self._head = self._head or 0
        self._within(FOR_HEAD)

    def on_headers_complete(self) -> None:
        """The head is there, its body not yet."""
        self._head = None
        self._within(FOR_BODY)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """All of it is there."""
        self._unhurried()
        super().on_message_complete()
        if self.cycle.response_complete:
            self._within(FOR_HEAD)

    def on_response_complete(self) -> None:
        """It is answered; what is left to be sent must be taken."""
        super().on_response_complete()
        if self.transport.is_closing():
            self._within(FOR_ANSWER)

    def timeout_keep_alive_handler(self) -> None:
        """Nothing more is asked."""
        super().timeout_keep_alive_handler()
        self._within(FOR_ANSWER)

    def pause_writing(self) -> None:
        """The other side takes nothing for now."""
        super().pause_writing()
        self._within(FOR_ANSWER)

    def resume_writing(self) -> None:
        """It takes again."""
        super().resume_writing()
        self._unhurried()


def _place(line: Any) -> str | None:  # noqa: ANN401 - of a set that uvicorn leaves untyped
    return getattr(line, "place", None)


def _network(address: str) -> str:
    """What one household has: an IPv4 address, or the first half of an IPv6 one."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return (
        str(found)
        if isinstance(found, ipaddress.IPv4Address)
        else str(ipaddress.ip_network((found, 64), strict=False))
    )
