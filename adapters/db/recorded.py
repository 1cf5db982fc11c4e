"""Body A of the log for people who read it: the newest first, one case, or a period, earlier incarnations included.

Pages are read in short transactions of their own, so a long reading keeps nobody from writing and memory stays
constant. Times never fall, so a period is found by bisection. Record the reading before you call anything here.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, Table, bindparam, func, literal, select

from adapters.db import tables as t
from adapters.db.past import newest_incarnation
from adapters.db.statements import Prepared
from adapters.db.store import Store
from adapters.db.work import SqlKeys
from adapters.millis import instant, millis
from audit.checkpoint import open_checkpoint
from audit.entry import HEAD_SIZE, Leaf
from audit.errors import AuditError, MalformedNote, UnreadableBody
from audit.keys import ENTRIES_PER_KEY, KeyRing, log_verifier
from audit.note import Verifier
from audit.seal import DataKey, aad_a, open_body
from audit.unseal import KINDS, keys_of_a
from workflow.audited import Recorded

PAGE = 1000
_DAY_MS = 86_400_000


class UnreadableEntry(AuditError):
    """Ein Eintrag lässt sich nicht öffnen. Nächster Schritt: lotse audit verify."""


@dataclass(frozen=True, slots=True)
class Book:
    """One log of the tenant: the one that is written now, or an earlier incarnation by its number."""

    incarnation: int | None
    size: int


@dataclass(frozen=True, slots=True)
class Signed:
    """How many entries of each log somebody has signed for, by incarnation (None: the present log).

    `unsigned` counts the notes beside the log that are not what they say: nobody signed them, or another log's key.
    """

    sizes: Mapping[int | None, int]
    unsigned: int = 0


class RecordedLog:
    """The bodies A of one store, oldest or newest first."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._keys: dict[tuple[int, int], dict[bytes, DataKey]] = {}

    def books(self) -> list[Book]:
        """Every log of the tenant, the oldest first."""
        with self._reading() as (connection, _):
            numbers = range(1, newest_incarnation(connection, self._store.tenant) + 1)
            return [self._book(connection, number) for number in (*numbers, None)]

    def backwards(self, since: datetime | None = None, until: datetime | None = None) -> Iterator[Recorded]:
        """Every entry from `since` to before `until` (aware, the log's own time), the newest first."""
        for book in reversed(self.books()):
            first = self._first_at(book, since) if since else 0
            upper = self._first_at(book, until) if until else book.size
            while upper > first:
                page = self._page(book, max(first, upper - PAGE), upper)
                yield from reversed(page)
                upper = max(first, upper - PAGE)

    def forwards(self, since: datetime | None = None, until: datetime | None = None) -> Iterator[Recorded]:
        """The same entries, the oldest first."""
        for book in self.books():
            upper = self._first_at(book, until) if until else book.size
            lower = self._first_at(book, since) if since else 0
            while lower < upper:
                yield from self._page(book, lower, min(upper, lower + PAGE))
                lower += PAGE

    def stretch(self, lower: int, upper: int) -> list[Recorded]:
        """The entries of the log that is written now from number `lower` to before `upper`, in order."""
        return self._page(self.books()[-1], lower, upper)

    def of_case(self, case: str) -> Iterator[Recorded]:
        """The entries of one case, the oldest first; nothing where no log names it."""
        for book in self.books():
            after = -1
            while True:
                values = {"after": after, "case_id": case, "count": PAGE}
                page = self._opened(_of_case(past=book.incarnation is not None), book, values)
                yield from page
                if len(page) < PAGE:
                    break
                after = page[-1].seq

    def knows(self, case: str) -> bool:
        """Whether any log names this case; opens nothing."""
        with self._reading() as (connection, _):
            return any(
                index.row(connection, tenant=self._store.tenant, case_id=case) is not None
                for index in (_NAMED, _NAMED_BEFORE)
            )

    def signed(self) -> Signed:
        """How many entries of each log a checkpoint kept beside it covers, as far as its signature is genuine.

        The rows may have been put there by whoever has the database; the key of an earlier log is the one that the
        first entry of the next one names, which nobody could write without the keys.
        """
        sizes, unsigned = {}, 0
        for number, verifier in self.verifiers().items():
            sizes[number], false = self._signed(number, verifier)
            unsigned += false
        return Signed(sizes, unsigned)

    def verifiers(self) -> dict[int | None, Verifier | None]:
        """The public key of each log by incarnation, the present one last; None where the log does not say it."""
        earlier = {book.incarnation: self._verifier_before(after) for book, after in pairwise(self.books())}
        return {**earlier, None: log_verifier(self._store.origin, self._store.provider)}

    def _signed(self, number: int | None, verifier: Verifier | None) -> tuple[int, int]:
        """The most entries that a genuine note of this log is over, and how many before it are not genuine."""
        false, below = 0, None
        while True:
            with self._reading() as (connection, _):
                row = _note_below(past=number is not None, first=below is None).row(
                    connection, tenant=self._store.tenant, incarnation=number, below=below
                )
            if row is None:
                return 0, false
            if verifier is not None and _is_over(row[1], row[0], verifier):
                return int(row[0]), false
            false, below = false + 1, row[0]

    def _verifier_before(self, book: Book) -> Verifier | None:
        """The key that signed for the log before this one, as its first entry says; None where it does not."""
        try:
            first = self._page(book, 0, 1)[0]
            return Verifier.from_vkey((first.a or {})["before"]["vkey"])
        except (AuditError, LookupError, TypeError, AttributeError):
            return None

    def _page(self, book: Book, lower: int, upper: int) -> list[Recorded]:
        values = {"after": lower - 1, "through": upper - 1}
        page = self._opened(_between(past=book.incarnation is not None), book, values)
        if [entry.seq for entry in page] != list(range(lower, upper)):
            raise UnreadableEntry("Im Protokoll fehlt ein Eintrag. Nächster Schritt: lotse audit verify.")
        return page

    def _first_at(self, book: Book, moment: datetime) -> int:
        """The number of the first entry at this time or later; the size where there is none."""
        wanted = millis(moment)
        lower, upper = 0, book.size
        with self._reading() as (connection, _):
            while lower < upper:
                middle = (lower + upper) // 2
                row = _row_of(past=book.incarnation is not None).row(
                    connection, tenant=self._store.tenant, incarnation=book.incarnation, seq=middle
                )
                if row is None or Leaf.unpack(row[0]).time_ms >= wanted:
                    upper = middle
                else:
                    lower = middle + 1
        return lower

    def _opened(self, statement: Prepared, book: Book, values: dict[str, Any]) -> list[Recorded]:
        with self._reading() as (connection, ring):
            rows = statement.rows(
                connection, tenant=self._store.tenant, incarnation=book.incarnation, **values
            )
            return [self._recorded(row, book, ring) for row in rows]

    def _recorded(self, row: tuple[Any, ...], book: Book, ring: KeyRing) -> Recorded:
        seq, raw, body_a = row
        leaf = Leaf.unpack(raw)
        at = instant(leaf.time_ms)
        keys = self._keys_of(leaf, ring)
        if leaf.key_a not in keys:
            keys = self._keys_of(leaf, ring, again=True)
        key = keys.get(leaf.key_a)
        if key is None:
            if len(keys) == len(KINDS):
                raise _unreadable(seq)
            return Recorded(int(seq), at, None, book.incarnation)
        try:
            return Recorded(int(seq), at, open_body(key, aad_a(raw[:HEAD_SIZE]), body_a), book.incarnation)
        except UnreadableBody:
            raise _unreadable(seq) from None

    def _keys_of(self, leaf: Leaf, ring: KeyRing, *, again: bool = False) -> dict[bytes, DataKey]:
        """The keys that may have sealed it, by key id; one that was destroyed is missing. `again`: ask the store."""
        place = (leaf.time_ms // _DAY_MS, leaf.seq >> ENTRIES_PER_KEY)
        if again or place not in self._keys:
            self._keys[place] = keys_of_a(ring, leaf)
        return self._keys[place]

    @contextmanager
    def _reading(self) -> Iterator[tuple[Connection, KeyRing]]:
        with self._store.reading() as connection:
            yield connection, self._store.ring.over(SqlKeys(connection, self._store.tenant))

    def _book(self, connection: Connection, number: int | None) -> Book:
        size = _size(past=number is not None).one(connection, tenant=self._store.tenant, incarnation=number)
        return Book(number, int(size[0]))


def _unreadable(seq: int) -> UnreadableEntry:
    return UnreadableEntry(f"Eintrag {seq} lässt sich nicht öffnen. Nächster Schritt: lotse audit verify.")


def _is_over(note: object, size: object, verifier: Verifier) -> bool:
    """Whether this is a note by this key over so many entries of its log."""
    try:
        return open_checkpoint(note if isinstance(note, bytes) else b"", verifier).size == size
    except MalformedNote:
        return False


def numbers_of(store: Store) -> Callable[[str], str | None]:
    """Give a function that says which number a case has, None for one that is gone; each is looked up once."""

    @cache
    def number(case: str) -> str | None:
        with store.reading() as connection:
            row = _NUMBER.row(connection, tenant=store.tenant, case_id=case)
        return str(row[0]) if row else None

    return number


def _of(table: Table, *, past: bool) -> Any:  # noqa: ANN401 - a condition of Core has no name worth writing
    mine = table.c.tenant == bindparam("tenant")
    return mine & (table.c.incarnation == bindparam("incarnation")) if past else mine


@cache
def _between(*, past: bool) -> Prepared:
    log = t.past_log if past else t.log
    page = select(log.c.seq, log.c.leaf, log.c.body_a).where(
        _of(log, past=past), log.c.seq > bindparam("after"), log.c.seq <= bindparam("through")
    )
    return Prepared(page.order_by(log.c.seq))


@cache
def _of_case(*, past: bool) -> Prepared:
    log, index = (t.past_log, t.past_index) if past else (t.log, t.log_index)
    both = (index.c.tenant == log.c.tenant) & (index.c.seq == log.c.seq)
    if past:
        both &= index.c.incarnation == log.c.incarnation
    page = select(log.c.seq, log.c.leaf, log.c.body_a).join(index, both)
    mine = (_of(index, past=past), index.c.case_id == bindparam("case_id"), index.c.seq > bindparam("after"))
    return Prepared(page.where(*mine).order_by(index.c.seq).limit(bindparam("count")))


@cache
def _row_of(*, past: bool) -> Prepared:
    log = t.past_log if past else t.log
    return Prepared(select(log.c.leaf).where(_of(log, past=past), log.c.seq == bindparam("seq")))


@cache
def _size(*, past: bool) -> Prepared:
    log = t.past_log if past else t.log
    return Prepared(select(func.coalesce(func.max(log.c.seq), literal(-1)) + 1).where(_of(log, past=past)))


@cache
def _note_below(*, past: bool, first: bool) -> Prepared:
    """The note over the most entries (`first`), or over the most below so many."""
    notes = t.past_checkpoints if past else t.log_checkpoints
    page = select(notes.c.size, notes.c.note).where(_of(notes, past=past))
    if not first:
        page = page.where(notes.c.size < bindparam("below"))
    return Prepared(page.order_by(notes.c.size.desc()).limit(1))


def _named(index: Table) -> Prepared:
    mine = (index.c.tenant == bindparam("tenant"), index.c.case_id == bindparam("case_id"))
    return Prepared(select(index.c.seq).where(*mine).limit(1))


_NAMED, _NAMED_BEFORE = _named(t.log_index), _named(t.past_index)
_NUMBER = Prepared(
    select(t.cases.c.number).where(
        t.cases.c.tenant == bindparam("tenant"), t.cases.c.id == bindparam("case_id")
    )
)
