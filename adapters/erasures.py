"""`erasures.json` beside the keys: what has been erased, so that no copy of the database brings it back.

It is read off the log and only ever grows. `keys status` sees in it which erasures still wait for the end of their
KEK version, and a restore makes them again. Proven in `tests/contracts/test_erasures_file.py`.
"""

import fcntl
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import orjson

from adapters.db.store import Store
from adapters.db.work import SqlKeys
from adapters.lotse import DAMAGED, Lotse
from audit import durable
from audit.entry import Leaf
from audit.errors import AuditError
from audit.keys import KeyRing, purpose_of
from audit.unseal import open_a
from workflow.clerk import erased_entry
from workflow.erasure import Deed, ErasureRequest, Ground, Shredded, is_case, is_quarantine

PAGE = 4096


class ErasuresDamaged(AuditError):
    """Die Liste der Löschungen ist nicht lesbar; ohne sie könnte Gelöschtes zurückkommen."""


class ErasuresIncomplete(AuditError):
    """Einträge des Protokolls lassen sich nicht lesen; ob sie von Löschungen sagen, weiß niemand."""


@dataclass(frozen=True, slots=True)
class Erased:
    """One erasure: its target (`workflow.erasure`), the key's id in hexadecimal, when (ISO, UTC).

    An old copy of the key opens until the KEK version named and all before it are destroyed.
    """

    target: str
    key_id: str
    kek_version: int
    at: str

    def plain(self) -> dict[str, object]:
        """The line as it stands in the file."""
        named = "case" if is_case(self.target) else "purpose"
        return {named: self.target, "key_id": self.key_id, "kek_version": self.kek_version, "at": self.at}


@dataclass(frozen=True, slots=True)
class Erasures:
    """All erasures so far, in order; `size` entries of the log `origin` have been read for them.

    Without an origin no log has been read to its end yet: there may be more.
    """

    origin: str
    size: int
    erased: tuple[Erased, ...] = ()

    def to_json(self) -> bytes:
        """Give the file."""
        lines = [each.plain() for each in self.erased]
        content = {"origin": self.origin, "size": self.size, "erased": lines}
        return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)

    @classmethod
    def from_json(cls, content: bytes) -> "Erasures":
        """Undo `to_json`; ErasuresDamaged for anything else."""
        try:
            said = orjson.loads(content)
            lines = tuple(_line(each) for each in said["erased"])
            read = cls(str(said["origin"]), int(said["size"]), lines)
        except (ValueError, KeyError, TypeError):
            raise ErasuresDamaged(f"{ErasuresDamaged.__doc__} {_RESTORE}") from None
        if read.to_json() != content:
            raise ErasuresDamaged(f"{ErasuresDamaged.__doc__} {_RESTORE}")
        return read


_UNREAD = (
    "Im Protokoll lassen sich {count} Einträge nicht öffnen. Ob eine Löschung darunter ist, weiß niemand; alle anderen "
    "sind vermerkt. Nächster Schritt: lotse audit verify"
)
_RESTORE = "Nächster Schritt: die Datei aus einer Sicherung der Schlüssel zurückholen."


def _line(said: Mapping[str, object]) -> Erased:
    target = said.get("case", said.get("purpose"))
    version = said["kek_version"]
    if not isinstance(target, str) or not isinstance(version, int):
        raise TypeError
    return Erased(target, str(said["key_id"]), version, str(said["at"]))


def read_erasures(path: Path) -> Erasures | None:
    """Read the file, None where there is none yet. Raises ErasuresDamaged."""
    try:
        return Erasures.from_json(path.read_bytes())
    except FileNotFoundError:
        return None


def bring_up_to_date(lotse: Lotse) -> Erasures:
    """Add to the file what the log has erased since it was last read; a list once written never loses a line.

    Where the log is another one or shorter than what was read, or the file is missing, everything is read again,
    earlier incarnations included. Pages are read in transactions of their own. Raises ErasuresDamaged, and
    ErasuresIncomplete after everything that can be read has been noted; then the same is read again next time.
    """
    path = lotse.settings.erasures
    with _alone(path):
        before = read_erasures(path)
        reading = _Reading(lotse.store, before)
        try:
            reading.read()
        finally:
            after = reading.listed()
            if after != before:
                _save(path, after)
    if reading.unread:
        raise ErasuresIncomplete(_UNREAD.format(count=reading.unread))
    return after


def looked_up(lotse: Lotse) -> Erasures:
    """What `bring_up_to_date` would write; nothing is written. Where an entry does not open, its size stays behind.

    Raises ErasuresDamaged.
    """
    reading = _Reading(lotse.store, read_erasures(lotse.settings.erasures))
    reading.read()
    return reading.listed()


