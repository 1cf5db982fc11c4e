"""Carrying a piece of writing out: in a unit of work of its own, kept with the log's word of it, or not at all.

A refusal is an outcome and no failure: what it has to say to the log is committed, and then it is raised. Proven by
`tests/contracts/test_writer.py`.
"""

from collections.abc import Callable
from typing import TypeVar

from workflow.errors import ConflictError, KeyReusedError, RefusedError, UnknownCaseError
from workflow.ports import ClosingWork, Entry

REFUSALS = (RefusedError, ConflictError, UnknownCaseError, KeyReusedError)
"""What leaves an entry behind; whatever else goes wrong leaves nothing."""

W = TypeVar("W", bound=ClosingWork)
T = TypeVar("T")


def carried_out(job: Callable[[W], T], open_work: Callable[[], W], tries: int = 1) -> T:
    """Do a job in a unit of work of its own and commit it, a recorded refusal too; gives what the job gives.

    The job stages and never commits. With more `tries` it is done again where the commit met a conflict.
    """
    for left in reversed(range(tries)):
        with open_work() as work:
            try:
                done = work.attempt(job)
            except REFUSALS:
                work.commit()
                raise
            try:
                work.commit()
            except ConflictError:
                if left:
                    continue
                raise
            return done
    raise AssertionError


def tells_of_a_refusal(entry: Entry) -> bool:
    """Whether an entry stays where the job that staged it was refused: that somebody tried, or has looked."""
    return entry.kind == "access" or entry.a.get("outcome") != "done"
