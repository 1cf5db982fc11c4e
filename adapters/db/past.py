"""Earlier incarnations of the log, as a lawful restore left them: moved aside whole, and still part of each case.

The tables `past_…` hold what `log…` held; a restore moves, nothing else writes here, and an erasure reaches here too.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, func, insert, literal, select, update

from adapters.db import tables as t
from adapters.db.statements import NEW_HEAD, Prepared
from audit.tree import Frontier

_MOVES = (
    (t.log, t.past_log),
    (t.log_contents, t.past_contents),
    (t.log_index, t.past_index),
    (t.log_checkpoints, t.past_checkpoints),
)


def _moved(live: Table, past: Table) -> Prepared:
    names = [column.name for column in live.columns if column.name != "tenant"]
    rows = select(live.c.tenant, bindparam("incarnation"), *[live.c[name] for name in names]).where(
        live.c.tenant == bindparam("tenant")
    )
    return Prepared(insert(past).from_select(["tenant", "incarnation", *names], rows))


def _emptied(table: Table) -> Prepared:
    return Prepared(delete(table).where(table.c.tenant == bindparam("tenant")))


_MOVE = tuple(_moved(live, past) for live, past in _MOVES)
_EMPTY = tuple(_emptied(table) for table in (*[live for live, _ in _MOVES], t.log_nodes, t.log_head))
_MOVE_HEAD = Prepared(
    insert(t.past_heads).from_select(
        ["tenant", "incarnation", "origin", "size", "frontier", "last_time_ms", "vkey"],
        select(
            t.log_head.c.tenant,
            bindparam("incarnation"),
            t.log_head.c.origin,
            t.log_head.c.size,
            t.log_head.c.frontier,
            t.log_head.c.last_time_ms,
            bindparam("vkey"),
        ).where(t.log_head.c.tenant == bindparam("tenant")),
    )
)
_NAME = Prepared(
    update(t.tenants).where(t.tenants.c.id == bindparam("tenant")).values(origin=bindparam("name"))
)
_NEWEST = Prepared(
    select(func.coalesce(func.max(t.past_heads.c.incarnation), literal(0))).where(
        t.past_heads.c.tenant == bindparam("tenant")
    )
)
_TIMELINE = Prepared(
    select(
        t.past_log.c.incarnation,
        t.past_log.c.seq,
        t.past_log.c.leaf,
        t.past_log.c.body_a,
        t.past_contents.c.body_b,
    )
    .join(
        t.past_index,
        (t.past_index.c.tenant == t.past_log.c.tenant)
        & (t.past_index.c.incarnation == t.past_log.c.incarnation)
        & (t.past_index.c.seq == t.past_log.c.seq),
    )
    .outerjoin(
        t.past_contents,
        (t.past_contents.c.tenant == t.past_log.c.tenant)
        & (t.past_contents.c.incarnation == t.past_log.c.incarnation)
        & (t.past_contents.c.seq == t.past_log.c.seq),
    )
    .where(t.past_index.c.tenant == bindparam("tenant"), t.past_index.c.case_id == bindparam("case_id"))
    .order_by(t.past_log.c.incarnation, t.past_log.c.seq)
)


def newest_incarnation(connection: Connection, tenant: str) -> int:
    """The number of the last incarnation that lies in the past, 0 where there was no restore."""
    return int(_NEWEST.one(connection, tenant=tenant)[0])


def begin_anew(connection: Connection, tenant: str, incarnation: int, vkey: str, origin: str) -> None:
    """Move the log into the past under this number and begin an empty one under a new name.

    `vkey` is the key that signed for what is moved. The tenant's row is to be sealed afterwards.
    """
    _MOVE_HEAD.run(connection, tenant=tenant, incarnation=incarnation, vkey=vkey)
    for move in _MOVE:
        move.run(connection, tenant=tenant, incarnation=incarnation)
    for empty in _EMPTY:
        empty.run(connection, tenant=tenant)
    NEW_HEAD.run(
        connection, tenant=tenant, origin=origin, size=0, frontier=Frontier().to_bytes(), last_time_ms=0
    )
    _NAME.run(connection, tenant=tenant, name=origin)


def past_timeline(connection: Connection, tenant: str, case_id: str) -> Sequence[tuple[Any, ...]]:
    """A case's entries of earlier incarnations, in order: incarnation, seq, leaf, body A, body B or None."""
    return _TIMELINE.rows(connection, tenant=tenant, case_id=case_id)
