"""Moving a grown embedded store into PostgreSQL: carried over, proven on the other side, and only then done.

Nobody else writes meanwhile, and the old file is closed for good before the new store is committed, so that no step is
acknowledged in it and left behind. Keys and the notary's file stay where they are: it is the same log. Cut off anywhere,
it is begun again, or finished. `tests/system/test_move.py` and `test_move_beside_writers.py` prove it.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError

from adapters.bootstrap import open_lotse
from adapters.db.begin import begun
from adapters.db.carry import carry, patient
from adapters.db.connect import MOVED, connect, migrate
from adapters.db.driver import is_certain, is_passing
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
from audit.reader import PAGE, StoredHead
from audit.tree import Frontier, leaf_hash
from workflow.errors import ConflictError, WorkflowError

ACTION = "moved"
ASIDE = ".moved-"
Watch = Callable[[str, int, int], None]
"""Called with what is being done ("carry", "verify"), and how much of how much."""


_ANOTHER = (
    "In {place} gibt es diesen Träger schon, und sein Protokoll ist ein anderes. Nächster Schritt: mit lotse audit "
    "verify beide ansehen, einmal mit LOTSE_DATABASE_URL und einmal ohne; gilt die Datei, dann lotse db move in eine "
    "leere Datenbank."
)
_NOBODY_KNOWS = (
    "PostgreSQL hat nicht mehr gesagt, ob der Umzug angekommen ist. Bis das klar ist, arbeitet auch in der alten Datei "
    "niemand. Nächster Schritt: sobald der Server wieder antwortet, noch einmal lotse db move."
)


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

    Raises NotMoved where there is nothing to move, another log of the tenant is there, or nobody knows how the commit
    ended, ConflictError while others write, VerificationError where what arrived is not what the log says.
    """
    if not settings.database.exists():
        raise NotMoved(
            f"In {settings.data} liegt kein Speicher, der umziehen könnte. Nächster Schritt: LOTSE_DATA prüfen; liegt "
            "alles schon in PostgreSQL, ist nichts zu tun: lotse audit verify."
        )
    with alone(settings.data), NotaryFile(settings.notary).alone():
        source = connect(settings.database, moving=True)
        try:
            migrate(source, moving=True)
            store = Store.open(source, open_keys(settings), now_ms)
            moved = _moved(settings, store, dry_run=dry_run, watch=watch)
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


def _moved(settings: Settings, store: Store, *, dry_run: bool, watch: Watch | None) -> Moved:
    """Carry and prove while the old file is held, close that, then commit on the other side."""
    place, tenant = place_of(settings), store.tenant
    assert isinstance(place, PostgresPlace)
    if place.tenant not in (None, tenant):
        raise NotMoved("LOTSE_TENANT nennt einen anderen Träger als den dieses Speichers.")
    target = place.open()
    try:
        there = tenant in tenants_of(target)
        with begun(store.engine, tenant) as held, begun(target, tenant) as new:
            patient(new)
            head = SqlReader(held, tenant).head()
            if there and not (head and _begins_so(SqlReader(new, tenant), head)):
                raise NotMoved(_ANOTHER.format(place=place.shown))
            rows = 0 if there else carried(held, new, tenant, watch)
            proven(store, new, watch)
            if not dry_run:
                _close(held)
                _commit(new, store)
            return Moved(rows, head.size if head else 0, None, there)
    except IntegrityError:
        raise ConflictError("Ein anderer Umzug dieses Trägers ist im Gange.") from None
    finally:
        target.dispose()


def _begins_so(there: SqlReader, head: StoredHead) -> bool:
    """Whether the log over there is this one, or goes on from it."""
    tree, theirs = Frontier(), there.head()
    if theirs is None or (theirs.origin, theirs.size >= head.size) != (head.origin, True):
        return False
    while tree.size < head.size:
        rows = there.rows(tree.size - 1 if tree.size else None, min(PAGE, head.size - tree.size))
        if not rows:
            return False
        tree = tree.extend([leaf_hash(row[1]) for row in rows])
    return tree.to_bytes() == head.frontier


def _close(held: Connection) -> None:
    """Close the old file for whoever has it open, or waits for it, or opens it: durably, before the other side counts."""
    held.exec_driver_sql(f"PRAGMA user_version = {MOVED}")
    held.commit()


def _commit(new: Connection, store: Store) -> None:
    """Let it count over there; where that was certainly refused, the old file counts again."""
    try:
        new.commit()
    except DBAPIError as error:
        if not is_certain(error):
            raise NotMoved(_NOBODY_KNOWS) from None
        with begun(store.engine, store.tenant) as held:
            held.exec_driver_sql("PRAGMA user_version = 0")
            held.commit()
        raise


def carried(held: Connection, new: Connection, tenant: str, watch: Watch | None) -> int:
    """Carry a tenant whole, told as it goes; gives how many rows. Raises NotMoved where something in it cannot."""
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


def proven(store: Store, new: Connection, watch: Watch | None) -> None:
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
