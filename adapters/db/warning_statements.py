"""The rows of what is to be warned of: planned from what the log has touched, claimed in portions, settled once.

Of an age limit a row says no more than the week of the child's birth (decision 18).
"""

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, insert, select, tuple_, update

from adapters.db import tables as t
from adapters.db.statements import Prepared

_w, _c, _i = t.warnings, t.cases, t.log_index
KEY = ("case_id", "obligation", "recipient", "due", "level")
_ONE = [_w.c[name] == bindparam(f"b_{name}") for name in ("tenant", *KEY)]
_MINE = _w.c.tenant == bindparam("tenant")
OF_CASE = Prepared(
    select(_w.c.obligation, _w.c.recipient, _w.c.due, _w.c.level, _w.c.next_at, _w.c.warned_at).where(
        _MINE, _w.c.case_id == bindparam("case_id")
    )
)
NEW = Prepared(insert(_w).values({column.name: bindparam(column.name) for column in _w.columns}))
SETTLED = Prepared(
    update(_w).where(*_ONE).values(next_at=bindparam("never"), warned_at=bindparam("warned_at"))
)
PUT_OFF = Prepared(
    update(_w)
    .where(_w.c.tenant == bindparam("b_tenant"), _w.c.case_id == bindparam("b_case_id"), _w.c.next_at <= bindparam("now"))
    .values(next_at=bindparam("next_at"))
)  # fmt: skip
GONE = Prepared(delete(_w).where(*_ONE))
NONE_OF = Prepared(delete(_w).where(_MINE, _w.c.case_id == bindparam("case_id")))
TOUCHED = Prepared(
    select(_i.c.case_id)
    .where(_i.c.tenant == bindparam("tenant"), _i.c.seq >= bindparam("looked"), _i.c.seq < bindparam("upper"))
    .distinct()
)
"""The cases that the log has touched from one entry to before another."""
OPEN = Prepared(
    select(_c.c.id)
    .where(
        _c.c.tenant == bindparam("tenant"),
        _c.c.state != bindparam("closed"),
        _c.c.id > bindparam("after"),
    )
    .order_by(_c.c.id)
    .limit(bindparam("count"))
)
DUE = Prepared(select(_w.c.next_at).where(_MINE, _w.c.next_at <= bindparam("now")).limit(1))
CLAIM = Prepared(
    select(_w.c.next_at, _w.c.case_id)
    .where(
        _MINE,
        _w.c.next_at <= bindparam("now"),
        tuple_(_w.c.next_at, _w.c.case_id) > tuple_(bindparam("after"), bindparam("after_id")),
    )
    .order_by(_w.c.next_at, _w.c.case_id)
    .limit(bindparam("count"))
    .with_for_update(skip_locked=True)
)


def named(tenant: str, case_id: str, key: Sequence[str]) -> dict[str, object]:
    """The parameters that name one row: `key` is what follows the case in KEY."""
    return {f"b_{name}": value for name, value in zip(("tenant", *KEY), (tenant, case_id, *key), strict=True)}
