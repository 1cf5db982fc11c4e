"""The running store, as far as there is one: what a restore must know of it before it takes its place.

It may be damaged, rolled back or gone, which is what a restore is for; then it is told as not there.
"""

import sqlite3
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError

from adapters.bootstrap import open_lotse
from adapters.db import statements as sql
from adapters.erasures import bring_up_to_date
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

    `unlisted` where not everything that it has erased could be noted.
    """

    directory: Directory
    origin: str
    size: int
    unlisted: bool = False


def looked_at(settings: Settings, *, sign: bool = True) -> Live | None:
    """Look at the running store, sign what it has, and note its erasures; None where it cannot be opened.

    Without `sign` it is only looked at.
    """
    try:
        lotse = open_lotse(settings)
    except UNREADABLE:
        return None
    unlisted = False
    try:
        if sign:
            with suppress(*UNREADABLE):
                lotse.countersign()
            try:
                bring_up_to_date(lotse)
            except UNREADABLE:
                unlisted = True
        with lotse.store.work(reading=True) as work:
            directory = work.directory
        with lotse.store.reading() as connection:
            head = sql.HEAD.one(connection, tenant=lotse.store.tenant)
        return Live(directory, str(head[0]), int(head[1]), unlisted)
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
