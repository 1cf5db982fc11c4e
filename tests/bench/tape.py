"""The statements a run of Lotse sent, with the very bytes, to be sent again through other drivers.

Lotse's own copy of the database and the copies for the others begin alike, so each contender does the same work on
the same rows. Statements are taken where `adapters.db.statements` hands them to the driver.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Dialect, Engine, Executable

from adapters.db.connect import connect
from adapters.db.statements import Prepared


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the driver: the statement, as SQL and as Core has it, and its parameters."""

    sql: str
    statement: Executable
    writes: bool
    many: bool
    bound: tuple[tuple[object, ...], ...] = field(repr=False)
    named: tuple[Mapping[str, object], ...] = field(repr=False)


Transaction = tuple[Call, ...]


class Tape:
    """Transactions in order; `cut` ends one."""

    def __init__(self) -> None:
        self.transactions: list[Transaction] = []
        self._calls: list[Call] = []

    def add(
        self,
        prepared: Prepared,
        dialect: Dialect,
        many: Sequence[Mapping[str, object]],
        *,
        writes: bool,
        all_: bool,
    ) -> None:
        """Keep one call."""
        form = prepared.form(dialect)
        bound = tuple(form.bound(values) for values in many)
        self._calls.append(Call(form.sql, prepared.core(dialect), writes, all_, bound, tuple(many)))

    def cut(self) -> None:
        """End the transaction."""
        self.transactions.append(tuple(self._calls))
        self._calls = []


@contextmanager
def recording() -> Iterator[Tape]:
    """Keep everything that goes through `Prepared` meanwhile. A recorded run is not timed."""
    tape = Tape()
    plain = {name: getattr(Prepared, name) for name in ("run", "run_all", "rows", "row")}
    together: list[Prepared] = []
    """What is being run for many rows, and is recorded once, row by row."""

    def one(name: str, *, writes: bool) -> Any:  # noqa: ANN401 - stands in for methods of different types
        def call(self: Prepared, connection: Connection, **values: object) -> Any:  # noqa: ANN401 - as above
            if not together:
                tape.add(self, connection.dialect, [values], writes=writes, all_=False)
            return plain[name](self, connection, **values)

        return call

    def run_all(self: Prepared, connection: Connection, many: Sequence[Mapping[str, object]]) -> Any:  # noqa: ANN401 - as above
        if len(many) < 2:
            return plain["run_all"](self, connection, many)
        tape.add(self, connection.dialect, many, writes=True, all_=True)
        together.append(self)
        try:
            return plain["run_all"](self, connection, many)
        finally:
            together.pop()

    replaced = {
        "run": one("run", writes=True),
        "run_all": run_all,
        "rows": one("rows", writes=False),
        "row": one("row", writes=False),
    }
    try:
        for name, method in replaced.items():
            setattr(Prepared, name, method)
        yield tape
    finally:
        for name, method in plain.items():
            setattr(Prepared, name, method)


class Bare:
    """Sends transactions through `sqlite3` alone, over a connection opened exactly as Lotse opens it."""

    def __init__(self, path: Path, *, only_writes: bool = False) -> None:
        self._pooled = connect(path).raw_connection()
        connection = self._pooled.driver_connection
        assert isinstance(connection, sqlite3.Connection)
        self._connection = connection
        self._only_writes = only_writes

    def send(self, transaction: Transaction) -> None:
        """Send one transaction and commit it."""
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        for call in transaction:
            if call.many:
                connection.executemany(call.sql, call.bound)
            elif call.writes:
                connection.execute(call.sql, call.bound[0])
            elif not self._only_writes:
                connection.execute(call.sql, call.bound[0]).fetchall()
        connection.execute("COMMIT")

    def close(self) -> None:
        """Give the connection back."""
        self._pooled.close()


class Core:
    """Sends transactions through SQLAlchemy Core, with statements built once."""

    def __init__(self, path: Path) -> None:
        self._engine: Engine = connect(path)

    def send(self, transaction: Transaction) -> None:
        """Send one transaction and commit it."""
        with self._engine.begin() as connection:
            for call in transaction:
                if call.many:
                    connection.execute(call.statement, list(call.named))
                elif call.writes:
                    connection.execute(call.statement, call.named[0])
                else:
                    connection.execute(call.statement, call.named[0]).all()

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()
