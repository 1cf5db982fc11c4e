"""The log of the tests' office, opened entry by entry with its keys, as nobody in the program does."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from audit.entry import HEAD_SIZE, Leaf
from audit.keys import KeyRing, purpose_of
from audit.reader import LogReader
from audit.seal import aad_a, aad_b, open_body

ALL = 10**9


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One entry of the log, opened: number, time of the log, accountability, content."""

    seq: int
    at: datetime
    a: Mapping[str, Any]
    b: Mapping[str, Any] | None = field(repr=False)


def opened(reader: LogReader, ring: KeyRing) -> Iterator[LogEntry]:
    """Every entry in order, with its content while the key of its case is there; erased years of accesses are empty."""
    contents = dict(reader.bodies_b(None, ALL))
    for seq, raw, _mac, body_a in reader.rows(None, ALL):
        leaf = Leaf.unpack(raw)
        named = (ring.known(purpose_of(kind, leaf.time_ms, seq)) for kind in ("steps", "access"))
        outer = next((key for key in named if key is not None and key.key_id == leaf.key_a), None)
        at = datetime.fromtimestamp(leaf.time_ms / 1000, UTC)
        if outer is None:
            yield LogEntry(seq, at, {}, None)
            continue
        a = open_body(outer, aad_a(raw[:HEAD_SIZE]), body_a)
        b = None
        if seq in contents:
            wrapped, version = reader.case_key(a["case"]) or (b"", 0)
            inner = ring.case_key(wrapped, version, a["case"])
            b = open_body(inner, aad_b(raw[:HEAD_SIZE], leaf.hash_a), contents[seq])
        yield LogEntry(seq, at, a, b)
