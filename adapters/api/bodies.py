"""Reading what is sent: at most 1 MB, counted while it comes; JSON in UTF-8, nothing deeper than a form needs.

`Letter` is the request as the routes get it. What cannot be read is a problem before anybody looks for fields in it.
"""

from collections.abc import Collection
from typing import Any

import orjson
from starlette.requests import Request

from adapters.api.problems import ApiProblem, Trouble

MOST = 1_000_000
"""Octets of a body."""
DEEPEST = 20


class Letter(Request):
    """A request whose body is counted and read once."""

    async def body(self) -> bytes:
        """The body. Raises ApiProblem where it is too large."""
        if not hasattr(self, "_body"):
            said = self.headers.get("content-length", "0")
            if not said.isascii() or not said.isdigit() or int(said[:12]) > MOST:
                raise ApiProblem(Trouble.TOO_LARGE)
            parts, size = [], 0
            async for part in self.stream():
                size += len(part)
                if size > MOST:
                    raise ApiProblem(Trouble.TOO_LARGE)
                parts.append(part)
            self._body = b"".join(parts)
        return self._body

    async def json(self) -> Any:  # noqa: ANN401 - as Starlette has it
        """The body as JSON. Raises ApiProblem where it is none, or nested beyond reason."""
        try:
            found = orjson.loads(await self.body())
        except orjson.JSONDecodeError:
            raise ApiProblem(Trouble.MALFORMED) from None
        if _deeper_than(found, DEEPEST):
            raise ApiProblem(Trouble.MALFORMED, "Bitte weniger tief verschachteln.")
        return found

    async def read(self) -> None:
        """Read the body and see that it is JSON. Raises ApiProblem."""
        if not await self.body():
            return
        kind = self.headers.get("content-type", "").partition(";")[0].strip().casefold()
        if kind != "application/json":
            raise ApiProblem(Trouble.MEDIA)
        await self.json()


def _deeper_than(value: object, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    if levels == 0:
        return True
    inner: Collection[object] = value.values() if isinstance(value, dict) else value
    return any(_deeper_than(each, levels - 1) for each in inner)
