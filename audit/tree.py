"""The RFC 6962 Merkle tree over the leaves: frontier, proofs and their verification.

The frontier (compact range) is all that appending needs: the roots of the complete subtrees, at most 63. On
its way it meets the roots of all subtrees of 16^level leaves; kept, they let a proof read some dozens of hashes
and not millions. Proven against the naive definition, pymerkle, known roots and the probes of transparency-dev/merkle.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import count, repeat

from audit.errors import MalformedTree

HASH_SIZE = 32
HEIGHT = 4
"""Levels of the tree between one level of kept nodes and the next."""
WIDTH = 1 << HEIGHT
EMPTY_ROOT = sha256(b"").digest()
MAX_SIZE = 2**63 - 1

RangeRoot = Callable[[int, int], bytes]
"""Root over the leaves start … end-1."""
Node = tuple[int, int, bytes]
"""level ≥ 1, number, hash: the root of the complete subtree over the leaves number * 16^level and following."""


def leaf_hash(leaf: bytes) -> bytes:
    """SHA-256(0x00 ‖ leaf)."""
    return sha256(b"\x00" + leaf).digest()


def leaf_hashes(leaves: Iterable[bytes]) -> list[bytes]:
    """Give the leaf hash of each of very many."""
    hashes: list[bytes] = []
    for leaf in leaves:
        one = _LEAF.copy()
        one.update(leaf)
        hashes.append(one.digest())
    return hashes


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 ‖ left ‖ right)."""
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """The tree of `size` leaves as the roots of its complete subtrees, largest first."""

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def append(self, leaf: bytes) -> "Frontier":
        """Give the tree with one more leaf hash."""
        return self.extend((leaf,))

    def extend(self, leaves: Sequence[bytes]) -> "Frontier":
        """Give the tree with these leaf hashes appended."""
        return self.grow(leaves)[0]

    def grow(self, leaves: Sequence[bytes]) -> tuple["Frontier", tuple[Node, ...]]:
        """Give the tree with these leaf hashes appended, and the nodes that this completed, rising on each level.

        Aligned stretches are folded at once, level by level.
        """
        size, hashes = self.size, list(self.hashes)
        nodes: list[Node] = []
        start, end = 0, len(leaves)
        while start < end:
            height = (end - start).bit_length() - 1
            if size:
                height = min(height, (size & -size).bit_length() - 1)
            stop = start + (1 << height)
            node = _folded(leaves[start:stop], size, nodes)
            size += stop - start
            start = stop
            place = size >> height
            while not place & 1:
                node = sha256(b"\x01" + hashes.pop() + node).digest()
                height, place = height + 1, place >> 1
                if not height % HEIGHT:
                    nodes.append((height // HEIGHT, place - 1, node))
            hashes.append(node)
        return Frontier(size, tuple(hashes)), tuple(nodes)

    def root(self) -> bytes:
        """Give the RFC 6962 root; of the empty tree SHA-256 of nothing."""
        if not self.hashes:
            return EMPTY_ROOT
        root = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            root = node_hash(left, root)
        return root

    def to_bytes(self) -> bytes:
        """Give the hashes one after the other; the size stands beside them in its own field."""
        return b"".join(self.hashes)

    @classmethod
    def from_bytes(cls, size: int, hashes: bytes) -> "Frontier":
        """Undo `to_bytes`; MalformedTree where the number of hashes does not fit the size."""
        if not 0 <= size <= MAX_SIZE or len(hashes) != size.bit_count() * HASH_SIZE:
            raise MalformedTree("Zahl der Prüfsummen und Größe des Baumes passen nicht zusammen.")
        return cls(size, tuple(hashes[at : at + HASH_SIZE] for at in range(0, len(hashes), HASH_SIZE)))


_LEAF, _NODE = sha256(b"\x00"), sha256(b"\x01")
"""What every hash of a kind begins with is hashed once and copied, which saves a sixth."""


def fold(level: Sequence[bytes]) -> bytes:
    """Root of a complete subtree of 2^n leaf hashes."""
    while len(level) > 1:
        level = _above(level)
    return level[0]


def _folded(leaves: Sequence[bytes], first: int, nodes: list[Node]) -> bytes:
    """Fold 2^n leaf hashes, the first of which is that number, and add the nodes of the levels that are kept."""
    level, height = leaves, 0
    while len(level) > 1:
        level, height = _above(level), height + 1
        if not height % HEIGHT:
            nodes += zip(repeat(height // HEIGHT), count(first >> height), level)
    return level[0]


def _above(level: Sequence[bytes]) -> list[bytes]:
    """Give the nodes over each two of these."""
    above: list[bytes] = []
    pairs = iter(level)
    for left, right in zip(pairs, pairs, strict=True):
        node = _NODE.copy()
        node.update(left + right)
        above.append(node.digest())
    return above


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Root over leaf hashes."""
    return Frontier().extend(leaves).root()


def _split(size: int) -> int:
    """Largest power of two smaller than `size` (RFC 6962, 2.1)."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_ranges(index: int, size: int) -> Iterator[tuple[int, int]]:
    """Give the ranges of leaves whose roots prove entry `index` in a tree of `size`, in the proof's order."""
    if not 0 <= index < size:
        raise MalformedTree("Dieser Eintrag liegt nicht in diesem Baum.")
    ranges: list[tuple[int, int]] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    return reversed(ranges)


def consistency_ranges(old: int, new: int) -> Iterator[tuple[int, int]]:
    """Give the ranges whose roots prove that a tree of `new` leaves continues the one of `old`, in order."""
    if not 0 < old <= new:
        raise MalformedTree(
            "Ein Baum der Größe null oder ein kleinerer hat keine Fortsetzung, die etwas bewiese."
        )
    ranges: list[tuple[int, int]] = []
    start, end, known = 0, new, True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start, known = middle, False
    if not known:
        ranges.append((start, end))
    return reversed(ranges)


def inclusion_proof(index: int, size: int, range_root: RangeRoot) -> list[bytes]:
    """RFC 6962, 2.1.1; `range_root(start, end)` gives the root over the leaves start … end-1."""
    return [range_root(start, end) for start, end in inclusion_ranges(index, size)]


def consistency_proof(old: int, new: int, range_root: RangeRoot) -> list[bytes]:
    """RFC 6962, 2.1.2; MalformedTree from size 0, where a proof would prove nothing."""
    return [range_root(start, end) for start, end in consistency_ranges(old, new)]


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof places this leaf hash at `index` of the tree (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size <= MAX_SIZE or not _all_hashes((leaf, root, *proof)):
        return False
    place, last, node = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            node = node_hash(sibling, node)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and node == root


def verify_consistency(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> bool:
    """Whether the proof shows the new tree to continue the old one (RFC 9162, 2.1.4.2); never from size 0."""
    if not 0 < old <= new <= MAX_SIZE:
        return False
    if old == new:
        return not proof and old_root == new_root
    if not _all_hashes((old_root, new_root, *proof)):
        return False
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        return False
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    before = after = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            after = node_hash(after, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root


def _all_hashes(values: Iterable[bytes]) -> bool:
    return all(len(value) == HASH_SIZE for value in values)
