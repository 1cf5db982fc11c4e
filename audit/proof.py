"""The `.tlog-proof` of one entry: place, hashes and signed checkpoint in one small file (C2SP tlog-proof).

Who holds an entry's leaf and this file can check without the log that it stood there when it was signed.
"""

import re
from dataclasses import dataclass

from audit.checkpoint import Checkpoint, open_checkpoint
from audit.cursor import pages
from audit.errors import AuditError, MalformedNote, MalformedTree
from audit.faults import Step
from audit.note import MAX_NOTE, Verifier, decode64, encode64
from audit.reader import LogReader
from audit.tree import HASH_SIZE, Frontier, RangeRoot, inclusion_proof, leaf_hash, verify_inclusion

HEADER = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})")
MAX_HASHES = 63


class MalformedProof(AuditError):
    """Der Nachweis ist nicht lesbar oder trägt den Eintrag nicht."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Entry `index` stands under `checkpoint`; `note` is the checkpoint as signed."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: Checkpoint
    note: bytes

    def to_bytes(self) -> bytes:
        """Give the file."""
        lines = [HEADER, f"index {self.index}", *map(encode64, self.hashes)]
        return "\n".join((*lines, "", "")).encode() + self.note

    def holds(self, leaf: bytes) -> bool:
        """Whether this leaf (184 bytes) is the entry the proof is about."""
        root, size = self.checkpoint.root, self.checkpoint.size
        return verify_inclusion(self.index, size, leaf_hash(leaf), self.hashes, root)


def prove(index: int, note: bytes, verifier: Verifier, range_root: RangeRoot) -> Proof:
    """Give the proof of an entry under a signed checkpoint.

    `range_root` comes from `log_range_root` or `tiles.tile_range_root`. MalformedProof where the entry is not
    under it.
    """
    checkpoint = open_checkpoint(note, verifier)
    try:
        hashes = inclusion_proof(index, checkpoint.size, range_root)
    except MalformedTree as error:
        raise MalformedProof(str(error)) from None
    return Proof(index, tuple(hashes), checkpoint, note)


def open_proof(content: bytes, verifier: Verifier) -> Proof:
    """Read a proof file; MalformedProof unless its form is right and its checkpoint is signed by the log."""
    head, gap, note = content.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
        extra = lines[1].startswith("extra ") if len(lines) > 1 else False
        if extra:
            decode64(lines.pop(1).removeprefix("extra "))
        index = _INDEX.fullmatch(lines[1]) if len(lines) > 1 else None
        hashes = tuple(decode64(line) for line in lines[2:])
        checkpoint = open_checkpoint(note, verifier)
    except (UnicodeDecodeError, MalformedNote) as error:
        raise MalformedProof(f"Der Nachweis ist nicht lesbar: {error}") from None
    wrong = any(len(node) != HASH_SIZE for node in hashes) or len(hashes) > MAX_HASHES
    if not gap or lines[0] != HEADER or index is None or wrong or len(content) > 2 * MAX_NOTE:
        raise MalformedProof("Der Nachweis hat nicht die verlangte Form.")
    return Proof(int(index[1]), hashes, checkpoint, note)


def log_range_root(reader: LogReader) -> RangeRoot:
    """Give roots over ranges of the stored log; a proof reads each entry once."""

    def range_root(start: int, end: int) -> bytes:
        frontier = Frontier()
        rows = pages(
            lambda after, count: reader.rows(start - 1 if after is None else after, count), Step.ENTRIES
        )
        for page in rows:
            frontier = frontier.extend([leaf_hash(row[1]) for row in page[: end - start - frontier.size]])
            if frontier.size == end - start:
                break
        return frontier.root()

    return range_root
