"""Rotation of the master key: a new version, and every data key wrapped anew under it, while others go on working.

Read, wrapped without a lock, then written in short transactions, each row only where it is still as it was read; so
it may be cut off anywhere and is simply begun again. The log's entries are not touched. The index of duplicates is
built anew under a key of the new version, for which names and phones are opened: on record, before. Proven by
`tests/keys/test_rotation.py` and `tests/system/test_rotation_killed.py`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from adapters.db import rotation_statements as sql
from adapters.db.codec import checksum, read_family, read_record, unseal
from adapters.db.kek import holdings
from adapters.db.staged import digest_stamp, digests
from adapters.db.statements import Prepared
from adapters.db.store import Store
from adapters.db.work import SqlKeys
from audit.errors import AuditError, UnreadableBody
from audit.keys import DUPLICATES, KeyRing
from audit.seal import DataKey
from workflow.ports import Entry

ACTION = "keys_rotated"
BATCH, NAMES = 500, 100
"""Rows in one transaction: keys, and cases whose names are opened."""
_DAMAGED = (AuditError, ValueError, KeyError, TypeError)
Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there was when it began."""


@dataclass(slots=True)
class Rotated:
    """What a rotation did. `left` are cases and keys that could not be opened and stay as they were."""

    to: int
    before: tuple[int, ...]
    continued: bool
    cases: int = 0
    keys: int = 0
    names: int = 0
    left: set[str] = field(default_factory=set)

    @property
    def moved(self) -> int:
        """How many rows were written anew."""
        return self.cases + self.keys + self.names


