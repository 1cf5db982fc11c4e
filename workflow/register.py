"""The register of institutions: entering, renaming, the agreement on record, and inviting somebody to speak for one.

A partner refers on a Netzwerkvereinbarung with a first and a last day (§ 3 (3) KKG); without one in force it brings in
nothing new. A new name stands beside the old ones, so nothing is orphaned. Told in
`tests/scenarios/test_a_clinics_day.py`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import NoReturn

from states.vocabulary import Role
from workflow.audited import Audited
from workflow.errors import Blocked, DetailFault, DetailsError, RefusedError
from workflow.institutions import institution_of, taken_by
from workflow.intake.source import SourceKind
from workflow.judge import DENIED
from workflow.office import Directory, Institution, Moment, Office, Person
from workflow.ports import DirectoryWork, Entry
from workflow.rights import Act, may, sets_up, who_may
from workflow.staff import LONGEST, usable_id

KINDS = tuple(kind for kind in SourceKind if not kind.is_family)
"""The kinds an institution can be of."""


@dataclass(frozen=True, slots=True)
class Entered:
    """What is entered about an institution; None leaves what is known. Days are local, both included.

    `agreement` names the Netzwerkvereinbarung; an empty text says that there is none (any more).
    """

    id: str
    name: str | None = None
    kind: str | None = None
    active: bool | None = None
    agreement: str | None = None
    agreement_from: date | None = None
    agreement_until: date | None = None


@dataclass(frozen=True, slots=True)
class Guest:
    """Whom a partner institution sends: the id they get here, their name, the institution they speak for."""

    id: str
    name: str
    institution: str


def enter_institution(
    by: Person, given: Entered, work: DirectoryWork, office: Office, first: str = ""
) -> Institution:
    """Enter or change an institution, staged in `work`; `first` is the Fachkraft who sets the house up.

    Raises RefusedError, staged for the log before, where it is not theirs to do, and DetailsError.
    """
    moment = office.moment
    _require(by, Audited.INSTITUTION, first, work, moment)
    known = work.directory.institutions.get(given.id)
    made = _made(given, known)
    faults = tuple(_faults(made, work.directory))
    if faults:
        raise DetailsError(faults)
    a: dict[str, object] = {"institution": made.id, "kind": made.kind, "active": made.active}
    if made.agreement:
        days = {"agreement_from": made.agreement_from, "agreement_until": made.agreement_until}
        a.update({name: day.isoformat() for name, day in days.items() if day is not None}, agreement=True)
    if known is not None and known.name != made.name:
        a["renamed"] = True
    _write(by, made, Audited.INSTITUTION, a, work, moment)
    return made


def enter_guest(
    by: Person,
    guest: Guest,
    until: datetime,
    work: DirectoryWork,
    office: Office,
    first: str = "",
    hindered: Blocked | None = None,
) -> Person:
    """Enter who may speak for an institution, or find them entered; their invitation is good `until` then (aware).

    `hindered` is what the login has against it: nobody is invited who comes in already, or under another's name.
    Raises RefusedError, staged for the log before, and DetailsError.
    """
    moment = office.moment
    _require(by, Audited.INVITED, first, work, moment)
    directory = work.directory
    institution = directory.institutions.get(guest.institution)
    known = directory.persons.get(guest.id)
    faults = tuple(_guest_faults(guest, institution, known, directory))
    if faults or institution is None:
        raise DetailsError(faults)
    if hindered is not None:
        _refuse(by, Audited.INVITED, hindered, work, moment)
    person = known or Person(guest.id, guest.name.strip(), frozenset({Role.PARTNER}), institution.name)
    a: dict[str, object] = {
        "concerned": person.id, "institution": institution.id, "until": until.astimezone(UTC).isoformat(),
    }  # fmt: skip
    _write(by, person, Audited.INVITED, a, work, moment)
    return person


def _made(given: Entered, known: Institution | None) -> Institution:
    """The institution as it will stand; a name that is left joins the former ones."""
    base = known or Institution(given.id, "", SourceKind.OTHER)
    changes = {
        name: value
        for name in ("name", "kind", "active", "agreement", "agreement_from", "agreement_until")
        if (value := getattr(given, name)) is not None
    }
    if given.agreement == "":
        changes |= {"agreement_from": None, "agreement_until": None}
    made = replace(base, **changes)
    made = replace(made, name=made.name.strip(), agreement=made.agreement.strip())
    former = (*base.former_names, *([base.name] if known is not None else []))
    return replace(
        made, former_names=tuple(name for name in dict.fromkeys(former) if name and name != made.name)
    )


def _faults(made: Institution, directory: Directory) -> Iterator[DetailFault]:
    if not usable_id(made.id):
        yield DetailFault("id", "Eine Kennung besteht aus Kleinbuchstaben, Ziffern, Punkt und Strich.")
    if not made.name or len(made.name) > LONGEST or not made.name.isprintable():
        yield DetailFault("name", f"Der Name hat 1 bis {LONGEST} Zeichen in einer Zeile.")
    if len(made.agreement) > LONGEST or not made.agreement.isprintable():
        yield DetailFault("agreement", f"Die Vereinbarung hat höchstens {LONGEST} Zeichen in einer Zeile.")
    if made.kind not in {str(kind) for kind in KINDS}:
        yield DetailFault("kind", f"Diese Art gibt es nicht. Es gibt: {', '.join(KINDS)}.")
    begins, ends = made.agreement_from, made.agreement_until
    if begins is not None and ends is not None and ends < begins:
        yield DetailFault("agreement_until", "Der letzte Tag der Vereinbarung liegt vor dem ersten.")
    if (begins or ends) and not made.agreement:
        yield DetailFault("agreement", "Tage hat nur eine Vereinbarung; bitte sie nennen.")
    if taken_by(directory, (made.id, made.name), made.id) is not None:
        yield DetailFault("name", "So heißt, hieß oder nennt sich hier schon eine andere Einrichtung.")


def _guest_faults(
    guest: Guest, institution: Institution | None, known: Person | None, directory: Directory
) -> Iterator[DetailFault]:
    if institution is None or not institution.active:
        yield DetailFault("institution", "Diese Einrichtung steht nicht (mehr) im Verzeichnis.")
    if not usable_id(guest.id):
        yield DetailFault("id", "Eine Kennung besteht aus Kleinbuchstaben, Ziffern, Punkt und Strich.")
    if not guest.name.strip() or len(guest.name) > LONGEST or not guest.name.isprintable():
        yield DetailFault("name", f"Der Name hat 1 bis {LONGEST} Zeichen in einer Zeile.")
    if known is not None:
        theirs = institution_of(directory, known.institution)
        if known.roles != {Role.PARTNER} or theirs != institution or not known.active:
            yield DetailFault("id", "Diese Kennung gehört hier schon jemand anderem.")


def _require(by: Person, action: Audited, first: str, work: DirectoryWork, moment: Moment) -> None:
    """Raise RefusedError, on record, unless this person may (`workflow.rights`)."""
    directory = work.directory
    actor = directory.persons.get(by.id)
    if actor is not None and (may(actor, Act.PARTNERS) or sets_up(actor, directory, first)):
        return
    _refuse(by, action, Blocked(DENIED, who_may(Act.PARTNERS)), work, moment)


def _refuse(by: Person, action: Audited, why: Blocked, work: DirectoryWork, moment: Moment) -> NoReturn:
    a = {"action": str(action), "actor": by.id, "outcome": "refused", "reason": why.code, "at": _said(moment)}
    work.record(Entry("steps", a))
    raise RefusedError(why)


def _write(
    by: Person,
    entry: Person | Institution,
    action: Audited,
    told: dict[str, object],
    work: DirectoryWork,
    moment: Moment,
) -> None:
    checksum = work.write_directory([entry])
    a = {
        "action": str(action), "actor": by.id, "outcome": "done", "at": _said(moment), "directory": checksum, **told,
    }  # fmt: skip
    work.record(Entry("steps", a))


def _said(moment: Moment) -> str:
    return moment.real_at.astimezone(UTC).isoformat()
