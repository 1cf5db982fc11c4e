"""The running store, as far as there is one: what a restore must know of it before it takes its place.

It may be damaged, rolled back or gone, which is what a restore is for; then it is told as not there.
"""

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


@dataclass(frozen=True, slots=True)
class Live:
    """The running store a moment ago: its directory, the name of its log and how many entries that has."""

    directory: Directory
    origin: str
    size: int


def looked_at(settings: Settings, *, sign: bool = True) -> Live | None:
    """Look at the running store, sign what it has, and note its erasures; None where it cannot be opened.

    Without `sign` it is only looked at.
    """
    try:
        lotse = open_lotse(settings)
    except (WorkflowError, AuditError, DBAPIError):
        return None
    try:
        if sign:
            with suppress(AuditError, DBAPIError):
                lotse.countersign()
            with suppress(AuditError, DBAPIError, ValueError, TypeError, KeyError):
                bring_up_to_date(lotse)
        with lotse.store.work(reading=True) as work:
            directory = work.directory
        with lotse.store.reading() as connection:
            head = sql.HEAD.one(connection, tenant=lotse.store.tenant)
        return Live(directory, str(head[0]), int(head[1]))
    except (WorkflowError, AuditError, DBAPIError, LookupError, ValueError, TypeError):
        return None
    finally:
        lotse.store.engine.dispose()


def record(settings: Settings, entry: dict[str, object]) -> None:
    """Write an entry into the running log, which can be opened, and sign it unless the notary has halted."""
    lotse: Lotse = open_lotse(settings)
    try:
        lotse.record("steps", entry)
        with suppress(AuditError):
            lotse.countersign()
    finally:
        lotse.store.engine.dispose()


def note_erasures(settings: Settings) -> None:
    """Bring the list of erasures beside the keys up to date with a store that was just put in place."""
    lotse = open_lotse(settings)
    try:
        bring_up_to_date(lotse)
    finally:
        lotse.store.engine.dispose()
