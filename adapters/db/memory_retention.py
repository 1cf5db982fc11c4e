"""Keeping and erasing in memory: what `adapters.db.retention` does with tables, done with dictionaries."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from adapters.db.plan import Released, Retained, Withdrawn
from adapters.db.retained import Told
from adapters.db.retention import opened_a
from adapters.db.work import parties
from audit.entry import Leaf
from audit.keys import KEY_ID_SIZE, KeyRing, purpose_of
from audit.log import Row
from audit.seal import DataKey
from states.vocabulary import State
from workflow.erasure import ErasureRequest, Extent, LegalHold, Shredded, is_accesses
from workflow.errors import ConflictError

if TYPE_CHECKING:
    from adapters.db.memory import MemoryStore


class MemoryRetention:
    """The half of `MemoryWork` that keeps and erases."""

    _store: "MemoryStore"
    _ring: KeyRing

    def log_is_whole(self) -> bool:
        """In memory nothing is hidden, and there is no index beside the rows."""
        return True

    def _fetch_told(self, case_id: str) -> Sequence[Told]:
        rows = [row for row in self._store.rows if row.case == case_id]
        if is_accesses(case_id):
            rows = [row for row in self._store.rows if row.case is None and _is_step(row, self._ring.known)]
        told = [opened_a(self._ring, row.seq, row.leaf, row.body_a) for row in rows]
        return [(at, a) for at, a in told if not is_accesses(case_id) or a.get("purpose") == case_id]

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

    def _fetch_shreddable(self, target: str) -> Shredded | None:
        if is_accesses(target):
            year = self._store.wrapped.kept.get(target)
            return Shredded(target, year[2].hex(), year[0]) if year else None
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
        del store.cases[target]
        store.digests.pop(target, None)
        store.legal_holds.pop(target, None)
        store.answers = {key: each for key, each in store.answers.items() if each.outcome.case != target}
        store.rows = [
            row._replace(body_b=None) if Leaf.unpack(row.leaf).key_b == key_id else row for row in store.rows
        ]

    def extent(self, target: str) -> Extent:
        """What an erasure would take away now."""
        found, store = self._fetch_shreddable(target), self._store
        if found is None:
            return Extent()
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


def _seals(leaf: bytes, key_id: bytes) -> bool:
    return Leaf.unpack(leaf).key_a == key_id


def _is_step(row: Row, known: Callable[[str], DataKey | None]) -> bool:
    leaf = Leaf.unpack(row.leaf)
    key = known(purpose_of("steps", leaf.time_ms, row.seq))
    return key is not None and key.key_id == leaf.key_a
