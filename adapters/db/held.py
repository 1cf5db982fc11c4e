"""What is held apart until somebody has looked at it: rows that nobody could read, and what partners are to be asked.

Each local day has a key of its own (`quarantine/2026-11-24`): what was held on it lies under that key alone, and with the
key every copy of it is gone, in backups too. What an older version held lies under `import` until `adopt` seals it anew.
`tests/contracts/test_quarantine_term.py` proves the term, `tests/system/test_nothing_remains.py` what is left of it.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any

import orjson
from sqlalchemy import Connection, Table, bindparam, delete, func, select, update

from adapters.db import statements as sql
from adapters.db import tables as t
from adapters.db.codec import seal, unseal
from adapters.db.plan import Asked, Held, quarantine_number
from adapters.millis import instant, millis
from audit.errors import AuditError, UnreadableBody
from audit.keys import KeyRing
from audit.seal import DataKey
from workflow.calendar import BERLIN, local_date
from workflow.erasure import day_of_quarantine, quarantine_of

COUNTER = "quarantine"
ERASED_ROW = "erased"
"""As what a row is remembered that was erased: an old list does not bring it back."""
_ROW, _QUERY = "quarantine", "consent_query"
_BEFORE = "import"


def _of_day(table: Table) -> list[Any]:
    at = table.c.held_at
    return [table.c.tenant == bindparam("tenant"), at >= bindparam("first"), at < bindparam("end")]


_TABLES = (t.intake_quarantine, t.consent_queries)
_COUNT_DAY = tuple(
    sql.Prepared(select(func.count()).select_from(table).where(*_of_day(table))) for table in _TABLES
)
_NO_DAY = tuple(sql.Prepared(delete(table).where(*_of_day(table))) for table in _TABLES)
_HELD_AT = tuple(
    sql.Prepared(select(table.c.held_at).where(table.c.tenant == bindparam("tenant")).distinct())
    for table in _TABLES
)
_DAYS = sql.Prepared(
    select(t.log_keys.c.purpose).where(
        t.log_keys.c.tenant == bindparam("tenant"), t.log_keys.c.purpose.like("quarantine/%")
    )
)
_RESEAL = tuple(
    sql.Prepared(
        update(table)
        .where(table.c.tenant == bindparam("b_tenant"), table.c[name] == bindparam("b_name"))
        .values(sealed=bindparam("sealed"))
    )
    for table, name in zip(_TABLES, ("identity", "digest"), strict=True)
)


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A row in quarantine, opened: what it is called, its headings and cells as the list has them, and the reason."""

    called: str
    headings: tuple[str, ...] = field(repr=False)
    cells: tuple[str, ...] = field(repr=False)
    reason: str


