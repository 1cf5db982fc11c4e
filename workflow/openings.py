"""Cases opened for a while beside what somebody sees anyway: break-glass, inspection, sample, clarification, advice.

An opening is at once, with a reason, limited in time, on record before anything is read, and it ends by itself; a
supervisor who did not take it reviews each emergency. Who may is `workflow.opening_rights`' affair; told as a story
in `tests/scenarios/test_break_glass.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from workflow.audited import Audited
from workflow.calendar import local_date
from workflow.deadlines import Counting, Deadline, deadline
from workflow.errors import Blocked, DetailFault, DetailsError, RefusedError, UnknownCaseError
from workflow.office import Directory, Moment, Network, Office, Opening, OpeningKind, Person
from workflow.opening_rights import FOR_OTHERS, UNKNOWN, gives, oversees, require_opening, why_no_review
from workflow.ports import DirectoryWork, Entry

LASTS: Mapping[OpeningKind, timedelta] = {
    OpeningKind.EMERGENCY: timedelta(minutes=60),
    OpeningKind.INSPECTION: timedelta(hours=8),
    OpeningKind.SAMPLE: timedelta(hours=8),
    OpeningKind.CLARIFY: timedelta(days=14),
    OpeningKind.ADVICE: timedelta(days=14),
}
"""How long each kind stands open (own reading); an emergency may be set shorter or longer for the house."""
A_DAY = 3
"""More emergencies than this by one person on one day are told to data protection too (own reading)."""
REVIEW_DAYS = 5
"""Working days until an emergency is to be reviewed (own reading)."""
_LONGEST = 2000
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asks for: which case (by number), why, and for whom where it is not for themselves."""

    by: Person
    number: str
    kind: OpeningKind
    reason: str = field(repr=False)
    whom: str | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """An opening that was made, and the how-manieth emergency of this person on this day it is (0: none)."""

    opening: Opening
    emergency: int = 0

    @property
    def often(self) -> bool:
        """Whether this person has taken so many today that data protection is told too."""
        return self.emergency > A_DAY


def open_case(
    wanted: Wanted, work: DirectoryWork, office: Office, emergency: timedelta = LASTS[OpeningKind.EMERGENCY]
) -> Opened:
    """Open a case for a while, staged in `work`; `emergency` is how long an emergency lasts here.

    Raises RefusedError and UnknownCaseError, both staged for the log before, and DetailsError for a lacking reason.
    """
    moment = office.moment
    reason = _words("reason", wanted.reason, "Bitte den Grund nennen, in einem Satz.")
    told: dict[str, object] = {"kind": str(wanted.kind)}

    def made() -> Opened:
        case = work.case_numbered(wanted.number)
        told["case"] = case.id
        by = _now(wanted.by, work.directory)
        holder = _holder(wanted, by, work.directory)
        require_opening(wanted.kind, by, holder, case, work.directory, moment)
        at = _whole_millis(moment.real_at)
        lasts = emergency if wanted.kind is OpeningKind.EMERGENCY else LASTS[wanted.kind]
        opening = Opening(office.new_id(), holder.id, case.id, wanted.kind, at, at + lasts)
        opened = Opened(opening, _nth(opening, work.directory))
        _write(work, Audited.OPENED, by, opening, moment, {"reason": reason}, emergency=opened.emergency)
        return opened

    return _on_record(made, work, Audited.OPENED, wanted.by, moment, told)


def end_opening(by: Person, opening: str, work: DirectoryWork, office: Office) -> Opening:
    """End what stands open before its time: whoever holds it, has given it or oversees the house. Raises RefusedError."""
    moment = office.moment

    def made() -> Opening:
        found = _found(opening, work.directory)
        actor = _now(by, work.directory)
        if not actor.active or not (
            actor.id == found.person or oversees(actor) or _gives(actor, found, work, moment)
        ):
            raise RefusedError(UNKNOWN)
        if not found.stands(moment.real_at):
            raise RefusedError(Blocked("ended", "Dieser Zugriff ist schon beendet."))
        ended = replace(found, until=_whole_millis(moment.real_at))
        _write(work, Audited.OPENING_ENDED, actor, ended, moment)
        return ended

    return _on_record(made, work, Audited.OPENING_ENDED, by, moment, {})


