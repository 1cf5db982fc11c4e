"""The sweep: flag what has become overdue, each obligation exactly once, by however many schedulers.

A portion of cases is claimed and flagged in one transaction, so whoever dies in it has flagged none of them and whoever
comes second finds them flagged. "Overdue" itself is a query, and every screen is right without this. Proven in
`tests/scheduler/test_sweep.py`, and with schedulers killed and stopped in `tests/scheduler/test_many_schedulers.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from adapters.db.sweep_statements import CLAIM, DUE
from adapters.db.work import SqlWork
from adapters.millis import millis
from adapters.seeing import DAMAGED
from states.vocabulary import Command, Role
from workflow.case import Case
from workflow.duties import Rules, settle
from workflow.erasure import CaseErasedError
from workflow.errors import UnknownCaseError, WorkflowError
from workflow.office import Directory, Person
from workflow.perform import TRIES, Request, perform

if TYPE_CHECKING:
    from adapters.lotse import Lotse

CLOCK = Person("clock", "Fristenuhr", frozenset({Role.CLOCK}))
PORTION = 64
"""So many cases are flagged in one go, so that nobody else waits long."""


class Stuck(WorkflowError):
    """Dieser Fall lässt sich nicht markieren. Nächster Schritt: lotse audit verify --replay."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep has done: obligations flagged, and by how many milliseconds the oldest of them was overdue."""

    flagged: int = 0
    late_ms: int = 0
    next: tuple[int, str] | None = None
    """Behind which place the next portion begins; None at the end."""

    def __add__(self, other: "Swept") -> "Swept":
        """Both, one after the other."""
        return Swept(self.flagged + other.flagged, max(self.late_ms, other.late_ms), other.next)


def sweep(lotse: "Lotse", most: int | None = None, going_on: Callable[[], bool] = lambda: True) -> Swept:
    """Flag until nothing is left, `most` cases were looked at, or one should not go on.

    What cannot be opened is named by `lotse.damaged`.
    """
    now = millis(lotse.office.clock())
    with lotse.store.reading() as connection:
        first = DUE.one(connection, tenant=lotse.store.tenant, now=now)[0]
    done = Swept(next=None if first is None else (int(first), ""))
    left = most
    while done.next is not None and going_on() and left != 0:
        count = PORTION if left is None else min(PORTION, left)
        done += lotse.write(partial(_portion, lotse, now, done.next, count), TRIES)
        left = None if left is None else left - count
    return done


def _portion(lotse: "Lotse", now: int, after: tuple[int, str], count: int, work: SqlWork) -> Swept:
    """Claim and flag the next cases behind a place, in this transaction."""
    claimed = CLAIM.rows(
        work.connection, tenant=lotse.store.tenant, now=now, after=after[0], after_id=after[1], count=count
    )
    done = Swept()
    for _, case_id in claimed:
        try:
            done += work.attempt(partial(_flag, lotse, case_id))
        except (CaseErasedError, UnknownCaseError):
            continue
        except (WorkflowError, *DAMAGED):
            lotse.damaged.add(case_id)
    place = (int(claimed[-1][0]), str(claimed[-1][1])) if len(claimed) == count else None
    return Swept(done.flagged, done.late_ms, place)


def _flag(lotse: "Lotse", case_id: str, work: SqlWork) -> Swept:
    """Flag what is overdue in one case; Stuck, leaving nothing, where the process will not have it."""
    now = lotse.office.clock()
    duties = settled(lotse, work.case(case_id), work.directory).duties
    overdue = [duty for duty in duties if duty.flagged_at is None and duty.flag_from <= now]
    for obligation in dict.fromkeys(duty.obligation for duty in overdue):
        request = Request(Command.FLAG_OVERDUE, CLOCK, case_id, details={"obligation": obligation})
        try:
            perform(request, work, lotse.office)
        except WorkflowError as error:
            raise Stuck(Stuck.__doc__) from error
    late = max((millis(now) - millis(duty.flag_from) for duty in overdue), default=0)
    return Swept(len(overdue), late)


def settled(lotse: "Lotse", case: Case, directory: Directory) -> Case:
    """The case as time alone has left it: what fell away with a consent is not overdue."""
    network = lotse.office.network(case.profile, case.profile_version)
    return settle(case, lotse.moment, Rules(network, directory))[0]
