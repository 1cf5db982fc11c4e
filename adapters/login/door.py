"""The door: finds the person behind a cookie or a token, or nobody.

Each look reads the directory as it stands, so who was locked is out at the next request. Both ways compare keyed hashes
of 256 random bits; called in a thread, since it reads the store. Tried in `tests/login/test_sessions.py`.
"""

import re
from hmac import compare_digest

from adapters.db.work import SqlWork
from adapters.login import sessions
from adapters.login.caller import EVERY_SCOPE, Caller, Via
from adapters.login.rows import Account, Rows
from adapters.login.sessions import COOKIE, Terms, as_bytes, csrf_of
from adapters.lotse import Lotse
from adapters.millis import millis
from workflow.office import Person

__all__ = ["COOKIE", "Door"]
TOKEN = re.compile(r"lotse_([0-9a-f]{16})_([A-Za-z0-9_-]{43})")
_HOUR = 3_600_000


def now_of(lotse: Lotse) -> int:
    """The machine's now in Unix milliseconds: whoever comes in comes in by the machine's clock."""
    return millis(lotse.moment.real_at)


class Door:
    """Lets people in, by cookie or by token. One for the whole process."""

    def __init__(self, lotse: Lotse) -> None:
        self._lotse = lotse
        self._terms = Terms.of(lotse.settings)

    def by_session(self, cookie: str) -> Caller | None:
        """The person of this cookie, or None: unknown, ended, idle, over, locked."""
        raw = as_bytes(cookie)
        if raw is None:
            return None
        now = now_of(self._lotse)
        with self._lotse.store.work(reading=True) as work:
            rows = Rows.known(work)
            session = rows.session(rows.digest("session", raw)) if rows is not None else None
            if rows is None or session is None or not self._terms.alive(session, now):
                return None
            person = _here(work, session.person)
            if person is None:
                return None
            lacking = session.issuer is None and self._lacks_factor(person, rows.account(person.id))
            caller = Caller(
                person,
                Via.SESSION,
                frozenset() if lacking else EVERY_SCOPE,
                csrf_of(rows, session),
                session.digest,
                self._terms.stale(session, now),
            )
        if now - session.seen_at >= sessions.TOUCHED_EVERY:
            self._lotse.write(lambda work: Rows.of(work).move_session(session, seen_at=now))
        return caller

    def renewed(self, cookie: str) -> str | None:
        """A new cookie in the place of one that is due, or None where there is nothing to change."""
        raw = as_bytes(cookie)
        if raw is None:
            return None
        now = now_of(self._lotse)

        def job(work: SqlWork) -> str | None:
            rows = Rows.of(work)
            session = rows.session(rows.digest("session", raw))
            if session is None or not self._terms.stale(session, now):
                return None
            return sessions.renew(rows, session, now, self._terms)

        return self._lotse.write(job)

    def by_token(self, text: str) -> Caller | None:
        """The person in whose name this token was made, or None: unknown, revoked, over, locked."""
        fit = TOKEN.fullmatch(text)
        raw = as_bytes(fit[2]) if fit is not None else None
        if fit is None or raw is None:
            return None
        now = now_of(self._lotse)
        with self._lotse.store.work(reading=True) as work:
            rows = Rows.known(work)
            token = rows.token(fit[1]) if rows is not None else None
            if rows is None or token is None or not compare_digest(token.digest, rows.digest("token", raw)):
                return None
            person = _here(work, token.person)
            if person is None or token.until <= now:
                return None
            lacking = self._lacks_factor(person, rows.account(person.id)) and not _by_provider(
                rows, person.id
            )
        if token.seen_at is None or now - token.seen_at >= _HOUR:
            self._lotse.write(lambda work: Rows.of(work).move_token(token, now))
        return Caller(person, Via.TOKEN, frozenset() if lacking else token.reach, "")

    def _lacks_factor(self, person: Person, account: Account | None) -> bool:
        """Whether this person still has to set up a second factor before anything else."""
        asked = bool(person.roles & self._lotse.settings.second_factor)
        return asked and (account is None or account.totp is None)


def _by_provider(rows: Rows, person: str) -> bool:
    """Whether somebody comes in at the identity provider alone, which asks for the second factor itself."""
    account = rows.account(person)
    return (account is None or account.password is None) and bool(rows.identities(person))


def _here(work: SqlWork, person: str) -> Person | None:
    """The person, if they work here now."""
    found = work.directory.persons.get(person)
    return found if found is not None and found.active else None
