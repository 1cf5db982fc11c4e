"""What a unit of work stages about keeping and erasing: the common half of every adapter.

Reads see what the same unit of work has staged. An erasure of a case that it has also changed is refused: one of the
two would be lost. Proven for every adapter by `tests/contracts/test_erasure_rules.py`.
"""

import re
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from adapters.db.plan import Changed, Plan, Released, Withdrawn
from adapters.millis import instant
from audit.keys import KeyRing
from workflow.erasure import CaseErasedError, ErasureRequest, LegalHold, Shredded, is_case, is_row
from workflow.errors import ConflictError, UnknownCaseError

Told = tuple[datetime, Mapping[str, object]]
ERASED = "Dieser Fall wurde gelöscht."
_NUMBER = re.compile(r"FH-([0-9]{4})-([0-9]{4,6})")
GONE = "Das liegt hier nicht (mehr)."


def _target(a: Mapping[str, object]) -> object:
    return a.get("case", a.get("purpose"))


class StagedRetention:
    """The common half of keeping and erasing; see `workflow.ports.RetentionWork`."""

    _plan: Plan
    _changed: dict[str, Changed]
    _now_ms: Callable[[], int]
    _ring: KeyRing

    # What an adapter adds.

    @abstractmethod
    def _fetch_shreddable(self, target: str) -> Shredded | None: ...
    @abstractmethod
    def _fetch_told(self, case_id: str) -> Sequence[Told]: ...
    @abstractmethod
    def _fetch_requests(self) -> Sequence[ErasureRequest]: ...
    @abstractmethod
    def _fetch_request(self, target: str) -> ErasureRequest | None: ...
    @abstractmethod
    def _fetch_hold(self, case_id: str) -> LegalHold | None: ...
    @abstractmethod
    def _fetch_holds(self) -> frozenset[str]: ...
    @abstractmethod
    def _last_number(self, year: int) -> int: ...
    @abstractmethod
    def _is_on_record(self, case_id: str) -> bool:
        """Whether the log, or an earlier incarnation of it, names this case."""

    # Reading.

    def told(self, case_id: str) -> Sequence[Told]:
        """Every entry of a case (or what was decided of another target) in order, those staged here last."""
        now = instant(self._now_ms())
        staged = [(now, entry.a) for entry in self._plan.entries if _target(entry.a) == case_id]
        return [*self._fetch_told(case_id), *staged]

    def erasure_request(self, target: str) -> ErasureRequest | None:
        """The request that waits for its approval."""
        for one in reversed(self._plan.retained):
            if isinstance(one, ErasureRequest | Withdrawn | Shredded) and one.target == target:
                return one if isinstance(one, ErasureRequest) else None
        return self._fetch_request(target)

    def erasure_requests(self) -> Sequence[ErasureRequest]:
        """All requests that wait, oldest first."""
        waiting = {one.target: one for one in self._fetch_requests()}
        for change in self._plan.retained:
            if isinstance(change, ErasureRequest):
                waiting[change.target] = change
            elif isinstance(change, Withdrawn | Shredded):
                waiting.pop(change.target, None)
        return sorted(waiting.values(), key=lambda one: (one.requested_at, one.target))

    def legal_hold(self, case_id: str) -> LegalHold | None:
        """The hold on a case, its reason opened."""
        for one in reversed(self._plan.retained):
            if isinstance(one, LegalHold | Released) and one.case == case_id:
                return one if isinstance(one, LegalHold) else None
        return None if self._is_erased(case_id) else self._fetch_hold(case_id)

    def legal_holds(self) -> frozenset[str]:
        """The ids of the cases on hold."""
        held = set(self._fetch_holds())
        for change in self._plan.retained:
            if isinstance(change, LegalHold):
                held.add(change.case)
            elif isinstance(change, Released):
                held.discard(change.case)
            elif isinstance(change, Shredded):
                held.discard(change.target)
        return frozenset(held)

    # Staging.

    def request_erasure(self, request: ErasureRequest) -> None:
        """Stage a request."""
        self._plan.retained.append(request)

    def withdraw_erasure(self, target: str) -> None:
        """Stage that a request is gone."""
        self._plan.retained.append(Withdrawn(target))

    def place_hold(self, hold: LegalHold) -> None:
        """Stage a hold."""
        self._plan.retained.append(hold)

    def release_hold(self, case_id: str) -> None:
        """Stage that a hold is gone."""
        self._plan.retained.append(Released(case_id))

    def shreddable(self, target: str) -> Shredded | None:
        """What an erasure would destroy, None where there is no such key (any more)."""
        return None if self._is_erased(target) else self._fetch_shreddable(target)

    def erase(self, target: str) -> Shredded:
        """Stage an erasure; the key is not opened, so it may be gone already with its master key."""
        if target in self._changed:
            raise ConflictError("Der Fall wird gerade geändert und kann nicht zugleich gelöscht werden.")
        found = self.shreddable(target)
        if found is None:
            raise self._no_such_case(target) if is_case(target) else UnknownCaseError(GONE)
        self._plan.retained.append(found)
        return found

    @property
    def _shredded(self) -> list[Shredded]:
        return [one for one in self._plan.retained if isinstance(one, Shredded)]

    def _is_erased(self, target: str) -> bool:
        """Whether this unit of work has staged its erasure."""
        retained = self._plan.retained
        return bool(retained) and any(isinstance(one, Shredded) and one.target == target for one in retained)

    def _no_such_case(self, case_id: str) -> UnknownCaseError:
        """What to raise for a case that is not there: never was, or erased."""
        if self._is_erased(case_id) or self._is_on_record(case_id):
            return CaseErasedError(ERASED)
        return UnknownCaseError("Diesen Fall gibt es nicht.")

    def _no_such_number(self, number: str) -> UnknownCaseError:
        """What to raise for a number that no case has: a number once given is never given again."""
        written = _NUMBER.fullmatch(number)
        if written and 0 < int(written[2]) <= self._last_number(int(written[1])):
            return CaseErasedError("Der Fall mit dieser Nummer wurde gelöscht.")
        return UnknownCaseError("Einen Fall mit dieser Nummer gibt es nicht.")

    def _forget_keys(self) -> None:
        """Let the ring forget the keys that the commit has destroyed."""
        for one in self._shredded:
            if not is_case(one.target) and not is_row(one.target):
                self._ring.forget(one.target)
