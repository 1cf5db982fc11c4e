"""One-time links: to make the first administrator, to accept an invitation, to set a new password.

What is given out is 256 random bits; the table holds their keyed hash. Whoever redeems one uses it up in the same
transaction, so two at once are one (`tests/login/test_links.py`).
"""

from datetime import timedelta
from enum import StrEnum

from adapters.db.work import SqlWork
from adapters.login.door import now_of
from adapters.login.rows import Link, Rows
from adapters.login.sessions import as_bytes, new_secret
from adapters.lotse import Lotse
from adapters.settings import Settings


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
    rows, now = Rows.of(work), now_of(lotse)
    rows.drop_links(person_id, purpose)
    text, raw = new_secret()
    until = now + int(valid.total_seconds() * 1000)
    rows.put(Link(_digest(rows, purpose, raw), person_id, purpose, now, until))
    return text


def whose(rows: Rows, purpose: Purpose, text: str, now: int) -> str | None:
    """Whose link it is, unused; None where it is none, was used, or is over."""
    found = _found(rows, purpose, text, now)
    return found.person if found is not None else None


def use_up(rows: Rows, purpose: Purpose, text: str, now: int) -> str | None:
    """Use a link up and give whose it is; None where it is none, was used, or is over."""
    found = _found(rows, purpose, text, now)
    return found.person if found is not None and rows.drop_link(found.digest) else None


def link_address(settings: Settings, purpose: Purpose, text: str) -> str:
    """Where a link leads: the secret stands behind the #, which no server and no log gets to see."""
    base = settings.base_url or f"http://{settings.http_host}:{settings.http_port}"
    return f"{base}/link#{purpose}.{text}"


def _found(rows: Rows, purpose: Purpose, text: str, now: int) -> Link | None:
    raw = as_bytes(text)
    link = rows.link(_digest(rows, purpose, raw)) if raw is not None else None
    return link if link is not None and link.purpose == purpose and now < link.until else None


def _digest(rows: Rows, purpose: Purpose, raw: bytes) -> bytes:
    return rows.digest(f"link/{purpose}", raw)
