"""What verification can say of an entry only with the keys: its MAC, its key, its bodies.

Nothing that is opened here leaves memory but body A, on its way to index and replay. A body B that is missing,
or a body A of an erased year of accesses, counts as erased only where a later entry `erased` names its key id; a
key that does not open is a fault.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from audit.entry import HEAD_SIZE, Leaf
from audit.errors import AuditError, UnreadableBody
from audit.faults import FaultClass, Step, VerificationError
from audit.keys import KeyRing, known_purpose, purpose_of
from audit.reader import LogReader, StoredKey
from audit.seal import DataKey, aad_a, aad_b, open_body
from audit.stretch import Erasure

CASES = 8192
"""So many case keys are kept at hand, at least those of one page."""
KINDS = ("steps", "access")
"""What an entry is of; each year has a key for each."""
ERASED, RESTORED = "erased", "restored"
_DAY_MS = 86_400_000
_BLOCK = 20
_BY_PURPOSE = ("access/", "quarantine/")
_ROW = "row/"


class Bodies:
    """Opens the bodies of one tenant's log; `decrypt`: also those of families, in memory only."""

    def __init__(self, reader: LogReader, ring: KeyRing, *, decrypt: bool) -> None:
        self._ring = ring
        self._decrypt = decrypt
        self._opened: dict[StoredKey, DataKey] = {}
        self._stored: Sequence[StoredKey] | None = None
        self._keys: dict[str, DataKey] = {}
        self._days: dict[tuple[int, int], dict[bytes, DataKey]] = {}
        self._wrapped: Mapping[str, tuple[bytes, int] | None] = {}
        self.at_hand: dict[str, DataKey] = {}
        self.refresh(reader.wrapped_keys())

    @property
    def key_count(self) -> int:
        """How many keys of the tenant were unwrapped."""
        return len(self._keys)

    def refresh(
        self,
        stored: Sequence[StoredKey],
        cases: Mapping[str, tuple[bytes, int] | None] | None = None,
    ) -> None:
        """Take the keys as they are stored now; KEY fault for the first that does not unwrap."""
        self._wrapped = cases or {}
        if stored != self._stored:
            self._keys, self._days = self._unwrapped(stored), {}
            self._stored = stored

    def make_room(self) -> None:
        """Forget case keys where there are many; before a page is read, which is then told what is at hand."""
        if len(self.at_hand) > CASES:
            self.at_hand.clear()

    def mac_key(self) -> DataKey:
        """Give the key of the MACs; KEY fault where it is gone."""
        key = self._keys.get("mac")
        if key is None:
            raise VerificationError(Step.KEYS, None, FaultClass.KEY, "Der Schlüssel der Beglaubigung fehlt.")
        return key

    def of_day(self, time_ms: int, seq: int) -> dict[bytes, DataKey]:
        """Give the keys that may seal A of an entry at that time (Unix ms) and number, by key id.

        There are few, so those of a day are remembered.
        """
        place = (time_ms // _DAY_MS, seq >> _BLOCK)
        keys = self._days.get(place)
        if keys is None:
            named = (self._keys.get(purpose_of(kind, time_ms, seq)) for kind in KINDS)
            keys = {key.key_id: key for key in named if key}
            self._days = {place: keys}
        return keys

    def is_kept(self, key_id: bytes) -> bool:
        """Whether this key lies in the tables, under whatever purpose."""
        return any(key.key_id == key_id for key in self._keys.values())

    def open_a(self, leaf: Leaf, raw: bytes, body_a: bytes) -> dict[str, Any]:
        """Give body A; faults where its key is not the one of kind, year and number, or it does not open."""
        key = self.of_day(leaf.time_ms, leaf.seq).get(leaf.key_a)
        if key is None:
            raise no_key(leaf.seq)
        return _open(leaf.seq, FaultClass.BODY_A, key, aad_a(raw[:HEAD_SIZE]), body_a)

    def open_b(self, leaf: Leaf, raw: bytes, case: object, body_b: bytes) -> bool:
        """Check that body B opens with its case's key, where bodies of families are to be opened; whether it was."""
        if leaf.key_b is None or not self._decrypt:
            return False
        key = self._case_key(leaf.seq, case)
        if key.key_id != leaf.key_b:
            message = "Der Inhalt B liegt nicht unter dem Schlüssel seines Falls."
            raise VerificationError(Step.KEYS, leaf.seq, FaultClass.KEY, message)
        _open(leaf.seq, FaultClass.BODY_B, key, aad_b(raw[:HEAD_SIZE], leaf.hash_a), body_b)
        return True

    def _case_key(self, seq: int, case: object) -> DataKey:
        if not isinstance(case, str):
            message = "Der Inhalt B gehört zu keinem Fall."
            raise VerificationError(Step.BODIES, seq, FaultClass.BODY_A, message)
        try:
            key = self.case_key(case)
        except AuditError as error:
            raise VerificationError(Step.KEYS, seq, FaultClass.KEY, str(error)) from None
        if key is None:
            message = f"Der Schlüssel des Falls {case} fehlt, sein Inhalt nicht."
            raise VerificationError(Step.KEYS, seq, FaultClass.KEY, message)
        return key

    def case_key(self, case: str) -> DataKey | None:
        """Give the key of a case of this page, None where it is gone; AuditError where it does not unwrap."""
        key = self.at_hand.get(case)
        if key is None:
            stored = self._wrapped.get(case)
            if stored is None:
                return None
            key = self.at_hand[case] = self._ring.case_key(*_typed_case_key(*stored), case)
        return key

    def _unwrapped(self, stored: Sequence[StoredKey]) -> dict[str, DataKey]:
        """Unwrap every data key of the tenant, each once for as long as it lies there unchanged."""
        keys: dict[str, DataKey] = {}
        for row in stored:
            purpose, version, wrapped, key_id = row
            if not isinstance(purpose, str) or not known_purpose(purpose) or purpose in keys:
                message = "Ein Schlüssel ist unter einem unbekannten Zweck abgelegt."
                raise VerificationError(Step.KEYS, None, FaultClass.KEY, message)
            if type(version) is not int or type(wrapped) is not bytes or type(key_id) is not bytes:
                message = f"Der Schlüssel „{purpose}“ ist unlesbar abgelegt."
                raise VerificationError(Step.KEYS, None, FaultClass.KEY, message)
            try:
                key = self._opened.get(row) or self._ring.unwrap(purpose, version, wrapped, key_id)
            except AuditError as error:
                message = f"Schlüssel „{purpose}“: {error}"
                raise VerificationError(Step.KEYS, None, FaultClass.KEY, message) from None
            keys[purpose] = self._opened[row] = key
        return keys


def keys_of_a(ring: KeyRing, leaf: Leaf) -> dict[bytes, DataKey]:
    """Give the keys that may have sealed body A of an entry, by key id; one that was destroyed is missing."""
    named = (ring.known(purpose_of(kind, leaf.time_ms, leaf.seq)) for kind in KINDS)
    return {key.key_id: key for key in named if key is not None}


def open_a(ring: KeyRing, raw: bytes, body_a: bytes) -> tuple[Leaf, dict[str, Any]]:
    """Open body A for who reads the log; UnreadableBody where its key is gone or another, or it does not open."""
    leaf = Leaf.unpack(raw)
    key = keys_of_a(ring, leaf).get(leaf.key_a)
    if key is None:
        raise UnreadableBody(
            "Den Schlüssel dieses Eintrags gibt es nicht. Nächster Schritt: lotse audit verify"
        )
    return leaf, open_body(key, aad_a(raw[:HEAD_SIZE]), body_a)


def erasure_of(seq: int, a: Mapping[str, Any]) -> Erasure | None:
    """Read what an entry `erased` accounts for, None for any other; BODY_A where it does not say it.

    A row of the quarantine that was erased before its term is no key's end.
    """
    if a.get("action") != ERASED or a.get("outcome") != "done":
        return None
    case, purpose, key_id = a.get("case"), a.get("purpose"), _from_hex(a.get("key_id"))
    if isinstance(case, str) and key_id is not None:
        return Erasure(seq, key_id, case)
    if case is None and isinstance(purpose, str) and key_id is not None:
        if purpose.startswith(_BY_PURPOSE):
            return Erasure(seq, key_id, purpose=purpose)
        if purpose.startswith(_ROW):
            return None
    message = "Die Löschung nennt Fall oder Schlüssel nicht."
    raise VerificationError(Step.BODIES, seq, FaultClass.BODY_A, message)


def erasable(time_ms: int, seq: int) -> str:
    """Name the purpose under which an access of that time (Unix ms) was sealed: its key may have been erased."""
    return purpose_of("access", time_ms, seq)


def no_key(seq: int) -> VerificationError:
    """Say that the key of body A is none that could have sealed it."""
    message = "Den Schlüssel des Inhalts A gibt es nicht, oder er gehört nicht hierher."
    return VerificationError(Step.KEYS, seq, FaultClass.KEY, message)


def _typed_case_key(wrapped: object, version: object) -> tuple[bytes, int]:
    if not isinstance(wrapped, bytes) or type(version) is not int:
        raise UnreadableBody("Der Schlüssel des Falls ist unlesbar abgelegt.")
    return wrapped, version


def _open(seq: int, fault: FaultClass, key: DataKey, aad: bytes, body: bytes) -> dict[str, Any]:
    try:
        return open_body(key, aad, body)
    except UnreadableBody as error:
        raise VerificationError(Step.BODIES, seq, fault, str(error)) from None


def _from_hex(text: object) -> bytes | None:
    try:
        return bytes.fromhex(text) if isinstance(text, str) else None
    except ValueError:
        return None
