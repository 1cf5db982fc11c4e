"""The newest entry of a log of which something is true: of the log that runs, then of those before it.

Read backwards and opened one by one, so what happened lately is found at once; for what lies far back it takes as long
as the log is. What does not open is passed over: that it does not is for `audit verify` to say.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from adapters.db import tables as t
from adapters.db.lately_statements import BACKWARDS
from adapters.db.retention import opened_a
from adapters.db.statements import Prepared
from audit.entry import MAX_SEQ
from audit.errors import AuditError
from audit.keys import KeyRing

PAGE = 1024
DIRECTORY = "directory"
_PAST = Prepared(
    select(t.past_log.c.seq, t.past_log.c.leaf, t.past_log.c.body_a)
    .where(
        t.past_log.c.tenant == bindparam("tenant"),
        t.past_log.c.incarnation == bindparam("incarnation"),
        t.past_log.c.seq < bindparam("before"),
    )
    .order_by(t.past_log.c.seq.desc())
    .limit(bindparam("count"))
)
_INCARNATIONS = Prepared(
    select(t.past_heads.c.incarnation)
    .where(t.past_heads.c.tenant == bindparam("tenant"))
    .order_by(t.past_heads.c.incarnation.desc())
)


def newest_entry(
    connection: Connection, ring: KeyRing, wanted: Callable[[Mapping[str, Any]], bool], *, past: bool = True
) -> tuple[datetime, Mapping[str, Any]] | None:
    """The log's time (aware) and body A of the newest entry that is `wanted`; None where there is none.

    `past`: earlier incarnations of the log count too.
    """
    for row in _backwards(connection, ring.tenant, past=past):
        try:
            at, a = opened_a(ring, *row)
        except AuditError:
            continue
        if wanted(a):
            return at, a
    return None


def entered(connection: Connection, ring: KeyRing, person: str) -> tuple[datetime, str] | None:
    """When and by whom somebody was last entered in the directory or changed there; None for the first Fachkraft."""
    found = newest_entry(
        connection, ring, lambda a: a.get("action") == DIRECTORY and person in a.get("ids", ())
    )
    return None if found is None else (found[0], str(found[1].get("actor")))


def _backwards(connection: Connection, tenant: str, *, past: bool) -> Iterator[tuple[Any, ...]]:
    yield from _paged(connection, BACKWARDS, tenant=tenant)
    for (number,) in _INCARNATIONS.rows(connection, tenant=tenant) if past else ():
        yield from _paged(connection, _PAST, tenant=tenant, incarnation=number)


def _paged(connection: Connection, statement: Prepared, **where: object) -> Iterator[tuple[Any, ...]]:
    before = MAX_SEQ
    while rows := statement.rows(connection, before=before, count=PAGE, **where):
        yield from rows
        before = rows[-1][0]
