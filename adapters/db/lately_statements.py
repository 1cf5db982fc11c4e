"""The log read from its end, through a restore into what was before it, for whoever looks at the last days."""

from sqlalchemy import bindparam, select

from adapters.db import tables as t
from adapters.db.statements import Prepared

BACKWARDS = Prepared(
    select(t.log.c.seq, t.log.c.leaf, t.log.c.body_a)
    .where(t.log.c.tenant == bindparam("tenant"), t.log.c.seq < bindparam("before"))
    .order_by(t.log.c.seq.desc())
    .limit(bindparam("count"))
)
PAST_BACKWARDS = Prepared(
    select(t.past_log.c.seq, t.past_log.c.leaf, t.past_log.c.body_a)
    .where(t.past_log.c.tenant == bindparam("tenant"))
    .order_by(t.past_log.c.incarnation.desc(), t.past_log.c.seq.desc())
    .limit(bindparam("count"))
)
FIRST_LEAF = Prepared(
    select(t.past_log.c.leaf)
    .where(t.past_log.c.tenant == bindparam("tenant"))
    .order_by(t.past_log.c.incarnation, t.past_log.c.seq)
    .limit(1)
)
