"""A PostgreSQL of one's own, to be crashed, with Lotse's database in it: copied from one that is made once.

`tests.postgres` lends databases on a server that all tests share; whoever harms a server takes one of these.
"""

import atexit
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from psycopg.sql import SQL, Identifier, Literal

from adapters.db.postgres import connect
from adapters.db.roles import login_of
from adapters.db.upgrade import upgrade
from tests import postgres
from tests.postgres_server import PASSWORD, PREFIX, Server, memory

DATABASE = "lotse"


@contextmanager
def an_own_server(settings: Mapping[str, str] | None = None) -> Iterator[Server]:
    """A running server in memory, gone afterwards with everything in it."""
    base = Path(tempfile.mkdtemp(prefix=f"{PREFIX}own-", dir=memory()))
    base.chmod(0o755)
    try:
        with a_server_in(base / "server", settings) as server:
            yield server
    finally:
        shutil.rmtree(base, ignore_errors=True)


@contextmanager
def a_server_in(folder: Path, settings: Mapping[str, str] | None = None) -> Iterator[Server]:
    """A running server in a folder that is not there yet."""
    server = Server(folder, settings)
    subprocess.run(["cp", "-a", str(_prepared()), str(folder)], check=True)
    try:
        server.start()
        yield server
    finally:
        server.stop("immediate")


@cache
def _prepared() -> Path:
    """A cluster with the roles and the migrated, empty database; it does not run."""
    base = Path(tempfile.mkdtemp(prefix=f"{PREFIX}prepared-", dir=memory()))
    base.chmod(0o755)
    atexit.register(shutil.rmtree, base, ignore_errors=True)
    server = Server(base / "server")
    server.create()
    server.start()
    make = SQL("CREATE ROLE {} LOGIN CREATEROLE PASSWORD {}")
    owner = make.format(Identifier(postgres.OWNER), Literal(PASSWORD)).as_string()
    own = f"CREATE DATABASE {DATABASE} OWNER {postgres.OWNER} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'"
    postgres.run(server.url(), owner, own)
    url = server.url(DATABASE)
    engine = connect(postgres.as_owner(url))
    upgrade(engine, login_of(postgres.as_application(url)), login_of(postgres.as_notary(url)))
    engine.dispose()
    server.stop()
    return server.folder
