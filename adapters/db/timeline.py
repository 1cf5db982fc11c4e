"""The entries of one case, opened, over all incarnations of the log: its history as people read it.

Each incarnation counts its own numbers, so an entry is named by both.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection

from adapters.db import statements as sql
from adapters.db.past import past_timeline
from audit.entry import HEAD_SIZE
from audit.keys import KeyRing
from audit.seal import DataKey, aad_b, open_body
from audit.unseal import open_a


@dataclass(frozen=True, slots=True)
class Told:
    """One entry of a case: its number in its incarnation (None: the log that is written now), Unix ms, bodies A and B.

    B is None where there is none, where it is erased, or where it is not for this reader.
    """

    seq: int
    at_ms: int
    a: Mapping[str, object]
    b: Mapping[str, object] | None = field(repr=False)
    incarnation: int | None


def timeline_of(connection: Connection, tenant: str, ring: KeyRing, case_id: str) -> list[Told]:
    """Open a case's entries, those of earlier incarnations first. Raises UnreadableBody where one does not open."""
    wrapped = sql.CASE_KEY.one(connection, tenant=tenant, case_id=case_id)
    key = ring.case_key(wrapped[0], wrapped[1], case_id)
    live = sql.TIMELINE.rows(connection, tenant=tenant, case_id=case_id)
    rows = [*past_timeline(connection, tenant, case_id), *((None, *row) for row in live)]
    return [_told(ring, key, *row) for row in rows]


def _told(
    ring: KeyRing,
    key: DataKey,
    incarnation: int | None,
    seq: int,
    raw: bytes,
    body_a: bytes,
    body_b: bytes | None,
) -> Told:
    leaf, a = open_a(ring, raw, body_a)
    b = open_body(key, aad_b(raw[:HEAD_SIZE], leaf.hash_a), body_b) if body_b is not None else None
    return Told(int(seq), leaf.time_ms, a, b, incarnation)
