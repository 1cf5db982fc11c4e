"""Where the data lie: the one place that knows which database it is. Everything above asks a `Place`.

An embedded store is a file beside the program; a town with several processes has PostgreSQL. `place_of` reads it from the
settings. What differs below: `connect` and `readonly` for SQLite, `postgres` and `upgrade` for PostgreSQL.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from sqlalchemy import Engine

from adapters.db.begin import begun
from workflow.errors import WorkflowError

if TYPE_CHECKING:
    from adapters.settings import Settings


class UnsafeDatabase(WorkflowError):
    """The PostgreSQL server or the role is not set up so that Lotse may entrust anything to it."""


class Place(Protocol):
    """A database, not yet opened."""

    @property
    def shown(self) -> str:
        """What it is called to people; no password is in it."""
        ...

    @property
    def tenant(self) -> str | None:
        """Which tenant is meant, None: the only one."""
        ...

    def exists(self) -> bool:
        """Whether there is something to open; a server that does not answer is no absence."""
        ...

    def open(self) -> Engine:
        """An engine to work with, on the newest schema. Raises NewerSchemaError, NotMigrated, UnsafeDatabase."""
        ...

    def look(self) -> Engine:
        """An engine that cannot write. Raises nothing before it is used."""
        ...

    def secure(self) -> None:
        """Make sure that what can be read is durable. Raises OSError, OperationalError."""
        ...

    def identity(self) -> object:
        """What tells this database from another one put in its place. Raises OSError."""
        ...

    def schema(self, engine: Engine) -> tuple[bool, str | None]:
        """Whether Lotse's tables are there, and their revision. Raises what the driver says."""
        ...


class SqlitePlace:
    """A file."""

    tenant = None

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def shown(self) -> str:
        """See `Place`."""
        return str(self.path)

    def exists(self) -> bool:
        """See `Place`."""
        return self.path.exists()

    def open(self) -> Engine:
        """See `Place`; the schema is brought to the newest, and an empty file made where there is none."""
        from adapters.db.connect import connect, migrate  # noqa: PLC0415 - of the two, only the one that is used

        return _prepared(connect(self.path), migrate)

    def look(self) -> Engine:
        """See `Place`."""
        from adapters.db.readonly import connect_reading  # noqa: PLC0415 - as above

        return connect_reading(self.path)

    def secure(self) -> None:
        """See `Place`."""
        from adapters.db.connect import secure  # noqa: PLC0415 - as above

        secure(self.path)

    def identity(self) -> object:
        """See `Place`: device and inode."""
        found = os.stat(self.path)  # noqa: PTH116 - inode and device, to see a file put back
        return found.st_dev, found.st_ino

    def schema(self, engine: Engine) -> tuple[bool, str | None]:
        """See `Place`."""
        from adapters.db.connect import revision_of  # noqa: PLC0415 - as above

        with begun(engine, reading=True) as connection:
            made = connection.exec_driver_sql(
                "SELECT count(*) FROM sqlite_master WHERE name = 'tenants'"
            ).scalar()
            return bool(made), revision_of(connection)


class PostgresPlace:
    """A database on a server. `strict`: a role that could go round the tenants' walls is refused."""

    def __init__(self, url: str, tenant: str | None, *, strict: bool = True) -> None:
        self._url = url
        self.tenant = tenant
        self._strict = strict

    @property
    def shown(self) -> str:
        """See `Place`."""
        parts = urlsplit(self._url)
        hosts = parts.netloc.rpartition("@")[2]
        return f"PostgreSQL {hosts}{parts.path}"

    def exists(self) -> bool:
        """See `Place`: whether its schema is made is found when it is opened."""
        return True

    def open(self) -> Engine:
        """See `Place`."""
        from adapters.db.guard import refuse_unfit  # noqa: PLC0415 - as above
        from adapters.db.postgres import connect  # noqa: PLC0415 - as above

        return _prepared(connect(self._url), lambda engine: refuse_unfit(engine, strict=self._strict))

    def look(self) -> Engine:
        """See `Place`."""
        from adapters.db.postgres import connect  # noqa: PLC0415 - as above

        return connect(self._url, reading=True)

    def secure(self) -> None:
        """See `Place`."""
        from adapters.db.postgres import connect, secure  # noqa: PLC0415 - as above

        engine = connect(self._url, reading=True)
        secure(engine)

    def identity(self) -> object:
        """See `Place`: a server is asked at every use, so it is always the one that is there."""
        return self._url

    def schema(self, engine: Engine) -> tuple[bool, str | None]:
        """See `Place`."""
        from adapters.db.upgrade import revision_of  # noqa: PLC0415 - as above

        with begun(engine, reading=True, patience=0) as connection:
            revision = revision_of(connection)
            return revision is not None, revision


def _prepared(engine: Engine, prepare: Callable[[Engine], None]) -> Engine:
    try:
        prepare(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def place_of(settings: "Settings") -> Place:
    """The place these settings name."""
    if settings.database_url is None:
        return SqlitePlace(settings.database)
    return PostgresPlace(settings.database_url, settings.tenant, strict=not settings.is_development)


def notary_place_of(settings: "Settings") -> Place:
    """The place as the notary reaches it: with a role of its own, where the settings name one."""
    if settings.database_notary_url is None:
        return place_of(settings)
    return PostgresPlace(settings.database_notary_url, settings.tenant, strict=not settings.is_development)
