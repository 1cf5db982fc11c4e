"""The `.tlog-proof` of one entry: leaf, place, hashes and signed checkpoint in one small file (C2SP tlog-proof).

Whoever has this file and the log's public key can check without the log and without Lotse that the entry stood
there when it was signed. The leaf travels in the line `extra`, which the format leaves to us; it is believed only
because the tree holds it. Every bit of a proof is turned over in `tests/audit/test_proof.py`.
"""

import re
from dataclasses import dataclass

from audit.checkpoint import Checkpoint, open_checkpoint
from audit.entry import LEAF_SIZE
from audit.errors import AuditError, MalformedNote, MalformedTree
from audit.note import MAX_NOTE, Verifier, decode64, encode64
from audit.ranges import log_range_root
from audit.tree import HASH_SIZE, RangeRoot, inclusion_proof, leaf_hash, verify_inclusion

__all__ = ["MalformedProof", "Proof", "log_range_root", "open_proof", "prove"]

HEADER = "c2sp.org/tlog-proof@v1"
SUFFIX = ".tlog-proof"
_EXTRA = "extra "
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})")
MAX_HASHES = 63


class MalformedProof(AuditError):
    """Der Nachweis ist nicht lesbar oder trägt den Eintrag nicht."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Entry `index` stands under `checkpoint`; `note` is the checkpoint as signed, `leaf` the entry, if it came along."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: Checkpoint
    note: bytes
    leaf: bytes | None = None

    def to_bytes(self) -> bytes:
        """Give the file."""
        extra = [] if self.leaf is None else [_EXTRA + encode64(self.leaf)]
        lines = [HEADER, *extra, f"index {self.index}", *map(encode64, self.hashes)]
        return "\n".join((*lines, "", "")).encode() + self.note

    def holds(self, leaf: bytes) -> bool:
        """Whether this leaf (184 bytes) is the entry the proof is about."""
        return self.holds_hash(leaf_hash(leaf))

    def holds_hash(self, leaf: bytes) -> bool:
        """Whether the entry the proof is about has this leaf hash."""
        return verify_inclusion(self.index, self.checkpoint.size, leaf, self.hashes, self.checkpoint.root)


def prove(
    index: int, note: bytes, verifier: Verifier, range_root: RangeRoot, leaf: bytes | None = None
) -> Proof:
    """Give the proof of an entry under a signed checkpoint; `leaf`, the entry itself, comes along in the file.

    `range_root` comes from `log_range_root` or `tiles.tile_range_root`. MalformedProof where the entry is not
    under the checkpoint, or what was read is not what was signed.
    """
    checkpoint = open_checkpoint(note, verifier)
    try:
        hashes = inclusion_proof(index, checkpoint.size, range_root)
        own = range_root(index, index + 1)
    except MalformedTree as error:
        raise MalformedProof(str(error)) from None
    proof = Proof(index, tuple(hashes), checkpoint, note, leaf)
    if not proof.holds_hash(own) or (leaf is not None and leaf_hash(leaf) != own):
        raise MalformedProof(
            "Was gespeichert ist, ist nicht, was unterschrieben wurde. Nächster Schritt: lotse audit verify."
        )
    return proof


def is_proof(content: bytes) -> bool:
    """Whether it begins as a proof file does; what follows may still be wrong."""
    return content.startswith(f"{HEADER}\n".encode())


def open_proof(content: bytes, verifier: Verifier) -> Proof:
    """Read a proof file; MalformedProof unless its form is right and its checkpoint is signed by the log.

    A leaf that came along is the entry it proves, or the file is refused. Other extra data are passed over.
    """
    if len(content) > 2 * MAX_NOTE:
        raise MalformedProof("Der Nachweis ist zu lang.")
    head, gap, note = content.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
        extra = b""
        if len(lines) > 1 and lines[1].startswith(_EXTRA):
            extra = decode64(lines.pop(1).removeprefix(_EXTRA))
        index = _INDEX.fullmatch(lines[1]) if len(lines) > 1 else None
        hashes = tuple(decode64(line) for line in lines[2:])
        checkpoint = open_checkpoint(note, verifier)
    except (UnicodeDecodeError, MalformedNote) as error:
        raise MalformedProof(f"Der Nachweis ist nicht lesbar: {error}") from None
    wrong = any(len(node) != HASH_SIZE for node in hashes) or len(hashes) > MAX_HASHES
    if not gap or lines[0] != HEADER or index is None or wrong:
        raise MalformedProof("Der Nachweis hat nicht die verlangte Form.")
    leaf = extra if len(extra) == LEAF_SIZE else None
    proof = Proof(int(index[1]), hashes, checkpoint, note, leaf)
    if leaf is not None and not proof.holds(leaf):
        raise MalformedProof("Der Nachweis trägt den Eintrag nicht, den er nennt.")
    return proof