class HeldApart:
    """What one tenant holds apart, in one transaction. `ring` is the transaction's own."""

    def __init__(self, connection: Connection, tenant: str, ring: KeyRing) -> None:
        self._connection = connection
        self._tenant = tenant
        self._ring = ring

    # Holding.

    def hold(self, held: Held, now_ms: int) -> None:
        """Keep a row sealed. Held before, it keeps its number and its term, and says what the newest list says."""
        found = sql.HELD_ONE.row(self._connection, tenant=self._tenant, identity=held.identity)
        if found is None:
            row = sql.COUNTER.row(self._connection, tenant=self._tenant, name=COUNTER)
            number, held_at = (row[0] if row else 0) + 1, now_ms
            sql.PUT_COUNTER.run(self._connection, tenant=self._tenant, name=COUNTER, value=number)
        else:
            number, _, held_at = found
            sql.NO_HELD.run(self._connection, tenant=self._tenant, identity=held.identity)
        sealed = self._sealed(_ROW, held.identity, held_at, held.plain)
        sql.NEW_HELD.run(
            self._connection,
            tenant=self._tenant,
            identity=held.identity,
            number=number,
            sealed=sealed,
            held_at=held_at,
        )

    def asking(self, asked: Asked, now_ms: int) -> dict[str, object]:
        """The row of a query to a partner, sealed: what a list has as running number or institution may be a name."""
        digest = self.digest_of(asked)
        sealed = self._sealed(_QUERY, digest, now_ms, orjson.dumps(asked))
        return {"tenant": self._tenant, "digest": digest, "sealed": sealed, "held_at": now_ms}

    def digest_of(self, asked: Asked) -> bytes:
        """Under what a query lies: the same question is asked once."""
        text = f"query\n{asked.institution}\n{asked.reference}\n{asked.received}"
        return self._ring.key(_BEFORE).mac(text.encode())

    def _sealed(self, column: str, name: bytes, held_at: int, plain: bytes) -> bytes:
        return seal(self._ring.key(purpose_at(held_at)), self._tenant, name.hex(), column, plain)

    # Opening.

    def queries(self) -> list[Asked]:
        """What partners are to be asked, by day and running number."""
        found = [
            Asked(**orjson.loads(self._opened(_QUERY, digest, held_at, sealed)))
            for digest, sealed, held_at in sql.ASKED.rows(self._connection, tenant=self._tenant)
        ]
        return sorted(found, key=lambda asked: (asked.asked_on, asked.institution, asked.reference))

    def row(self, identity: bytes) -> HeldRow | None:
        """The row of this identity, opened, None where it does not lie in quarantine. Raises UnreadableBody."""
        found = sql.HELD_ONE.row(self._connection, tenant=self._tenant, identity=identity)
        return self._row(identity, *found) if found else None

    def rows(self) -> Iterator[HeldRow]:
        """Every row in quarantine by its number, opened; those that do not open are passed over."""
        for identity, number, sealed, held_at in sql.HELD.rows(self._connection, tenant=self._tenant):
            try:
                yield self._row(identity, number, sealed, held_at)
            except AuditError:
                continue

    def _row(self, identity: bytes, number: int, sealed: bytes, held_at: int) -> HeldRow:
        said = orjson.loads(self._opened(_ROW, identity, held_at, sealed))
        called = quarantine_number(number, identity)
        return HeldRow(called, tuple(said["headings"]), tuple(said["cells"]), said["reason"])

    def _opened(self, column: str, name: bytes, held_at: int, sealed: bytes) -> bytes:
        """Under the key of its day, or the one of before there were such. Raises UnreadableBody."""
        for key in (self._ring.known(purpose_at(held_at)), self._before):
            plain = _open(key, self._tenant, column, name, sealed)
            if plain is not None:
                return plain
        raise UnreadableBody("Was in der Quarantäne liegt, lässt sich nicht öffnen.")

    @cached_property
    def _before(self) -> DataKey | None:
        """The key of before; one that is damaged hinders nothing that lies under others."""
        with suppress(AuditError):
            return self._ring.known(_BEFORE)
        return None

    # The end.

    def days(self) -> list[str]:
        """The days of which there is a key or anything held, oldest first: what an erasure of each would be called."""
        found = {str(row[0]) for row in _DAYS.rows(self._connection, tenant=self._tenant)}
        for each in _HELD_AT:
            found |= {purpose_at(row[0]) for row in each.rows(self._connection, tenant=self._tenant)}
        return sorted(found)

    def counted(self, day: str) -> tuple[int, int]:
        """How many rows, and how many queries, were held on this day and still are."""
        rows, queries = (
            each.one(self._connection, tenant=self._tenant, **bounds_of(day))[0] for each in _COUNT_DAY
        )
        return int(rows), int(queries)

    def delete_day(self, day: str) -> None:
        """Delete the rows of a day; its key is its owner's to destroy."""
        for each in _NO_DAY:
            each.run(self._connection, tenant=self._tenant, **bounds_of(day))

    def delete_row(self, identity: bytes) -> None:
        """Delete a row, and remember that it was erased."""
        sql.NO_HELD.run(self._connection, tenant=self._tenant, identity=identity)
        sql.NEW_ROW.run(self._connection, tenant=self._tenant, identity=identity, judgement=ERASED_ROW)

    def key_of(self, identity: bytes) -> str | None:
        """Under which purpose a row lies, None where there is none. Raises UnreadableBody."""
        found = sql.HELD_ONE.row(self._connection, tenant=self._tenant, identity=identity)
        if found is None:
            return None
        _, sealed, held_at = found
        day = purpose_at(held_at)
        known = _open(self._ring.known(day), self._tenant, _ROW, identity, sealed) is not None
        return day if known else _BEFORE

    def adopt(self) -> int:
        """Seal under the key of its day what lies under `import`; give how much that was."""
        adopted = 0
        for column, statement, rows in (
            (_ROW, _RESEAL[0], [(row[0], row[2], row[3]) for row in self._all(sql.HELD)]),
            (_QUERY, _RESEAL[1], self._all(sql.ASKED)),
        ):
            for name, sealed, held_at in rows:
                plain = _open(self._before, self._tenant, column, name, sealed)
                if plain is None:
                    continue
                fresh = self._sealed(column, name, held_at, plain)
                statement.run(self._connection, b_tenant=self._tenant, b_name=name, sealed=fresh)
                adopted += 1
        return adopted

    def _all(self, statement: sql.Prepared) -> list[tuple[Any, ...]]:
        return list(statement.rows(self._connection, tenant=self._tenant))


def _open(key: DataKey | None, tenant: str, column: str, name: bytes, sealed: bytes) -> bytes | None:
    if key is None:
        return None
    try:
        return unseal(key, tenant, name.hex(), column, sealed)
    except UnreadableBody:
        return None


def purpose_at(held_at: int) -> str:
    """What the key of the local day is called in which this moment (Unix ms) lies."""
    return quarantine_of(local_date(instant(held_at)))


def bounds_of(day: str) -> dict[str, int]:
    """The moments (Unix ms) between which something was held on this local day; the second no longer."""
    first = day_of_quarantine(day)
    return {"first": _midnight(first), "end": _midnight(first + timedelta(days=1))}


def _midnight(day: date) -> int:
    return millis(datetime.combine(day, time.min, BERLIN))
