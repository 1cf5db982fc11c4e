"""Connecting to SQLite so that what was acknowledged stays: rollback journal or WAL, synchronous=FULL, one writer.

WAL only where the library is free of the WAL-reset bug (3.51.3 and later), otherwise a journal that each commit
truncates: SQLite syncs that, while with FULL it does not sync a deletion, and a power cut would take the commit back
(`tests/system/test_power_cuts.py` shows both). Schema changes are Alembic migrations here; there is no `alembic.ini`.
"""

import os
import sqlite3
from contextlib import suppress
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from adapters.db.driver import PRIMARY
from workflow.errors import WorkflowError

SAFE_WAL = (3, 51, 3)
KEPT = 16
"""So many connections stay open; however many read at once, nobody waits for one."""
HEAD = "0006"
"""The newest revision; `tests/contracts/test_migrations.py` compares it with the folder."""
MOVED = 1
"""What `PRAGMA user_version` says in a file whose store has moved into PostgreSQL, or is just being committed there."""
_DOUBTFUL = "lotse_doubtful"


class NewerSchemaError(WorkflowError):
    """The database was written by a newer program; nothing in it is touched."""


class MovedError(WorkflowError):
    """The store lives in PostgreSQL now; its old file stays as it was left."""

    def __init__(self) -> None:
        super().__init__(
            "Dieser Speicher ist nach PostgreSQL umgezogen; in der alten Datei arbeitet niemand mehr. Nächster Schritt: "
            "LOTSE_DATABASE_URL setzen und das Programm neu starten; wurde der Umzug unterbrochen, noch einmal "
            "lotse db move."
        )


class ReplacedError(WorkflowError):
    """Another file lies where the database was when it was opened; nothing is read from it or written to it."""


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def journal_mode() -> str:
    """The journal mode that is safe with this SQLite library."""
    return "wal" if sqlite3.sqlite_version_info >= SAFE_WAL else "truncate"


def _begun(path: Path) -> None:
    """Make the file, durably, where there is none, and see that nobody else can read it.

    A file that is there is not opened: closing it would give up the locks that this process has on it.
    """
    made = [folder for folder in path.parents if not folder.exists()]
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    for folder in made:
        _sync(folder.parent)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        path.chmod(path.stat().st_mode & 0o700)


def secure(path: Path) -> None:
    """Make sure that what can be read in this database now is on the disk too. Raises OSError where it cannot be.

    A program killed between ending its transaction and syncing the end leaves a commit that everybody sees and that a
    power cut takes back. The notary asks before it signs (`tests/system/test_settled.py`).
    """
    journals = [path.with_name(f"{path.name}-{kind}") for kind in ("journal", "wal")]
    found = [journal for journal in journals if journal.exists()]
    for place in found or [path.parent]:
        _sync(place)


def _sync(place: Path) -> None:
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def has_moved(connection: sqlite3.Connection) -> bool:
    """Whether the store of this file lives in PostgreSQL now; asked within a transaction it holds for all of it."""
    return bool(connection.execute("PRAGMA user_version").fetchone()[0] == MOVED)


def connect(path: Path, *, moving: bool = False) -> Engine:
    """Give an engine on the file, which is made readable to its owner alone. Transactions begin IMMEDIATE.

    Only who is `moving` the store writes where it has moved already. Everybody else has MovedError raised, also who
    has opened the file before, or has waited for the lock all the while.
    """
    _begun(path)
    begun = _identity(path)
    engine = create_engine(URL.create("sqlite", database=str(path)), pool_size=KEPT, max_overflow=-1)

    @event.listens_for(engine, "connect")
    def _open(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        for pragma in (
            f"journal_mode={journal_mode()}",
            "synchronous=FULL",
            "secure_delete=ON",
            "busy_timeout=20000",
            "trusted_schema=OFF",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "checkout")
    def _out(_connection: sqlite3.Connection, _record: object, _proxy: object) -> None:
        # Whoever has a database open goes on reading it when a restore has put another in its place; and whoever
        # opened the other would write with keys that it does not have.
        if _identity(path) != begun:
            raise ReplacedError(
                "Der Speicher wurde inzwischen durch einen anderen ersetzt (lotse backup restore). Nächster Schritt: "
                "das Programm neu starten."
            )

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("lotse_reads", False)
        statement = "BEGIN" if reading else "BEGIN IMMEDIATE"
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        # Past Core, which takes longer for these words than SQLite for the transaction.
        try:
            driver.execute(statement)
            moved = not (reading or moving) and has_moved(driver)
        except sqlite3.Error as error:
            _note_doubt(connection, error)
            raise DBAPIError.instance(
                statement, None, error, sqlite3.Error, dialect=engine.dialect
            ) from error
        if moved:
            raise MovedError

    _mend_after_failures(engine)
    return engine


def _mend_after_failures(engine: Engine) -> None:
    """See that a transaction that could not be ended leaves neither a lock nor a doubtful journal behind."""

    @event.listens_for(engine, "handle_error")
    def _failed(context: ExceptionContext) -> None:
        if context.connection is not None:
            _note_doubt(context.connection, context.original_exception)

    @event.listens_for(engine, "checkin")
    def _back(connection: sqlite3.Connection | None, record: ConnectionPoolEntry) -> None:
        # A COMMIT that failed leaves its transaction open, and SQLAlchemy takes it for ended: the connection would
        # go back to the pool with the writer's lock.
        if connection is not None and connection.in_transaction:
            connection.rollback()
        if record.info.pop(_DOUBTFUL, False) and connection is not None and journal_mode() == "truncate":
            # If the journal could not be synced, no later sync is sure to shorten it on the disk, and what the next
            # transaction writes into it could stand behind an old head. Leaving the mode deletes the file, under a lock.
            with suppress(sqlite3.Error):
                connection.execute("PRAGMA journal_mode=delete")
                connection.execute("PRAGMA journal_mode=truncate")


def _note_doubt(connection: Connection, error: BaseException) -> None:
    if getattr(error, "sqlite_errorcode", 0) & PRIMARY == sqlite3.SQLITE_IOERR:
        connection.info[_DOUBTFUL] = True


def revision_of(connection: Connection) -> str | None:
    """The revision of the schema in this database, None in an empty one."""
    try:
        found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    except OperationalError:
        return None
    return str(found)


def migrate(engine: Engine, *, moving: bool = False) -> None:
    """Bring the schema to the newest revision. Raises NewerSchemaError where it is beyond, MovedError as `connect`.

    Alembic is imported only where there is something to do. Revisions are numbers of four digits.
    """
    with engine.connect().execution_options(lotse_reads=True) as connection:
        revision = revision_of(connection)
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        if not moving and has_moved(driver):
            raise MovedError
    if revision == HEAD:
        return
    if revision is not None and revision > HEAD:
        raise NewerSchemaError(
            f"Diese Datenbank gehört zu einem neueren Lotse (Stand {revision}, hier {HEAD}). "
            "Nächster Schritt: das Programm erneuern."
        )
    from alembic import command  # noqa: PLC0415 - it costs 150 ms at each start
    from alembic.config import Config  # noqa: PLC0415 - the same

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
