"""What verification, notary and export ask of a store: one tenant's log, read page by page in one snapshot.

Everything is given as stored, without conversion, because the store itself is under suspicion: columns may
hold any type, and rows may stand at numbers that cannot be. Pages follow the key, so memory stays constant.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

PAGE = 4096
"""Entries read at once: a power of two, so that a page is a subtree."""


@dataclass(frozen=True, slots=True)
class StoredHead:
    """The row `log_head`; `frontier` is `Frontier.to_bytes()`."""

    origin: str
    size: int
    frontier: bytes
    last_time_ms: int


StoredRow = tuple[int, bytes, bytes, bytes]
"""seq, leaf, mac, body A."""
StoredNote = tuple[int, bytes]
"""size, signed note."""
StoredKey = tuple[str, int, bytes, bytes]
"""purpose, KEK version, wrapped key, key id."""


class LogReader(Protocol):
    """One tenant's log in one read transaction.

    `after` is the last key of the page before, None for the first page; a page has at most `count` rows in
    ascending order (and none beyond the key `through`), and an empty page is the end. A text that is no UTF-8 is
    given with lone surrogates.
    """

    @property
    def keeps_nodes(self) -> bool:
        """Whether nodes of the tree are kept beside this log; beside an earlier incarnation there are none."""
        ...

    def head(self) -> StoredHead | None:
        """Give the head as stored, None where there is none; raise a fault where something lies about that must not."""
        ...

    def stand(self) -> StoredHead | None:
        """Give the head as stored and look at nothing else, for who checks what is read by a signature."""
        ...

    def rows(self, after: int | None, count: int) -> Sequence[StoredRow]:
        """Give entries by seq."""
        ...

    def leaves(self, after: int | None, count: int) -> Sequence[tuple[int, bytes]]:
        """Give (seq, leaf) by seq."""
        ...

    def bodies_b(
        self, after: int | None, count: int, through: int | None = None
    ) -> Sequence[tuple[int, bytes]]:
        """Give (seq, body B) by seq."""
        ...

    def index(self, after: int | None, count: int, through: int | None = None) -> Sequence[tuple[int, str]]:
        """Give (seq, case id) by seq."""
        ...

    def notes(self, after: int | None, count: int, through: int | None = None) -> Sequence[StoredNote]:
        """Give the checkpoints the log keeps, by size."""
        ...

    def nodes(self, level: int, after: int | None, count: int) -> Sequence[tuple[int, bytes]]:
        """Give (number, hash) of the kept roots of complete subtrees of 16^level entries, by number."""
        ...

    def node_levels(self) -> Sequence[int]:
        """Give the levels of which nodes are kept, each once."""
        ...

    def wrapped_keys(self) -> Sequence[StoredKey]:
        """Give all wrapped data keys of the tenant (a few a year)."""
        ...

    def case_key(self, case: str) -> tuple[bytes, int] | None:
        """Give a case's wrapped key and KEK version, None where the case or its key is gone."""
        ...

    def content_of(self, case: str) -> int | None:
        """Give the number of an entry of this case (as the index says) whose body B is kept, None without one."""
        ...
