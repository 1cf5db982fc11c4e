"""Opening a case for a while, ending that and reviewing it: one transaction each with its entry, and with its alert.

The jobs stage and never commit, so they serve `Lotse.write` and a writer alike. Of an emergency every supervisor with
an address is written to that there is news, and of too many on one day data protection as well; the letter says no more.
"""

from collections.abc import Callable
from datetime import timedelta

from adapters.db.work import SqlWork
from adapters.login.rows import Rows
from adapters.lotse import DAMAGED, Lotse
from adapters.mail import Recipient
from adapters.outbox import enqueue
from adapters.outbox_letters import NewsLetter
from states.vocabulary import Role
from workflow.access import knows_of
from workflow.errors import UnknownCaseError
from workflow.office import Opening, OpeningKind, Person
from workflow.opening_rights import oversees, seen_by
from workflow.openings import Opened, Wanted, end_opening, open_case, review_opening
from workflow.pseudonym import pseudonym

Job = Callable[[SqlWork], Opening]


def taking(lotse: Lotse, wanted: Wanted) -> Job:
    """The job that opens a case; see `workflow.openings.open_case` for what it raises."""

    def job(work: SqlWork) -> Opening:
        lasts = timedelta(minutes=lotse.settings.emergency_minutes)
        opened = open_case(wanted, work, lotse.office, lasts)
        if opened.opening.kind is OpeningKind.EMERGENCY:
            _alert(lotse, work, opened)
        return opened.opening

    return job


def ending(lotse: Lotse, by: Person, opening: str) -> Job:
    """The job that ends an opening before its time."""
    return lambda work: end_opening(by, opening, work, lotse.office)


def reviewing(lotse: Lotse, by: Person, opening: str, remark: str) -> Job:
    """The job that puts on record that an emergency was looked into."""
    return lambda work: review_opening(by, opening, remark, work, lotse.office)


def openings_for(lotse: Lotse, person: Person) -> list[tuple[Opening, str]]:
    """What this person may list, newest first, each with the number of its case where that is theirs to know.

    On record, as kind and count, before. An erased case has no number any more.
    """
    with lotse.store.work(reading=True) as work:
        found = _seen(person, work)
    lotse.record("access", {"action": "openings", "actor": person.id, "count": len(found)})
    with lotse.store.work(reading=True) as work:
        return [(each, called(lotse, each, person, work)) for each in _seen(person, work)]


def _seen(person: Person, work: SqlWork) -> tuple[Opening, ...]:
    listed = work.directory.persons.get(person.id)
    return seen_by(listed, work.directory) if listed is not None else ()


def called(lotse: Lotse, opening: Opening, person: Person, work: SqlWork) -> str:
    """How the case is called for this person: its number, its pseudonym, or nothing."""
    if opening.person == person.id and opening.kind is OpeningKind.ADVICE:
        return pseudonym(opening.id)
    listed = work.directory.persons[person.id]
    try:
        case = work.case(opening.case)
    except (UnknownCaseError, *DAMAGED):
        return ""
    known = oversees(listed) or knows_of(listed, case, work.directory, lotse.moment)
    return case.number if known else ""


def _alert(lotse: Lotse, work: SqlWork, opened: Opened) -> None:
    """Put the letters into the outbox, in the transaction of the opening; nothing where mail is not configured."""
    settings = lotse.settings
    rows = Rows.known(work) if settings.smtp_host else None
    if rows is None:
        return
    roles = {Role.SUPERVISOR, Role.DPO} if opened.often else {Role.SUPERVISOR}
    now_ms = int(lotse.moment.real_at.timestamp() * 1000)
    for person in work.directory.persons.values():
        if not person.active or not person.roles & roles or person.id == opened.opening.person:
            continue
        account = rows.account(person.id)
        if account is not None and account.mail:
            role = "supervisor" if Role.SUPERVISOR in person.roles else "dpo"
            enqueue(work, NewsLetter(settings.base_url), Recipient(role, account.mail), now_ms)
