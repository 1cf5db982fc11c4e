"""`erasures.json` beside the keys: what has been erased, so that no copy of the database brings it back.

It is read off the log and only ever grows. `keys status` sees in it which erasures still wait for the end of their
KEK version, and a restore makes them again. Proven in `tests/contracts/test_erasures_file.py`.
"""

import fcntl
import os
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import orjson

from adapters.db.reader import SqlReader
from adapters.db.retention import opened_a
from adapters.db.store import Store
from adapters.lotse import Lotse
from audit.entry import Leaf
from audit.errors import AuditError
from audit.keys import KeyRing, purpose_of
from workflow.clerk import erased_entry
from workflow.erasure import Deed, ErasureRequest, Ground, Shredded, is_accesses

PAGE = 4096


class ErasuresDamaged(AuditError):
    """Die Liste der Löschungen ist nicht lesbar; ohne sie könnte Gelöschtes zurückkommen."""


@dataclass(frozen=True, slots=True)
class Erased:
    """One erasure: a case's id or the purpose of a year of accesses, the key's id in hexadecimal, when (ISO, UTC).

    An old copy of the key opens until the KEK version named and all before it are destroyed.
    """

    target: str
    key_id: str
    kek_version: int
    at: str

    def plain(self) -> dict[str, object]:
        """The line as it stands in the file."""
        named = "purpose" if is_accesses(self.target) else "case"
        return {named: self.target, "key_id": self.key_id, "kek_version": self.kek_version, "at": self.at}


@dataclass(frozen=True, slots=True)
class Erasures:
    """All erasures so far, in order; `size` entries of the log `origin` have been read for them."""

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
    earlier incarnations included. Raises ErasuresDamaged.
    """
    path = lotse.settings.erasures
    with _alone(path):
        before = read_erasures(path)
        with lotse.store.keys() as ring, lotse.store.log_reader() as reader:
            head = reader.head()
            origin, size = (head.origin, head.size) if head else ("", 0)
            follows = before is not None and before.origin == origin and before.size <= size
            if before is not None and follows:
                new = list(_erased_in(reader, ring, before.size))
            else:
                logs = [*(reader.earlier(number) for number, _ in reader.past()), reader]
                new = [each for log in logs for each in _erased_in(log, ring, 0)]
        lines = dict.fromkeys([*(before.erased if before else ()), *new])
        after = Erasures(origin, size, tuple(lines))
        if after != before:
            _save(path, after)
        return after


def _erased_in(reader: SqlReader, ring: KeyRing, start: int) -> Iterator[Erased]:
    """The erasures that a log tells of from that entry on. Entries with content are none, nor are accesses."""
    after = start - 1 if start else None
    while rows := reader.rows(after, PAGE):
        for seq, raw, _, body_a in rows:
            leaf = Leaf.unpack(raw)
            steps = ring.known(purpose_of("steps", leaf.time_ms, seq))
            if leaf.key_b is None and steps is not None and leaf.key_a == steps.key_id:
                _, a = opened_a(ring, seq, raw, body_a)
                if a.get("action") == Deed.APPROVE and a.get("outcome") == "done":
                    yield _line(a)
        after = rows[-1][0]


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
            again.append(work.erase(found.target))
            work.record(erased_entry(found, asked, actor, at.astimezone(UTC)))
        work.commit()
    scrub(store)
    return tuple(again)


def owe_scrub(database: Path) -> None:
    """Note beside the database, durably and before an erasure is committed, that `scrub` must follow it."""
    _owed(database).touch(mode=0o600)
    _sync(database.parent)


def scrub_owed(database: Path) -> bool:
    """Whether an erasure was cut off before the file was written anew, or that could not be done yet."""
    return _owed(database).exists()


def _owed(database: Path) -> Path:
    return database.with_name(f"{database.name}.scrub")


def scrub(store: Store) -> bool:
    """Write the database file anew without what is free in it; False where that must be repeated (others are at it).

    SQLite overwrites what is deleted, but a row that it had moved between pages before may have left a copy in the gap
    of a page; only writing the file anew is sure of those. Nobody else can write meanwhile: half a second for 10 MB.
    """
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
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(erasures.to_json())
            file.flush()
            os.fsync(handle)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
