"""A glance at a whole page: column by column, in as few steps of the interpreter as will do.

It says that a page is unaltered, with all that follows from it, or it says nothing, and `audit.entries` judges.
So it can only be wrong by saying too much; `tests/audit/test_glance.py` lets both judge every altered byte.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import compress
from operator import le
from struct import Struct, pack
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag

from audit.entries import kept_root, local_tree, node_fault
from audit.entry import ABSENT, HAS_B, HEAD_SIZE, LEAF_SIZE, MAGIC, MAX_TIME_MS, SUITE, log_id
from audit.errors import AuditError
from audit.page import Page, Question
from audit.replay import told
from audit.seal import NONCE_SIZE, PADDING, TAG_SIZE
from audit.stretch import Claim, Stretch, forget
from audit.unseal import ERASED, RESTORED, Bodies, erasure_of

_PARTS = Struct(">8s8s8s32s32s32s32s32s")
"""kind (magic, suite, flags, zero), seq, time, log id, key A, key B, hash A, hash B; numbers compare as bytes."""
_WITHOUT, _WITH = (MAGIC + bytes((SUITE, flags, 0, 0)) for flags in (0, HAS_B))
_LAST_TIME = MAX_TIME_MS.to_bytes(8)
_NO_B = (ABSENT, ABSENT)
_NOTABLE = frozenset({ERASED, RESTORED})
_SEALED = NONCE_SIZE + TAG_SIZE


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
    except (_Doubt, AuditError, InvalidTag, orjson.JSONDecodeError, TypeError):
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
        _opened_b(page.start, bodies, columns, present, cases, found)


def _opened_a(
    page: Page, question: Question, bodies: Bodies, columns: _Columns, found: Stretch
) -> dict[int, Any]:
    """Open each body A and give the cases named, by number of the entry."""
    _sure(_lengths(columns.bodies))
    decrypts, erasable = _keys(page.start, bodies, columns)
    loads, noted, cases = orjson.loads, question.told, {}
    rows = zip(columns.leaves, columns.bodies, columns.keys_a, strict=True)
    for seq, (leaf, body, key) in enumerate(rows, page.start):
        decrypt = decrypts.get(key)
        if decrypt is None:
            found.unreadable.setdefault((erasable, key), seq)
            found.dark += 1
            continue
        a = loads(decrypt(body[:NONCE_SIZE], body[NONCE_SIZE:], leaf[:HEAD_SIZE] + b"A"))
        if type(a) is not dict:
            raise _Doubt
        case = a.get("case")
        if case is not None:
            cases[seq] = case
        if a.get("action") in _NOTABLE:
            _notable(seq, a, found)
        if noted and (replayed := told(a)) is not None:
            found.told.append((seq, replayed))
    found.opened = len(columns.leaves) - found.dark
    return cases


def _keys(start: int, bodies: Bodies, columns: _Columns) -> tuple[dict[bytes, Any], str]:
    """Give what opens the bodies A of this page by key id, and which year of accesses may have been erased."""
    first, last = (int.from_bytes(columns.times[at]) for at in (0, -1))
    end = start + len(columns.times) - 1
    named = bodies.of_day(first, start)
    erasable = bodies.may_be_erased(first, start)
    _sure(named == bodies.of_day(last, end) and erasable == bodies.may_be_erased(last, end))
    _sure(erasable is not None or {*columns.keys_a} <= named.keys())
    return {key_id: key.decrypt for key_id, key in named.items()}, erasable or ""


def _notable(seq: int, a: dict[str, Any], found: Stretch) -> None:
    erasure = erasure_of(seq, a)
    if erasure:
        found.erasures.append(erasure)
        forget(found.missing, found.unreadable, erasure)
    elif a["action"] == RESTORED and a.get("outcome") == "done":
        found.restored.append((seq, a))


def _opened_b(
    start: int,
    bodies: Bodies,
    columns: _Columns,
    present: dict[int, bytes],
    cases: dict[int, Any],
    found: Stretch,
) -> None:
    """Open each body B of a case named in an A that could be opened."""
    _sure(_lengths(present.values()))
    loads, opened = orjson.loads, 0
    for seq, body in present.items():
        place, case = seq - start, cases.get(seq)
        key = bodies.case_key(case) if type(case) is str else None
        if key is None and columns.keys_a[place] not in bodies.of_day(_time(columns, place), seq):
            continue
        leaf = columns.leaves[place]
        if key is None or key.key_id != columns.keys_b[place]:
            raise _Doubt
        aad = leaf[:HEAD_SIZE] + b"B" + columns.hashes_a[place]
        if type(loads(key.decrypt(body[:NONCE_SIZE], body[NONCE_SIZE:], aad))) is not dict:
            raise _Doubt
        opened += 1
    found.opened += opened


def _time(columns: _Columns, place: int) -> int:
    return int.from_bytes(columns.times[place])


def _lengths(sealed: Any) -> bool:  # noqa: ANN401 - any collection of bytes
    """Whether bodies have lengths that a padded body may have."""
    return all(size > _SEALED and not (size - _SEALED) % PADDING for size in {len(body) for body in sealed})


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
