"""A job within a unit of work: what goes wrong in it leaves nothing of it, and takes nothing of the others along.

What is staged is cut off again; what was written beside the plan lies behind a savepoint of the database, which is
made only when something is. Proven by `tests/contracts/test_writer.py`.
"""

from abc import abstractmethod
from collections.abc import Callable
from typing import Self, TypeVar

from adapters.db.plan import Mark, Plan
from workflow.carried_out import REFUSALS, tells_of_a_refusal

T = TypeVar("T")


class Attempts:
    """The part of every adapter's unit of work that keeps jobs apart."""

    _plan: Plan
    _spoilt = False
    """Whether a job could not be undone, so that nothing of this unit of work may be kept."""

    @abstractmethod
    def undo(self, mark: Mark) -> None:
        """Forget everything staged since the savepoint."""

    def attempt(self, job: Callable[[Self], T]) -> T:
        """Do a job; see `workflow.ports.ClosingWork.attempt`."""
        mark = self._plan.mark()
        self._begin_aside()
        try:
            done = job(self)
        except REFUSALS:
            self._back_to(mark, but_refusals=True)
            raise
        except BaseException:
            self._back_to(mark)
            raise
        self._end_aside(keep=True)
        return done

    def _back_to(self, mark: Mark, *, but_refusals: bool = False) -> None:
        self._spoilt = True
        since = self._plan.entries_since(mark) if but_refusals else []
        kept = [entry for entry in since if tells_of_a_refusal(entry)]
        self._end_aside(keep=False)
        if self._plan.mark() != mark:
            self.undo(mark)
        self._plan.entries.extend(kept)
        self._spoilt = False

    @property
    def broken(self) -> bool:
        """Whether nothing of this unit of work can be kept: its transaction has ended by itself, or a job stuck in it."""
        return self._spoilt

    def _begin_aside(self) -> None:
        """A job begins; what it writes beside the plan will be its own."""

    def _end_aside(self, *, keep: bool) -> None:
        """A job has ended."""
