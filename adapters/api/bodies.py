"""Reading what is sent: at most 1 MB (20 kB from strangers), counted while it comes; JSON in UTF-8, as a form needs it.

`Letter` is the request as the routes get it. Depth and number of what stands in it are measured over its octets before
anything is made of it, and it is parsed once (`tests/api/test_bodies.py`): what takes long to read holds up everybody.
"""

import re
from typing import Any

import orjson
from starlette.requests import Request

from adapters.api.problems import ApiProblem, Trouble

MOST = 1_000_000
"""Octets of a body."""
MOST_OF_STRANGERS = 20_000
"""Octets of a body where whoever asks may come in; a logout token of 16 kB is the largest that anybody needs."""
DEEPEST = 20
FULLEST = 2_000
"""Objects, lists and commas in a body."""
_TEXT = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
"""A text in JSON; one that does not end ends here with the body, so that nobody looks through it twice."""
_OPENING, _CLOSING = b"{[", b"}]"
_NO_BRACKET = bytes(set(range(256)) - set(_OPENING + _CLOSING))


class Letter(Request):
    """A request whose body is counted and read once."""

    most = MOST

    async def body(self) -> bytes:
        """The body. Raises ApiProblem where it is too large."""
        if not hasattr(self, "_body"):
            said = self.headers.get("content-length", "0")
            if not said.isascii() or not said.isdigit() or int(said[:12]) > self.most:
                raise self._too_large()
            parts, size = [], 0
            async for part in self.stream():
                size += len(part)
                if size > self.most:
                    raise self._too_large()
                parts.append(part)
            self._body = b"".join(parts)
        return self._body

    def _too_large(self) -> ApiProblem:
        if self.most == MOST:
            return ApiProblem(Trouble.TOO_LARGE)
        return ApiProblem(Trouble.TOO_LARGE, f"Bitte hier höchstens {self.most // 1000} kB senden.")

    async def json(self) -> Any:  # noqa: ANN401 - as Starlette has it
        """The body as JSON. Raises ApiProblem where it is none, too full, or nested beyond reason."""
        if not hasattr(self, "_read"):
            raw = await self.body()
            measured(raw)
            try:
                self._read = orjson.loads(raw)
            except orjson.JSONDecodeError:
                raise ApiProblem(Trouble.MALFORMED) from None
        return self._read

    async def read(self) -> None:
        """Read the body and see that it is JSON. Raises ApiProblem."""
        if not await self.body():
            return
        kind = self.headers.get("content-type", "").partition(";")[0].strip().casefold()
        if kind != "application/json":
            raise ApiProblem(Trouble.MEDIA)
        await self.json()


def measured(raw: bytes) -> None:
    """Raise ApiProblem where there is more in it than a form has, or deeper; before it is parsed, in linear time."""
    bare = _TEXT.sub(b"", raw)
    depth = 0
    for each in bare.translate(None, _NO_BRACKET)[: 2 * FULLEST]:
        depth += 1 if each in _OPENING else -1
        if depth > DEEPEST:
            raise ApiProblem(Trouble.MALFORMED, "Bitte weniger tief verschachteln.")
    if sum(map(bare.count, (b"{", b"[", b","))) > FULLEST:
        raise ApiProblem(Trouble.TOO_LARGE, "Bitte weniger Angaben auf einmal senden.")
