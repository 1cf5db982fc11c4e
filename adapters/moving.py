"""Moving a grown embedded store into PostgreSQL: carried over, proven on the other side, and only then done.

Nobody else writes meanwhile, and until the end the old file is what it was. Keys and the notary's file stay where they
are: it is the same log. The old file is laid aside and opened no more, so that nobody goes on working in it. Cut off
anywhere, it is begun again, or finished. `tests/system/test_move.py` proves it.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError

from adapters.bootstrap import open_lotse
from adapters.db import statements as sql
from adapters.db.begin import begun
from adapters.db.carry import carry, patient
from adapters.db.connect import MOVED, connect, migrate
from adapters.db.driver import is_passing
from adapters.db.place import PostgresPlace, SqlitePlace, place_of
from adapters.db.reader import SqlReader
from adapters.db.store import Store, tenants_of
from adapters.db.work import SqlKeys
from adapters.keys.choose import open_keys
from adapters.lock import alone
from adapters.lotse import now
from adapters.millis import now_ms
from adapters.settings import Settings
from adapters.verification import Asked, verify_open
from audit.keys import log_verifier
from audit.notary_file import NotaryFile
from workflow.errors import ConflictError, WorkflowError

ACTION = "moved"
ASIDE = ".moved-"
Watch = Callable[[str, int, int], None]
"""Called with what is being done ("carry", "verify"), and how much of how much."""


class NotMoved(WorkflowError):
    """The store cannot be moved as things are."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What was carried: rows, entries of the log; where the old file lies now. `finished`: an earlier move was."""

    rows: int
    entries: int
    aside: Path | None
    finished: bool = False


def move(settings: Settings, *, dry_run: bool = False, watch: Watch | None = None) -> Moved:
    """Move the store of the data folder into the database of these settings.

    Raises NotMoved where there is nothing to move or the tenant is there already, ConflictError while others write,
    VerificationError where what arrived is not what the log says; nothing is changed then.
    """
    if not settings.database.exists():
        raise NotMoved(f"In {settings.data} liegt kein Speicher, der umziehen könnte.")
    with alone(settings.data), NotaryFile(settings.notary).alone():
        source = connect(settings.database)
        try:
            migrate(source)
            store = Store.open(source, open_keys(settings), now_ms)
            with store.writing() as held:
                moved = _moved(settings, store, held, dry_run=dry_run, watch=watch)
        finally:
            source.dispose()
        if dry_run:
            return moved
        aside = _lay_aside(settings)
    lotse = open_lotse(settings)
    try:
        lotse.record("steps", {"action": ACTION, "actor": "system", "entries": moved.entries})
        lotse.countersign()
    finally:
        lotse.store.engine.dispose()
    return Moved(moved.rows, moved.entries, aside, moved.finished)


def _moved(
    settings: Settings, store: Store, held: Connection, *, dry_run: bool, watch: Watch | None
) -> Moved:
    """Carry, prove and commit on the other side, while the old file is held; then mark the old one, uncommitted."""
    place, tenant = place_of(settings), store.tenant
    assert isinstance(place, PostgresPlace)
    if place.tenant not in (None, tenant):
        raise NotMoved("LOTSE_TENANT nennt einen anderen Träger als den dieses Speichers.")
    head = sql.HEAD.one(held, tenant=tenant)
    target = place.open()
    try:
        there = tenant in tenants_of(target)
        with begun(target, tenant) as new:
            patient(new)
            finished = there and sql.HEAD.one(new, tenant=tenant) == head
            if there and not finished:
                raise NotMoved(
                    f"In {place.shown} gibt es diesen Träger schon, und sein Protokoll ist ein anderes."
                )
            rows = 0 if there else _carried(held, new, tenant, watch)
            _proven(store, new, watch)
            if dry_run:
                return Moved(rows, int(head[1]), None, finished)
            new.commit()
    except IntegrityError:
        raise ConflictError("Ein anderer Umzug dieses Trägers ist im Gange.") from None
    finally:
        target.dispose()
    _mark(held)
    return Moved(rows, int(head[1]), None, finished)


def _mark(held: Connection) -> None:
    """Say in the old file that its store lives elsewhere now; whoever opens it is told."""
    held.exec_driver_sql("UPDATE alembic_version SET version_num = ?", (MOVED,))


def _carried(held: Connection, new: Connection, tenant: str, watch: Watch | None) -> int:
    progress = (lambda done, whole: watch("carry", done, whole)) if watch else None
    try:
        return carry(held, new, tenant, progress)
    except IntegrityError:
        raise
    except (sqlite3.Error, DBAPIError, UnicodeError, TypeError, ValueError) as error:
        if is_passing(error):
            raise
        raise NotMoved(
            "Der Speicher hält etwas, das nicht von Lotse ist und nicht umziehen kann. Nächster Schritt: lotse audit "
            "verify --replay, ohne LOTSE_DATABASE_URL."
        ) from None


def _proven(store: Store, new: Connection, watch: Watch | None) -> None:
    """Verify on the new side, before it is committed: the log with all incarnations, contents, cases by replay."""
    ring = store.ring.over(SqlKeys(new, store.tenant))
    progress = (lambda done, whole: watch("verify", done, whole)) if watch else None
    reader = SqlReader(new, store.tenant)
    verify_open(
        reader, log_verifier(store.origin, store.provider), ring, Asked(decrypt=True, replay=True), progress
    )


def _lay_aside(settings: Settings) -> Path:
    """Give the old file another name and nobody the right to write it."""
    old = SqlitePlace(settings.database).path
    aside = old.with_name(f"{old.name}{ASIDE}{now():%Y%m%dT%H%M%SZ}")
    journal = old.with_name(f"{old.name}-journal")
    if journal.exists() and journal.stat().st_size == 0:
        journal.unlink()
    old.rename(aside)
    aside.chmod(0o400)
    return aside


def copied_into_file(store: Store, path: Path, watch: Callable[[int, int], None] | None = None) -> None:
    """Write this tenant into a new SQLite file, as of one moment, while others go on working."""
    with closing(_Engine(path)) as file, store.reading() as source, begun(file.engine) as target:
        carry(source, target, store.tenant, watch)
        target.commit()


class _Engine:
    """A new embedded database, to be let go of."""

    def __init__(self, path: Path) -> None:
        self.engine = SqlitePlace(path).open()

    def close(self) -> None:
        """Let go; what is left is a single file."""
        self.engine.dispose()
