"""The statements by which is kept and erased: requests, holds, and all that lies under a key.

A content is found by the key id in its leaf, not by the index, which may be what was altered.
"""

from typing import Any

from sqlalchemy import Column, ColumnElement, Select, Table, bindparam, delete, func, insert, select

from adapters.db import tables as t
from adapters.db.statements import Prepared
from audit.keys import KEY_ID_SIZE
from states.vocabulary import State

_KEY_A, _KEY_B = 57, 89
"""Where the key ids stand in a leaf, counted from 1 as SQL does."""


def _mine(table: Table, *names: str) -> list[ColumnElement[bool]]:
    return [table.c[name] == bindparam(name) for name in ("tenant", *names)]


def _insert(table: Table) -> Prepared:
    return Prepared(insert(table).values({column.name: bindparam(column.name) for column in table.columns}))


_REQUESTS = select(
    t.erasure_requests.c.case_id,
    t.erasure_requests.c.ground,
    t.erasure_requests.c.requested_by,
    t.erasure_requests.c.requested_at,
    t.erasure_requests.c.mac,
)
REQUESTS = Prepared(_REQUESTS.where(*_mine(t.erasure_requests)))
REQUEST = Prepared(_REQUESTS.where(*_mine(t.erasure_requests, "case_id")))
NEW_REQUEST = _insert(t.erasure_requests)
HOLDS = Prepared(select(t.legal_holds.c.case_id).where(*_mine(t.legal_holds)))
HELD = Prepared(
    select(
        t.legal_holds.c.held_by, t.legal_holds.c.held_at, t.legal_holds.c.sealed, t.legal_holds.c.mac
    ).where(*_mine(t.legal_holds, "case_id"))
)
NEW_HOLD = _insert(t.legal_holds)
NO_REQUEST, NO_HOLD, NO_WARNING = (
    Prepared(delete(table).where(*_mine(table, "case_id")))
    for table in (t.erasure_requests, t.legal_holds, t.warnings)
)
CLOSED = Prepared(
    select(t.cases.c.id)
    .where(*_mine(t.cases), t.cases.c.state == State.CLOSED.value)
    .order_by(t.cases.c.number)
)
ACCESS_KEYS = Prepared(
    select(t.log_keys.c.purpose).where(*_mine(t.log_keys), t.log_keys.c.purpose.like("access/%"))
)
CASE_KEY = Prepared(select(t.cases.c.wrapped_key, t.cases.c.kek_version).where(*_mine(t.cases, "id")))
PURPOSE_KEY = Prepared(
    select(t.log_keys.c.key_id, t.log_keys.c.kek_version).where(*_mine(t.log_keys, "purpose"))
)
NO_CASE = Prepared(delete(t.cases).where(*_mine(t.cases, "id", "kek_version")))
NO_PURPOSE = Prepared(delete(t.log_keys).where(*_mine(t.log_keys, "purpose", "kek_version", "key_id")))
BESIDE = {
    "recipients": t.case_recipients,
    "duplicates": t.duplicates,
    "requests": t.requests,
}
"""What else names a case, by its name in `Extent`."""
NO_BESIDE = tuple(Prepared(delete(table).where(*_mine(table, "case_id"))) for table in BESIDE.values())
COUNT_BESIDE = {
    name: Prepared(select(func.count()).select_from(table).where(*_mine(table, "case_id")))
    for name, table in BESIDE.items()
}


def _joined(log: Table, beside: Table, *columns: ColumnElement[object]) -> Select[*tuple[Any, ...]]:
    """Entries with the row beside them, of the present log or of an earlier incarnation."""
    both = (log.c.tenant == beside.c.tenant) & (log.c.seq == beside.c.seq)
    if "incarnation" in log.c:
        both &= log.c.incarnation == beside.c.incarnation
    return select(*columns).select_from(log.join(beside, both)).where(log.c.tenant == bindparam("tenant"))


def _place(log: Table) -> list[Column[object]]:
    return [log.c.incarnation, log.c.seq] if "incarnation" in log.c else [log.c.seq]


_LIVE = (t.log, t.log_contents, t.log_index)
_PAST = (t.past_log, t.past_contents, t.past_index)
TOLD, PAST_TOLD = (
    Prepared(
        _joined(log, index, log.c.seq, log.c.leaf, log.c.body_a)
        .where(index.c.case_id == bindparam("case_id"))
        .order_by(*_place(log))
    )
    for log, _, index in (_LIVE, _PAST)
)
ON_RECORD, PAST_ON_RECORD = (
    Prepared(select(index.c.seq).where(*_mine(index, "case_id")).limit(1)) for _, _, index in (_LIVE, _PAST)
)
INCARNATIONS = Prepared(select(t.past_heads.c.incarnation).where(*_mine(t.past_heads)))
CONTENT_KEYS = Prepared(
    _joined(t.log, t.log_contents, t.log.c.seq, func.substr(t.log.c.leaf, _KEY_B, KEY_ID_SIZE))
    .where(t.log.c.seq > bindparam("after"))
    .order_by(t.log.c.seq)
    .limit(bindparam("count"))
)
PAST_CONTENT_KEYS = Prepared(
    _joined(
        t.past_log, t.past_contents, t.past_log.c.seq, func.substr(t.past_log.c.leaf, _KEY_B, KEY_ID_SIZE)
    )
    .where(t.past_log.c.incarnation == bindparam("incarnation"), t.past_log.c.seq > bindparam("after"))
    .order_by(t.past_log.c.seq)
    .limit(bindparam("count"))
)
NO_CONTENT = Prepared(delete(t.log_contents).where(*_mine(t.log_contents, "seq")))
NO_PAST_CONTENT = Prepared(delete(t.past_contents).where(*_mine(t.past_contents, "incarnation", "seq")))
ACCESSED, PAST_ACCESSED = (
    Prepared(
        _joined(log, index, *_place(log), index.c.case_id).where(
            func.substr(log.c.leaf, _KEY_A, KEY_ID_SIZE) == bindparam("key_id")
        )
    )
    for log, _, index in (_LIVE, _PAST)
)
COUNT_SEALED, COUNT_PAST_SEALED = (
    Prepared(
        select(func.count())
        .select_from(log)
        .where(*_mine(log), func.substr(log.c.leaf, _KEY_A, KEY_ID_SIZE) == bindparam("key_id"))
    )
    for log in (t.log, t.past_log)
)
NO_INDEX = Prepared(delete(t.log_index).where(*_mine(t.log_index, "seq")))
NO_PAST_INDEX = Prepared(delete(t.past_index).where(*_mine(t.past_index, "incarnation", "seq")))
