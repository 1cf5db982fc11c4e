"""The notary at work on a store: reads it without the right to write, and signs what continues the log.

A database that is missing, busy or on a full disk is waited for; one whose log is gone or another one halts the
notary for good, as `audit.notary` does. Proven by killing and harming it (`tests/system/test_notary_process.py`).
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from adapters.db import statements as sql
from adapters.db.begin import begun
from adapters.db.connect import HEAD
from adapters.db.driver import lacks_table
from adapters.db.place import notary_place_of
from adapters.db.store import Store, StoreError, tenants_of
from adapters.keys.choose import open_keys
from adapters.millis import now_ms
from adapters.settings import Settings
from audit.keys import KeyProvider
from audit.notary import NotaryHalted
from audit.notary_file import NotaryFile

_GONE = "In der Datenbank steht kein Protokoll mehr."
NEXT = (
    "Nächster Schritt: lotse audit verify. Wenn danach alles stimmt (oder die echte Datenbank zurückgeholt ist): "
    "lotse notary resume --as PERSON --reason GRUND"
)
"""What to do about a halted notary."""


class NotYet(Exception):
    """The store is not ready to be read, and may be in a moment; the message is a German sentence."""


PASSING = (NotYet, OSError, sqlite3.Error, DBAPIError)
"""What a notary waits for: it says nothing about the log."""


@dataclass(frozen=True, slots=True)
class _Opened:
    """A store and the database that it was when it was opened."""

    store: Store
    database: object


class ReadingNotary:
    """A notary over the store of these settings; `sign` is one round, as often as one likes."""

    def __init__(self, settings: Settings, provider: Callable[[Settings], KeyProvider] | None = None) -> None:
        self._place = notary_place_of(settings)
        self._provider = (provider or open_keys)(settings)
        self.file = NotaryFile(settings.notary)
        self._opened: _Opened | None = None

    def sign(self) -> bytes:
        """Sign what is new and give the note.

        Raises one of PASSING where the store cannot be read just now, NotaryHalted (after that is on disk) where
        its log does not continue what was signed, and NotaryMissing or NotaryDamaged.
        """
        store = self._store()
        try:
            # In a transaction that has ended before the log is read: asking a slow keeper of keys blocks nobody, and
            # no writer who waits for the first keeps the second waiting.
            with store.keys() as keys:
                keys.known("mac")
            return self.file.sign(store.log_reader, store.ring, self._provider, self._place.secure)
        except (sqlite3.OperationalError, DBAPIError) as error:
            self._opened = None
            if not lacks_table(error):
                raise
            self._open()  # where the program is older than the tables, that is what it says
            raise NotaryHalted(self.file.halt(_GONE)) from None

    def _store(self) -> Store:
        identity = self._place.identity()
        if self._opened is None or self._opened.database != identity:
            self._opened = _Opened(self._open(), identity)
        return self._opened.store

    def _open(self) -> Store:
        engine = self._place.look()
        made, revision = self._place.schema(engine)
        if made and revision != HEAD:
            raise NotYet(f"Die Datenbank hat den Stand {revision}, dieses Programm {HEAD}.")
        if made:
            try:
                return Store.open(engine, self._provider, now_ms, self._place.tenant)
            except StoreError:
                pass
        if self.file.load().size == 0:
            raise NotYet("Hier gibt es noch keinen Speicher. Nächster Schritt: lotse init.")
        raise NotaryHalted(self.file.halt(_GONE))


def log_size(settings: Settings) -> int | None:
    """How many entries the database says the log has; None where it cannot be read now."""
    place = notary_place_of(settings)
    try:
        engine = place.look()
        tenant = place.tenant or next(iter(tenants_of(engine)))
        with begun(engine, tenant, reading=True, patience=0) as connection:
            return int(sql.HEAD.one(connection, tenant=tenant)[1])
    except (*PASSING, SQLAlchemyError, LookupError, StopIteration, ValueError, TypeError):
        return None
