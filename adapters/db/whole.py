"""The whole log read through before something is erased: entry by entry under its MAC, the index held against it.

The index beside the log has no authentication of its own, so on an erasure, which is rare, it is not believed: where it
says something else, the entries count. Whoever hides an entry, a key or an earlier incarnation lets nothing through. Each
is tried in `tests/contracts/test_erasure_hidden.py`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Any

from sqlalchemy import Connection

from adapters.db.reader import SqlReader, as_stored
from adapters.db.retained import Told
from adapters.millis import instant
from audit.entry import HEAD_SIZE, Leaf, log_id
from audit.errors import AuditError
from audit.keys import ENTRIES_PER_KEY, KeyRing, purpose_of
from audit.reader import PAGE, StoredHead
from audit.seal import DataKey, aad_a, open_body
from workflow.erasure import Deed, is_case
from workflow.second_person import Entered

Row = tuple[int, bytes, bytes]
"""seq, leaf, body A."""
_DAY_MS = 86_400_000
_RESTORED, DIRECTORY = "restored", "directory"
_MALFORMED = (AuditError, ValueError, TypeError, KeyError, AttributeError)


class LogAltered(AuditError):
    """Das Protokoll wurde von Hand verändert. Nächster Schritt: lotse audit verify."""


@dataclass(slots=True)
class WholeLog:
    """What was found: decisions about what is no case, by target, and the entries whose line of the index is wrong.

    `entered` says when and by whom each id of the directory was last written there.
    """

    decided: dict[str, list[Told]] = field(default_factory=dict)
    entered: dict[str, Entered] = field(default_factory=dict)
    _places: dict[bytes, int] = field(default_factory=dict)
    _apart: dict[bytes, str | None] = field(default_factory=dict)
    _rows: dict[str, list[Row]] = field(default_factory=dict)

    @property
    def cases_apart(self) -> frozenset[str]:
        """The cases of which the index hides an entry."""
        return frozenset(self._rows)

    def corrected(self, case: str, indexed: Sequence[Row]) -> list[Row]:
        """The entries of a case in order, from those that the index names."""
        rows = [row for row in indexed if self._apart.get(row[1], case) == case]
        known = {row[1] for row in rows}
        rows += [row for row in self._rows.get(case, ()) if row[1] not in known]
        return sorted(rows, key=lambda row: (self._places[Leaf.unpack(row[1]).log_id], row[0]))

    def begin(self, log: bytes) -> None:
        """Note that the log of this id comes next."""
        self._places[log] = len(self._places)

    def set_right(self, row: Row, case: str | None) -> None:
        """Note that this entry is of another case than the index says, or of none."""
        self._apart[row[1]] = case
        if case is not None:
            self._rows.setdefault(case, []).append(row)


def read_whole(connection: Connection, tenant: str, ring: KeyRing) -> WholeLog:
    """Read every incarnation in this transaction. Raises LogAltered."""
    try:
        with as_stored(connection):
            return _Reading(SqlReader(connection, tenant), ring).whole()
    except LogAltered:
        raise
    except _MALFORMED:
        raise LogAltered(LogAltered.__doc__) from None


class _Reading:
    """One look through every incarnation of one tenant's log."""

    def __init__(self, reader: SqlReader, ring: KeyRing) -> None:
        self._reader = reader
        self._ring = ring
        self._mac = ring.key("mac")
        self._keys: dict[tuple[int, int], dict[bytes, DataKey]] = {}
        self._dark: set[tuple[str, str]] = set()
        self._found = WholeLog()

    def whole(self) -> WholeLog:
        """Read it all."""
        before: StoredHead | None = None
        for log in (*(self._reader.earlier(number) for number, _ in self._reader.past()), self._reader):
            head = log.head()
            if head is None:
                raise LogAltered(LogAltered.__doc__)
            self._follow(log, head, before)
            before = head
        _sure(not self._dark)
        return self._found

    def _follow(self, log: SqlReader, head: StoredHead, before: StoredHead | None) -> None:
        """Read one log: each entry there, genuine and in its place; note where the index says something else."""
        lines, origin, size = _Lines(log), log_id(head.origin), 0
        self._found.begin(origin)
        after = None
        while rows := log.rows(after, PAGE):
            for seq, raw, mac, body_a in rows:
                leaf = Leaf.unpack(raw)
                _sure(seq == size == leaf.seq and leaf.log_id == origin)
                _sure(compare_digest(self._mac.mac(raw), mac))
                a = self._opened(leaf, raw, body_a)
                _sure(seq > 0 or _begins(a, before))
                case = a.get("case") if a is not None else None
                if lines.at(seq) != case:
                    self._found.set_right((seq, raw, body_a), case)
                self._note(leaf, a)
                size += 1
            after = rows[-1][0]
        _sure(size == head.size)

    def _opened(self, leaf: Leaf, raw: bytes, body_a: bytes) -> dict[str, Any] | None:
        """Body A, None where its key is gone: of a year of accesses that an erasure further on must name."""
        place = (leaf.time_ms // _DAY_MS, leaf.seq >> ENTRIES_PER_KEY)
        if place not in self._keys:
            named = [purpose_of(kind, leaf.time_ms, leaf.seq) for kind in ("steps", "access")]
            known = [self._ring.known(purpose) for purpose in named]
            self._keys = {place: {key.key_id: key for key in known if key is not None}}
        key = self._keys[place].get(leaf.key_a)
        if key is None:
            self._dark.add((purpose_of("access", leaf.time_ms, leaf.seq), leaf.key_a.hex()))
            return None
        return open_body(key, aad_a(raw[:HEAD_SIZE]), body_a)

    def _note(self, leaf: Leaf, a: dict[str, Any] | None) -> None:
        """Keep what was decided of what is no case; once it is erased, nothing of it counts for the next key."""
        if a is None:
            return
        at = instant(leaf.time_ms)
        if a.get("action") == DIRECTORY:
            self._found.entered |= dict.fromkeys(a.get("ids", ()), Entered(at, str(a.get("actor"))))
        if a.get("action") not in {*Deed} or is_case(str(a.get("purpose", ""))):
            return
        told = self._found.decided.setdefault(a["purpose"], [])
        told.append((at, a))
        if a["action"] == Deed.APPROVE and a.get("outcome") == "done":
            told.clear()
            self._dark.discard((a["purpose"], a["key_id"]))


class _Lines:
    """The index of one log, read along with it."""

    def __init__(self, log: SqlReader) -> None:
        self._lines = self._pages(log)
        self._next = next(self._lines, None)

    @staticmethod
    def _pages(log: SqlReader) -> Iterator[tuple[int, str]]:
        after = None
        while page := log.index(after, PAGE):
            yield from page
            after = page[-1][0]

    def at(self, seq: int) -> str | None:
        """The case that the index names for this entry; those before it are passed over."""
        while self._next is not None and self._next[0] < seq:
            self._next = next(self._lines, None)
        return self._next[1] if self._next is not None and self._next[0] == seq else None


def _begins(a: dict[str, Any] | None, before: StoredHead | None) -> bool:
    """Whether a first entry follows the log before it, or is the first of all where there is none."""
    said = a["before"] if a is not None and a.get("action") == _RESTORED else None
    if before is None or said is None:
        return before is None and said is None
    return (said["origin"], said["size"]) == (before.origin, before.size)


def _sure(holds: bool) -> None:
    if not holds:
        raise LogAltered(LogAltered.__doc__)
