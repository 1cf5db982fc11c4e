"""Towns on a PostgreSQL server of their own, to measure in: migrated, with invented cases, and copies that begin alike.

Lotse works there as the application's role, behind row-level security, as in production. With `slow_disk` the server
runs over the modelled disk from then on.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg

from adapters.bootstrap import create_lotse, open_lotse
from adapters.db.postgres import connect
from adapters.db.roles import login_of
from adapters.db.upgrade import upgrade
from adapters.lotse import Lotse
from adapters.settings import Settings, read_settings
from tests.bench import office
from tests.bench.places import DELAY_US, modelled_disk
from tests.postgres import APPLICATION, OWNER, PASSWORD, address, run
from tests.postgres_server import Server, a_server

SETTINGS = {"max_wal_size": "2GB", "checkpoint_timeout": "1h", "shared_buffers": "256MB"}
"""No checkpoint falls into anybody's turn; durable is everything as by default."""
FIRST = "towns"


@dataclass(frozen=True, slots=True)
class Towns:
    """A server with one database of towns, from which the contenders' databases are copied."""

    server: Server
    folder: Path
    tenants: tuple[str, ...]

    def url(self, database: str) -> str:
        """The address of a database for Lotse's own role."""
        return address(self.server.url(database), user=APPLICATION, password=PASSWORD)

    def copy(self, database: str) -> None:
        """Make a database that begins as the first one did."""
        run(self.server.url(), f"CREATE DATABASE {database} TEMPLATE {FIRST}")

    def check(self, database: str) -> None:
        """See that every log there is as long as its head says: no step went by without its writes."""
        with psycopg.connect(self.server.url(database)) as connection:
            row = connection.execute(
                "SELECT (SELECT sum(size) FROM log_head), (SELECT count(*) FROM log), (SELECT count(*) FROM log_index)"
            ).fetchone()
        assert row is not None
        assert row[0] == row[1] >= row[2] > 0

    def settings(self, tenant: str, database: str) -> Settings:
        """The settings of a town in this database."""
        return settings_of(self.folder, self.url(database), tenant)

    def lotse(self, tenant: str, database: str) -> Lotse:
        """Open a town in this database."""
        return open_lotse(self.settings(tenant, database))

    def slow_disk(self) -> bool:
        """Let every fsync of the server take 1 ms more; False where the library cannot be built here."""
        library = modelled_disk(self.server.folder)
        if library is None:
            return False
        self.server.stop()
        self.server.environment |= {"LD_PRELOAD": str(library), "FSYNC_DELAY_US": str(DELAY_US)}
        self.server.start()
        return True


def settings_of(folder: Path, url: str, tenant: str) -> Settings:
    """The settings of a town whose keys lie below the folder."""
    return replace(read_settings(folder / tenant), database_url=url, tenant=tenant)


@contextmanager
def towns(folder: Path, count: int, cases: int) -> Iterator[Towns]:
    """A server with that many towns of that many cases each, at their first contact; gone at the end."""
    with a_server(SETTINGS) as server:
        run(
            server.url(),
            f"CREATE ROLE {OWNER} LOGIN CREATEROLE PASSWORD '{PASSWORD}'",
            f"CREATE DATABASE {FIRST} OWNER {OWNER} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'",
        )
        made = Towns(server, folder, tuple(f"{number:032x}" for number in range(1, count + 1)))
        owner = connect(address(server.url(FIRST), user=OWNER, password=PASSWORD))
        upgrade(owner, login_of(made.url(FIRST)))
        owner.dispose()
        for tenant in made.tenants:
            lotse = create_lotse(made.settings(tenant, FIRST))
            office.fill(lotse, cases, office.TO_FIRST_CONTACT)
            office.close(lotse)
        run(server.url(FIRST), "VACUUM ANALYZE", "CHECKPOINT")
        yield made
