"""Known devices: a cookie that proves that somebody has logged in from this browser before.

It lets nobody in. It only keeps a person's own tries apart from those of strangers, so that they cannot lock her out
(`adapters.login.brakes`). A browser that several people use keeps a mark for each of the last five.
"""

import re
import secrets
from hmac import compare_digest

from adapters.login.rows import Rows
from adapters.login.sessions import as_text

COOKIE = "__Host-lotse-device"
LASTS = 365 * 24 * 3600
"""Seconds until a browser is no longer known."""
_MOST = 5
_ID = 16
_MARK = re.compile(r"([0-9a-f]{32})\.([A-Za-z0-9_-]{43})")


def known(rows: Rows, person: str, cookie: str) -> str | None:
    """The mark of this person in the cookie, if there is one."""
    for device, proof in _marks(cookie):
        if compare_digest(proof, _proof(rows, person, device)):
            return device
    return None


def marked(rows: Rows, person: str, cookie: str) -> str:
    """The cookie with a fresh mark of this person in front, and what the others had."""
    fresh = secrets.token_hex(_ID)
    others = [each for each in _marks(cookie) if not compare_digest(each[1], _proof(rows, person, each[0]))]
    return "~".join(".".join(each) for each in [(fresh, _proof(rows, person, fresh)), *others][:_MOST])


def _marks(cookie: str) -> list[tuple[str, str]]:
    found = [_MARK.fullmatch(mark) for mark in cookie.split("~", _MOST)[:_MOST]]
    return [(mark[1], mark[2]) for mark in found if mark is not None]


def _proof(rows: Rows, person: str, device: str) -> str:
    return as_text(rows.digest("device", f"{person}\n{device}".encode()))
