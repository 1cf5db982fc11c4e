"""What was found in a stretch of the log, small enough to be handed from process to process.

Stretches that follow each other join to one, and it makes no difference how the log was cut: that is why a log
may be checked by several processes at once. `tests/audit/test_stretch.py` proves it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from audit.faults import VerificationError
from audit.tree import HEIGHT, Frontier, Node, node_hash


@dataclass(frozen=True, slots=True)
class Erasure:
    """An entry `erased`: of a case, or (`purpose`) of a year of accesses or a day of the quarantine.

    `key_id` is what accounts for the gaps.
    """

    seq: int
    key_id: bytes
    case: str | None = None
    purpose: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """A checkpoint over `size` entries that the log keeps: the root it names, and what this stretch adds to it."""

    size: int
    root: bytes
    local: bytes


@dataclass(slots=True)
class Stretch:
    """Entries from `start` on. `before_ms` is the time (Unix ms) this stretch took the entry before it to have.

    `tree` is over these entries alone; `roots` are its roots at the sizes that were asked for; of the nodes that are
    kept beside the log, `nodes` were compared, and `across` lie over several pages, to be compared. `missing` and
    `unreadable` are the first entries whose body B is gone, or whose body A has no key, by key id, as far as no
    erasure within the stretch accounts for them. `told` is what replay needs, `restored` the entries that say
    that an incarnation begins. Where there is a `fault`, everything else is as it was before it.
    """

    start: int
    before_ms: int
    last_ms: int
    tree: Frontier = field(default_factory=Frontier)
    roots: dict[int, bytes] = field(default_factory=dict)
    claims: list[Claim] = field(default_factory=list)
    told: list[tuple[int, Mapping[str, Any]]] = field(default_factory=list)
    restored: list[tuple[int, Mapping[str, Any]]] = field(default_factory=list)
    missing: dict[bytes, int] = field(default_factory=dict)
    unreadable: dict[tuple[str, bytes], int] = field(default_factory=dict)
    erasures: list[Erasure] = field(default_factory=list)
    contents: int = 0
    indexed: int = 0
    opened: int = 0
    gone: int = 0
    dark: int = 0
    unjudged: int = 0
    nodes: int = 0
    across: list[Node] = field(default_factory=list)
    fault: VerificationError | None = None

    @property
    def end(self) -> int:
        """The number of the entry after the last one."""
        return self.start + self.tree.size

    def join(self, other: "Stretch") -> None:
        """Take in the stretch that follows; it must begin at a multiple of what it could complete."""
        left = self.tree
        self.roots |= {size: over(left, root) for size, root in other.roots.items()}
        self.claims += [Claim(claim.size, claim.root, over(left, claim.local)) for claim in other.claims]
        self.tree, across = grafted(left, other.tree)
        self.across += other.across
        self.across += [
            (level, (self.start >> HEIGHT * level) + place, node) for level, place, node in across
        ]
        self.last_ms = other.last_ms
        self.told += other.told
        self.restored += other.restored
        account(self.missing, self.unreadable, other)
        self.erasures += other.erasures
        self.fault = other.fault
        self.add(other)

    def add(self, other: "Stretch") -> None:
        """Add the numbers of what was looked at."""
        for name in ("contents", "indexed", "opened", "gone", "dark", "unjudged", "nodes"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


def account(missing: dict[bytes, int], unreadable: dict[tuple[str, bytes], int], later: Stretch) -> None:
    """Let the erasures of a later stretch account for gaps before it, then add its own."""
    for erasure in later.erasures:
        forget(missing, unreadable, erasure)
    for key, seq in later.missing.items():
        missing.setdefault(key, seq)
    for which, seq in later.unreadable.items():
        unreadable.setdefault(which, seq)


def forget(missing: dict[bytes, int], unreadable: dict[tuple[str, bytes], int], erasure: Erasure) -> None:
    """Strike what this erasure accounts for."""
    if erasure.purpose is None:
        missing.pop(erasure.key_id, None)
    else:
        unreadable.pop((erasure.purpose, erasure.key_id), None)


def over(left: Frontier, root: bytes) -> bytes:
    """Give the root of the tree on the left with a smaller one grafted on whose root this is."""
    for node in reversed(left.hashes):
        root = node_hash(node, root)
    return root


def grafted(left: Frontier, right: Frontier) -> tuple[Frontier, list[Node]]:
    """Give the tree of the leaves of both, and the nodes that lie over some of each.

    The left one must be a multiple of the largest complete subtree on the right.
    """
    size, hashes = left.size, list(left.hashes)
    nodes: list[Node] = []
    for height, node in _subtrees(right):
        if size & ((1 << height) - 1):
            raise ValueError("The trees do not fit each other.")
        size += 1 << height
        while not size >> height & 1:
            node, height = node_hash(hashes.pop(), node), height + 1  # noqa: PLW2901 - the subtree grows
            if not height % HEIGHT:
                nodes.append((height // HEIGHT, (size >> height) - 1, node))
        hashes.append(node)
    return Frontier(size, tuple(hashes)), nodes


def _subtrees(tree: Frontier) -> Sequence[tuple[int, bytes]]:
    """Give the complete subtrees of a tree with their heights, largest first."""
    heights = [height for height in reversed(range(tree.size.bit_length())) if tree.size >> height & 1]
    return list(zip(heights, tree.hashes, strict=True))
