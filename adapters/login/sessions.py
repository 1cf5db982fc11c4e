"""Sessions: begun at a login, renewed every hour, ended by logging out, by idling, after twelve hours at the latest.

The cookie is 256 random bits; the table holds their keyed hash. A login keeps its `sign_in` through all its cookies, so
ending it ends the one of an hour ago too. Functions here stage in the caller's transaction and never commit.
Proven as a state machine by `tests/login/test_session_machine.py`.
"""

import base64
import secrets
from binascii import Error
from dataclasses import dataclass

from adapters.login.rows import Rows, Session
from adapters.settings import Settings

COOKIE = "__Host-lotse"
SECRET = 32
"""Bytes of a secret: 256 bits."""
_SECOND = 1000
_MINUTE = 60 * _SECOND
_HOUR = 60 * _MINUTE
TOUCHED_EVERY = _MINUTE
"""So long the table is behind with when somebody was last seen (milliseconds)."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How long sessions last, in milliseconds: without being used, at the most, one cookie, and that one afterwards.

    `grace` is for requests that are under way when the cookie changes.
    """

    idle: int
    longest: int
    cookie: int = _HOUR
    grace: int = _MINUTE

    @classmethod
    def of(cls, settings: Settings) -> "Terms":
        """As this office has set them."""
        return cls(settings.session_idle * _MINUTE, settings.session_hours * _HOUR)

    def alive(self, session: Session, now: int) -> bool:
        """Whether a session still counts."""
        in_time = now < session.until and now - session.began_at < self.longest
        return in_time and now - session.seen_at < self.idle

    def stale(self, session: Session, now: int) -> bool:
        """Whether its cookie is to be changed; one that was replaced already is not."""
        replaced = session.until < session.began_at + self.longest
        return not replaced and now - session.created_at >= self.cookie


def new_secret() -> tuple[str, bytes]:
    """A secret as it travels (43 characters) and as it is hashed."""
    raw = secrets.token_bytes(SECRET)
    return as_text(raw), raw


def as_text(raw: bytes) -> str:
    """Bytes as they stand in a cookie or an address."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def as_bytes(text: str) -> bytes | None:
    """Undo `as_text` for a secret; None where it is none, whatever was sent."""
    try:
        raw = base64.b64decode(text.encode("ascii") + b"=", altchars=b"-_", validate=True)
    except (Error, ValueError):
        return None
    return raw if len(raw) == SECRET and as_text(raw) == text else None


def as_any_bytes(text: str) -> bytes:
    """Undo `as_text` for what was sealed; empty where it is nothing of that kind."""
    try:
        return base64.b64decode(text.encode("ascii") + b"==", altchars=b"-_")
    except (Error, ValueError):
        return b""


def csrf_of(rows: Rows, session: Session) -> str:
    """What an unsafe request by this login must bring along; the same through all its cookies."""
    return as_text(rows.digest("csrf", session.sign_in.encode()))


def begin(
    rows: Rows,
    person: str,
    now: int,
    terms: Terms,
    issuer: str | None = None,
    issuer_session: str | None = None,
) -> str:
    """Begin a login and give its first cookie: always a new one, whatever the browser brought along."""
    rows.drop_old(now, now - terms.idle)
    cookie, raw = new_secret()
    digest = rows.digest("session", raw)
    until = now + terms.longest
    rows.put(Session(digest, secrets.token_hex(16), person, now, now, now, until, issuer, issuer_session))
    return cookie


def renew(rows: Rows, session: Session, now: int, terms: Terms) -> str | None:
    """Change the cookie of a login; None where another request just did, or the login has ended.

    The old one counts for a minute more, for requests that are under way.
    """
    if not terms.alive(session, now) or session.until < session.began_at + terms.longest:
        return None
    if not rows.move_session(session, until=min(session.until, now + terms.grace), seen_at=now):
        return None
    cookie, raw = new_secret()
    until = session.began_at + terms.longest
    rows.put(
        Session(
            rows.digest("session", raw),
            session.sign_in,
            session.person,
            session.began_at,
            now,
            now,
            until,
            session.issuer,
            session.issuer_session,
        )
    )
    return cookie


def leave(rows: Rows, cookie: str) -> None:
    """End the session that a browser brought along: nobody goes on with it after a login."""
    raw = as_bytes(cookie)
    before = rows.session(rows.digest("session", raw)) if raw is not None else None
    if before is not None:
        rows.drop_sign_in(before.sign_in)


def end_others(rows: Rows, person: str, kept: str) -> int:
    """End every login of a person but this one; how many there were."""
    others = {each.sign_in for each in rows.sessions(person) if each.sign_in != kept}
    for sign_in in others:
        rows.drop_sign_in(sign_in)
    return len(others)


def renew_soon(rows: Rows, person: str) -> None:
    """Have every cookie of a person changed at the next request: what they may do has changed."""
    for session in rows.sessions(person):
        rows.move_session(session, created_at=0)
