"""Dated substitutions: who may enter and end one, and what a sensible one is; whom one stands for is the directory's.

A chain is fine (who stands in is away too), a ring is not: nobody would be there. What ended, ended: the past is never
changed. Told as a story in `tests/scenarios/test_dated_substitution.py`.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, timedelta

from states.vocabulary import Role
from workflow.audited import Audited
from workflow.errors import Blocked, DetailFault, DetailsError, RefusedError
from workflow.judge import DENIED
from workflow.office import Directory, Moment, Office, Person, Substitution
from workflow.ports import DirectoryWork, Entry
from workflow.rights import Act, may, sets_up

LONGEST = timedelta(days=366)
"""Nobody is away longer than that without being asked again (own reading)."""

NOT_YOURS = "Eine Vertretung trägt die Leitung ein, oder wer abwesend ist, für sich selbst."
NOT_ONESELF = (
    "Sich selbst trägt niemand als Vertretung ein. Nächster Schritt: Wer abwesend ist oder eine zweite Leitung trägt "
    "sie ein; was nicht warten kann, öffnet der Notfall."
)
"""Who names herself deputy would open what is another's to open, and without a reason."""


def enter(
    by: Person, wanted: Substitution, work: DirectoryWork, office: Office, first: str = ""
) -> Substitution:
    """Enter a substitution, staged in `work`; `first` is the Fachkraft who sets the house up.

    Raises RefusedError, staged for the log before, where it is not this person's to do, and DetailsError where it
    makes no sense.
    """
    moment = office.moment
    _require(by, wanted.absent, first, Audited.SUBSTITUTION, work, moment)
    faults = tuple(_faults(wanted, work.directory, moment.real_day))
    if faults:
        raise DetailsError(faults)
    if wanted.deputy == by.id:
        raise _refused(by, Audited.SUBSTITUTION, work, moment, NOT_ONESELF)
    _write(by, wanted, Audited.SUBSTITUTION, work, moment)
    return wanted


def end(
    by: Person, wanted: Substitution, work: DirectoryWork, office: Office, first: str = ""
) -> Substitution:
    """End a substitution with yesterday, or take one back that has not begun; gives it as it then is.

    From now on the deputy sees nothing by it.

    Raises RefusedError, staged for the log before, and DetailsError where there is none or it has ended.
    """
    moment = office.moment
    _require(by, wanted.absent, first, Audited.SUBSTITUTION_ENDED, work, moment)
    key = (wanted.absent, wanted.deputy, wanted.first)
    known = {(e.absent, e.deputy, e.first): e for e in work.directory.substitutions}
    found, yesterday = known.get(key), moment.real_day - timedelta(days=1)
    if found is None or found.last < found.first:
        raise DetailsError((DetailFault("first", "Diese Vertretung gibt es nicht."),))
    if found.last <= yesterday:
        raise DetailsError((DetailFault("first", "Diese Vertretung ist schon beendet."),))
    # One that has not begun ends the day before: it never stood.
    ended = replace(found, last=max(yesterday, found.first - timedelta(days=1)))
    _write(by, ended, Audited.SUBSTITUTION_ENDED, work, moment)
    return ended


def listed_for(person: Person, directory: Directory) -> tuple[Substitution, ...]:
    """The substitutions this person may list, newest first: all for Leitung and IT, else those they are part of."""
    if not person.active:
        return ()
    house = bool(person.roles & {Role.SUPERVISOR, Role.ADMIN})
    found = (
        each
        for each in directory.substitutions
        if each.first <= each.last and (house or person.id in (each.absent, each.deputy))
    )
    return tuple(sorted(found, key=lambda each: (each.first, each.absent, each.deputy), reverse=True))


def _require(
    by: Person, absent: str, first: str, action: Audited, work: DirectoryWork, moment: Moment
) -> None:
    """Raise RefusedError, on record, unless this person may (`workflow.rights`)."""
    directory = work.directory
    actor = directory.persons.get(by.id)
    if actor is not None and (may(actor, Act.SUBSTITUTION, own=absent) or sets_up(actor, directory, first)):
        return
    raise _refused(by, action, work, moment, NOT_YOURS)


def _refused(by: Person, action: Audited, work: DirectoryWork, moment: Moment, why: str) -> RefusedError:
    """The refusal, on record."""
    a = {"action": str(action), "actor": by.id, "outcome": "refused", "reason": DENIED, "at": _said(moment)}
    work.record(Entry("steps", a))
    return RefusedError(Blocked(DENIED, why))


def _faults(wanted: Substitution, directory: Directory, today: date) -> Iterator[DetailFault]:
    absent, deputy = directory.persons.get(wanted.absent), directory.persons.get(wanted.deputy)
    if absent is None or Role.CASE_WORKER not in absent.roles:
        yield DetailFault("absent", "Vertreten wird nur eine Fachkraft, die hier eingetragen ist.")
    if deputy is None or not deputy.active or Role.CASE_WORKER not in deputy.roles:
        yield DetailFault("deputy", "Vertreten kann nur eine Fachkraft, die hier arbeitet.")
    if wanted.absent == wanted.deputy:
        yield DetailFault("deputy", "Niemand vertritt sich selbst.")
    if wanted.last < wanted.first:
        yield DetailFault("last", "Der letzte Tag liegt vor dem ersten.")
    elif wanted.last < today:
        yield DetailFault("last", "Der letzte Tag liegt in der Vergangenheit; eine Vertretung gilt ab jetzt.")
    if wanted.last - wanted.first > LONGEST:
        yield DetailFault("last", "Das ist länger als ein Jahr.")
    same = (e for e in directory.substitutions if (e.absent, e.deputy) == (wanted.absent, wanted.deputy))
    if any(_meet(each, wanted) for each in same):
        yield DetailFault("first", "In dieser Zeit steht diese Vertretung schon.")
    elif wanted.absent in _represented_by_chain(wanted, directory):
        yield DetailFault("deputy", "Diese Person wird in dieser Zeit selbst von der abwesenden vertreten.")


def _represented_by_chain(wanted: Substitution, directory: Directory) -> set[str]:
    """Who would stand in, directly or in turn, for the deputy on some day of the wanted time: a ring ends there."""
    found: set[str] = set()
    waiting = [wanted.deputy]
    while waiting:
        away = waiting.pop()
        for each in directory.substitutions:
            if each.absent == away and _meet(each, wanted) and each.deputy not in found:
                found.add(each.deputy)
                waiting.append(each.deputy)
    return found


def _meet(one: Substitution, other: Substitution) -> bool:
    """Whether both stand on some day."""
    return one.first <= one.last and max(one.first, other.first) <= min(one.last, other.last)


def _write(by: Person, one: Substitution, action: Audited, work: DirectoryWork, moment: Moment) -> None:
    checksum = work.write_directory([one])
    work.record(
        Entry(
            "steps",
            {
                "action": str(action),
                "actor": by.id,
                "outcome": "done",
                "at": _said(moment),
                "concerned": one.deputy,
                "absent": one.absent,
                "first": one.first.isoformat(),
                "last": one.last.isoformat(),
                "directory": checksum,
            },
        )
    )


def _said(moment: Moment) -> str:
    return moment.real_at.astimezone(UTC).isoformat()
