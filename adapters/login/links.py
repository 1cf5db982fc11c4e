"""One-time links: to make the first administrator, to accept an invitation, to set a new password.

What is given out is 256 random bits; the table holds their keyed hash. Whoever redeems one uses it up in the same
transaction, so two at once are one (`tests/login/test_links.py`).
"""

from datetime import timedelta
from enum import StrEnum

from adapters.db.work import SqlWork
from adapters.login.door import millis
from adapters.login.rows import Link, Rows
from adapters.login.sessions import as_bytes, new_secret
from adapters.lotse import Lotse


class Purpose(StrEnum):
    """What a link is good for."""

    FIRST = "first"
    INVITATION = "invitation"
    PASSWORD = "password"  # noqa: S105 - the word, no secret


def make_link(lotse: Lotse, person_id: str, purpose: Purpose, valid: timedelta) -> str:
    """Make a link for a person and give its secret part, once; earlier ones for the same purpose end."""
    return lotse.write(lambda work: stage_link(work, lotse, person_id, purpose, valid))


def stage_link(work: SqlWork, lotse: Lotse, person_id: str, purpose: Purpose, valid: timedelta) -> str:
    """The same within a transaction that writes more."""
    rows, now = Rows.of(work), millis(lotse)
    rows.drop_links(person_id, purpose)
    text, raw = new_secret()
    until = now + int(valid.total_seconds() * 1000)
    rows.put(Link(_digest(rows, purpose, raw), person_id, purpose, now, until))
    return text


def use_up(rows: Rows, purpose: Purpose, text: str, now: int) -> str | None:
    """Use a link up and give whose it is; None where it is none, was used, or is over."""
    raw = as_bytes(text)
    if raw is None:
        return None
    link = rows.link(_digest(rows, purpose, raw))
    if link is None or link.purpose != purpose or link.until <= now:
        return None
    return link.person if rows.drop_link(link.digest) else None


def _digest(rows: Rows, purpose: Purpose, raw: bytes) -> bytes:
    return rows.digest(f"link/{purpose}", raw)
