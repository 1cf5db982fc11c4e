"""Redeeming a one-time link: the first administrator, an invitation accepted, a new password.

The password is looked at before the link is used up, so that a weak one costs nobody their link. Tried in
`tests/login/test_links.py`.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from adapters.db.work import SqlWork
from adapters.login import links
from adapters.login.door import now_of
from adapters.login.links import Purpose
from adapters.login.own import around
from adapters.login.passwords import check
from adapters.login.porter import Porter
from adapters.login.record import login_name, note
from adapters.login.rows import Account, Rows
from adapters.login.staff import enter_person
from adapters.lotse import Lotse
from states.vocabulary import Role
from workflow.audited import Audited
from workflow.errors import WorkflowError
from workflow.office import Directory, Person

FIRST_VALID = timedelta(hours=24)
_ADMINISTRATOR = "verwaltung"


class LinkGoneError(WorkflowError):
    """Dieser Link gilt nicht (mehr). Nächster Schritt: einen neuen ausstellen lassen."""

    def __str__(self) -> str:
        return "Dieser Link gilt nicht (mehr). Nächster Schritt: einen neuen ausstellen lassen."


@dataclass(frozen=True, slots=True)
class Redeemed:
    """Whose link it was, and the name to log in with from now on."""

    person: Person
    login: str


def first_link(lotse: Lotse) -> str | None:
    """The secret part of a link by which somebody becomes the first administrator; None once anybody can log in.

    Valid for 24 hours; made again, the one before ends. The person is entered when the link is redeemed.
    """

    def job(work: SqlWork) -> str | None:
        if _can_log_in(Rows.of(work)):
            return None
        person = _administrator(work.directory)
        note(work, lotse, Audited.LINK_MADE, "system", concerned=person, purpose=str(Purpose.FIRST))
        return links.stage_link(work, lotse, person, Purpose.FIRST, FIRST_VALID)

    return lotse.write(job)


def redeem(porter: Porter, purpose: Purpose, text: str, password: str) -> Redeemed:
    """Use a link up and set the password. Raises LinkGoneError, WeakPasswordError, TooBusyError, TakenError."""
    lotse = porter.lotse
    with lotse.store.work(reading=True) as work:
        rows = Rows.known(work)
        whose = links.whose(rows, purpose, text, now_of(lotse)) if rows is not None else None
        person = _person(work, purpose, whose)
    if person is None:
        raise LinkGoneError
    check(password, around(porter, person))
    with porter.passwords.turn():
        hashed = porter.passwords.hash(password)

    def job(work: SqlWork) -> Redeemed:
        rows = Rows.of(work)
        found = _person(work, purpose, links.use_up(rows, purpose, text, now_of(lotse)))
        if found is None or (purpose is Purpose.FIRST and _can_log_in(rows)):
            raise LinkGoneError
        if found.id not in work.directory.persons:
            enter_person(work, lotse, found.id, found)
        account = rows.account(found.id) or Account(found.id, login_name(found.id))
        account = replace(account, password=hashed)
        rows.put(account)
        rows.drop_sessions(found.id)
        for each in Purpose:
            rows.drop_links(found.id, each)
        told = {"purpose": str(purpose), "account": rows.fingerprint(account)}
        note(work, lotse, Audited.LINK_USED, found.id, kind="steps", **told)
        return Redeemed(found, account.login)

    return lotse.write(job)


def _person(work: SqlWork, purpose: Purpose, person: str | None) -> Person | None:
    """Whoever the link is for, if they work here; the first administrator is entered only now."""
    found = work.directory.persons.get(person or "")
    if found is None and person and purpose is Purpose.FIRST:
        return Person(person, "Verwaltung", frozenset({Role.ADMIN}))
    return found if found is not None and found.active else None


def _administrator(directory: Directory) -> str:
    """The id of somebody in charge of the house, else one that is still free."""
    known = directory.persons
    admins = sorted(each.id for each in known.values() if each.active and Role.ADMIN in each.roles)
    free = [_ADMINISTRATOR, *(f"{_ADMINISTRATOR}{number}" for number in range(2, len(known) + 3))]
    return admins[0] if admins else next(each for each in free if each not in known)


def _can_log_in(rows: Rows) -> bool:
    return bool(rows.identities()) or any(each.password is not None for each in rows.accounts())
