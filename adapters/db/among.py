"""Which of many keys there are: one question for a hundred of them, where an import would ask for each row by itself.

SQLite takes a fixed number of parameters, the last key repeated to the end; PostgreSQL one array. A key is looked for
until it is found once, however often it is there. That both answer as one question a key does is proven in
`tests/contracts/test_among.py`.
"""

from collections.abc import Callable, Iterable
from itertools import islice

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Executable,
    bindparam,
    column,
    exists,
    func,
    select,
    values,
)

from adapters.db import tables as t
from adapters.db.driver import is_postgres
from adapters.db.statements import Prepared

AT_ONCE = 100
_NAMES = tuple(f"key{number}" for number in range(AT_ONCE))


class Among:
    """Those of many keys that stand in a column of a tenant's table."""

    def __init__(self, where: Column[bytes]) -> None:
        self._statement = Prepared(_which(where))

    def __call__(self, connection: Connection, tenant: str, keys: Iterable[bytes]) -> frozenset[bytes]:
        """The keys that are there."""
        each = iter(dict.fromkeys(keys))
        found: set[bytes] = set()
        while some := list(islice(each, AT_ONCE)):
            if is_postgres(connection):
                rows = self._statement.rows(connection, tenant=tenant, keys=some)
            else:
                filled = some + some[-1:] * (AT_ONCE - len(some))
                named = dict(zip(_NAMES, filled, strict=True))
                rows = self._statement.rows(connection, tenant=tenant, **named)
            found.update(row[0] for row in rows)
        return frozenset(found)


def _which(where: Column[bytes]) -> Callable[[str], Executable]:
    def statement(dialect: str) -> Executable:
        if dialect == "postgresql":
            key: ColumnElement[bytes] = func.unnest(bindparam("keys")).column_valued("key")
        else:
            key = values(column("key"), name="keys").data([(bindparam(name),) for name in _NAMES]).cte().c.key
        there = exists().where(where.table.c.tenant == bindparam("tenant"), where == key)
        return select(key).where(there)

    return statement


ROWS = Among(t.intake_rows.c.identity)
DIGESTS = Among(t.duplicates.c.digest)
HELD = Among(t.intake_quarantine.c.identity)
QUERIES = Among(t.consent_queries.c.digest)
