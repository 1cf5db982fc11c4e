"""One entry after the other: what each stored row must be by itself and after the one before.

Verification and notary ask the same questions, so they ask them here.
"""

from hashlib import sha256

from audit.entry import Leaf
from audit.errors import MalformedLeaf
from audit.faults import FaultClass, Step, VerificationError
from audit.reader import StoredRow
from audit.seal import DataKey


def checked_leaf(row: StoredRow, seq: int, last_time_ms: int, log: bytes, mac_key: DataKey | None) -> Leaf:
    """Give the leaf of the row that must be entry `seq` of the log with this id.

    `last_time_ms` is the time of the entry before. VerificationError for a gap, a leaf that is none or
    another log's, a time that runs back, and with `mac_key` for a leaf that nobody with the key wrote.
    """
    stored, raw, mac, _ = row
    if stored != seq:
        if stored < seq:
            raise _fault(stored, FaultClass.SURPLUS, "Vor dem ersten Eintrag steht eine Zeile.")
        raise _fault(seq, FaultClass.MISSING, "Die Nummern haben hier eine Lücke.")
    if type(raw) is not bytes or type(mac) is not bytes:
        raise _fault(seq, FaultClass.LEAF, "Der Eintrag ist unlesbar abgelegt.")
    try:
        leaf = Leaf.unpack(raw)
    except MalformedLeaf as error:
        raise _fault(seq, FaultClass.LEAF, str(error)) from None
    if leaf.seq != seq:
        raise _fault(seq, FaultClass.MOVED, f"Hier steht Eintrag {leaf.seq}.")
    if leaf.log_id != log:
        raise _fault(seq, FaultClass.FOREIGN, "Der Eintrag nennt ein anderes Protokoll.")
    if mac_key and mac_key.mac(raw) != mac:
        message = "Wer das schrieb, hatte den Schlüssel nicht, oder es wurde danach verändert."
        raise _fault(seq, FaultClass.MAC, message)
    if leaf.time_ms < last_time_ms:
        raise _fault(seq, FaultClass.TIME, "Der Eintrag ist älter als der vor ihm.")
    return leaf


def checked_hash(body: object, expected: bytes, seq: int, fault: FaultClass) -> None:
    """Raise the fault unless this is the body whose SHA-256 the leaf names."""
    if type(body) is not bytes or sha256(body).digest() != expected:
        raise VerificationError(Step.BODIES, seq, fault, "Die Prüfsumme stimmt nicht.")


def _fault(seq: int, fault: FaultClass, message: str) -> VerificationError:
    return VerificationError(Step.ENTRIES, seq, fault, message)
