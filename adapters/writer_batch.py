"""Jobs that share one transaction: done each by itself, committed together, answered after it; see `adapters.writer`.

Whatever fails, each caller gets the truth: what is wrong with one job is that job's alone, what is wrong with the store
meets all, and where the very COMMIT failed it is looked whether it is there.
"""

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from sqlalchemy import exc

from adapters.answers import Answer, tell
from adapters.db.begin import passes
from adapters.db.staged import StagedWork
from workflow.carried_out import REFUSALS
from workflow.errors import ConflictError, UnknownOutcome, WorkflowError

DEATHS = 3
"""So often may the writing thread die over a job before it is given up."""
OF_THE_STORE = (exc.OperationalError, sqlite3.OperationalError, OSError, MemoryError, UnknownOutcome)
"""What is wrong with the store or its disk, and with nobody's job."""

W = TypeVar("W", bound=StagedWork)


class NotWritten(WorkflowError):
    """It was not done, and nothing of it was stored; it may be tried again as it is."""


class CutOff(NotWritten):
    """What was writing has died in the middle of it."""

    def __init__(self) -> None:
        super().__init__(
            "Das Speichern wurde abgebrochen; davon ist nichts gespeichert. Nächster Schritt: noch einmal versuchen."
        )


@dataclass(slots=True, eq=False)
class Waiting(Generic[W]):
    """A job, who waits for its answer, and what the answer will be once it is durable."""

    job: Callable[[W], Any] = field(repr=False)
    tries: int = 1
    about: str | None = None
    """The case, by id or number, that it will look at first."""
    future: Answer[Any] = field(default_factory=Answer, repr=False)
    begun: bool = False
    deaths: int = 0
    since: float = field(default_factory=time.monotonic)
    """When it began to wait, in seconds of the monotonic clock."""
    done: Any = field(default=None, repr=False)
    error: Exception | None = field(default=None, repr=False)

    def begins(self) -> bool:
        """Whether anyone still wants it; from now on nobody can call it off."""
        self.begun = self.begun or self.future.set_running_or_notify_cancel()
        return self.begun

    def attempt(self, work: W) -> None:
        """Do the job within a transaction."""
        self.done, self.error = None, None
        try:
            self.done = work.attempt(self.job)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is for whoever asked, and for nobody else
            self.error = error

    def answer(self, error: Exception | None = None) -> None:
        """Answer, once, and tell who waits."""
        self.give(error or self.error)
        tell([self.future])

    def give(self, error: Exception | None) -> None:
        """Answer, once; who waits on an event loop is still to be told."""
        if self.future.done():
            return
        if error is not None:
            self.future.set_exception(error)
        else:
            self.future.set_result(self.done)

    def fails(self, error: Exception) -> None:
        """Answer that nothing could be stored: a refusal that is not on record is none."""
        own = self.error if self.error is not None and not isinstance(self.error, REFUSALS) else None
        self.answer(own or error)


class Batch(Generic[W]):
    """Jobs that are written together, and how far they have come."""

    def __init__(self, open_work: Callable[[], W], jobs: list[Waiting[W]]) -> None:
        self._open_work = open_work
        self.jobs = jobs
        self._together: list[Waiting[W]] = []
        """Those that share the transaction of now."""
        self._now: Waiting[W] | None = None
        self._committing: W | None = None
        self._kept = False

    def carry_out(self) -> None:
        """Do them all and answer everybody."""
        left = [each for each in self.jobs if each.begins()]
        again = True
        while left:
            error = self._write(left)
            if error is not None and again and passes(error):
                again = False
                continue
            if error is not None and self._now is not None:
                # It has ended the transaction of them all: the others are done again, without it.
                self._now.answer(error)
                left.remove(self._now)
                continue
            if isinstance(error, OF_THE_STORE):
                _fail(left, error)
            elif error is not None:
                self._one_by_one(left)
            return

    def _one_by_one(self, jobs: list[Waiting[W]]) -> None:
        """Do each in a transaction of its own: the conflict, or whatever it was, meets whom it concerns."""
        for place, each in enumerate(jobs):
            for tries_left in reversed(range(each.tries)):
                error = self._write([each])
                if not isinstance(error, ConflictError) or not tries_left:
                    break
            if isinstance(error, OF_THE_STORE):
                _fail(jobs[place:], error)
                return
            if error is not None:
                each.answer(error)

    def _write(self, jobs: list[Waiting[W]]) -> Exception | None:
        """Do jobs in one transaction and answer them, or give why nothing of it was kept.

        `_now` is then the job that has ended the transaction, if one has.
        """
        self._together, self._now, self._committing, self._kept = jobs, None, None, False
        try:
            with self._open_work() as work:
                work.look_ahead([each.about for each in jobs if each.about is not None])
                for each in jobs:
                    self._now = each
                    each.attempt(work)
                    if each.error is not None and work.broken:
                        return each.error
                self._now, self._committing = None, work
                work.commit()
                self._kept = True
        except Exception as error:  # noqa: BLE001 - it is told to whom it concerns
            if not self._kept:
                self._committing = None
                return error
        self._answer()
        return None

    def _answer(self) -> None:
        for each in self._together:
            each.give(each.error)
        tell(each.future for each in self._together)

    def left_behind(self) -> list[Waiting[W]]:
        """After a death: answer those of whom it is known what became of them, and give those to be done again."""
        tell(each.future for each in self.jobs if each.future.done())
        landed = self._kept or (self._committing is not None and self._landed())
        if landed is None:
            _fail(self._together, UnknownOutcome())
        elif landed:
            self._answer()
        again = []
        for each in self.jobs:
            if each.future.done():
                continue
            each.deaths += 1
            if each is self._now or each.deaths >= DEATHS:
                each.answer(CutOff())
            else:
                again.append(each)
        return again

    def _landed(self) -> bool | None:
        assert self._committing is not None
        try:
            return self._committing.landed()
        except Exception:  # noqa: BLE001 - whatever keeps one from looking, one does not know
            return None


def _fail(jobs: list[Waiting[W]], error: Exception) -> None:
    for each in jobs:
        each.fails(error)
