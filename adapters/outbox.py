"""The outbox: letters written in the transaction of the log entry that tells of them, sent afterwards.

Each is sent at least once, always under the same Message-ID, again at growing distances and for a week at most;
what is given up stays and is told. A letter lies sealed, so one altered in the database is never sent. Proven
against a real mail server (`tests/mail`).
"""

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from enum import Enum

from sqlalchemy import Connection

from adapters.db import outbox_statements as sql
from adapters.db.codec import seal, unseal
from adapters.db.store import Store
from adapters.db.work import SqlKeys, SqlWork
from adapters.mail import Recipient, Undelivered
from adapters.millis import instant
from adapters.outbox_letters import Letter, Written
from audit.errors import AuditError
from audit.keys import KeyRing

MINUTE = 60_000
DAY = 24 * 60 * MINUTE
WEEK = 7 * DAY
LONGEST = 6 * 60 * MINUTE
"""The longest distance between two attempts."""
KEPT = 30 * DAY
"""How long a letter that was sent stays to be seen."""
_AT_ONCE = 50
_COLUMN = "outbox"
_SEALED_WITH = "import"

Post = Callable[[EmailMessage], None]


class Fate(Enum):
    """What became of a letter; the value is its German."""

    SENT = "gesendet"
    WAITING = "wartet"
    GIVEN_UP = "aufgegeben"


@dataclass(frozen=True, slots=True)
class Standing:
    """A letter as it stands, without its address. Times are Unix milliseconds."""

    id: str
    kind: str
    subject: str
    created_at: int
    next_at: int | None
    attempts: int
    sent_at: int | None

    @property
    def fate(self) -> Fate:
        """Sent, waiting for its next attempt, or given up."""
        if self.sent_at is not None:
            return Fate.SENT
        return Fate.WAITING if self.next_at is not None else Fate.GIVEN_UP


@dataclass(frozen=True, slots=True)
class Attempt:
    """How an attempt ended, and why where it failed."""

    id: str
    fate: Fate
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Claimed:
    """A letter that is this process's to send for now."""

    id: str
    created_at: int
    letter: Written | None
    recipient: str


def enqueue(work: SqlWork, letter: Letter, recipient: Recipient, now_ms: int) -> str:
    """Put a letter into the outbox in this transaction and give its id; kept with the entry that is recorded with it."""
    connection, ring = work.beside
    written, id_ = letter.written(), secrets.token_hex(16)
    sealed = seal(ring.key(_SEALED_WITH), ring.tenant, id_, _COLUMN, written.to_json(recipient.address))
    sql.NEW.run(
        connection,
        tenant=ring.tenant,
        id=id_,
        kind=str(written.kind),
        recipient=recipient.address,
        subject=written.subject,
        body=sealed,
        created_at=now_ms,
        next_at=now_ms,
        attempts=0,
        sent_at=None,
    )
    return id_


def send_due(
    store: Store,
    sender: str,
    post: Post,
    now_ms: Callable[[], int],
    taken: Callable[[str], None] = lambda _: None,
) -> list[Attempt]:
    """Send what is due and give how each attempt ended; no lock is held while the mail server is spoken to.

    `taken` is told the id of each letter that the server took, before the outbox is.

    `post` raises Undelivered. A letter is claimed by its next attempt, so several processes rarely send one twice, and
    a process that dies over it leaves it to the next attempt.
    """
    with store.reading() as connection:
        if not sql.DUE.rows(connection, tenant=store.tenant, now=now_ms(), count=1):
            return []
    ended = []
    for claimed in _claimed(store, now_ms()):
        attempt = _sent(claimed, sender, post, now_ms())
        if attempt.fate is Fate.SENT:
            taken(attempt.id)
        with _writing(store) as (connection, tenant):
            if attempt.fate is Fate.SENT:
                sql.SENT.run(connection, b_tenant=tenant, b_id=claimed.id, sent_at=now_ms(), never=None)
            elif attempt.fate is Fate.GIVEN_UP:
                sql.GIVEN_UP.run(connection, b_tenant=tenant, b_id=claimed.id, never=None)
        ended.append(attempt)
    with _writing(store) as (connection, tenant):
        sql.OLD.run(connection, tenant=tenant, before=now_ms() - KEPT)
    return ended


def wait_after(attempts: int) -> int:
    """Milliseconds until the next attempt after this many: two minutes, then twice as long each time, to six hours."""
    return min(MINUTE << min(attempts, 20), LONGEST)


def standing(connection: Connection, tenant: str) -> list[Standing]:
    """All letters, oldest first."""
    return [Standing(*row) for row in sql.LIST.rows(connection, tenant=tenant)]


def try_again(store: Store, now_ms: int) -> int:
    """Let everything that was not sent begin anew, also what was given up; gives how many letters."""
    with _writing(store) as (connection, tenant):
        return sql.AGAIN.run(connection, b_tenant=tenant, next_at=now_ms, created_at=now_ms, attempts=0)


@contextmanager
def _writing(store: Store) -> Iterator[tuple[Connection, str]]:
    with store.writing() as connection:
        yield connection, store.tenant


def _claimed(store: Store, now_ms: int) -> Sequence[_Claimed]:
    """Take what is due, in the one transaction that moves its next attempt."""
    found = []
    with _writing(store) as (connection, tenant):
        ring = store.ring.over(SqlKeys(connection, tenant))
        for id_, kind, recipient, subject, body, created_at, attempts in sql.DUE.rows(
            connection, tenant=tenant, now=now_ms, count=_AT_ONCE
        ):
            letter = _opened(ring, id_, body, (kind, recipient, subject))
            found.append(_Claimed(id_, created_at, letter, recipient))
            sql.CLAIM.run(
                connection,
                b_tenant=tenant,
                b_id=id_,
                attempts=attempts + 1,
                next_at=now_ms + wait_after(attempts + 1),
            )
    return found


def _opened(ring: KeyRing, id_: str, body: bytes, columns: tuple[str, str, str]) -> Written | None:
    """The letter, None where it or what stands beside it was altered."""
    try:
        plain = unseal(ring.key(_SEALED_WITH), ring.tenant, id_, _COLUMN, body)
        letter, recipient = Written.from_json(plain)
    except (AuditError, ValueError, KeyError, TypeError):
        return None
    return letter if columns == (letter.kind, recipient, letter.subject) else None


def _sent(claimed: _Claimed, sender: str, post: Post, now_ms: int) -> Attempt:
    if claimed.letter is None:
        reason = "Die Nachricht wurde in der Datenbank verändert und wird nicht gesendet."
        return Attempt(claimed.id, Fate.GIVEN_UP, reason)
    written_at = format_datetime(instant(claimed.created_at))
    try:
        post(claimed.letter.message(claimed.id, sender, claimed.recipient, written_at))
    except Undelivered as error:
        late = now_ms - claimed.created_at >= WEEK
        fate = Fate.GIVEN_UP if error.permanent or late else Fate.WAITING
        return Attempt(claimed.id, fate, str(error))
    return Attempt(claimed.id, Fate.SENT)
