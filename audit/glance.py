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
from audit.tree import leaf_hashes
from audit.unseal import ERASED, RESTORED, Bodies, erasable, erasure_of

_PARTS = Struct(">8s8s8s64s32s32s32s")
"""kind (magic, suite, flags, zero), seq, time, log id with key A, key B, hash A, hash B; numbers compare as bytes."""
_LOG = 32
"""So many bytes of `log id with key A` are the log's."""
_WITHOUT, _WITH = (MAGIC + bytes((SUITE, flags, 0, 0)) for flags in (0, HAS_B))
_LAST_TIME = MAX_TIME_MS.to_bytes(8)
_NO_B = (ABSENT, ABSENT)
_NOTABLE = frozenset({ERASED, RESTORED})
_SEALED = NONCE_SIZE + TAG_SIZE
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
        contents = _contents(page, columns)
        found.contents = len(contents.bodies)
        if bodies:
            found.gone = len(contents.gone)
            _sealed(page, question, bodies, columns, contents, found)
            _gaps(page.start, columns, contents.gone, found)
        else:
            found.unjudged = len(contents.gone)
        _tree(page, question, columns, found)
    except (_Doubt, AuditError, InvalidTag, JSONDecodeError, TypeError):
        return None
    return found


@dataclass(frozen=True, slots=True)
class _Columns:
    """The columns of the rows and the fields of the leaves; `flagged` are the numbers of entries with a body B.

    `keys_a` are the log's id and the key of A in one.
    """

    leaves: tuple[bytes, ...]
    macs: tuple[bytes, ...]
    bodies: tuple[bytes, ...]
    times: tuple[bytes, ...]
    keys_a: tuple[bytes, ...]
    keys_b: tuple[bytes, ...]
    hashes_a: tuple[bytes, ...]
    hashes_b: tuple[bytes, ...]
    flagged: list[int]


@dataclass(frozen=True, slots=True)
class _Contents:
    """The bodies B that are there, by number and by place in the page; `gone` are the numbers of the others."""

    seqs: list[int]
    places: list[int]
    bodies: tuple[bytes, ...]
    gone: list[int]


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
    kinds, places, times, keys_a, keys_b, hashes_a, hashes_b = zip(
        *_PARTS.iter_unpack(b"".join(leaves)), strict=True
    )
    known = {*kinds}
    _sure(known <= {_WITHOUT, _WITH} and {key[:_LOG] for key in {*keys_a}} == {log_id(question.origin)})
    _sure(b"".join(places) == pack(f">{len(seqs)}Q", *numbers))
    _sure(before_ms.to_bytes(8) <= times[0] and times[-1] <= _LAST_TIME and all(map(le, times, times[1:])))
    flagged = list(numbers)
    if known != {_WITH}:
        without = [kind == _WITHOUT for kind in kinds]
        _sure({*compress(zip(keys_b, hashes_b, strict=True), without)} <= {_NO_B})
        flagged = [seq for seq, bare in zip(numbers, without, strict=True) if not bare]
    _sure([sha256(body).digest() for body in bodies] == list(hashes_a))
    return _Columns(leaves, macs, bodies, times, keys_a, keys_b, hashes_a, hashes_b, flagged)


def _contents(page: Page, columns: _Columns) -> _Contents:
    """Give the bodies B; each must belong to an entry that names its hash."""
    stored: tuple[Any, ...] = tuple(zip(*page.contents, strict=True)) or ((), ())
    seqs, bodies = list(stored[0]), stored[1]
    _sure({*map(type, seqs)} <= {int} and {*map(type, bodies)} <= {bytes})
    gone: list[int] = []
    if seqs != columns.flagged:
        present = {*seqs}
        _sure(len(present) == len(seqs) and present <= {*columns.flagged} and seqs == sorted(seqs))
        gone = [seq for seq in columns.flagged if seq not in present]
    places = [seq - page.start for seq in seqs]
    hashes = columns.hashes_b
    _sure([sha256(body).digest() for body in bodies] == [hashes[place] for place in places])
    return _Contents(seqs, places, bodies, gone)


def _sealed(
    page: Page,
    question: Question,
    bodies: Bodies,
    columns: _Columns,
    contents: _Contents,
    found: Stretch,
) -> None:
    """Check MACs, open the bodies, and compare with the index."""
    mac = bodies.mac_key().mac
    _sure([mac(leaf) for leaf in columns.leaves] == list(columns.macs))
    heads = [leaf[:HEAD_SIZE] for leaf in columns.leaves]
    seqs, cases = _opened_a(page, question, bodies, columns, heads, found)
    indexed: tuple[Any, ...] = tuple(zip(*page.index, strict=True)) or ((), ())
    _sure({*map(type, indexed[0])} <= {int} and list(indexed[0]) == seqs and list(indexed[1]) == cases)
    found.indexed = len(cases)
    if question.decrypt:
        about = cases if contents.seqs == seqs else _about(page.start, bodies, columns, contents, seqs, cases)
        found.opened += _opened_b(bodies, columns, heads, contents, about)


