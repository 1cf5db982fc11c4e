"""Reading in the log over HTTP: may they, have they told why, and is it on record; only then is anything opened.

The rights are `workflow.log_rights`'; this only asks them, and writes down the answer.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from adapters.api.problems import ApiProblem, Trouble
from adapters.db.recorded import RecordedLog
from adapters.lotse import Lotse
from adapters.millis import instant, millis
from workflow.audited import Audited, Recorded
from workflow.calendar import BERLIN
from workflow.case import Case
from workflow.errors import UnknownCaseError
from workflow.log_rights import Right
from workflow.office import Directory, Person

_NEEDS_REASON = "Bitte einen Grund angeben; er wird festgehalten. Bitte ohne Namen von Familien."


def log_of(lotse: Lotse) -> RecordedLog:
    """The bodies A of the store. Record the reading first."""
    return RecordedLog(lotse.store)


def case_meant(lotse: Lotse, person: Person, number: str, action: Audited) -> tuple[Case, Directory]:
    """The case of this number, looked up and not opened. Raises UnknownCaseError, on record."""
    try:
        with lotse.store.work(reading=True) as work:
            return work.case_numbered(number), work.directory
    except UnknownCaseError:
        lotse.asked_in_vain(person, action)
        raise


def look_into(
    lotse: Lotse,
    person: Person,
    right: Right,
    action: Audited,
    reason: str,
    case: str | None = None,
    **more: object,
) -> None:
    """Let somebody read, on record. Raises ApiProblem, UnknownCaseError where a case is not theirs to know."""
    entry: dict[str, object] = {"action": str(action), "actor": person.id}
    if case is not None:
        entry["case"] = case
    told = reason.strip()
    if right is Right.NOT_AT_ALL:
        lotse.record("access", {**entry, "outcome": "refused", "reason": "denied"})
        if case is not None:
            raise UnknownCaseError
        raise ApiProblem(Trouble.ROLE, "Das lesen Leitung und Datenschutz, mit einem Grund.")
    if right is Right.WITH_REASON and not told:
        raise ApiProblem(Trouble.INVALID, errors=[("/reason", _NEEDS_REASON)])
    if told:
        entry["purpose"] = told
    lotse.record("access", {**entry, **more})


def between(
    lotse: Lotse, since: date | None, until: date | None, before: tuple[int, ...] | None
) -> Iterator[Recorded]:
    """The entries of these local days, the newest first, from behind a place that was shown."""
    end = _midnight(until, after=True)
    if before is not None:
        reached = instant(before[-1] + 1)
        end = reached if end is None else min(end, reached)
    for entry in log_of(lotse).backwards(_midnight(since), end):
        if before is None or place(entry) < before:
            yield entry


def place(entry: Recorded) -> tuple[int, int, int]:
    """Where an entry stands among all incarnations (the log that is written now comes last), and its time in ms."""
    return (10**9 if entry.incarnation is None else entry.incarnation, entry.seq, millis(entry.at))


def _midnight(day: date | None, *, after: bool = False) -> datetime | None:
    return None if day is None else datetime.combine(day + timedelta(days=after), time(), BERLIN)
