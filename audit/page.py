"""A page of the log and of all that stands beside it, read in one short transaction and judged after it.

The log only grows, so pages may be read one after the other while others write; what belongs together (an entry,
its content, the keys at that moment) is read at one moment.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from audit.reader import PAGE, LogReader, StoredKey, StoredNote, StoredRow
from audit.tree import HEIGHT, Node


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a log: its name and key, and how deep to look.

    `keyed`: with the keys. `decrypt`: bodies B are opened too. `told`: what replay needs of the bodies A is
    kept. `sizes`: checkpoints kept elsewhere are over so many entries, rising.
    """

    origin: str
    public_key: bytes
    keyed: bool
    decrypt: bool
    told: bool = False
    sizes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """At most 4096 entries from `start` on, as stored; nothing in it has been looked at.

    `case_keys` are the stored keys of the cases named in `index`, where they are asked for.
    """

    start: int
    rows: Sequence[StoredRow]
    contents: Sequence[tuple[int, bytes]] = ()
    index: Sequence[tuple[int, str]] = ()
    notes: Sequence[StoredNote] = ()
    nodes: Sequence[Node] | None = None
    keys: Sequence[StoredKey] = ()
    case_keys: Mapping[str, tuple[bytes, int] | None] | None = None

    @property
    def full(self) -> bool:
        """Whether no entry can follow in the same page."""
        return len(self.rows) >= PAGE


def read_page(reader: LogReader, start: int, question: Question, at_hand: Container[object] = ()) -> Page:
    """Read the page of the entries from `start` on; of cases in `at_hand` the key is known already.

    What cannot belong to these entries is read no further than to see that it is there.
    """
    before = start - 1 if start else None
    rows = reader.rows(before, PAGE)
    if not rows:
        return Page(start, rows)
    count, end = len(rows), start + len(rows)
    index = reader.index(before, count + 1, end - 1) if question.keyed else ()
    return Page(
        start,
        rows,
        reader.bodies_b(before, count + 1, end - 1),
        index,
        reader.notes(start or None, count + 2, end),
        _nodes(reader, start, end) if reader.keeps_nodes else None,
        reader.wrapped_keys() if question.keyed else (),
        _case_keys(reader, index, at_hand) if question.decrypt else None,
    )


def _nodes(reader: LogReader, start: int, end: int) -> Sequence[Node]:
    """Read the nodes over entries of this page alone that these entries complete, level by level."""
    nodes: list[Node] = []
    level, height = 1, HEIGHT
    while 1 << height <= PAGE:
        first, count = start >> height, (end >> height) - (start >> height)
        if count:
            rows = reader.nodes(level, first - 1 if first else None, count)
            nodes += [(level, number, node) for number, node in rows]
        level, height = level + 1, height + HEIGHT
    return nodes


def _case_keys(
    reader: LogReader, index: Sequence[tuple[int, str]], at_hand: Container[object]
) -> dict[str, tuple[bytes, int] | None]:
    cases = {case for _, case in index}
    named = (case for case in cases if isinstance(case, str) and case.isascii())
    return {case: reader.case_key(case) for case in named if case not in at_hand}
