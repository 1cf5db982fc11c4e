"""Carrying a tenant from one database into another, row by row as it is: every table, in one transaction on each side.

Nothing is opened or sealed anew, so the log with all its proofs is the same on the other side. By it an embedded store
moves into PostgreSQL, and a backup of a PostgreSQL store is the same single file as ever.
`tests/contracts/test_carry.py` proves it.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from psycopg.sql import SQL, Identifier
from sqlalchemy import Connection, Table, bindparam, func, insert, select

from adapters.db.driver import in_our_words, is_postgres
from adapters.db.statements import Prepared
from adapters.db.tables import metadata

BATCH = 1000
"""So many rows are in memory at a time."""
Progress = Callable[[int, int], None]
"""Called with rows done and rows in all."""
_KINDS = {str: "text", int: "int8", bytes: "bytea"}


def _of(table: Table) -> Any:  # noqa: ANN401 - a column, of text
    return table.c.id if table.name == "tenants" else table.c.tenant


_TABLES = tuple(metadata.tables[name] for name in sorted(metadata.tables))
_COUNT = {table: Prepared(select(func.count()).where(_of(table) == bindparam("tenant"))) for table in _TABLES}
_ALL = {table: Prepared(select(table).where(_of(table) == bindparam("tenant"))) for table in _TABLES}
_NEW = {
    table: Prepared(insert(table).values({column.name: bindparam(column.name) for column in table.columns}))
    for table in _TABLES
}


def carry(source: Connection, target: Connection, tenant: str, progress: Progress | None = None) -> int:
    """Carry all rows of a tenant, in two transactions that are the caller's; gives how many. The other has none of it.

    Raises what the drivers say as Core has it: IntegrityError where there is a row of it already.
    """
    whole = sum(int(count.one(source, tenant=tenant)[0]) for count in _COUNT.values())
    done = 0
    for table in _TABLES:
        for rows in _pages(source, table, tenant):
            _write(target, table, rows)
            done += len(rows)
            if progress:
                progress(done, whole)
    return done


def _pages(source: Connection, table: Table, tenant: str) -> Iterator[Sequence[tuple[Any, ...]]]:
    """The rows of a table, a batch at a time; PostgreSQL keeps what has not been asked for yet."""
    form = _ALL[table].form(source.dialect)
    bound = form.bound({"tenant": tenant})
    name = {"name": "carry", "binary": True} if is_postgres(source) else {}
    cursor = source.connection.cursor(**name)
    try:
        cursor.execute(form.sql, bound)
        while rows := cursor.fetchmany(BATCH):
            yield rows
        cursor.close()
    except Exception as error:  # noqa: BLE001 - of either driver
        raise in_our_words(source, error) from None


def _write(target: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    names = [column.name for column in table.columns]
    if not is_postgres(target):
        _NEW[table].run_all(target, [dict(zip(names, row, strict=True)) for row in rows])
        return
    # COPY does not pass the walls between tenants; what is copied beside them goes through them in one statement.
    driver: Any = target.connection.driver_connection
    beside, place = Identifier("pg_temp", f"carried_{table.name}"), Identifier("public", table.name)
    try:
        driver.execute(
            SQL("CREATE TEMP TABLE IF NOT EXISTS {} (LIKE {}) ON COMMIT DROP").format(beside, place)
        )
        with driver.cursor().copy(SQL("COPY {} FROM STDIN (FORMAT BINARY)").format(beside)) as copy:
            copy.set_types([_type(column.type.python_type, str(column.type)) for column in table.columns])
            for row in rows:
                copy.write_row(row)
        driver.execute(SQL("INSERT INTO {} SELECT * FROM {}").format(place, beside))
        driver.execute(SQL("TRUNCATE {}").format(beside))
    except Exception as error:  # noqa: BLE001 - psycopg's, or of a text that PostgreSQL cannot keep
        raise in_our_words(target, error) from None


def _type(kind: type, told: str) -> str:
    return "int4" if told == "INTEGER" else _KINDS[kind]


def patient(target: Connection) -> None:
    """Let the statements of this transaction take as long as they need, on PostgreSQL."""
    if is_postgres(target):
        target.exec_driver_sql("SET LOCAL statement_timeout = 0")
        target.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
