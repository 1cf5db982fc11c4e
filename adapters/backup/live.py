"""The running store, as far as there is one: what a restore must know of it before it takes its place.

It may be damaged, rolled back or gone, which is what a restore is for; then it is told as not there.
"""

import sqlite3
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError

from adapters.backup.archive import Header
from adapters.backup.since import Since, decided_since
from adapters.bootstrap import open_lotse
from adapters.db import statements as sql
from adapters.erasures import Erasures, bring_up_to_date, looked_up, read_erasures
from adapters.lotse import Lotse
from adapters.settings import Settings
from audit.errors import AuditError
from workflow.errors import WorkflowError
from workflow.office import Directory

UNREADABLE = (WorkflowError, AuditError, DBAPIError, sqlite3.Error, LookupError, ValueError, TypeError)
"""What reading a store raises that is damaged, altered, or just held by somebody else."""
_NOT_NOW = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY)


@dataclass(frozen=True, slots=True)
class Live:
    """The running store a moment ago: its directory, the name of its log and how many entries that has.

    `listed` is the list of what was erased as it was found, and with what the log adds to it; `unlisted` says that not
    all of the log could be read for it. `since` is what was decided after the backup that was asked about.
    """

    directory: Directory
    origin: str
    size: int
    listed: tuple[Erasures, ...] = ()
    unlisted: bool = False
    since: Since | None = None


def looked_at(settings: Settings, backup: Header | None = None, *, sign: bool = True) -> Live | None:
    """Look at the running store, sign what it has, and note its erasures; None where it cannot be opened.

    Without `sign` it is only looked at. With the head of a `backup` what was decided since is read.
    """
    try:
        lotse = open_lotse(settings)
    except UNREADABLE:
        return None
    try:
        if sign:
            with suppress(*UNREADABLE):
                lotse.countersign()
        listed: list[Erasures] = []
        unlisted = True
        with suppress(*UNREADABLE):
            listed += [each for each in [read_erasures(settings.erasures)] if each]
            listed.append(bring_up_to_date(lotse) if sign else looked_up(lotse))
            unlisted = False
        since = decided_since(lotse.store, backup, UNREADABLE) if backup else None
        with lotse.store.work(reading=True) as work:
            directory = work.directory
        with lotse.store.reading() as connection:
            head = sql.HEAD.one(connection, tenant=lotse.store.tenant)
        return Live(directory, str(head[0]), int(head[1]), tuple(listed), unlisted, since)
    except UNREADABLE:
        return None
    finally:
        lotse.store.engine.dispose()


def record(settings: Settings, entry: dict[str, object]) -> None:
    """Write an entry into the running log unless that is too damaged, and sign it unless the notary has halted.

    What passes is raised: others are at it, the disk is full, the rights are missing.
    """
    lotse: Lotse = open_lotse(settings)
    try:
        lotse.record("steps", entry)
        lotse.countersign()
    except UNREADABLE as error:
        if _passes(error):
            raise
    finally:
        lotse.store.engine.dispose()


def _passes(error: BaseException) -> bool:
    cause = getattr(error, "orig", None) or error
    return getattr(cause, "sqlite_errorcode", 0) & 0xFF in _NOT_NOW


def note_erasures(settings: Settings) -> None:
    """Bring the list of erasures beside the keys up to date with a store that was just put in place."""
    lotse = open_lotse(settings)
    try:
        bring_up_to_date(lotse)
    finally:
        lotse.store.engine.dispose()
