"""What is kept, and until when: closed cases, days of the quarantine, years of accesses, by class and last day.

No name of a family is in it: a case is its number here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from states.retention import RetentionClass
from workflow.case import Case
from workflow.erasure import Deed
from workflow.ports import RetentionWork
from workflow.quarantine import held_due, held_until, may_purge
from workflow.retention import (
    Clerk,
    Past,
    accesses_due,
    accesses_kept_until,
    class_of,
    kept_until,
    may,
    past_of,
)


@dataclass(frozen=True, slots=True)
class Kept:
    """One line of what is kept: a closed case, a day of the quarantine or a year of accesses.

    `last` is its last day, None without a term.
    """

    target: str
    name: str
    kind: RetentionClass
    closed_on: date | None
    last: date | None
    due: bool
    held: bool
    requested_by: str | None

    @property
    def may_be_requested(self) -> bool:
        """Whether a first person may ask for it now; a day of the quarantine needs no second (decision 9)."""
        free = self.due and not self.held and not self.requested_by
        return free and self.kind is not RetentionClass.QUARANTINE


def overview(
    work: RetentionWork,
    clerk: Clerk,
    damage: tuple[type[Exception], ...] = (),
    unreadable: Callable[[str], object] = str,
) -> list[Kept]:
    """Everything this person may ask to erase, or purge, with its class and its last day; the accesses come last.

    A case that one of the errors in `damage` keeps closed is told to `unreadable` and hides no other.
    """
    asked = {each.target: each.requested_by for each in work.erasure_requests()}
    found = []
    for case_id in work.closed_cases():
        try:
            case, past = work.case(case_id), past_of(work.told(case_id))
        except damage:
            unreadable(case_id)
            continue
        if may(clerk.person, Deed.REQUEST, case, work.directory, clerk.moment):
            found.append(_kept(case, past, clerk, asked.get(case_id)))
    if may_purge(clerk.person):
        found += [_day(clerk, day) for day in work.held_days()]
    if may(clerk.person, Deed.REQUEST, None, work.directory, clerk.moment):
        found += [_year(work, clerk, purpose, asked.get(purpose)) for purpose in work.access_years()]
    return found


def _kept(case: Case, past: Past, clerk: Clerk, requested_by: str | None) -> Kept:
    kind = class_of(case, past)
    last = kept_until(past.closed_on, clerk.retention[kind]) if past.closed_on else None
    due = last is not None and clerk.moment.day > last
    return Kept(case.id, case.number, kind, past.closed_on, last, due, past.held, requested_by)


def _day(clerk: Clerk, day: str) -> Kept:
    term = clerk.retention[RetentionClass.QUARANTINE]
    due = held_due(day, term, clerk.moment.day)
    return Kept(day, day, RetentionClass.QUARANTINE, None, held_until(day, term), due, False, None)


def _year(work: RetentionWork, clerk: Clerk, purpose: str, requested_by: str | None) -> Kept:
    term = clerk.retention[RetentionClass.ACCESS_LOG]
    last = accesses_kept_until(purpose, term)
    due = accesses_due(purpose, term, clerk.moment.at)
    held = due and tells_of_a_held_case(work, purpose)
    return Kept(purpose, purpose, RetentionClass.ACCESS_LOG, None, last, due, held, requested_by)


def tells_of_a_held_case(work: RetentionWork, purpose: str) -> bool:
    """Whether an access of that year is to a case on hold, as tables or log have it."""
    accessed = work.cases_accessed(purpose)
    if work.legal_holds() & accessed:
        return True
    return any(past_of(work.told(case_id)).held for case_id in sorted(accessed))
