"""Keeping and erasing in memory: what `adapters.db.retention` does with tables, done with dictionaries."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from adapters.db.plan import Released, Retained, Withdrawn
from adapters.db.retained import Told
from adapters.db.retention import opened_a
from audit.entry import Leaf
from audit.keys import KEY_ID_SIZE, KeyRing, purpose_of
from audit.log import Row
from audit.seal import DataKey
from states.vocabulary import State
from workflow.calendar import local_date
from workflow.erasure import (
    Deed,
    ErasureRequest,
    Extent,
    LegalHold,
    Shredded,
    called_of,
    is_accesses,
    is_case,
    is_quarantine,
    is_row,
    quarantine_of,
)
from workflow.errors import ConflictError
from workflow.second_person import Entered
from workflow.visible import parties

if TYPE_CHECKING:
    from adapters.db.memory import MemoryStore


class MemoryRetention:
    """The half of `MemoryWork` that keeps and erases."""

    _store: "MemoryStore"
    _ring: KeyRing
    _now_ms: Callable[[], int]
    held_as: Callable[[str], bytes | None]

    def log_is_whole(self) -> bool:
        """In memory nothing is hidden, and there is no index beside the rows."""
        return True

    def _fetch_told(self, case_id: str) -> Sequence[Told]:
        rows = [row for row in self._store.rows if row.case == case_id]
        if not is_case(case_id):
            told = [(at, a) for at, a in self._house() if a.get("purpose") == case_id]
            ends = [at for at, (_, a) in enumerate(told, 1) if _is_end(a)]
            return told[ends[-1] if ends else 0 :]
        return [opened_a(self._ring, row.seq, row.leaf, row.body_a) for row in rows]

    def _house(self) -> Sequence[Told]:
        """What the log tells of no case."""
        rows = [row for row in self._store.rows if row.case is None and _is_step(row, self._ring.known)]
        return [opened_a(self._ring, row.seq, row.leaf, row.body_a) for row in rows]

    def entered(self, person: str) -> Entered | None:
        """When and by whom somebody was last entered in the directory or changed there."""
        entries = [(at, a) for at, a in self._house() if a.get("action") == "directory"]
        found = [Entered(at, str(a["actor"])) for at, a in entries if person in _ids(a)]
        return found[-1] if found else None

    def _is_on_record(self, case_id: str) -> bool:
        return any(row.case == case_id for row in self._store.rows)

    def closed_cases(self) -> Sequence[str]:
        """The ids of the cases that are closed, by number."""
        kept = sorted((kept.case for kept in self._store.cases.values()), key=lambda case: case.number)
        return [case.id for case in kept if case.state == State.CLOSED]

    def access_years(self) -> Sequence[str]:
        """The purposes under which accesses are sealed, oldest first."""
        found = [purpose for purpose in self._store.wrapped.kept if is_accesses(purpose)]
        return sorted(found, key=lambda purpose: [int(part) for part in purpose.split("/")[1:]])

    def cases_accessed(self, purpose: str) -> frozenset[str]:
        """The ids of the cases that the accesses under this purpose name."""
        key_id = self._store.wrapped.kept[purpose][2]
        rows = self._store.rows
        return frozenset(row.case for row in rows if row.case and Leaf.unpack(row.leaf).key_a == key_id)

    # What is held apart: the row, or the name of a query, and the day on which it came.

    def _hold_apart(self, name: object) -> None:
        day = quarantine_of(local_date(datetime.fromtimestamp(self._now_ms() / 1000, UTC)))
        self._ring.key(self._store.held_on.setdefault(name, day))

    def held_days(self) -> Sequence[str]:
        """The days of which something is held apart, or a key for it is kept, oldest first."""
        return sorted(filter(is_quarantine, self._store.wrapped.kept))

    def adopt_held(self) -> int:
        """In memory there is no older version."""
        return 0

    def _held_on(self, day: str) -> tuple[list[bytes], list[tuple[str, str, str]]]:
        store = self._store
        rows = [row for row in store.held if store.held_on[row] == day]
        return rows, [asked for asked in store.asked if store.held_on[asked] == day]

    def _row(self, target: str) -> bytes | None:
        identity = self.held_as(called_of(target))
        return identity if identity in self._store.held else None

    def _fetch_shreddable(self, target: str) -> Shredded | None:
        if not is_case(target):
            row = self._row(target) if is_row(target) else None
            purpose = self._store.held_on[row] if row is not None else target
            key = self._store.wrapped.kept.get(purpose)
            return Shredded(target, key[2].hex(), key[0]) if key else None
        kept = self._store.cases.get(target)
        return Shredded(target, kept.wrapped[0][:KEY_ID_SIZE].hex(), kept.wrapped[1]) if kept else None

    def _fetch_requests(self) -> Sequence[ErasureRequest]:
        return list(self._store.erasure_requests.values())

    def _fetch_request(self, target: str) -> ErasureRequest | None:
        return self._store.erasure_requests.get(target)

    def _fetch_holds(self) -> frozenset[str]:
        return frozenset(self._store.legal_holds)

    def _fetch_hold(self, case_id: str) -> LegalHold | None:
        return self._store.legal_holds.get(case_id)

    def _check_retained(self, retained: Sequence[Retained]) -> None:
        """Raise ConflictError before anything is written: there is no transaction that would undo it."""
        for change in retained:
            if isinstance(change, Shredded) and self._fetch_shreddable(change.target) != change:
                raise ConflictError("Der Schlüssel dazu wurde inzwischen erneuert oder gelöscht.")
            if isinstance(change, ErasureRequest) and change.target in self._store.erasure_requests:
                raise ConflictError("Diese Löschung ist schon beantragt.")

    def _write_retained(self, retained: Sequence[Retained]) -> None:
        requests, holds = self._store.erasure_requests, self._store.legal_holds
        for change in retained:
            if isinstance(change, ErasureRequest):
                requests[change.target] = change
            elif isinstance(change, LegalHold):
                holds[change.case] = change
            elif isinstance(change, Withdrawn):
                requests.pop(change.target, None)
            elif isinstance(change, Released):
                holds.pop(change.case, None)
            else:
                requests.pop(change.target, None)
                self._write_shredded(change)

    def _write_shredded(self, shredded: Shredded) -> None:
        store, target, key_id = self._store, shredded.target, bytes.fromhex(shredded.key_id)
        if is_accesses(target):
            del store.wrapped.kept[target]
            store.rows = [row._replace(case=None) if _seals(row.leaf, key_id) else row for row in store.rows]
            return
        if not is_case(target):
            self._write_held(target)
            return
        del store.cases[target]
        store.digests.pop(target, None)
        store.legal_holds.pop(target, None)
        store.answers = {key: each for key, each in store.answers.items() if each.outcome.case != target}
        store.rows = [
            row._replace(body_b=None) if Leaf.unpack(row.leaf).key_b == key_id else row for row in store.rows
        ]

    def _write_held(self, target: str) -> None:
        """Take away a row of the quarantine, which stays known, or a day with its key."""
        store, row = self._store, self._row(target) if is_row(target) else None
        if row is not None:
            del store.held[row], store.held_on[row]
            store.counted.setdefault(row, "erased")
            return
        del store.wrapped.kept[target]
        rows, asked = self._held_on(target)
        for each in rows:
            del store.held[each], store.held_on[each]
        for name in asked:
            del store.asked[name], store.held_on[name]

    def extent(self, target: str) -> Extent:
        """What an erasure would take away now."""
        found, store = self._fetch_shreddable(target), self._store
        if found is None:
            return Extent()
        if is_row(target):
            return Extent(held=1)
        if is_quarantine(target):
            rows, asked = self._held_on(target)
            return Extent(held=len(rows), asked=len(asked))
        key_id = bytes.fromhex(found.key_id)
        if is_accesses(target):
            sealed = [row for row in store.rows if _seals(row.leaf, key_id)]
            return Extent(index=sum(row.case is not None for row in sealed), entries=len(sealed))
        return Extent(
            cases=1,
            recipients=len(parties(store.cases[target].case)),
            duplicates=len(store.digests.get(target, ())),
            requests=sum(each.outcome.case == target for each in store.answers.values()),
            contents=sum(
                row.body_b is not None and Leaf.unpack(row.leaf).key_b == key_id for row in store.rows
            ),
            entries=sum(row.case == target for row in store.rows),
        )


def _is_end(a: Mapping[str, object]) -> bool:
    return a["action"] == Deed.APPROVE and a.get("outcome") == "done"


def _ids(a: Mapping[str, object]) -> Collection[object]:
    ids = a.get("ids")
    return ids if isinstance(ids, list) else ()


def _seals(leaf: bytes, key_id: bytes) -> bool:
    return Leaf.unpack(leaf).key_a == key_id


def _is_step(row: Row, known: Callable[[str], DataKey | None]) -> bool:
    leaf = Leaf.unpack(row.leaf)
    key = known(purpose_of("steps", leaf.time_ms, row.seq))
    return key is not None and key.key_id == leaf.key_a
