"""The statements by which the log is read in pages: of the present log, or of one of its earlier incarnations.

Each is compiled once. A page follows the key and may end at one, so that a reader never holds more than a page.
"""

from functools import cache
from itertools import pairwise

from sqlalchemy import BindParameter, Select, Table, and_, bindparam, or_, select

from adapters.db import tables as t
from adapters.db.statements import Prepared


@cache
def page_of(table: Table, *columns: str, key: str, past: bool, first: bool, ends: bool) -> Prepared:
    """A page by its key: parameters `tenant`, `count`, and as they apply `incarnation`, `after`, `through`."""
    by = table.c[key]
    page = select(by, *[table.c[name] for name in columns]).where(table.c.tenant == bindparam("tenant"))
    if past:
        page = page.where(table.c.incarnation == bindparam("incarnation"))
    if not first:
        page = page.where(by > bindparam("after"))
    if ends:
        page = page.where(by <= bindparam("through"))
    return Prepared(page.order_by(by).limit(bindparam("count")))


NODE_LEVELS = Prepared(
    select(t.log_nodes.c.level).where(t.log_nodes.c.tenant == bindparam("tenant")).distinct()
)


@cache
def content_of(*, past: bool) -> Prepared:
    """An entry of a case, as the index says, whose content is kept: `tenant`, `case_id`, maybe `incarnation`."""
    index, contents = (t.past_index, t.past_contents) if past else (t.log_index, t.log_contents)
    both = (contents.c.tenant == index.c.tenant) & (contents.c.seq == index.c.seq)
    where = (index.c.tenant == bindparam("tenant")) & (index.c.case_id == bindparam("case_id"))
    if past:
        both &= contents.c.incarnation == index.c.incarnation
        where &= index.c.incarnation == bindparam("incarnation")
    query: Select[tuple[int]] = select(contents.c.seq).join(index, both).where(where)
    return Prepared(query.order_by(contents.c.seq).limit(1))


PAST_HEAD = Prepared(
    select(
        t.past_heads.c.origin, t.past_heads.c.size, t.past_heads.c.frontier, t.past_heads.c.last_time_ms
    ).where(
        t.past_heads.c.tenant == bindparam("tenant"), t.past_heads.c.incarnation == bindparam("incarnation")
    )
)
PAST_KEYS = Prepared(
    select(t.past_heads.c.incarnation, t.past_heads.c.vkey)
    .where(t.past_heads.c.tenant == bindparam("tenant"))
    .order_by(t.past_heads.c.incarnation)
)


@cache
def without_head(table: Table) -> Prepared:
    """Any row of a table of earlier incarnations whose incarnation has no head."""
    heads = select(t.past_heads.c.incarnation).where(t.past_heads.c.tenant == bindparam("tenant"))
    return Prepared(
        select(table.c.incarnation)
        .where(table.c.tenant == bindparam("tenant"), table.c.incarnation.not_in(heads))
        .limit(1)
    )


@cache
def foreign_to(table: Table, tenants: int) -> Prepared:
    """Any row of a table that names none of so many tenants (`tenant0`, `tenant1` …, in order).

    Found by the key, in the gaps between them, however long the table is.
    """
    named: list[BindParameter[str]] = [bindparam(f"tenant{place}") for place in range(tenants)]
    between = [and_(table.c.tenant > low, table.c.tenant < high) for low, high in pairwise(named)]
    other = or_(table.c.tenant < named[0], *between, table.c.tenant > named[-1])
    return Prepared(select(table.c.tenant).where(other).limit(1))
