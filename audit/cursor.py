"""Walking a stored table by its key, page by page, beside another one.

It trusts nothing: keys that are no numbers, do not rise or stand where no entry is, are faults of that table.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

from audit.faults import FaultClass, Step, VerificationError
from audit.reader import PAGE

R = TypeVar("R", bound=tuple[object, ...])


def pages(
    page: Callable[[int | None, int], Sequence[R]], step: Step, after: int | None = None
) -> Iterator[Sequence[R]]:
    """Give the pages of a table, behind the key `after`; VerificationError where its keys are no rising numbers."""
    while rows := page(after, PAGE):
        for row in rows:
            key = row[0]
            if type(key) is not int:
                raise VerificationError(step, None, FaultClass.SURPLUS, "Eine Zeile hat keine Nummer.")
            if after is not None and key <= after:
                raise VerificationError(step, key, FaultClass.MOVED, "Die Nummern steigen nicht.")
            after = key
        yield rows


class Beside(Generic[R]):
    """A table beside the log, asked for the numbers of the log in rising order."""

    def __init__(self, page: Callable[[int | None, int], Sequence[R]], step: Step) -> None:
        self._rows = (row for rows in pages(page, step) for row in rows)
        self._step = step
        self._next = next(self._rows, None)

    def at(self, seq: int) -> R | None:
        """Give the row of that entry, or None; SURPLUS where a row stands at a number before it."""
        row = self._next
        if row is None or row[0] != seq:
            if row is not None and isinstance(row[0], int) and row[0] < seq:
                self._surplus(row[0])
            return None
        self._next = next(self._rows, None)
        return row

    def end(self) -> None:
        """Say that the log has no further entries; SURPLUS where the table has."""
        if self._next is not None and isinstance(self._next[0], int):
            self._surplus(self._next[0])

    def _surplus(self, seq: int) -> None:
        raise VerificationError(
            self._step, seq, FaultClass.SURPLUS, "Hier steht etwas, wozu es im Protokoll nichts gibt."
        )
