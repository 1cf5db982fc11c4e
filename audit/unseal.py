"""What verification can say of an entry only with the keys: its MAC, its key, its bodies.

Nothing that is opened here leaves memory but body A, on its way to index and replay. A missing body B counts
as erased only where a later entry `erased` names its key id; a key that does not open is a fault.
"""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from audit.entry import HEAD_SIZE, Leaf
from audit.errors import AuditError, UnreadableBody
from audit.faults import FaultClass, Step, VerificationError
from audit.keys import KeyRing, known_purpose, purpose_of
from audit.reader import LogReader, StoredKey
from audit.seal import DataKey, aad_a, aad_b, open_body

KINDS = ("steps", "access")
CASES = 4096
"""So many case keys are kept at hand."""
ERASED = "erased"


class Bodies:
    """Opens the bodies of one log; `decrypt`: also those of families, in memory only."""

    def __init__(self, reader: LogReader, ring: KeyRing, *, decrypt: bool) -> None:
        self._reader = reader
        self._ring = ring
        self._decrypt = decrypt
        self._keys = _stored_keys(ring, reader.wrapped_keys())
        self._cases: OrderedDict[str, DataKey] = OrderedDict()
        self._missing: dict[bytes, int] = {}
        self._days: dict[tuple[int, int], dict[bytes, DataKey]] = {}
        self.key_count = len(self._keys)
        self.opened = 0
        self.missing = 0

    def mac_key(self) -> DataKey:
        """Give the key of the MACs; KEY fault where it is gone."""
        key = self._keys.get("mac")
        if key is None:
            raise VerificationError(Step.KEYS, None, FaultClass.KEY, "Der Schlüssel der Beglaubigung fehlt.")
        return key

    def open_a(self, leaf: Leaf, raw: bytes, body_a: bytes) -> dict[str, Any]:
        """Give body A; faults where its key is not the one of kind, year and number, or it does not open."""
        key = self._of_day(leaf).get(leaf.key_a)
        if key is None:
            message = "Den Schlüssel des Inhalts A gibt es nicht, oder er gehört nicht hierher."
            raise VerificationError(Step.KEYS, leaf.seq, FaultClass.KEY, message)
        self.opened += 1
        return _open(leaf.seq, FaultClass.BODY_A, key, aad_a(raw[:HEAD_SIZE]), body_a)

    def follow(self, seq: int, a: dict[str, Any]) -> None:
        """Note an erasure: earlier missing contents under that key are accounted for."""
        if a.get("action") != ERASED or a.get("outcome") != "done":
            return
        case, key_id = a.get("case"), a.get("key_id")
        if not isinstance(case, str) or not isinstance(key_id, str):
            message = "Die Löschung nennt Fall oder Schlüssel nicht."
            raise VerificationError(Step.BODIES, seq, FaultClass.BODY_A, message)
        if self._reader.case_key(case) is not None:
            message = "Der Schlüssel eines gelöschten Falls liegt wieder in den Tabellen."
            raise VerificationError(Step.BODIES, seq, FaultClass.ERASED, message)
        self._missing.pop(_from_hex(key_id), None)

    def open_b(self, leaf: Leaf, raw: bytes, case: object, body_b: bytes) -> None:
        """Check that body B opens with its case's key, where bodies of families are to be opened."""
        if leaf.key_b is None or not self._decrypt:
            return
        key = self._case_key(leaf.seq, case)
        if key.key_id != leaf.key_b:
            message = "Der Inhalt B liegt nicht unter dem Schlüssel seines Falls."
            raise VerificationError(Step.KEYS, leaf.seq, FaultClass.KEY, message)
        self.opened += 1
        _open(leaf.seq, FaultClass.BODY_B, key, aad_b(raw[:HEAD_SIZE], leaf.hash_a), body_b)

    def miss_b(self, leaf: Leaf) -> None:
        """Note that the content of this entry is not there; a later erasure must account for it."""
        if leaf.key_b is not None:
            self.missing += 1
            self._missing.setdefault(leaf.key_b, leaf.seq)

    def end(self) -> None:
        """BODY_MISSING for the first content that nobody erased."""
        if self._missing:
            message = "Der Inhalt B fehlt, und keine Löschung nennt ihn."
            first = min(self._missing.values())
            raise VerificationError(Step.BODIES, first, FaultClass.BODY_MISSING, message)

    def _of_day(self, leaf: Leaf) -> dict[bytes, DataKey]:
        """Give the keys that may seal A on that day; there are few, so days are remembered."""
        place = (leaf.time_ms // 86_400_000, leaf.seq >> 20)
        keys = self._days.get(place)
        if keys is None:
            named = (self._keys.get(purpose_of(kind, leaf.time_ms, leaf.seq)) for kind in KINDS)
            self._days = {place: {key.key_id: key for key in named if key}}
            keys = self._days[place]
        return keys

    def _case_key(self, seq: int, case: object) -> DataKey:
        if not isinstance(case, str):
            message = "Der Inhalt B gehört zu keinem Fall."
            raise VerificationError(Step.BODIES, seq, FaultClass.BODY_A, message)
        if case not in self._cases:
            stored = self._reader.case_key(case)
            if stored is None:
                message = f"Der Schlüssel des Falls {case} fehlt, sein Inhalt nicht."
                raise VerificationError(Step.KEYS, seq, FaultClass.KEY, message)
            try:
                self._cases[case] = self._ring.case_key(*_typed_case_key(*stored), case)
            except AuditError as error:
                raise VerificationError(Step.KEYS, seq, FaultClass.KEY, str(error)) from None
            if len(self._cases) > CASES:
                self._cases.popitem(last=False)
        return self._cases[case]


def _stored_keys(ring: KeyRing, stored: Sequence[StoredKey]) -> dict[str, DataKey]:
    """Unwrap every data key of the tenant; KEY fault for the first that does not unwrap."""
    keys: dict[str, DataKey] = {}
    for purpose, version, wrapped, key_id in stored:
        if not isinstance(purpose, str) or not known_purpose(purpose) or purpose in keys:
            message = "Ein Schlüssel ist unter einem unbekannten Zweck abgelegt."
            raise VerificationError(Step.KEYS, None, FaultClass.KEY, message)
        if type(version) is not int or type(wrapped) is not bytes or type(key_id) is not bytes:
            message = f"Der Schlüssel „{purpose}“ ist unlesbar abgelegt."
            raise VerificationError(Step.KEYS, None, FaultClass.KEY, message)
        try:
            keys[purpose] = ring.unwrap(purpose, version, wrapped, key_id)
        except AuditError as error:
            message = f"Schlüssel „{purpose}“: {error}"
            raise VerificationError(Step.KEYS, None, FaultClass.KEY, message) from None
    return keys


def _typed_case_key(wrapped: object, version: object) -> tuple[bytes, int]:
    if not isinstance(wrapped, bytes) or type(version) is not int:
        raise UnreadableBody("Der Schlüssel des Falls ist unlesbar abgelegt.")
    return wrapped, version


def _open(seq: int, fault: FaultClass, key: DataKey, aad: bytes, body: bytes) -> dict[str, Any]:
    try:
        return open_body(key, aad, body)
    except UnreadableBody as error:
        raise VerificationError(Step.BODIES, seq, fault, str(error)) from None


def _from_hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""
