"""The heartbeats of the scheduler's jobs, one row a job."""

from sqlalchemy import bindparam, insert, select, update

from adapters.db import tables as t
from adapters.db.statements import Prepared

_h = t.heartbeats
_ONE = (_h.c.tenant == bindparam("b_tenant"), _h.c.job == bindparam("b_job"))
_BEGUN = ("boot", "begun_at", "begun_mono", "steady_since", "jump_ms")
_DONE = ("done_at", "done_mono", "late_ms", "damaged")
FIND = Prepared(
    select(*[column for column in _h.columns if column.name != "tenant"]).where(
        _h.c.tenant == bindparam("tenant")
    )
)
NEW = Prepared(insert(_h).values({column.name: bindparam(column.name) for column in _h.columns}))
BEGIN = Prepared(update(_h).where(*_ONE).values({name: bindparam(name) for name in _BEGUN}))
END = Prepared(update(_h).where(*_ONE).values({name: bindparam(name) for name in _DONE}))
