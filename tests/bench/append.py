"""Appending to the log, without a database, beside its AES-GCM and SHA-256 alone over the same bytes."""

import os
from collections.abc import Callable
from hashlib import sha256

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from audit.keys import KeyRing
from audit.log import Draft, Head, append
from audit.seal import SECRET_SIZE, DataKey, pad
from tests.audit.world import NOON, ORIGIN, FixedKeys, MemoryKeys
from tests.bench.figure import Figure, Line, Target
from tests.bench.scale import Scale
from tests.bench.timing import interleaved, repeated, tell

GROUP = "Das Protokoll: anfügen, ohne Datenbank"
AT_ONCE = 1000
_CASE = "0f" * 16
_A = {
    "action": "attempt_contact", "actor": "fachkraft", "role": "case_worker", "outcome": "done", "case": _CASE,
    "version": 7, "profile": "default", "profile_version": 1, "state": "consent_checked",
    "at": "2026-11-02T12:00:00+00:00", "basis": "Konzept Bergkamen, Z. 205", "set": ["attempted"],
    "met": [{"obligation": "first_contact", "recipient": None, "anchor": "2026-10-30", "due": "2026-11-04",
             "counted": "arbeitstage NW 1"}],
}  # fmt: skip
_B = {"channel": "phone", "remark": "niemand erreicht, morgen noch einmal"}


def measure(_folder: object, scale: Scale) -> list[Line]:
    """Take the figures for entries one by one and in batches of a thousand."""
    tell("append")
    at_once = AT_ONCE if scale.repeats > 1 else 2
    timing = interleaved(
        {
            "one": repeated(scale.repeats * 50, _appending(1)),
            "many": repeated(scale.repeats // 2 or 1, _appending(at_once)),
            "bare": repeated(scale.repeats * 50, _cryptography()),
        },
        scale.rounds,
    )
    limit = "AES-GCM und SHA-256 allein"
    note = f"A {len(pad(orjson.dumps(_A)))} Byte, B {len(pad(orjson.dumps(_B)))} Byte"
    return [
        Figure(
            GROUP, name, timing.each(who) * 1e6, "µs", timing.each("bare") * 1e6, limit,
            timing.costs(who, "bare"), target, note,
        )
        for name, who, target in (
            ("ein Eintrag allein", "one", None),
            (f"ein Eintrag von {at_once} zugleich", "many", Target("≤", 15, of_value=True)),
        )
    ]  # fmt: skip


def _appending(at_once: int) -> Callable[[], int]:
    ring = KeyRing(FixedKeys(), MemoryKeys(), "0b5e")
    ring.key("mac"), ring.body_key("steps", NOON, 0)
    ring.settle()
    case_key = DataKey(os.urandom(SECRET_SIZE))
    drafts = [Draft("steps", _A, _B, case_key)] * at_once
    head = Head(ORIGIN)

    def contender() -> int:
        nonlocal head
        rows, head = append(head, drafts, ring, NOON)
        return len(rows)

    return contender


def _cryptography() -> Callable[[], int]:
    """What no entry can do without: two bodies sealed and hashed, a MAC of two hashes, a leaf and a node hashed."""
    cipher = AESGCM(os.urandom(32))
    a, b, leaf = pad(orjson.dumps(_A)), pad(orjson.dumps(_B)), os.urandom(184)
    aad = os.urandom(121)

    def contender() -> int:
        nonces = os.urandom(24)
        sha256(cipher.encrypt(nonces[:12], a, aad)).digest()
        sha256(cipher.encrypt(nonces[12:], b, aad)).digest()
        sha256(sha256(leaf).digest()).digest()
        sha256(leaf).digest()
        sha256(leaf[:65]).digest()
        return 1

    return contender
