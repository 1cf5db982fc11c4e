"""Checking a backup: opened into the working place and proven there as if it were the running store.

Its pages, its log with all incarnations, its cases by replay, its own signed checkpoint, and that what runs today goes
on from it. Nothing outside the working place is changed.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from adapters.backup.archive import Header, unseal
from adapters.backup.copying import connected
from adapters.backup.errors import BackupDamaged
from adapters.backup.making import Watch, step
from adapters.db.connect import connect, migrate
from adapters.db.store import Store
from adapters.millis import now_ms
from adapters.verification import Asked, verify_at_one_moment
from audit.checkpoint import open_checkpoint
from audit.keys import KeyProvider
from audit.reader import PAGE
from audit.report import Report
from audit.tree import Frontier, leaf_hash


@dataclass(frozen=True, slots=True)
class Opened:
    """A backup that lies open in the working place: what it says of itself, its SHA-256, its store, its file.

    `notes` are checkpoints kept elsewhere that it must continue, beside its own.
    """

    header: Header
    sha256: str
    store: Store
    path: Path
    notes: tuple[bytes, ...] = ()

    @property
    def signed(self) -> int:
        """Over how many of its entries there is a signature."""
        return open_checkpoint(self.header.checkpoint.encode(), self.header.verifier).size


class _Hashing:
    """Reads a file and knows the SHA-256 of what was read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash = sha256()

    def read(self, size: int) -> bytes:
        data = self._file.read(size)
        self._hash.update(data)
        return data

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


@contextmanager
def opened_backup(
    file: Path, provider: KeyProvider, place: Path, watch: Watch | None = None
) -> Iterator[Opened]:
    """Open a backup into the working place. Raises NotABackup, BackupDamaged, BackupLocked, OSError."""
    path = place / "lotse.db"
    with file.open("rb") as sealed, path.open("xb") as plain:
        source = _Hashing(sealed)
        header = unseal(source, plain, provider, step(watch, "open"))
    with opened_store(path, provider) as store:
        _fits(header, store)
        yield Opened(header, source.hexdigest(), store, path)


@contextmanager
def opened_store(path: Path, provider: KeyProvider) -> Iterator[Store]:
    """Open a database in the working place, brought to the newest revision. Raises BackupDamaged, StoreError."""
    _sound(path)
    engine = connect(path)
    try:
        migrate(engine)
        yield Store.open(engine, provider, now_ms)
    finally:
        engine.dispose()


def _sound(path: Path) -> None:
    """Let SQLite check its pages. Raises BackupDamaged."""
    try:
        with closing(connected(path)) as database:
            said = database.execute("PRAGMA integrity_check(1)").fetchone()[0]
    except sqlite3.DatabaseError:
        said = ""
    if said != "ok":
        raise BackupDamaged("In der Sicherung liegt keine heile Datenbank.")


def _fits(header: Header, store: Store) -> None:
    with store.log_reader() as reader:
        head = reader.head()
    if head is None or store.tenant != header.tenant:
        raise BackupDamaged("Die Sicherung enthält ein anderes Protokoll, als ihr Kopf sagt.")
    root = Frontier.from_bytes(head.size, head.frontier).root().hex()
    if (head.origin, head.size, root, head.last_time_ms) != (
        header.origin,
        header.size,
        header.root,
        header.last_time_ms,
    ):
        raise BackupDamaged("Die Sicherung enthält ein anderes Protokoll, als ihr Kopf sagt.")


def proven(opened: Opened, watch: Watch | None = None) -> Report:
    """Verify the log in the backup, with replay, against its own checkpoint and others. Raises VerificationError."""
    notes = [opened.header.checkpoint.encode(), *opened.notes]
    return verify_at_one_moment(
        opened.store, opened.header.verifier, Asked(notes, replay=True), step(watch, "verify")
    )


def same_beginning(live: Store, header: Header) -> bool:
    """Whether the running log begins as the one in the backup; read in pages, so that nobody has to wait."""
    tree = Frontier()
    while tree.size < header.size:
        with live.log_reader() as reader:
            rows = reader.rows(tree.size - 1 if tree.size else None, min(PAGE, header.size - tree.size))
        if not rows:
            return False
        tree = tree.extend([leaf_hash(row[1]) for row in rows])
    return tree.root().hex() == header.root
