"""Putting a restored store in the place of the old one, so that at any moment one of the two is there, whole.

What is to be done is written down first (beside the keys, where who has the database alone cannot write), then done by
renaming; whoever opens the store after a crash finishes it. The old database is locked meanwhile and kept aside; SQLite
lets nobody write to it under its new name. Killed before every step in `tests/system/test_backup_killed.py`.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from hashlib import file_digest
from pathlib import Path
from typing import NamedTuple

import orjson

from adapters.backup.copying import connected
from adapters.backup.errors import BackupError, RestoreConflict
from adapters.backup.lineage import kept_name, number_of
from adapters.backup.request import request_file
from adapters.backup.working import sweep
from adapters.lock import alone
from adapters.settings import Settings
from audit import durable
from audit.errors import AuditError
from audit.notary import State
from audit.notary_file import NotaryFile

_PLAN = "restoring.json"
_BESIDE = ("-journal", "-wal", "-shm")
_BUSY = (
    "Andere Programme arbeiten gerade mit der Datenbank; nichts ist geändert. Nächster Schritt: sie beenden "
    "(auch lotse serve und lotse notary) und noch einmal versuchen."
)
_MOVED_ON = (
    "Seit der Vorbereitung wurde weitergearbeitet, darum gilt der alte Stand. Nächster Schritt: die Programme beenden "
    "und lotse backup restore noch einmal freigeben."
)
_BROKEN = (
    "Eine Wiederherstellung konnte nicht zu Ende geführt werden, darum gilt der alte Stand. Nächster Schritt: "
    "lotse backup restore noch einmal freigeben."
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to take whose place.

    `ready` is the new database within the data folder and `sha256` what it is; `aside` the name the old one is kept
    under; `live` the size of its log, None where it was not to be read; `origin` and `notary` the new log and the
    notary's file for it. Where a `tenant` is named it goes to a `server`, and there is no file.
    """

    ready: str
    sha256: str
    aside: str
    live: int | None
    origin: str
    notary: str = field(repr=False)
    tenant: str = ""
    server: str = ""


def plan_file(settings: Settings) -> Path:
    """Where a swap that is under way is written down."""
    return settings.keys / _PLAN


def settle(settings: Settings) -> None:
    """Finish a swap that was cut off, and remove what a crash has left. For whoever opens a store.

    Raises RestoreConflict where others hold the old database.
    """
    if plan_file(settings).exists():
        with alone(settings.data):
            if plan_file(settings).exists():
                with NotaryFile(settings.notary).alone(), _what_is_there(settings) as live:
                    finish(settings, live)
    sweep(settings.data)


def _what_is_there(settings: Settings) -> "AbstractContextManager[Held | None]":
    """Hold what the plan is about. Raises RestoreConflict."""
    plan = read_plan(settings)
    if plan is None or not plan.tenant:
        return held(settings.database)
    from adapters.backup.server import held_there  # noqa: PLC0415 - only on PostgreSQL

    return held_there(settings, plan)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


# The old database.


class Held(NamedTuple):
    """The log in a database that is held: its name, and how many entries it says it has."""

    origin: str
    size: int


@contextmanager
def held(database: Path) -> Iterator[Held | None]:
    """Hold a database so that nobody else reads or writes it; gives its log, None where it has none to read.

    Raises RestoreConflict where others do not let go of it.
    """
    connection = _locked(database) if database.exists() else None
    if connection is None:
        yield None
        return
    with closing(connection):
        yield _log(connection)
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")


def _locked(database: Path) -> sqlite3.Connection | None:
    """Lock the database for this process alone; None where it is none. In WAL mode nobody else may have it open."""
    connection: sqlite3.Connection | None = None
    try:
        connection = connected(database)
        if connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
            connection.execute("PRAGMA journal_mode=DELETE").fetchone()
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.DatabaseError as error:
        if connection is not None:
            connection.close()
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise RestoreConflict(_BUSY) from None
        return None
    return connection


def _log(connection: sqlite3.Connection) -> Held | None:
    try:
        row = connection.execute("SELECT origin, size FROM log_head").fetchone()
    except sqlite3.DatabaseError:
        return None
    return Held(str(row[0]), row[1]) if row and type(row[1]) is int else None


# The swap.


def begin(settings: Settings, plan: Plan, live: Held | None) -> None:
    """Write down what is to be done, and do it. The caller holds the old database and the notary's lock."""
    write_plan(settings, plan)
    finish(settings, live)


def write_plan(settings: Settings, plan: Plan) -> None:
    """Write down what is to be done."""
    durable.put(plan_file(settings), orjson.dumps(asdict(plan), option=orjson.OPT_INDENT_2))


def forget(settings: Settings) -> None:
    """Take back what was written down; nothing of it has been done."""
    durable.remove(plan_file(settings))


def finish(settings: Settings, live: Held | None) -> None:
    """Do what is written down and not done yet; or give it up, where it cannot be done any more."""
    plan = read_plan(settings)
    if plan is None:
        return
    if live is None or live.origin != plan.origin:
        ready = settings.data / plan.ready
        if plan.tenant or not ready.exists():
            _give_up(settings, _BROKEN)
        if (live and live.size) != plan.live:
            _give_up(settings, _MOVED_ON)
        if sha256_of(ready) != plan.sha256:
            _give_up(settings, _BROKEN)
        _replace(settings.database, ready, settings.data / plan.aside)
    _begin_notary(settings.notary, plan)
    durable.remove(request_file(settings))
    durable.remove(plan_file(settings))


def _give_up(settings: Settings, sentence: str) -> None:
    forget(settings)
    raise RestoreConflict(sentence)


def _replace(database: Path, ready: Path, aside: Path) -> None:
    """Let `ready` take the database's place; the old one, and what lies beside it, is kept under another name."""
    if database.exists() and not aside.exists():
        os.link(database, aside)
    for name in _BESIDE:
        beside = database.with_name(database.name + name)
        if beside.exists():
            beside.replace(aside.with_name(aside.name + name))
    ready.replace(database)
    durable.sync_folder(database.parent)


def _begin_notary(notary: Path, plan: Plan) -> None:
    """Keep the notary's file under the number of its incarnation, and begin the new one."""
    try:
        old: State | None = NotaryFile(notary).load() if notary.exists() else None
    except AuditError:
        old = None
    if old is not None and old.origin == plan.origin:
        return
    if notary.exists():
        kept = notary.with_name(kept_name(number_of(old.origin)) if old else f"{plan.aside}-notary.json")
        if not kept.exists():
            os.link(notary, kept)
    durable.put(notary, plan.notary.encode())


def read_plan(settings: Settings) -> Plan | None:
    """The swap that is under way, if there is one. Raises BackupError where its file is no such thing."""
    try:
        return Plan(**orjson.loads(plan_file(settings).read_bytes()))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        raise BackupError(
            f"{plan_file(settings)} ist beschädigt. Nächster Schritt: die Datei löschen und lotse backup restore noch "
            "einmal freigeben."
        ) from None
