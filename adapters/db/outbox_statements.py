"""The letters of the outbox: written with the entry that tells of them, claimed, sent or given up, listed and counted."""

from sqlalchemy import bindparam, delete, func, insert, select, update

from adapters.db import tables as t
from adapters.db.statements import Prepared

_o = t.outbox
_MINE = _o.c.tenant == bindparam("tenant")
_ONE = (_o.c.tenant == bindparam("b_tenant"), _o.c.id == bindparam("b_id"))
NEW = Prepared(insert(_o).values({column.name: bindparam(column.name) for column in _o.columns}))
DUE = Prepared(
    select(_o.c.id, _o.c.kind, _o.c.recipient, _o.c.subject, _o.c.body, _o.c.created_at, _o.c.attempts)
    .where(_MINE, _o.c.next_at <= bindparam("now"))
    .order_by(_o.c.next_at, _o.c.id)
    .limit(bindparam("count"))
)
CLAIM = Prepared(update(_o).where(*_ONE).values(attempts=bindparam("attempts"), next_at=bindparam("next_at")))
SENT = Prepared(update(_o).where(*_ONE).values(sent_at=bindparam("sent_at"), next_at=bindparam("never")))
GIVEN_UP = Prepared(update(_o).where(*_ONE, _o.c.sent_at.is_(None)).values(next_at=bindparam("never")))
AGAIN = Prepared(
    update(_o)
    .where(_o.c.tenant == bindparam("b_tenant"), _o.c.sent_at.is_(None))
    .values(next_at=bindparam("next_at"), created_at=bindparam("created_at"), attempts=bindparam("attempts"))
)
OLD = Prepared(delete(_o).where(_MINE, _o.c.sent_at < bindparam("before")))
LIST = Prepared(
    select(_o.c.id, _o.c.kind, _o.c.subject, _o.c.created_at, _o.c.next_at, _o.c.attempts, _o.c.sent_at)
    .where(_MINE)
    .order_by(_o.c.created_at, _o.c.id)
)
UNSENT = Prepared(
    select(func.count(_o.c.next_at), func.count(), func.min(_o.c.created_at)).where(
        _MINE, _o.c.sent_at.is_(None)
    )
)
"""How many wait, how many were not sent altogether, and since when the oldest."""
LAST = Prepared(
    select(func.max(_o.c.created_at), func.count(_o.c.next_at)).where(
        _MINE, _o.c.kind == bindparam("kind"), _o.c.recipient == bindparam("address")
    )
)
"""When this address was last written to by this kind of letter, and how many of them wait."""
