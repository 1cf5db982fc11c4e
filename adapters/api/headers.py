"""The shell around every answer: security headers, the host's name, HEAD, what fails unforeseen, and the access log.

Written as plain ASGI, so that nothing leaves without it, errors included. The log knows method, the route's pattern,
status and duration; never the path or the query (`tests/api/test_headers.py`).
"""

import logging
import time
import traceback
from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.api.problems import ApiProblem, Trouble, answer

access = logging.getLogger("lotse.access")
failures = logging.getLogger("lotse.failures")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
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
_HSTS = "max-age=63072000; includeSubDomains"


class Shell:
    """Around the whole application. `base_url` is where people find it; None: on this machine alone."""

    def __init__(self, app: ASGIApp, base_url: str | None) -> None:
        self._app = app
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
        scope.setdefault("state", {})["caller"] = None
        head = scope["method"] == "HEAD"
        method = scope["method"] if scope["method"] in _METHODS else "?"
        if head:
            scope["method"] = "GET"
        status = 0

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._dress(MutableHeaders(scope=message), scope)
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
            access.info("%s %s %s %.1f ms", method, pattern, status, (time.perf_counter() - began) * 1000)

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


def tell_failure(error: BaseException) -> None:
    """Log the kind of an error and where it came from; its words may be somebody's name."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else "?"
    failures.error("%s in %s", type(error).__name__, place)