class Rotation:
    """One rotation of one store. `actor` is the id of who asked, `at` gives the office's now (UTC, ISO)."""

    def __init__(
        self, store: Store, actor: str, at: Callable[[], str], progress: Progress = lambda *_: None
    ) -> None:
        self._store = store
        self._tenant = store.tenant
        self._actor = actor
        self._at = at
        self._progress = progress

    def unfinished(self) -> bool:
        """Whether an earlier rotation was cut off: something is not yet under the current version."""
        with self._store.reading() as connection:
            return self._unfinished(connection)

    def _unfinished(self, connection: Connection) -> bool:
        current = self._store.provider.current_version()
        if any(number < current for number in holdings(connection, self._tenant)):
            return True
        stamp = digest_stamp(current)
        return current > 1 and bool(
            sql.OLD_DIGESTS.rows(connection, tenant=self._tenant, stamp=stamp, after=b"", count=1)
        )

    def run(self) -> Rotated:
        """Finish what was cut off; where nothing was, add a version and bring everything under it."""
        done = self._bring_under(self._begin())
        # What cannot be opened stays behind for ever, and must not keep the key from being renewed.
        if done.continued and not done.moved and done.left:
            return self._bring_under(self._begin(new=True))
        return done

    def _begin(self, *, new: bool = False) -> Rotated:
        """Add the version while nobody else writes, so that whoever begins later finds it, another rotation too."""
        provider = self._store.provider
        with self._store.work() as work:
            connection, _ = work.beside
            continued = not new and self._unfinished(connection)
            to = provider.current_version() if continued else provider.add_version()
            before = tuple(number for number in holdings(connection, self._tenant) if number < to)
            work.record(Entry("steps", self._entry(**{"part": "begun", "from": list(before), "to": to})))
            work.commit()
        return Rotated(to, before, continued)

    def _bring_under(self, done: Rotated) -> Rotated:
        self._keys(done)
        self._cases(done)
        if done.to > 1:
            self._index(done)
        self._record(
            "steps", part="done", to=done.to, cases=done.cases, keys=done.keys, names=done.names,
            left=len(done.left), **{"from": list(done.before)},
        )  # fmt: skip
        return done

    # The keys.

    def _keys(self, done: Rotated) -> None:
        """The keys of the log, but for those of the index, which is built anew."""
        with self._ring() as (connection, ring):
            rows = sql.OLD_KEYS.rows(connection, tenant=self._tenant, kek=done.to)
        changes: list[Mapping[str, object]] = []
        for _, purpose, version, wrapped, key_id in rows:
            try:
                fresh = ring.rewrap(purpose, version, wrapped, done.to, key_id)
            except _DAMAGED:
                done.left.add(purpose)
                continue
            changes.append(
                {
                    "b_tenant": self._tenant,
                    "b_purpose": purpose,
                    "b_wrapped": wrapped,
                    "kek": done.to,
                    "wrapped": fresh,
                }
            )
        done.keys += self._write(sql.PUT_KEY, changes)

    def _cases(self, done: Rotated) -> None:
        """The keys of the cases, again until none is left that another process has brought meanwhile."""
        with self._store.reading() as connection:
            total = sum(
                h.cases for number, h in holdings(connection, self._tenant).items() if number < done.to
            )
        moved = True
        while moved:
            moved = False
            for page in self._pages(sql.OLD_CASES, BATCH, kek=done.to):
                count = self._write(sql.PUT_CASE, list(self._rewrapped(page, done)))
                done.cases += count
                moved = moved or bool(count)
                self._progress("Schlüssel der Fälle", done.cases, total)

    def _rewrapped(
        self, page: Sequence[tuple[str, int, bytes]], done: Rotated
    ) -> Iterator[Mapping[str, object]]:
        ring = self._store.ring
        for case_id, version, wrapped in page:
            try:
                fresh = ring.rewrap_case(case_id, version, wrapped, done.to)
            except _DAMAGED:
                done.left.add(case_id)
                continue
            yield {
                "b_tenant": self._tenant, "b_id": case_id, "b_wrapped": wrapped, "kek": done.to, "wrapped": fresh
            }  # fmt: skip

    # The index of duplicates.

    def _index(self, done: Rotated) -> None:
        """Build the index under the new version, then forget the old one and its key."""
        stamp = digest_stamp(done.to)
        with self._store.writing() as connection:
            ring = self._store.ring.over(SqlKeys(connection, self._tenant))
            key = ring.key(f"{DUPLICATES}{done.to}")
        with self._store.reading() as connection:
            total = int(sql.COUNT_TO_INDEX.one(connection, tenant=self._tenant, stamp=stamp, after="")[0])
        if total:
            self._record("access", part="names", to=done.to, count=total)
        moved = True
        while moved:
            moved = False
            for page in self._pages(sql.TO_INDEX, NAMES, stamp=stamp):
                count = self._index_page([row[0] for row in page], key, done)
                done.names += count
                moved = moved or bool(count)
                self._progress("Verzeichnis der Doppelmeldungen", done.names, total)
        with self._store.writing() as connection:
            for older in range(1, done.to):
                sql.NO_KEY.run(connection, tenant=self._tenant, purpose=f"{DUPLICATES}{older}")
        after: bytes | None = b""
        while after is not None:
            after = self._forget(stamp, after)

    def _index_page(self, case_ids: Sequence[str], key: DataKey, done: Rotated) -> int:
        """Give these cases digests under the new key, each only if nothing has happened to it meanwhile."""
        found: dict[str, tuple[int, list[bytes]]] = {}
        with self._store.reading() as connection:
            for case_id in case_ids:
                row = sql.CASE.row(connection, tenant=self._tenant, case_id=case_id)
                if row is None:
                    continue
                try:
                    found[case_id] = row[0], self._digests(case_id, row, key, done.to)
                except _DAMAGED:
                    done.left.add(case_id)
        written = 0
        with self._store.writing() as connection:
            for case_id, (version, fresh) in found.items():
                now = sql.CASE_VERSION.row(connection, tenant=self._tenant, case_id=case_id)
                if now is not None and now[0] == version:
                    rows = [{"tenant": self._tenant, "digest": d, "case_id": case_id} for d in fresh]
                    sql.PUT_DIGEST.run_all(connection, rows)
                    written += bool(rows)
        return written

    def _digests(self, case_id: str, row: tuple[Any, ...], key: DataKey, to: int) -> list[bytes]:
        """A case's digests under the new key. Raises UnreadableBody and the like."""
        _, kek_version, wrapped, record, sealed = row
        own = self._store.ring.case_key(wrapped, kek_version, case_id)
        case, dossier = read_record(unseal(own, self._tenant, case_id, "record", record))
        if checksum(sealed) != dossier:
            raise UnreadableBody
        family = read_family(unseal(own, self._tenant, case_id, "dossier", sealed))
        return list(digests(to, key, case, family))

    def _forget(self, stamp: bytes, after: bytes) -> bytes | None:
        """Take some of the old digests away; gives where it came to, None at the end."""
        with self._store.writing() as connection:
            rows = sql.OLD_DIGESTS.rows(
                connection, tenant=self._tenant, stamp=stamp, after=after, count=BATCH
            )
            sql.NO_DIGEST.run_all(
                connection,
                [{"tenant": self._tenant, "digest": digest, "case_id": case} for digest, case in rows],
            )
        return bytes(rows[-1][0]) if rows else None

    # What they share.

    def _entry(self, **told: object) -> Mapping[str, object]:
        return {"action": ACTION, "outcome": "done", "actor": self._actor, "at": self._at(), **told}

    def _record(self, kind: str, **told: object) -> None:
        with self._store.work() as work:
            work.record(Entry(kind, self._entry(**told)))
            work.commit()

    @contextmanager
    def _ring(self) -> Iterator[tuple[Connection, KeyRing]]:
        with self._store.reading() as connection:
            yield connection, self._store.ring.over(SqlKeys(connection, self._tenant))

    def _pages(
        self, statement: Prepared, count: int, **values: object
    ) -> Iterator[Sequence[tuple[Any, ...]]]:
        """Pages by case id, each read in a transaction of its own."""
        after = ""
        while True:
            with self._store.reading() as connection:
                page = statement.rows(connection, tenant=self._tenant, after=after, count=count, **values)
            if not page:
                return
            yield page
            after = str(page[-1][0])

    def _write(self, statement: Prepared, changes: Sequence[Mapping[str, object]]) -> int:
        """Write them in one transaction; gives how many still were as they had been read."""
        if not changes:
            return 0
        with self._store.writing() as connection:
            return sum(statement.run(connection, **values) for values in changes)
