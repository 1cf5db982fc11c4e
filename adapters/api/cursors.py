"""Cursors: where a list goes on, opaque and authenticated, good only for who got it, for that list and its filters.

A cursor names the last thing that was shown by what never changes of it, so pages neither repeat nor skip while
others write (`tests/api/test_pages.py`).
"""

import hmac
from base64 import b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Sequence
from typing import Annotated

import orjson
from fastapi import Query

from adapters.api.problems import ApiProblem, Trouble
from adapters.lotse import Lotse

_MAC = 16
_WRONG = "Dieser Cursor gehört nicht zu dieser Liste. Nächster Schritt: ohne cursor von vorn beginnen."
Limit = Annotated[int, Query(ge=1, le=200, description="So viele höchstens.")]
Cursor = Annotated[
    str | None, Query(max_length=1000, description="Wo es weitergeht: `next` aus der vorigen Antwort.")
]


class Cursors:
    """The cursors of one list for one person. `about` are the list's name and filters."""

    def __init__(self, lotse: Lotse, person: str, *about: object) -> None:
        self._lotse = lotse
        self._about = orjson.dumps(["lotse/cursor", person, *map(str, about)])

    def after(self, last: Sequence[int]) -> str:
        """The cursor behind the thing with this place."""
        text = orjson.dumps(list(last))
        return _written(self._mac(text) + text)

    def read(self, cursor: str | None) -> tuple[int, ...] | None:
        """The place, None at the beginning. Raises ApiProblem where it is not one of these."""
        if cursor is None:
            return None
        try:
            raw = b64decode(cursor.encode() + b"=" * (-len(cursor) % 4), b"-_", validate=True)
        except (Error, ValueError):
            raise _wrong() from None
        mac, text = raw[:_MAC], raw[_MAC:]
        if _written(raw) != cursor:
            raise _wrong()
        if not hmac.compare_digest(mac, self._mac(text)):
            raise _wrong()
        return tuple(orjson.loads(text))

    def _mac(self, text: bytes) -> bytes:
        with self._lotse.store.keys() as keys:
            return keys.key("mac").mac(self._about + b"\n" + text)[:_MAC]


def _written(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _wrong() -> ApiProblem:
    return ApiProblem(Trouble.INVALID, errors=[("query: cursor", _WRONG)])
