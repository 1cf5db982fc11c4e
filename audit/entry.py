"""The leaf: 184 bytes that stand for one entry and never say what it was about.

It is stored as one BLOB and hashed exactly as stored, because clocks and number types differ
between databases.
`tests/audit/test_entry.py` freezes the bytes; `data/lts1.json` beside it holds them for other readers.
"""

from dataclasses import dataclass
from hashlib import sha256
from struct import Struct

from audit.errors import MalformedLeaf

MAGIC = b"LTS1"
SUITE = 1
"""AES-256-GCM, SHA-256, HKDF-SHA256."""
HAS_B = 1
LEAF_SIZE = 184
HEAD_SIZE = 120
"""The leaf up to the body hashes: what binds a body to its place."""
ABSENT = bytes(32)
MAX_SEQ = 2**63 - 1
"""The largest number every database keeps in its integer column."""
MAX_TIME_MS = 253_402_300_799_999
"""The last millisecond of the year 9999, in UTC."""

FIELDS = Struct(">4sBBHQQ32s32s32s32s32s")
"""magic, suite, flags, zero, seq, time, log id, key A, key B, hash A, hash B."""
HEAD_FIELDS = Struct(">4sBBHQQ32s32s32s")
"""The same as far as the key of B."""


def log_id(origin: str) -> bytes:
    """SHA-256 of the origin's UTF-8 without a newline: the 32 bytes by which leaves name their log."""
    return sha256(origin.encode()).digest()


@dataclass(frozen=True, slots=True)
class Leaf:
    """One entry's skeleton.

    `time_ms` is Unix milliseconds, `log_id`, `key_a`, `key_b`, `hash_a` and `hash_b` are 32 bytes each;
    `key_b` and `hash_b` are both None where the entry has no content of a family.
    """

    seq: int
    time_ms: int
    log_id: bytes
    key_a: bytes
    key_b: bytes | None
    hash_a: bytes
    hash_b: bytes | None

    def pack(self) -> bytes:
        """Give the 184 bytes; MalformedLeaf where a number or a length does not fit."""
        if (self.key_b is None) != (self.hash_b is None):
            raise MalformedLeaf("Schlüssel und Prüfsumme von B gehören zusammen.")
        digests = (self.log_id, self.key_a, self.key_b or ABSENT, self.hash_a, self.hash_b or ABSENT)
        if any(len(digest) != len(ABSENT) for digest in digests):
            raise MalformedLeaf("Prüfsummen und Schlüsselkennungen sind 32 Bytes lang.")
        if not (0 <= self.seq <= MAX_SEQ and 0 <= self.time_ms <= MAX_TIME_MS):
            raise MalformedLeaf("Nummer oder Zeit liegt außerhalb des Formats.")
        flags = HAS_B if self.key_b is not None else 0
        return FIELDS.pack(MAGIC, SUITE, flags, 0, self.seq, self.time_ms, *digests)

    @classmethod
    def unpack(cls, leaf: bytes) -> "Leaf":
        """Read 184 bytes; MalformedLeaf for everything `pack` would not have written."""
        if len(leaf) != LEAF_SIZE:
            raise MalformedLeaf(f"Ein Eintrag hat {LEAF_SIZE} Bytes, dieser {len(leaf)}.")
        magic, suite, flags, zero, seq, time_ms, log, key_a, key_b, hash_a, hash_b = FIELDS.unpack(leaf)
        if (magic, suite, zero) != (MAGIC, SUITE, 0) or flags & ~HAS_B:
            raise MalformedLeaf("Kennung, Verfahren oder Merker sind unbekannt.")
        if seq > MAX_SEQ or time_ms > MAX_TIME_MS:
            raise MalformedLeaf("Nummer oder Zeit liegt außerhalb des Formats.")
        if flags & HAS_B:
            return cls(seq, time_ms, log, key_a, key_b, hash_a, hash_b)
        if key_b != ABSENT or hash_b != ABSENT:
            raise MalformedLeaf("Der Eintrag nennt einen Inhalt B, den er nicht hat.")
        return cls(seq, time_ms, log, key_a, None, hash_a, None)