def _opened_a(
    page: Page, question: Question, bodies: Bodies, columns: _Columns, heads: Sequence[bytes], found: Stretch
) -> tuple[list[int], list[Any]]:
    """Open each body A; give the numbers of the entries that name a case, and the cases."""
    _sure(_lengths(columns.bodies))
    decrypts, purpose = _keys(page.start, question, bodies, columns)
    seqs: Sequence[int] = range(page.start, page.start + len(heads))
    rows: Iterable[tuple[bytes, bytes, bytes]] = zip(heads, columns.bodies, columns.keys_a, strict=True)
    if not {*columns.keys_a} <= decrypts.keys():
        readable = _readable(page.start, columns, decrypts, purpose, found)
        seqs, rows = list(compress(seqs, readable)), compress(rows, readable)
    plain = [decrypts[key](body[:NONCE_SIZE], body[NONCE_SIZE:], head + b"A") for head, body, key in rows]
    found.opened = len(plain)
    cases = _said(seqs, map(loads, plain), found, tells=question.told)
    if None not in cases:
        return list(seqs), cases
    about = [case is not None for case in cases]
    return list(compress(seqs, about)), list(compress(cases, about))


def _said(seqs: Sequence[int], opened: Iterable[Any], found: Stretch, *, tells: bool) -> list[Any]:
    """Give the case that each body A names, or None, and keep what later entries and tables depend on.

    One body after the other, so that the memory of one serves the next.
    """
    cases: list[Any] = []
    for seq, a in zip(seqs, opened, strict=True):
        if type(a) is not dict:
            raise _Doubt
        if a.get("action") in _NOTABLE:
            _notable(seq, a, found)
        if tells and (replayed := told(a)) is not None:
            found.told.append((seq, replayed))
        cases.append(a.get("case"))
    return cases


def _readable(
    start: int, columns: _Columns, decrypts: Mapping[bytes, Decrypt], purpose: str, found: Stretch
) -> list[bool]:
    """Say of which rows there is a key; note the others, which are of a year of accesses that may be erased."""
    readable = [key in decrypts for key in columns.keys_a]
    found.dark = readable.count(False)
    for seq, key in enumerate(columns.keys_a, start):
        if key not in decrypts:
            found.unreadable.setdefault((purpose, key[_LOG:]), seq)
    return readable


def _keys(
    start: int, question: Question, bodies: Bodies, columns: _Columns
) -> tuple[dict[bytes, Decrypt], str]:
    """Give what opens the bodies A of this page (by log and key), and which year of accesses may have been erased."""
    first, last = (int.from_bytes(columns.times[at]) for at in (0, -1))
    end = start + len(columns.times) - 1
    named = bodies.of_day(first, start)
    purpose = erasable(first, start)
    _sure(named == bodies.of_day(last, end) and purpose == erasable(last, end))
    log = log_id(question.origin)
    return {log + key_id: key.decrypt for key_id, key in named.items()}, purpose


def _notable(seq: int, a: dict[str, Any], found: Stretch) -> None:
    erasure = erasure_of(seq, a)
    if erasure:
        found.erasures.append(erasure)
        forget(found.missing, found.unreadable, erasure)
    elif a["action"] == RESTORED and a.get("outcome") == "done":
        found.restored.append((seq, a))


def _about(
    start: int,
    bodies: Bodies,
    columns: _Columns,
    contents: _Contents,
    seqs: Sequence[int],
    cases: Sequence[Any],
) -> list[Any]:
    """Give the case of each body B that can be opened, None for the others: where A belongs to an erased year."""
    named = bodies.of_day(int.from_bytes(columns.times[0]), start)
    known = dict(zip(seqs, cases, strict=True))
    dark = [place for seq, place in zip(contents.seqs, contents.places, strict=True) if seq not in known]
    _sure(not any(columns.keys_a[place][_LOG:] in named for place in dark))
    return [known.get(seq) for seq in contents.seqs]


def _opened_b(
    bodies: Bodies, columns: _Columns, heads: Sequence[bytes], contents: _Contents, about: Sequence[Any]
) -> int:
    """Open each body B under the key of the case that its A names, where one is known; give how many."""
    _sure(_lengths(contents.bodies))
    distinct = {*about} - {None}
    _sure({*map(type, distinct)} <= {str})
    keys = {case: key for case in distinct if (key := bodies.case_key(case)) is not None}
    _sure(keys.keys() == distinct)
    ids = {case: key.key_id for case, key in keys.items()}
    decrypts = {case: key.decrypt for case, key in keys.items()}
    rows = list(zip(about, contents.places, contents.bodies, strict=True))
    if None in about:
        rows = [row for row in rows if row[0] is not None]
    keys_b, hashes = columns.keys_b, columns.hashes_a
    _sure([ids[case] for case, _, _ in rows] == [keys_b[place] for _, place, _ in rows])
    plain = [
        decrypts[case](body[:NONCE_SIZE], body[NONCE_SIZE:], heads[place] + b"B" + hashes[place])
        for case, place, body in rows
    ]
    _sure({*map(type, map(loads, plain))} <= {dict})
    return len(plain)


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
    leaves = leaf_hashes(columns.leaves)
    asked = {size for size in question.sizes if start < size <= end}
    found.tree, nodes, found.roots = local_tree(start, leaves, asked | roots.keys())
    found.claims = [Claim(size, root, found.roots[size]) for size, root in roots.items()]
    _sure(node_fault(page, nodes) is None)
    found.nodes = len(nodes) if page.nodes is not None else 0