class _Reading:
    """The erasures of the list and, once it was read, of the log; `unread` entries did not open or are missing."""

    def __init__(self, store: Store, before: Erasures | None) -> None:
        self._store = store
        self._before = before or Erasures("", 0)
        self._found = [*self._before.erased]
        self._reached: tuple[str, int] | None = None
        self.unread = 0

    def read(self) -> None:
        """Read what is new since the list was written; of another or a shorter log, everything."""
        before = self._before
        with self._store.log_reader() as reader:
            head, past = reader.head(), [number for number, _ in reader.past()]
        origin, size = (head.origin, head.size) if head else ("", 0)
        if before.origin == origin and before.size <= size:
            parts: list[tuple[int | None, int]] = [(None, before.size)]
        else:
            parts = [*((number, 0) for number in past), (None, 0)]
        for number, start in parts:
            for a in decisions(self._store, number, start, contents=False):
                if a is None or not self._take(a):
                    self.unread += 1
        if not self.unread:
            self._reached = origin, size

    def _take(self, a: Mapping[str, object]) -> bool:
        """Note the erasure that an entry tells of; False where it does not say which."""
        if a.get("action") == Deed.APPROVE and a.get("outcome") == "done":
            try:
                self._found.append(_line(a))
            except DAMAGED:
                return False
        return True

    def listed(self) -> Erasures:
        """The list as far as it was read."""
        reached = self._reached or (self._before.origin, self._before.size)
        return Erasures(*reached, tuple(dict.fromkeys(self._found)))


def decisions(
    store: Store, number: int | None, start: int, *, contents: bool
) -> Iterator[Mapping[str, object] | None]:
    """Body A of what an incarnation of the log (None: the present one) tells from that entry on; accesses are left out.

    Without `contents` entries with a sealed content are left out too. None stands for an entry that does not open, and
    for a gap. Pages are read in transactions of their own.
    """
    after, expected = (start - 1 if start else None), start
    while True:
        with store.log_reader() as reader:
            ring = store.ring.over(SqlKeys(reader.connection, store.tenant))
            log = reader if number is None else reader.earlier(number)
            rows = log.rows(after, PAGE)
            head = None if rows else log.head()
            told: list[Mapping[str, object] | None] = []
            for seq, raw, _, body_a in rows:
                told += [] if seq == expected else [None]
                expected = seq + 1 if type(seq) is int else expected + 1
                told += _told_by(ring, raw, body_a, contents=contents)
        yield from told
        if not rows:
            if head is not None and expected < head.size:
                yield None
            return
        after = rows[-1][0]


def _told_by(
    ring: KeyRing, raw: bytes, body_a: bytes, *, contents: bool
) -> list[Mapping[str, object] | None]:
    """Body A of a step, [None] where it does not open, nothing of an access, which may be erased."""
    try:
        leaf = Leaf.unpack(raw)
        steps = ring.known(purpose_of("steps", leaf.time_ms, leaf.seq))
        if steps is None or leaf.key_a != steps.key_id or (leaf.key_b is not None and not contents):
            return []
        return [open_a(ring, raw, body_a)[1]]
    except DAMAGED:
        return [None]


def erase_again(
    store: Store, listed: Iterable[Erased], *, actor: str, requested_by: str, at: datetime
) -> tuple[Shredded, ...]:
    """Erase in one transaction whatever of the list is in this store (again), each with an entry; give what it was.

    For a store that a restore has just brought back: `actor` approved the restore, `requested_by` asked for it, `at` is
    aware. No key is opened, so it may be gone already with its KEK version.
    """
    again = []
    with store.work() as work:
        for each in dict.fromkeys((one.target, one.key_id) for one in listed):
            found = work.shreddable(each[0])
            if found is None or found.key_id != each[1]:
                continue
            asked = ErasureRequest(found.target, Ground.AGAIN, requested_by, at)
            entry = erased_entry(found, asked, actor, at.astimezone(UTC))
            if is_quarantine(found.target):
                extent = work.extent(found.target)
                entry = replace(entry, a={**entry.a, "held": extent.held, "asked": extent.asked})
            again.append(work.erase(found.target))
            work.record(entry)
        work.commit()
    scrub(store)
    return tuple(again)


def owe_scrub(database: Path) -> None:
    """Note beside the database, durably and before an erasure is committed, that `scrub` must follow it."""
    _owed(database).touch(mode=0o600)
    durable.sync_folder(database.parent)


def scrub_owed(database: Path) -> bool:
    """Whether an erasure was cut off before the file was written anew, or that could not be done yet."""
    return _owed(database).exists()


def _owed(database: Path) -> Path:
    return database.with_name(f"{database.name}.scrub")


def scrub(store: Store) -> bool:
    """Write the database file anew without what is free in it; False where that must be repeated (others are at it).

    SQLite overwrites what is deleted, but a row that it had moved between pages before may have left a copy in the gap
    of a page; only writing the file anew is sure of those. Nobody else can write meanwhile: half a second for 10 MB.
    PostgreSQL frees rows by itself; what lay sealed in them has lost its key either way.
    """
    if store.engine.dialect.name == "postgresql":
        return True
    connection = store.engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        busy = bool(cursor.fetchall()[0][0])
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()
    if not busy and store.engine.url.database:
        _owed(Path(store.engine.url.database)).unlink(missing_ok=True)
    return not busy


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.with_name(path.name + ".lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _save(path: Path, erasures: Erasures) -> None:
    """Replace the file as a whole, durable, readable to its owner alone."""
    durable.put(path, erasures.to_json())
