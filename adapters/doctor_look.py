"""What the doctor looks at, read once: database, keys, notary, and what the log says of the last days.

Only body A of recent entries is opened, in memory, and of it only what an entry is; nobody sees more of it.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from adapters.db import lately_statements as lately
from adapters.db.connect import HEAD
from adapters.db.place import UnsafeDatabase, place_of
from adapters.db.recorded import RecordedLog
from adapters.db.rotation import Rotation
from adapters.db.statements import LEAF
from adapters.db.store import Store, StoreError
from adapters.keys.choose import open_keys
from adapters.millis import instant
from adapters.outbox import Standing, standing
from adapters.settings import Settings
from audit.entry import Leaf
from audit.errors import AuditError
from audit.keys import KekVersion, KeyProvider, KeyRing
from audit.log import CLOCK_JUMPED
from audit.notary import State
from audit.notary_file import NotaryFile
from audit.reader import StoredHead
from audit.unseal import open_a
from workflow.audited import Audited

MINUTE = 60_000
DAY = 24 * 60 * MINUTE
RECENT = 7 * DAY
MOST = 20_000
"""So many entries are looked at, at most; a town writes fewer in a week."""


ASIDE = ".before-"
"""What stands between the name of a database that a restore has laid aside and the time of the restore."""
MOVED_ASIDE = ".moved-"
"""The same after a move into PostgreSQL."""
_BESIDE = ("-journal", "-wal", "-shm")


class Unexamined(Exception):
    """This cannot be looked at before something else is in order; the message says what."""


class Unreadable(Unexamined):
    """The database cannot be read; `busy` where somebody else just holds it."""

    def __init__(self, *, busy: bool) -> None:
        super().__init__("lässt sich erst prüfen, wenn die Datenbank zu lesen ist.")
        self.busy = busy


@dataclass(frozen=True, slots=True)
class Recent:
    """What the log says of the last seven days: jumps of the clock, newest first, and the last backup (Unix ms).

    `backup_version` is the version of the master key that opens that backup, `escrowed` the versions laid in escrow.
    """

    jumps_ms: tuple[int, ...]
    last_backup_ms: int | None
    backup_version: int | None
    escrowed: frozenset[int]


class Look:
    """The store of these settings, looked at without the right to write. `now_ms` is the machine's clock."""

    def __init__(self, settings: Settings, now_ms: int) -> None:
        self.settings = settings
        self.place = place_of(settings)
        self.now_ms = now_ms
        self._unreadable: Unreadable | None = None

    @cached_property
    def revision(self) -> str | None:
        """The revision of the tables, None in an empty database. Raises Unreadable."""
        if self._unreadable is not None:
            raise self._unreadable
        try:
            return self.place.schema(self.place.look())[1]
        except (sqlite3.Error, DBAPIError, UnsafeDatabase) as error:
            self._unreadable = Unreadable(busy="locked" in str(error))
            raise self._unreadable from None

    @cached_property
    def provider(self) -> KeyProvider:
        """Who keeps the keys. Raises KeyFileError."""
        return open_keys(self.settings)

    @cached_property
    def notary(self) -> State:
        """What the notary has signed. Raises AuditError."""
        return NotaryFile(self.settings.notary).load()

    @cached_property
    def store(self) -> Store:
        """The store, for reading. Raises Unexamined where there is none that this program knows."""
        if self.revision != HEAD:
            raise Unexamined("lässt sich erst prüfen, wenn die Datenbank da und auf dem Stand ist.")
        place = self.place
        return Store.open(place.look(), self.provider, lambda: self.now_ms, place.tenant)

    @cached_property
    def head(self) -> StoredHead:
        """The head of the log."""
        with self.store.log_reader() as reader:
            head = reader.head()
        if head is None:
            raise StoreError("Der Kopf des Protokolls fehlt. Nächster Schritt: lotse audit verify")
        return head

    @cached_property
    def letters(self) -> list[Standing]:
        """The outbox."""
        with self.store.reading() as connection:
            return standing(connection, self.store.tenant)

    @cached_property
    def recent(self) -> Recent:
        """What the log says of the last days."""
        jumps: list[int] = []
        escrowed: frozenset[int] = frozenset()
        backup = version = None
        with self.store.reading() as connection, self.store.keys() as ring:
            for time_ms, a in self._entries(connection, ring):
                if a.get("action") == CLOCK_JUMPED and type(a.get("jump_ms")) is int:
                    jumps.append(a["jump_ms"])
                elif (a.get("action"), a.get("outcome")) == ("backup", "done") and backup is None:
                    backup, version = time_ms, a.get("kek_version")
                escrowed |= _escrowed_by(a)
        return Recent(tuple(jumps), backup, version if type(version) is int else None, escrowed)

    def is_escrowed(self, version: KekVersion) -> bool:
        """Whether the log tells that this version was laid in escrow (or came out of it), lately or when it was young.

        Not more than MOST entries are opened on either side.
        """
        if version.number in self.recent.escrowed:
            return True
        made = None if version.made_at_ms is None else instant(version.made_at_ms)
        soon = islice(RecordedLog(self.store).forwards(made), MOST)
        return any(version.number in _escrowed_by(entry.a or {}) for entry in soon)

    def left_over(self) -> tuple[Path, ...]:
        """The databases that a restore, or a move into PostgreSQL, has laid aside, by name."""
        name, data = self.settings.database.name, self.settings.data
        found = [each for aside in (ASIDE, MOVED_ASIDE) for each in data.glob(f"{name}{aside}*")]
        return tuple(sorted(path for path in found if not path.name.endswith(_BESIDE)))

    @cached_property
    def first_time_ms(self) -> int | None:
        """When the log began, in its earliest incarnation."""
        with self.store.reading() as connection:
            row = lately.FIRST_LEAF.row(connection, tenant=self.store.tenant)
        return Leaf.unpack(row[0]).time_ms if row else self._time_of(0)

    def unsigned_since(self) -> int | None:
        """The time of the first entry that is not signed."""
        return self._time_of(self.notary.size)

    def erasures_waiting(self) -> int:
        """How many erasures wait for the end of the KEK version that wrapped their key, and of those before it."""
        try:
            told = json.loads(self.settings.erasures.read_bytes())
        except FileNotFoundError:
            return 0
        alive = {version.number for version in self.provider.versions()}
        return sum(min(alive) <= erased["kek_version"] for erased in told["erased"])

    def rotation_unfinished(self) -> bool:
        """Whether a rotation was cut off; not, where the store cannot be read."""
        try:
            return Rotation(self.store, "", str).unfinished()
        except Unexamined:
            return False

    def places(self) -> tuple[Path, ...]:
        """The folders that must have room; a server sees to its own."""
        named = (self.settings.data,) if self.settings.embedded else ()
        kept = (*named, self.settings.keys, self.settings.notary.parent)
        return tuple(place for place in kept if place.is_dir()) or (Path.cwd(),)

    def _time_of(self, seq: int) -> int | None:
        with self.store.reading() as connection:
            row = LEAF.row(connection, tenant=self.store.tenant, seq=seq)
        return Leaf.unpack(row[0]).time_ms if row else None

    def _entries(self, connection: Connection, ring: KeyRing) -> Iterator[tuple[int, dict[str, Any]]]:
        """Time and body A of the entries of the last days, newest first; what does not open is verify's to name.

        Those of before a restore are among them: a backup does not lose its worth by it.
        """
        for _, raw, body_a in self._newest_first(connection):
            try:
                leaf = Leaf.unpack(raw)
                if leaf.time_ms < self.now_ms - RECENT:
                    return
                _, a = open_a(ring, raw, body_a)
            except AuditError:
                continue
            yield leaf.time_ms, a

    def _newest_first(self, connection: Connection) -> Iterator[tuple[Any, ...]]:
        tenant = self.store.tenant
        yield from lately.BACKWARDS.rows(connection, tenant=tenant, before=self.head.size, count=MOST)
        yield from lately.PAST_BACKWARDS.rows(connection, tenant=tenant, count=MOST)


def _escrowed_by(a: Mapping[str, Any]) -> frozenset[int]:
    """The versions that an entry says were laid in escrow, or recovered from it."""
    if a.get("action") not in (Audited.KEYS_ESCROWED, Audited.KEYS_RECOVERED):
        return frozenset()
    versions = a.get("kek_versions")
    return (
        frozenset(each for each in versions if type(each) is int)
        if isinstance(versions, list)
        else frozenset()
    )
