"""What is overdue, asked of the columns beside the records: what there is to flag, how much of it waits, in which town.

Nothing is opened here. Used by the sweep, by the figures and by whoever asks how late it is.
"""

from sqlalchemy import Connection, bindparam, func, select, tuple_

from adapters.db import tables as t
from adapters.db.statements import Prepared

_c = t.cases.c
_TO_FLAG = (_c.tenant == bindparam("tenant"), _c.flag_at <= bindparam("now"))
DUE = Prepared(select(func.min(_c.flag_at)).where(*_TO_FLAG))
CLAIM = Prepared(
    select(_c.flag_at, _c.id)
    .where(*_TO_FLAG, tuple_(_c.flag_at, _c.id) > tuple_(bindparam("after"), bindparam("after_id")))
    .order_by(_c.flag_at, _c.id)
    .limit(bindparam("count"))
    .with_for_update(skip_locked=True)
)
"""What is overdue and not flagged, behind a place: a case that cannot be flagged keeps nobody behind it waiting."""
OVERDUE = Prepared(
    select(_c.state, func.count())
    .where(_c.tenant == bindparam("tenant"), _c.due_at <= bindparam("now"))
    .group_by(_c.state)
)
"""How many cases are overdue in each state, flagged or not."""
_UNFLAGGED = Prepared(select(func.count(), func.min(_c.flag_at)).where(*_TO_FLAG))
_OF_TENANTS = "SELECT tenant, due FROM lotse_due({at})"


def unflagged(connection: Connection, tenant: str, before_ms: int) -> tuple[int, int | None]:
    """How many cases should have been flagged by then and are not, and since when the oldest of them (Unix ms)."""
    count, oldest = _UNFLAGGED.one(connection, tenant=tenant, now=before_ms)
    return int(count), None if oldest is None else int(oldest)


def due_by_tenant(connection: Connection, at_ms: int) -> dict[str, int]:
    """How much is due in every tenant of a PostgreSQL, whoever asks: counts and nothing else."""
    rows = connection.exec_driver_sql(_OF_TENANTS.format(at=int(at_ms))).all()
    return {str(tenant): int(count) for tenant, count in rows}
