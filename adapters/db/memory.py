"""The store in memory: the same units of work and the same log, without a disk. For trying out and for tests.

One unit of work at a time, as on SQLite; what is not committed never touches the dictionaries.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from threading import Lock
from typing import Any, TypeVar

from adapters.db.memory_retention import MemoryRetention
from adapters.db.plan import Answered, Batch, Held
from adapters.db.reader import image_of
from adapters.db.staged import StagedWork, Stored
from audit.clock import ClockWatch
from audit.keys import KeyProvider, KeyRing
from audit.log import Head, Row
from audit.reader import StoredHead, StoredKey, StoredNote, StoredRow
from audit.replay import CaseImage
from states.profile import Profile
from workflow.case import Case, Family
from workflow.erasure import ErasureRequest, LegalHold
from workflow.errors import ConflictError
from workflow.office import Directory, Listed, Network, Substitution
from workflow.ports import Entry

R = TypeVar("R", bound=tuple[Any, ...])


@dataclass(slots=True)
class _Kept:
    """One case as kept: with its key, the wrapping, the family."""

    case: Case
    key: Stored
    wrapped: tuple[bytes, int]
    family: Family = field(repr=False)


class MemoryKeys:
    """Wrapped keys in a dictionary; see `audit.keys.WrappedKeys`."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[int, bytes, bytes]] = {}

    def get(self, purpose: str) -> tuple[int, bytes, bytes] | None:
        """Give KEK version, wrapped key and key id, or None."""
        return self.kept.get(purpose)

    def put(self, purpose: str, kek_version: int, wrapped: bytes, key_id: bytes) -> None:
        """Insert a key."""
        if purpose in self.kept:
            raise ConflictError("Diesen Schlüssel gibt es schon.")
        self.kept[purpose] = (kek_version, wrapped, key_id)


class MemoryStore:
    """One tenant in memory."""

    def __init__(
        self, provider: KeyProvider, now_ms: Callable[[], int], tenant: str, origin: str, profile: Profile
    ) -> None:
        self.tenant = tenant
        self.origin = origin
        self.provider = provider
        self.watch = ClockWatch()
        self.wrapped = MemoryKeys()
        self.ring = KeyRing(provider, self.wrapped, tenant)
        self.current = (profile.name, profile.version)
        self.networks = {self.current: Network.of(profile)}
        self.lock = Lock()
        self.cases: dict[str, _Kept] = {}
        self.numbers: dict[int, int] = {}
        self.answers: dict[bytes, Answered] = {}
        self.counted: dict[bytes, str] = {}
        self.held: dict[bytes, Held] = {}
        self.held_as: dict[int, bytes] = {}
        self.asked: dict[tuple[str, str, str], object] = {}
        self.held_on: dict[object, str] = {}
        self.digests: dict[str, tuple[bytes, ...]] = {}
        self.rows: list[Row] = []
        self.head = Head(origin)
        self.nodes: dict[int, dict[int, bytes]] = {}
        self.notes: dict[int, bytes] = {}
        self.erasure_requests: dict[str, ErasureRequest] = {}
        self.legal_holds: dict[str, LegalHold] = {}
        self.people = Directory()
        self._now_ms = now_ms

    def work(self) -> "MemoryWork":
        """A unit of work; waits for the one before."""
        return MemoryWork(self, self._now_ms)

    def put(self, *entries: Listed, actor: str = "system") -> None:
        """Write into the directory, each entry replacing the one of its id, on record."""
        with self.work() as work:
            work.write_directory(entries)
            ids = [entry.id for entry in entries if not isinstance(entry, Substitution)]
            work.record(
                Entry("steps", {"action": "directory", "actor": actor, "outcome": "done", "ids": ids})
            )
            work.commit()

    @contextmanager
    def log_reader(self) -> Iterator["MemoryReader"]:
        """The log as it stands now."""
        yield MemoryReader(self)


