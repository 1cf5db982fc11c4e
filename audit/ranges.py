"""Roots over ranges of leaves, from blocks of hashes: what a proof is made of, without reading the whole log.

The same arithmetic reads the tables, in blocks of 16, and the tiles of an export, which hold 256. What stands to the
right of an entry is in the frontier already. A node that is not kept is computed from below, so an earlier incarnation,
whose nodes are not kept, gives the same proofs, only slower. Nothing read here is believed: whoever makes a proof checks
it against the signed root. Proven beside the naive definition of RFC 6962 (`tests/audit/test_proof.py`).
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

from audit.entry import LEAF_SIZE
from audit.errors import MalformedTree
from audit.reader import PAGE, LogReader
from audit.tree import HASH_SIZE, HEIGHT, Frontier, fold, leaf_hashes, node_hash

Block = Callable[[int, int], Sequence[bytes]]
"""Level and number give the hashes of that block of that level; fewer than it could hold where there are no more."""
KEPT = 16_384
"""So many hashes are kept at hand."""


class Ranges:
    """Gives roots over ranges; see `audit.tree.RangeRoot`. Reads a block once, as long as it is at hand.

    A block holds 2^height hashes, and so many levels of the tree lie between one level of blocks and the next.
    """

    def __init__(self, block: Block, height: int, frontier: Frontier | None = None) -> None:
        self._block = block
        self._height, self._width = height, 1 << height
        self._blocks: OrderedDict[tuple[int, int], Sequence[bytes]] = OrderedDict()
        self._made: dict[tuple[int, int], bytes] = {}
        """Roots of complete subtrees by height and number: those of the frontier, and what was not kept."""
        start, size = 0, frontier.size if frontier else 0
        for root in frontier.hashes if frontier else ():
            height = (size - start).bit_length() - 1
            self._made[height, start >> height] = root
            start += 1 << height

    def __call__(self, start: int, end: int) -> bytes:
        """Give the root over the leaves start … end-1; MalformedTree where the log has no such leaves."""
        if not 0 <= start < end:
            raise MalformedTree("Diesen Bereich gibt es nicht.")
        parts: list[bytes] = []
        while start < end:
            height = (end - start).bit_length() - 1
            if start:
                height = min(height, (start & -start).bit_length() - 1)
            parts.append(self._root(height, start >> height))
            start += 1 << height
        root = parts.pop()
        while parts:
            root = node_hash(parts.pop(), root)
        return root

    def _root(self, height: int, index: int) -> bytes:
        """Give the root of the complete subtree of 2^height leaves with that number."""
        made = self._made.get((height, index))
        if made is not None:
            return made
        level, step = divmod(height, self._height)
        first = index << step
        number, place = divmod(first, self._width)
        count = 1 << step
        hashes = self._hashes(level, number)[place : place + count]
        if len(hashes) < count:
            hashes = [self._node(level, first + each) for each in range(count)]
        return fold(hashes)

    def _node(self, level: int, number: int) -> bytes:
        """Give one hash of a level, made from the block below where it is not kept."""
        block, place = divmod(number, self._width)
        hashes = self._hashes(level, block)
        if place < len(hashes):
            return hashes[place]
        if not level:
            raise MalformedTree(f"Im Protokoll fehlt der Eintrag {number}.")
        made = self._made.get((level * self._height, number))
        if made is None:
            first = number * self._width
            below = [self._node(level - 1, first + each) for each in range(self._width)]
            made = self._made[level * self._height, number] = fold(below)
        return made

    def _hashes(self, level: int, number: int) -> Sequence[bytes]:
        hashes = self._blocks.get((level, number))
        if hashes is None:
            hashes = self._blocks[level, number] = self._block(level, number)
            if len(self._blocks) > KEPT // self._width:
                self._blocks.popitem(last=False)
        return hashes


def log_range_root(reader: LogReader) -> Ranges:
    """Give roots over ranges of the stored log: for one proof 16 leaves and at most 16 nodes of each level.

    Where no nodes are kept all leaves are needed, and are read in whole pages.
    """
    height = HEIGHT if reader.keeps_nodes else _PAGE
    width = 1 << height

    def block(level: int, number: int) -> Sequence[bytes]:
        first = number * width
        if level:
            return _unbroken(reader.nodes(level, first - 1, width), first)
        return leaf_hashes(_unbroken(reader.leaves(first - 1, width), first, LEAF_SIZE))

    return Ranges(block, height, _frontier(reader))


_PAGE = PAGE.bit_length() - 1


def _frontier(reader: LogReader) -> Frontier | None:
    """Give the tree that the head claims, None where it is unreadable."""
    head = reader.stand()
    if head is None or type(head.size) is not int or type(head.frontier) is not bytes:
        return None
    try:
        return Frontier.from_bytes(head.size, head.frontier)
    except MalformedTree:
        return None


def _unbroken(rows: Sequence[tuple[Any, ...]], first: int, size: int = HASH_SIZE) -> list[bytes]:
    """Give what stands behind the numbers of these rows, as far as those follow on each other and it has that size."""
    found: list[bytes] = []
    for place, (number, content) in enumerate(rows, first):
        if number != place or type(content) is not bytes or len(content) != size:
            break
        found.append(content)
    return found
