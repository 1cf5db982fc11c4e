"""Appending: drafts become numbered, sealed, authenticated rows and a new head; no I/O but key look-ups.

The caller holds the lock on the head and writes rows and head in the transaction of the step itself; so an
entry exists exactly when its step does. `tests/audit/test_log.py` proves numbers, times and seals.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Literal, NamedTuple

from audit.clock import ClockWatch
from audit.entry import ABSENT, HAS_B, HEAD_FIELDS, MAGIC, SUITE, log_id
from audit.keys import ENTRIES_PER_KEY, KeyRing, Random
from audit.seal import NONCE_SIZE, DataKey, aad_a, aad_b, seal_body
from audit.tree import Frontier, Node, leaf_hashes

Kind = Literal["steps", "access"]
CLOCK_JUMPED = "clock_jumped"


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be recorded: A (accountability, never a family's data) and, for a case, B (content).

    `a["case"]` is the case's id as text; B needs it and the case's key.
    """

    kind: Kind
    a: Mapping[str, Any]
    b: Mapping[str, Any] | None = field(default=None, repr=False)
    case_key: DataKey | None = None

    def __post_init__(self) -> None:
        if self.b is not None and (self.case_key is None or "case" not in self.a):
            raise ValueError("Content belongs to a case and is sealed with its key.")


@dataclass(frozen=True, slots=True)
class Head:
    """The log as it stands: origin, the tree, and the time of the last entry in Unix milliseconds.

    `completed` are the nodes that the last batch completed, for whoever writes it; they are kept beside the log.
    """

    origin: str
    frontier: Frontier = field(default_factory=Frontier)
    last_time_ms: int = 0
    completed: tuple[Node, ...] = field(default=(), compare=False, repr=False)

    @property
    def size(self) -> int:
        """How many entries there are; also the number of the next one."""
        return self.frontier.size


class Row(NamedTuple):
    """One entry as it is stored; `case` goes to the index beside the log.

    A tuple, because one is made for every entry and a tuple is made in a third of the time.
    """

    seq: int
    leaf: bytes
    mac: bytes
    body_a: bytes
    body_b: bytes | None
    case: str | None


def append(
    head: Head,
    drafts: Sequence[Draft],
    ring: KeyRing,
    now_ms: int,
    *,
    watch: ClockWatch | None = None,
    random: Random = os.urandom,
) -> tuple[list[Row], Head]:
    """Give the rows of these drafts, in order, and the head after them.

    `now_ms` is the machine's clock (Unix milliseconds, UTC). An entry is never earlier than the one before;
    where the machine says otherwise A carries its word as `clock`. A jump that the `watch` has seen is an
    entry of its own, before the others. Raises what the ring raises; nothing is changed then.
    """
    if not drafts:
        return [], head
    time_ms = max(now_ms, head.last_time_ms)
    jump_ms = watch.jump(now_ms, head.last_time_ms) if watch else 0
    if jump_ms:
        drafts = [_jumped(jump_ms), *drafts]
    clock = {"clock": now_ms} if now_ms != time_ms else None
    batch = _Batch(time_ms, log_id(head.origin), ring.key("mac"), clock)
    keys: dict[str, DataKey] = {}
    nonces = random(2 * NONCE_SIZE * len(drafts))
    rows: list[Row] = []
    for place, draft in enumerate(drafts):
        seq = head.size + place
        # Within one batch only the number can lead to another key; it does so every 2^20 entries.
        if not seq & ((1 << ENTRIES_PER_KEY) - 1):
            keys.clear()
        key = keys.get(draft.kind)
        if key is None:
            key = keys[draft.kind] = ring.body_key(draft.kind, time_ms, seq)
        start = 2 * NONCE_SIZE * place
        rows.append(batch.row(draft, seq, key, nonces[start : start + 2 * NONCE_SIZE]))
    frontier, completed = head.frontier.grow(leaf_hashes([row.leaf for row in rows]))
    return rows, Head(head.origin, frontier, time_ms, completed)


@dataclass(frozen=True, slots=True)
class _Batch:
    """What the rows of one batch share."""

    time_ms: int
    log_id: bytes
    mac: DataKey
    clock: Mapping[str, int] | None

    def row(self, draft: Draft, seq: int, key: DataKey, nonces: bytes) -> Row:
        """Seal one draft; body A takes the first nonce, body B the second."""
        a = {**draft.a, **self.clock} if self.clock else draft.a
        b, inner = draft.b, draft.case_key
        flags, key_b = (0, ABSENT) if b is None or inner is None else (HAS_B, inner.key_id)
        start = HEAD_FIELDS.pack(MAGIC, SUITE, flags, 0, seq, self.time_ms, self.log_id, key.key_id, key_b)
        body_a = seal_body(key, aad_a(start), a, nonces[:NONCE_SIZE])
        hash_a = sha256(body_a).digest()
        if b is None or inner is None:
            body_b, leaf = None, start + hash_a + ABSENT
        else:
            body_b = seal_body(inner, aad_b(start, hash_a), b, nonces[NONCE_SIZE:])
            leaf = start + hash_a + sha256(body_b).digest()
        return Row(seq, leaf, self.mac.mac(leaf), body_a, body_b, a.get("case"))


def _jumped(jump_ms: int) -> Draft:
    return Draft(
        "steps",
        {"action": CLOCK_JUMPED, "actor": "clock", "role": "clock", "outcome": "done", "jump_ms": jump_ms},
    )
