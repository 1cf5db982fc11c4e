"""The door: finds the person behind a cookie or a token, or nobody.

Each look reads the directory as it stands, so who was locked is out at the next request. Both ways compare keyed hashes
of 256 random bits; called in a thread, since it reads the store. Tried in `tests/login/test_sessions.py`.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from hmac import compare_digest

from adapters.db.work import SqlWork
from adapters.login import sessions
from adapters.login.caller import EVERY_SCOPE, Caller, Card, Via
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
        return self.let_in([Card(Via.SESSION, cookie)])[0]

    def by_token(self, text: str) -> Caller | None:
        """The person in whose name this token was made, or None: unknown, revoked, over, locked."""
        return self.let_in([Card(Via.TOKEN, text)])[0]

    def let_in(self, cards: Sequence[Card]) -> list[Caller | None]:
        """Whose each of these is, or None as above: all in one look at the store, and in one writing what was used."""
        now = now_of(self._lotse)
        used: list[Callable[[Rows], object]] = []
        with self._lotse.store.work(reading=True) as work:
            rows = Rows.known(work)
            look = _Look(self._lotse, self._terms, work, rows, now, used) if rows is not None else None
            found = [look.whose(card) if look is not None else None for card in cards]
        if used:
            self._lotse.write(lambda work: _note_all(Rows.of(work), used))
        return found

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


@dataclass(frozen=True, slots=True)
class _Look:
    """One look at the store, at an instant (Unix milliseconds); `used` gathers what is to be noted after it."""

    lotse: Lotse
    terms: Terms
    work: SqlWork
    rows: Rows
    now: int
    used: list[Callable[[Rows], object]]

    def whose(self, card: Card) -> Caller | None:
        return self._of_token(card.text) if card.via is Via.TOKEN else self._of_session(card.text)

    def _of_session(self, cookie: str) -> Caller | None:
        raw, rows, now = as_bytes(cookie), self.rows, self.now
        session = rows.session(rows.digest("session", raw)) if raw is not None else None
        if session is None or not self.terms.alive(session, now):
            return None
        person = self._here(session.person)
        if person is None:
            return None
        if now - session.seen_at >= sessions.TOUCHED_EVERY:
            self.used.append(partial(Rows.move_session, before=session, seen_at=now))
        lacking = session.issuer is None and self._lacks_factor(person, rows.account(person.id))
        return Caller(
            person,
            Via.SESSION,
            frozenset() if lacking else EVERY_SCOPE,
            csrf_of(rows, session),
            session.digest,
            self.terms.stale(session, now),
        )

    def _of_token(self, text: str) -> Caller | None:
        fit, rows, now = TOKEN.fullmatch(text), self.rows, self.now
        raw = as_bytes(fit[2]) if fit is not None else None
        token = rows.token(fit[1]) if fit is not None and raw is not None else None
        if raw is None or token is None or not compare_digest(token.digest, rows.digest("token", raw)):
            return None
        person = self._here(token.person)
        if person is None or token.until <= now:
            return None
        if token.seen_at is None or now - token.seen_at >= _HOUR:
            self.used.append(partial(Rows.move_token, before=token, seen_at=now))
        account = rows.account(person.id)
        lacking = self._lacks_factor(person, account) and not self._by_provider(person, account)
        return Caller(person, Via.TOKEN, frozenset() if lacking else token.reach, "")

    def _here(self, person: str) -> Person | None:
        """The person, if they work here now."""
        found = self.work.directory.persons.get(person)
        return found if found is not None and found.active else None

    def _lacks_factor(self, person: Person, account: Account | None) -> bool:
        """Whether this person still has to set up a second factor before anything else."""
        asked = bool(person.roles & self.lotse.settings.second_factor)
        return asked and (account is None or account.totp is None)

    def _by_provider(self, person: Person, account: Account | None) -> bool:
        """Whether somebody comes in at the identity provider alone, which asks for the second factor itself."""
        return (account is None or account.password is None) and bool(self.rows.identities(person.id))


def _note_all(rows: Rows, used: Sequence[Callable[[Rows], object]]) -> None:
    for note in used:
        note(rows)