def review_opening(by: Person, opening: str, remark: str, work: DirectoryWork, office: Office) -> Opening:
    """Put on record that an emergency was looked into, with a remark. Raises RefusedError and DetailsError."""
    moment = office.moment
    words = _words("remark", remark, "Bitte vermerken, was geprüft wurde.")

    def made() -> Opening:
        actor = _now(by, work.directory)
        found = _found(opening, work.directory)
        blocked = why_no_review(actor, found, moment)
        if blocked is not None:
            raise RefusedError(blocked)
        reviewed = replace(found, reviewed_by=actor.id, reviewed_at=_whole_millis(moment.real_at))
        _write(work, Audited.OPENING_REVIEWED, actor, reviewed, moment, {"remark": words})
        return reviewed

    return _on_record(made, work, Audited.OPENING_REVIEWED, by, moment, {})


def review_due(opening: Opening, network: Network) -> Deadline:
    """Until when an emergency is to be reviewed, counted as the network counts."""
    counting = Counting(network.profile.counting)
    return deadline(local_date(opening.opened_at), REVIEW_DAYS, counting, network.calendar)


def _gives(person: Person, opening: Opening, work: DirectoryWork, moment: Moment) -> bool:
    try:
        case = work.case(opening.case)
    except UnknownCaseError:
        return False
    return gives(person, opening, case, work.directory, moment)


def _holder(wanted: Wanted, by: Person, directory: Directory) -> Person:
    """Who is to hold it. Raises DetailsError where somebody else has to be named and is not, or the other way."""
    if (wanted.kind in FOR_OTHERS) != (wanted.whom is not None):
        need = (
            "Bitte die Person nennen." if wanted.kind in FOR_OTHERS else "Das nimmt man nur für sich selbst."
        )
        raise DetailsError((DetailFault("whom", need),))
    if wanted.whom is None:
        return by
    found = directory.persons.get(wanted.whom)
    if found is None:
        raise DetailsError((DetailFault("whom", "Diese Person gibt es hier nicht."),))
    return found


def _found(opening: str, directory: Directory) -> Opening:
    found = next((each for each in directory.openings if each.id == opening), None)
    if found is None:
        raise RefusedError(UNKNOWN)
    return found


def _now(person: Person, directory: Directory) -> Person:
    """The person as the directory has them now; who is not in it may do nothing."""
    return directory.persons.get(person.id) or replace(person, active=False)


def _nth(opening: Opening, directory: Directory) -> int:
    if opening.kind is not OpeningKind.EMERGENCY:
        return 0
    day = local_date(opening.opened_at)
    kin = (e for e in directory.openings if e.kind is opening.kind and e.person == opening.person)
    return 1 + sum(local_date(each.opened_at) == day for each in kin)


def _words(name: str, text: str, missing: str) -> str:
    words = text.strip()
    if not words:
        raise DetailsError((DetailFault(name, missing),))
    if len(words) > _LONGEST:
        raise DetailsError((DetailFault(name, f"Das ist zu lang: höchstens {_LONGEST} Zeichen."),))
    return words


def _whole_millis(at: datetime) -> datetime:
    """As the tables keep it, in UTC."""
    at = at.astimezone(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _write(
    work: DirectoryWork,
    action: Audited,
    by: Person,
    opening: Opening,
    moment: Moment,
    words: Mapping[str, object] | None = None,
    emergency: int = 0,
) -> None:
    """Stage the opening with its entry; the words lie under the case's key, as long as there is one."""
    checksum = work.write_directory([opening])
    a: dict[str, object] = {
        "action": str(action),
        "actor": by.id,
        "outcome": "done",
        "at": _said(moment),
        "case": opening.case,
        "opening": opening.id,
        "kind": str(opening.kind),
        "concerned": opening.person,
        "until": opening.until.isoformat(),
        "directory": checksum,
    }
    if emergency:
        a["emergency"] = emergency
    try:
        work.case(opening.case)
    except UnknownCaseError:
        work.record(Entry("steps", a))
    else:
        work.record(Entry("steps", a, words, opening.case))


def _on_record(
    made: Callable[[], T],
    work: DirectoryWork,
    action: Audited,
    by: Person,
    moment: Moment,
    told: Mapping[str, object],
) -> T:
    """Do it; a refusal is staged for the log before it is raised."""
    try:
        return made()
    except (RefusedError, UnknownCaseError) as refusal:
        code = refusal.blocked.code if isinstance(refusal, RefusedError) else type(refusal).__name__
        a = {"action": str(action), "actor": by.id, "outcome": "refused", "reason": code, "at": _said(moment)}
        if isinstance(refusal, RefusedError):
            a.update((name, str(value)) for name, value in told.items())
        work.record(Entry("steps", a))
        raise


def _said(moment: Moment) -> str:
    return moment.real_at.astimezone(UTC).isoformat()
