"""The shell around every answer: security headers, the host's name, HEAD, what fails unforeseen, and the access log.

Written as plain ASGI, so that nothing leaves without it, errors included. The log knows method, the route's pattern,
status and duration; never the path or the query (`tests/api/test_headers.py`). Each answer carries the number under
which it stands there.
"""

import logging
import os
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.api.problems import REFUSED, TROUBLE, ApiProblem, Trouble, answer
from adapters.logs import FACTS, METHODS, tell_failure

access = logging.getLogger("lotse.access")
PROBES = frozenset({"/livez", "/readyz"})
"""Asked every few seconds; they stand in the log only where something is wrong."""
HERE = frozenset({"localhost", "127.0.0.1", "[::1]"})
ALWAYS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_FINE = 200
_HSTS = "max-age=63072000; includeSubDomains"


@dataclass(frozen=True, slots=True)
class Answered:
    """What is counted of a request: the route's pattern ("-" where there is none), status, seconds, kind of problem.

    `refused` is the code of `workflow.errors.Blocked`, where the process did not allow it.
    """

    method: str
    route: str
    status: int
    seconds: float
    trouble: str
    refused: str


def uncounted(_answered: Answered) -> None:
    """Nobody counts."""


class Shell:
    """Around the whole application. `base_url` is where people find it; None: on this machine alone.

    `count` is told of each request once it is answered.
    """

    def __init__(
        self, app: ASGIApp, base_url: str | None, count: Callable[[Answered], None] = uncounted
    ) -> None:
        self._app = app
        self._count = count
        parts = urlsplit(base_url or "")
        self._hosts: Collection[str] = {parts.netloc.casefold()} if base_url else HERE
        self._named = base_url is not None
        self._https = parts.scheme == "https"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        state = scope.setdefault("state", {})
        state["caller"] = None
        number = os.urandom(8).hex()
        head = scope["method"] == "HEAD"
        method = scope["method"] if scope["method"] in METHODS else "?"
        if head:
            scope["method"] = "GET"
        status = 0

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = number
                self._dress(headers, scope)
            elif head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        try:
            if self._known(Headers(scope=scope).getlist("host")):
                await self._app(scope, receive, sent)
            else:
                await answer(ApiProblem(Trouble.ELSEWHERE))(scope, receive, sent)
        except Exception as error:  # noqa: BLE001 - whatever it is: German outside, kind and place in the log
            tell_failure(error)
            if status == 0:
                await answer(ApiProblem(Trouble.INTERNAL))(scope, receive, sent)
        finally:
            pattern = getattr(scope.get("route"), "path", "-")
            took = time.perf_counter() - began
            answered = Answered(method, pattern, status, took, state.get(TROUBLE, ""), state.get(REFUSED, ""))
            self._count(answered)
            if pattern not in PROBES or status != _FINE:
                _log(number, answered)

    def _known(self, hosts: list[str]) -> bool:
        """Whether it was sent to a name that is ours; on this machine alone any port will do."""
        if len(hosts) != 1:
            return False
        host = hosts[0].casefold()
        return host in self._hosts or (not self._named and host.rpartition(":")[0] in self._hosts)

    def _dress(self, headers: MutableHeaders, scope: Scope) -> None:
        for name, value in ALWAYS.items():
            headers.setdefault(name, value)
        if self._https or scope.get("scheme") == "https":
            headers.setdefault("Strict-Transport-Security", _HSTS)


def _log(number: str, answered: Answered) -> None:
    """The line of a request."""
    millis = round(answered.seconds * 1000, 1)
    facts = {
        "event": "request",
        "request": number,
        "method": answered.method,
        "route": answered.route,
        "status": answered.status,
        "duration_ms": millis,
    }
    if answered.trouble:
        facts["trouble"] = answered.trouble
    access.info(
        "%s %s %s %.1f ms", answered.method, answered.route, answered.status, millis, extra={FACTS: facts}
    )
