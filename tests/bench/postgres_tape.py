"""The statements of a step on PostgreSQL, sent again: with the same bytes through psycopg alone, and by pgbench.

pgbench runs one script many times, so what moves from step to step (a case's version, the size of the log) it takes
from what it has just read under the lock; all other values are those of one recorded step, bound as parameters. A node
of the log's tree, which one step in sixteen completes, is left out.
"""

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import psycopg
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from adapters.db.postgres import beginning, connect
from tests.bench.tape import Call, Transaction
from tests.postgres_server import programs

_DIALECT = PGDialect_psycopg(paramstyle="format")  # type: ignore[no-untyped-call] # as Core has it
_MOVING = {
    "seq": ":size",
    "size": ":next_size",
    "b_size": ":size",
    "version": ":next_version",
    "b_version": ":version",
}
"""What pgbench reckons by itself, by the names of Lotse's parameters."""
_TPS = re.compile(r"^tps = ([0-9.]+) \(without initial connection time\)$", re.MULTILINE)
_FAILED = re.compile(r"^number of failed transactions: ([0-9]+) ", re.MULTILINE)


class BarePostgres:
    """Sends transactions through psycopg alone, over a connection opened exactly as Lotse opens it."""

    def __init__(self, url: str, tenant: str) -> None:
        self._pooled = connect(url).raw_connection()
        connection = self._pooled.driver_connection
        assert isinstance(connection, psycopg.Connection)
        self._connection = connection
        self._beginning = beginning(tenant).encode()

    def send(self, transaction: Transaction) -> None:
        """Send one transaction and commit it."""
        connection = self._connection
        connection.execute(self._beginning)
        for call in transaction:
            cursor = connection.cursor(binary=True)
            if call.many:
                cursor.executemany(call.sql.encode(), call.bound)
            elif call.writes:
                cursor.execute(call.sql.encode(), call.bound[0])
                assert cursor.rowcount == 1, "each statement of a note on a case changes one row"
            else:
                cursor.execute(call.sql.encode(), call.bound[0]).fetchall()
        connection.execute("COMMIT")

    def close(self) -> None:
        """Close the connection."""
        self._pooled.invalidate()


class Script:
    """A script for pgbench: one step of each of these tenants; client n is of tenant n, or all are of the only one."""

    def __init__(self, file: Path, steps: Sequence[tuple[str, Transaction]]) -> None:
        self._file = file
        self._given: list[str] = []
        parts = [self._step(tenant, calls) for tenant, calls in steps]
        text = parts[0]
        if len(parts) > 1:
            heads = [f"\\{'elif' if number else 'if'} :client_id = {number}" for number in range(len(parts))]
            text = "\n".join(f"{head}\n{part}" for head, part in zip(heads, parts, strict=True)) + "\n\\endif"
        file.write_text(text + "\n")

    def _step(self, tenant: str, calls: Transaction) -> str:
        begin, set_tenant, lock = beginning(tenant).split("; ")
        lines = ["\\startpipeline", f"{begin};", f"{set_tenant};", "\\endpipeline", f"{lock}", "\\gset"]
        lines.append("\\set next_size :size + 1")
        for call in (call for call in calls if "log_nodes" not in call.sql):
            text = self._bound(call)
            if "cases.version, cases.kek_version" in call.sql and not call.writes:
                lines += [text, "\\gset", "\\set next_version :version + 1"]
            else:
                lines.append(f"{text};")
        return "\n".join([*lines, "COMMIT;"])

    def _bound(self, call: Call) -> str:
        """The statement with pgbench's variables in place of the driver's parameters."""
        names = call.statement.compile(dialect=_DIALECT).positiontup  # type: ignore[attr-defined] # as in `statements`
        first, *others = " ".join(call.sql.split()).split("%s")
        values = zip(names, call.bound[0], others, strict=True)
        return first + "".join(f"{self._value(name, value)}{rest}" for name, value, rest in values)

    def _value(self, name: str, value: object) -> str:
        if name in _MOVING:
            return _MOVING[name]
        if value is None:
            return "NULL"
        variable = f"v{len(self._given) // 2}"
        shown = f"\\x{value.hex()}" if isinstance(value, bytes) else str(value)
        self._given += ["-D", f"{variable}={shown}"]
        return f":{variable}"

    def rate(self, url: str, clients: int, each: int) -> float:
        """Steps per second with that many clients, each doing `each` of them; connecting does not count."""
        done = subprocess.run(
            [
                str(programs() / "pgbench"), "--no-vacuum", "--protocol=prepared", f"--client={clients}",
                f"--jobs={min(clients, os.cpu_count() or 1)}", f"--transactions={each}", f"--file={self._file}",
                *self._given, url,
            ],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        found, failed = _TPS.search(done.stdout), _FAILED.search(done.stdout)
        assert found is not None, done.stderr
        assert done.returncode == 0, done.stderr
        assert failed is not None, done.stdout
        assert failed[1] == "0", done.stdout
        return float(found[1])
