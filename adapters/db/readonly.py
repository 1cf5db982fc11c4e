"""A connection that cannot write, for whoever only looks: the notary and the doctor.

The file is opened for reading alone and must be there; each use opens it anew, so a database that was put back by
a restore is seen at once. `tests/system/test_notary_process.py` tries to write through it.
"""

import sqlite3
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool

from adapters.db.connect import MovedError, has_moved

BUSY_MS = 2000
"""How long a reader waits for a writer before it says that the database is busy."""


def connect_reading(path: Path) -> Engine:
    """Give an engine that reads the file. Raises on use OperationalError where it is missing or busy, MovedError."""
    place = f"file:{quote(str(path.absolute()))}?mode=ro"

    def opened() -> sqlite3.Connection:
        connection = sqlite3.connect(place, uri=True, check_same_thread=False, isolation_level=None)
        for pragma in ("query_only=ON", f"busy_timeout={BUSY_MS}", "trusted_schema=OFF"):
            connection.execute(f"PRAGMA {pragma}")
        return connection

    engine = create_engine("sqlite://", creator=opened, poolclass=NullPool)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        if has_moved(driver):
            raise MovedError

    return engine
