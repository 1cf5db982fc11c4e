"""Cases that were opened, remembered for a while: what has not changed by a byte is not opened again.

An entry is good for the very bytes it was made of, the sealed record and the wrapped key; whoever asks has read them in
their own transaction and unwrapped a key under the same version of the master key. Remembered is the record alone: no
key, nothing of the family's own data. `tests/contracts/test_remembered.py` proves that no answer differs by it.
"""

import time
from collections.abc import Callable, Iterable
from threading import Lock
from typing import NamedTuple

from adapters.db.codec import read_record, unseal
from adapters.db.staged import Stored
from audit.keys import KeyRing
from audit.seal import DataKey
from workflow.case import Case

MOST = 1024
SECONDS = 600.0
"""So long an entry is believed, whatever happens: who is erased elsewhere is not remembered for ever."""


class Sealed(NamedTuple):
    """What a case was opened from, as it lies in its row."""

    kek_version: int
    wrapped: bytes
    record: bytes


class _Opened(NamedTuple):
    at: float
    sealed: Sealed
    case: Case
    dossier: str


class OpenedCases:
    """At most `most` cases of one store by id, each for at most `seconds`; for threads. `monotonic` gives seconds."""

    def __init__(
        self, most: int = MOST, seconds: float = SECONDS, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most
        self._seconds = seconds
        self._monotonic = monotonic
        self._lock = Lock()
        self._opened: dict[str, _Opened] = {}
        """The oldest first."""

    def __len__(self) -> int:
        return len(self._opened)

    def get(self, case_id: str, sealed: Sealed) -> tuple[Case, str] | None:
        """The case and the check sum of its dossier, where it was opened from just these bytes."""
        with self._lock:
            found = self._opened.get(case_id)
            if found is None:
                return None
            if found.sealed != sealed or found.at <= self._monotonic() - self._seconds:
                del self._opened[case_id]
                return None
            return found.case, found.dossier

    def keep(self, opened: Iterable[tuple[str, Sealed, Case, str]]) -> None:
        """Remember cases that were just opened from these bytes: id, bytes, case, check sum of its dossier."""
        now = self._monotonic()
        with self._lock:
            for case_id, sealed, case, dossier in opened:
                self._opened.pop(case_id, None)
                self._opened[case_id] = _Opened(now, sealed, case, dossier)
            self._let_go(now)

    def forget(self, case_id: str) -> None:
        """Remember a case no longer: it is gone."""
        with self._lock:
            self._opened.pop(case_id, None)

    def _let_go(self, now: float) -> None:
        """Drop what is too old or too much; the oldest come first."""
        oldest = now - self._seconds
        while self._opened:
            case_id, first = next(iter(self._opened.items()))
            if first.at > oldest and len(self._opened) <= self._most:
                return
            del self._opened[case_id]


class CaseOpener:
    """Opens cases in one unit of work, or takes them as remembered.

    For each version of the master key one case's key is unwrapped in any case: where the version is destroyed nothing
    under it is given, whatever is remembered.
    """

    def __init__(self, remembered: OpenedCases, ring: KeyRing) -> None:
        self._remembered = remembered
        self._ring = ring
        self._unwrapped: set[int] = set()

    def anew(self) -> None:
        """Another transaction begins."""
        self._unwrapped.clear()

    def opened(self, case_id: str, sealed: Sealed) -> Stored:
        """The case that lies so in its row. Raises WrongKey, KeyDestroyed, UnreadableBody, and what decoding raises."""

        def unwrap() -> DataKey:
            return self._ring.case_key(sealed.wrapped, sealed.kek_version, case_id)

        known, wrapped = self._remembered.get(case_id, sealed), (sealed.wrapped, sealed.kek_version)
        if known is not None and sealed.kek_version in self._unwrapped:
            return Stored(known[0], unwrap, known[1], wrapped)
        key = unwrap()
        self._unwrapped.add(sealed.kek_version)
        if known is None:
            known = read_record(unseal(key, self._ring.tenant, case_id, "record", sealed.record))
            self._remembered.keep([(case_id, sealed, *known)])
        return Stored(known[0], key, known[1], wrapped)
