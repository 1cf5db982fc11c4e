"""Making a backup: sign, copy online, seal, write on record what leaves, and only then give the file its name.

The checkpoint is signed first, so the backup contains it; the keys and the notary's file are never in it. Proven by
`tests/system/test_backup_online.py` (writers at work) and `test_backup_archive.py` (every byte).
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from adapters.backup.archive import Header, new_secret, seal
from adapters.backup.copying import copy_online
from adapters.backup.target import growing
from adapters.backup.working import working_place
from adapters.lotse import Lotse, now
from audit.note import Verifier
from audit.tree import Frontier
from workflow.office import Person

BACKUP = "backup"
Watch = Callable[[str, int, int], None]
"""Called with what is being done ("copy", "seal", "open", "verify"), and how much of how much."""


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that is there: where, how long in bytes, its SHA-256, and what it says of itself."""

    path: Path
    size: int
    sha256: str
    header: Header


def make_backup(lotse: Lotse, place: Path, by: Person, watch: Watch | None = None) -> Made:
    """Write a backup of the running store into a file that is not there yet, on record.

    Raises BackupExists, OSError, sqlite3.Error, and NotaryHalted where the log does not continue what was signed.
    """
    with growing(place) as file, working_place(lotse.settings.data) as working:
        note = lotse.countersign()
        copy = working / "copy.db"
        _copy(lotse, copy, step(watch, "copy"))
        secret, kek_version, wrapped = new_secret(lotse.store.provider, lotse.store.tenant)
        key = lotse.store.provider.public_key()
        header = header_of(copy, key, note, kek_version, wrapped)
        with copy.open("rb") as source:
            seal(source, file, header, secret, step(watch, "seal"))
        file.secure()
        lotse.record("access", _entry(file.size, file.sha256, header, by))
        file.finish()
        return Made(place, file.size, file.sha256, header)


def _copy(lotse: Lotse, copy: Path, progress: Callable[[int, int], None] | None) -> None:
    """One moment of the store as a single SQLite file, whichever database it lies in."""
    if lotse.settings.embedded:
        copy_online(lotse.settings.database, copy, progress)
        return
    from adapters.moving import copied_into_file  # noqa: PLC0415 - only on PostgreSQL

    copied_into_file(lotse.store, copy, progress)


def step(watch: Watch | None, what: str) -> Callable[[int, int], None] | None:
    """The part of a watch that follows one step."""
    if watch is None:
        return None
    return lambda done, whole: watch(what, done, whole)


def _entry(size: int, digest: str, header: Header, by: Person) -> dict[str, object]:
    return {
        "action": BACKUP,
        "actor": by.id,
        "size": size,
        "sha256": digest,
        "kek_version": header.kek_version,
        "entries": header.size,
    }


def header_of(copy: Path, key: bytes, note: bytes, kek_version: int, wrapped: str) -> Header:
    """Say of a copied database what it is. `key` is the public key of its log, `note` the last it was signed with."""
    with closing(sqlite3.connect(copy)) as database:
        tenant, origin, size, frontier, last_time_ms = _one(
            database, "SELECT tenant, origin, size, frontier, last_time_ms FROM log_head"
        )
        (schema,) = _one(database, "SELECT version_num FROM alembic_version")
    return Header(
        tenant=tenant,
        origin=origin,
        vkey=Verifier(origin, key).vkey,
        size=size,
        root=Frontier.from_bytes(size, frontier).root().hex(),
        last_time_ms=last_time_ms,
        checkpoint=note.decode(),
        created_at=now().isoformat(timespec="seconds"),
        program=version("lotse"),
        schema=schema,
        database=copy.stat().st_size,
        kek_version=kek_version,
        wrapped=wrapped,
    )


def _one(database: sqlite3.Connection, query: str) -> tuple[Any, ...]:
    row: tuple[Any, ...] = database.execute(query).fetchone()
    return row