class MemoryWork(MemoryRetention, StagedWork):
    """One unit of work in memory."""

    _last: Row | None = None

    def __init__(self, store: MemoryStore, now_ms: Callable[[], int]) -> None:
        self._store = store
        store.lock.acquire()
        self._open = True
        self._people: Directory | None = None
        super().__init__(store.ring, now_ms, store.watch)

    def close(self) -> None:
        """Let the next one in."""
        if self._open:
            self._open = False
            self._store.lock.release()

    def _wrapped_keys(self) -> MemoryKeys:
        return self._store.wrapped

    def _fetch(self, case_id: str) -> Stored | None:
        kept = self._store.cases.get(case_id)
        return Stored(kept.case, kept.key.key) if kept else None

    def _fetch_family(self, stored: Stored) -> Family:
        return self._store.cases[stored.case.id].family

    def _id_of(self, number: str) -> str | None:
        return next((kept.case.id for kept in self._store.cases.values() if kept.case.number == number), None)

    def _fetch_directory(self) -> Directory:
        return self._people or self._store.people

    def write_directory(self, entries: Sequence[Listed]) -> str:
        """Stage entries of the directory; nobody alters a dictionary by hand, so it has no check sum."""
        self._people = self._fetch_directory().with_entries(entries)
        self._leave_directory()
        return ""

    def _fetch_answer(self, key: bytes) -> Answered | None:
        return self._store.answers.get(key)

    def _last_number(self, year: int) -> int:
        return self._store.numbers.get(year, 0)

    def _rows_among(self, identities: Iterable[bytes]) -> frozenset[bytes]:
        return frozenset(identity for identity in identities if identity in self._store.counted)

    def _digests_among(self, digests: Iterable[bytes]) -> frozenset[bytes]:
        return frozenset(digests).intersection({*chain.from_iterable(self._store.digests.values())})

    def _held_as(self, number: int) -> bytes | None:
        return self._store.held_as.get(number)

    def _head(self) -> Head:
        return self._store.head

    def landed(self) -> bool:
        """Whether the last commit is seen by others; in memory there is nothing between yes and no."""
        self.close()
        last, rows = self._last, self._store.rows
        return last is not None and len(rows) > last.seq and rows[last.seq] == last

    def _write(self, batch: Batch) -> None:
        store = self._store
        self._last = batch.rows[-1] if batch.rows else None
        for changed in batch.changed:
            kept = store.cases.get(changed.case.id)
            if (kept.case.version if kept else None) != changed.base:
                raise ConflictError(f"Fall {changed.case.number} wurde inzwischen geändert.")
        self._check_retained(batch.plan.retained)
        for changed in batch.changed:
            kept = store.cases.get(changed.case.id)
            wrapped = changed.wrapped or (kept.wrapped if kept else (b"", 0))
            family = changed.family or (kept.family if kept else Family())
            store.cases[changed.case.id] = _Kept(
                changed.case, Stored(changed.case, changed.key), wrapped, family
            )
            if changed.family is not None:
                store.digests[changed.case.id] = changed.digests
        if self._people is not None:
            store.people, self._people = self._people, None
        store.numbers.update(batch.numbers)
        store.answers.update((answered.key, answered) for answered in batch.plan.answered)
        for counted in batch.plan.counted:
            store.counted.setdefault(counted.identity, counted.judgement)
            store.held.pop(counted.identity, None)
            store.held_on.pop(counted.identity, None)
        for held in batch.plan.held:
            if held.identity not in store.held:
                store.held_as[max(store.held_as, default=0) + 1] = held.identity
            store.held[held.identity] = held
            self._hold_apart(held.identity)
        for asked in batch.plan.asked:
            name = (asked.institution, asked.reference, asked.received)
            if store.asked.setdefault(name, asked) is asked:
                self._hold_apart(name)
        self._write_retained(batch.plan.retained)
        store.rows.extend(batch.rows)
        store.head = batch.head
        for level, number, node in batch.head.completed:
            store.nodes.setdefault(level, {})[number] = node


class MemoryReader:
    """The log in memory; see `audit.reader.LogReader`."""

    keeps_nodes = True

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def head(self) -> StoredHead | None:
        """Give the head."""
        head = self._store.head
        return StoredHead(head.origin, head.size, head.frontier.to_bytes(), head.last_time_ms)

    def stand(self) -> StoredHead | None:
        """Give the head: nothing else can lie about here."""
        return self.head()

    def _after(self, after: int | None, count: int) -> Sequence[Row]:
        start = 0 if after is None else after + 1
        return self._store.rows[start : start + count]

    def rows(self, after: int | None, count: int) -> Sequence[StoredRow]:
        """Give entries by seq."""
        return [(row.seq, row.leaf, row.mac, row.body_a) for row in self._after(after, count)]

    def leaves(self, after: int | None, count: int) -> Sequence[tuple[int, bytes]]:
        """Give (seq, leaf) by seq."""
        return [(row.seq, row.leaf) for row in self._after(after, count)]

    def bodies_b(
        self, after: int | None, count: int, through: int | None = None
    ) -> Sequence[tuple[int, bytes]]:
        """Give (seq, body B) by seq."""
        found = [(row.seq, row.body_b) for row in self._store.rows if row.body_b is not None]
        return _page(found, after, count, through)

    def index(self, after: int | None, count: int, through: int | None = None) -> Sequence[tuple[int, str]]:
        """Give (seq, case id) by seq."""
        found = [(row.seq, row.case) for row in self._store.rows if row.case is not None]
        return _page(found, after, count, through)

    def nodes(self, level: int, after: int | None, count: int) -> Sequence[tuple[int, bytes]]:
        """Give (number, hash) of the kept nodes of that level."""
        start = 0 if after is None else after + 1
        return list(self._store.nodes.get(level, {}).items())[start : start + count]

    def node_levels(self) -> Sequence[int]:
        """Give the levels of which nodes are kept."""
        return sorted(self._store.nodes)

    def notes(self, after: int | None, count: int, through: int | None = None) -> Sequence[StoredNote]:
        """Give the checkpoints by size."""
        return _page(sorted(self._store.notes.items()), after, count, through)

    def wrapped_keys(self) -> Sequence[StoredKey]:
        """Give all wrapped data keys."""
        return [(purpose, *kept) for purpose, kept in self._store.wrapped.kept.items()]

    def case_key(self, case: str) -> tuple[bytes, int] | None:
        """Give a case's wrapped key and KEK version."""
        kept = self._store.cases.get(case)
        return kept.wrapped if kept else None

    def content_of(self, case: str) -> int | None:
        """Give the number of an entry of this case whose body B is kept."""
        return next(
            (row.seq for row in self._store.rows if row.case == case and row.body_b is not None), None
        )

    def images(self, _ring: KeyRing) -> Iterator[CaseImage]:
        """Give every case as it is kept."""
        for kept in self._store.cases.values():
            yield image_of(kept.case)


def _page(rows: Sequence[R], after: int | None, count: int, through: int | None) -> Sequence[R]:
    """Give the rows with a key behind `after` and none beyond `through`, at most `count` of them."""
    found = (row for row in rows if after is None or row[0] > after)
    return [row for row in found if through is None or row[0] <= through][:count]
