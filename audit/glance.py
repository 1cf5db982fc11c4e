"""A glance at a whole page: column by column, in as few steps of the interpreter as will do.

It says that a page is unaltered, with all that follows from it, or it says nothing, and `audit.entries` judges.
So it can only be wrong by saying too much; `tests/audit/test_glance.py` lets both judge every altered byte.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import compress
from operator import le
from struct import Struct, pack
from typing import Any

from cryptography.exceptions import InvalidTag
from orjson import JSONDecodeError, loads

from audit.entries import kept_root, local_tree, node_fault
from audit.entry import ABSENT, HAS_B, HEAD_SIZE, LEAF_SIZE, MAGIC, MAX_TIME_MS, SUITE, log_id
from audit.errors import AuditError
from audit.page import Page, Question
from audit.replay import told
from audit.seal import NONCE_SIZE, PADDING, TAG_SIZE
from audit.stretch import Claim, Stretch, forget
from audit.unseal import ERASED, RESTORED, Bodies, erasable, erasure_of

_PARTS = Struct(">8s8s8s32s32s32s32s32s")
"""kind (magic, suite, flags, zero), seq, time, log id, key A, key B, hash A, hash B; numbers compare as bytes."""
_WITHOUT, _WITH = (MAGIC + bytes((SUITE, flags, 0, 0)) for flags in (0, HAS_B))
_LAST_TIME = MAX_TIME_MS.to_bytes(8)
_NO_B = (ABSENT, ABSENT)
_NOTABLE = frozenset({ERASED, RESTORED})
_SEALED = NONCE_SIZE + TAG_SIZE
_Row = tuple[int, bytes, bytes, bytes]
"""Number of the entry, leaf, body A, key of A."""
Decrypt = Callable[[bytes, bytes, bytes | None], bytes]
"""Nonce, ciphertext and tag, associated data; InvalidTag."""


class _Doubt(Exception):
    """The page is not evidently unaltered."""


def glance(page: Page, question: Question, bodies: Bodies | None, before_ms: int) -> Stretch | None:
    """Give what an unaltered page says, None for any other; `before_ms` is the time of the entry before it."""
    try:
        if bodies:
            bodies.refresh(page.keys, page.case_keys)
        columns = _columns(page, question, before_ms)
        found = Stretch(page.start, before_ms, int.from_bytes(columns.times[-1]))
        present = _contents(page, columns)
        gone = [seq for seq in columns.flagged if seq not in present]
        found.contents = len(present)
        if bodies:
            found.gone = len(gone)
            _sealed(page, question, bodies, columns, present, found)
            _gaps(page.start, columns, gone, found)
        else:
            found.unjudged = len(gone)
        _tree(page, question, columns, found)
    except (_Doubt, AuditError, InvalidTag, JSONDecodeError, TypeError):
        return None
    return found


@dataclass(frozen=True, slots=True)
class _Columns:
    """The columns of the rows and the fields of the leaves; `flagged` are the numbers of entries with a body B."""

    leaves: tuple[bytes, ...]
    macs: tuple[bytes, ...]
    bodies: tuple[bytes, ...]
    times: tuple[bytes, ...]
    keys_a: tuple[bytes, ...]
    keys_b: tuple[bytes, ...]
    hashes_a: tuple[bytes, ...]
    hashes_b: tuple[bytes, ...]
    flagged: list[int]


def _sure(holds: bool) -> None:
    if not holds:
        raise _Doubt


def _columns(page: Page, question: Question, before_ms: int) -> _Columns:
    """Take the page apart; every leaf must have the form, the place and a time not before the last."""
    seqs, leaves, macs, bodies = zip(*page.rows, strict=True)
    numbers = range(page.start, page.start + len(seqs))
    _sure({*map(type, seqs)} == {int} and seqs == tuple(numbers))
    _sure({*map(type, leaves), *map(type, macs), *map(type, bodies)} == {bytes})
    _sure({*map(len, leaves)} == {LEAF_SIZE})
    kinds, places, times, logs, keys_a, keys_b, hashes_a, hashes_b = zip(
        *_PARTS.iter_unpack(b"".join(leaves)), strict=True
    )
    _sure({*kinds} <= {_WITHOUT, _WITH} and {*logs} == {log_id(question.origin)})
    _sure(b"".join(places) == pack(f">{len(seqs)}Q", *numbers))
    _sure(before_ms.to_bytes(8) <= times[0] and times[-1] <= _LAST_TIME and all(map(le, times, times[1:])))
    without = [kind == _WITHOUT for kind in kinds]
    _sure({*compress(zip(keys_b, hashes_b, strict=True), without)} <= {_NO_B})
    _sure([sha256(body).digest() for body in bodies] == list(hashes_a))
    flagged = [seq for seq, bare in zip(numbers, without, strict=True) if not bare]
    return _Columns(leaves, macs, bodies, times, keys_a, keys_b, hashes_a, hashes_b, flagged)


def _contents(page: Page, columns: _Columns) -> dict[int, bytes]:
    """Give the bodies B; each must belong to an entry that names its hash."""
    present = dict(page.contents)
    _sure(len(present) == len(page.contents) and {*map(type, present)} <= {int})
    _sure({*map(type, present.values())} <= {bytes})
    seqs, start = list(present), page.start
    if seqs != columns.flagged:
        _sure(present.keys() <= {*columns.flagged} and seqs == sorted(seqs))
    hashes = [columns.hashes_b[seq - start] for seq in seqs]
    _sure([sha256(body).digest() for body in present.values()] == hashes)
    return present


def _sealed(
    page: Page,
    question: Question,
    bodies: Bodies,
    columns: _Columns,
    present: dict[int, bytes],
    found: Stretch,
) -> None:
    """Check MACs, open the bodies, and compare with the index."""
    mac = bodies.mac_key().mac
    _sure([mac(leaf) for leaf in columns.leaves] == list(columns.macs))
    cases = _opened_a(page, question, bodies, columns, found)
    _sure({*(type(seq) for seq, _ in page.index)} <= {int} and list(page.index) == list(cases.items()))
    found.indexed = len(cases)
    if question.decrypt:
        found.opened += _opened_b(page.start, bodies, columns, present, cases)


def _opened_a(
    page: Page, question: Question, bodies: Bodies, columns: _Columns, found: Stretch
) -> dict[int, Any]:
    """Open each body A and give the cases named, by number of the entry."""
    _sure(_lengths(columns.bodies))
    decrypts, purpose = _keys(page.start, bodies, columns)
    seqs: Sequence[int] = range(page.start, page.start + len(columns.leaves))
    rows: Iterable[_Row] = zip(seqs, columns.leaves, columns.bodies, columns.keys_a, strict=True)
    if not {*columns.keys_a} <= decrypts.keys():
        rows = _readable(list(rows), decrypts, purpose, found)
        seqs = [row[0] for row in rows]
    opened: list[Any] = [
        loads(decrypts[key](body[:NONCE_SIZE], body[NONCE_SIZE:], leaf[:HEAD_SIZE] + b"A"))
        for _, leaf, body, key in rows
    ]
    _sure({*map(type, opened)} <= {dict})
    found.opened = len(opened)
    if not _NOTABLE.isdisjoint([a.get("action") for a in opened]):
        for seq, a in zip(seqs, opened, strict=True):
            if a.get("action") in _NOTABLE:
                _notable(seq, a, found)
    said = zip(seqs, opened, strict=True)
    if question.told:
        found.told = [(seq, replayed) for seq, a in said if (replayed := told(a)) is not None]
    cases = [(seq, a.get("case")) for seq, a in zip(seqs, opened, strict=True)]
    return {seq: case for seq, case in cases if case is not None}


def _readable(
    rows: Sequence[_Row], decrypts: Mapping[bytes, Decrypt], purpose: str, found: Stretch
) -> list[_Row]:
    """Give the rows of which there is a key; note the others, which are of a year of accesses that may be erased."""
    dark = [(seq, key) for seq, _, _, key in rows if key not in decrypts]
    found.dark = len(dark)
    for seq, key in dark:
        found.unreadable.setdefault((purpose, key), seq)
    return [row for row in rows if row[3] in decrypts]


def _keys(start: int, bodies: Bodies, columns: _Columns) -> tuple[dict[bytes, Decrypt], str]:
    """Give what opens the bodies A of this page by key id, and which year of accesses may have been erased."""
    first, last = (int.from_bytes(columns.times[at]) for at in (0, -1))
    end = start + len(columns.times) - 1
    named = bodies.of_day(first, start)
    purpose = erasable(first, start)
    _sure(named == bodies.of_day(last, end) and purpose == erasable(last, end))
    return {key_id: key.decrypt for key_id, key in named.items()}, purpose


def _notable(seq: int, a: dict[str, Any], found: Stretch) -> None:
    erasure = erasure_of(seq, a)
    if erasure:
        found.erasures.append(erasure)
        forget(found.missing, found.unreadable, erasure)
    elif a["action"] == RESTORED and a.get("outcome") == "done":
        found.restored.append((seq, a))


def _opened_b(
    start: int, bodies: Bodies, columns: _Columns, present: Mapping[int, bytes], cases: Mapping[int, Any]
) -> int:
    """Open each body B under the key of the case that its A names; give how many.

    Where A belongs to an erased year, no case is known, and B stays closed.
    """
    _sure(_lengths(present.values()))
    if not present.keys() <= cases.keys():
        named = bodies.of_day(int.from_bytes(columns.times[0]), start)
        dark = {seq for seq in present if seq not in cases}
        _sure(not any(columns.keys_a[seq - start] in named for seq in dark))
        present = {seq: body for seq, body in present.items() if seq not in dark}
    about = [cases[seq] for seq in present]
    _sure({*map(type, about)} <= {str})
    keys = {case: bodies.case_key(case) for case in {*about}}
    openers = [key for key in (keys[case] for case in about) if key is not None]
    _sure([key.key_id for key in openers] == [columns.keys_b[seq - start] for seq in present])
    opened = [
        loads(
            key.decrypt(
                body[:NONCE_SIZE],
                body[NONCE_SIZE:],
                columns.leaves[seq - start][:HEAD_SIZE] + b"B" + columns.hashes_a[seq - start],
            )
        )
        for key, (seq, body) in zip(openers, present.items(), strict=True)
    ]
    _sure({*map(type, opened)} <= {dict})
    return len(opened)


def _lengths(sealed: Iterable[bytes]) -> bool:
    """Whether bodies have lengths that a padded body may have."""
    return all(size > _SEALED and not (size - _SEALED) % PADDING for size in {*map(len, sealed)})


def _gaps(start: int, columns: _Columns, gone: Sequence[int], found: Stretch) -> None:
    """Keep the first entry of each missing content that no erasure within the page accounts for."""
    erased = {erasure.key_id: erasure.seq for erasure in found.erasures if erasure.purpose is None}
    for seq in gone:
        key = columns.keys_b[seq - start]
        if seq > erased.get(key, -1):
            found.missing.setdefault(key, seq)


def _tree(page: Page, question: Question, columns: _Columns, found: Stretch) -> None:
    """Grow the tree of the page, open the checkpoints kept in it, and compare the nodes beside it."""
    start, end = page.start, page.start + len(columns.leaves)
    kept = dict(page.notes)
    _sure(len(kept) == len(page.notes) and {*map(type, kept)} <= {int} and list(kept) == sorted(kept))
    _sure(all(size <= end for size in kept))
    roots = {size: kept_root((size, note), question) for size, note in kept.items()}
    leaves = [sha256(b"\0" + leaf).digest() for leaf in columns.leaves]
    asked = {size for size in question.sizes if start < size <= end}
    found.tree, nodes, found.roots = local_tree(start, leaves, asked | roots.keys())
    found.claims = [Claim(size, root, found.roots[size]) for size, root in roots.items()]
    _sure(node_fault(page, nodes) is None)
    found.nodes = len(nodes) if page.nodes is not None else 0
