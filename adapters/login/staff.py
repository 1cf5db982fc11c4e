"""The house's own people, changed in one transaction with the log: entered, locked, let in again, helped back in.

Who is locked is out at once: sessions, tokens and links go with it. Who gets other roles gets another cookie at the next
request. Rights are the caller's to ask (`workflow.rights`). Tried in `tests/login/test_staff.py`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from adapters.db.store import stage_entries
from adapters.db.work import SqlWork
from adapters.login import links, sessions
from adapters.login.links import Purpose
from adapters.login.record import login_name, note
from adapters.login.rows import Account, Identity, Rows
from adapters.login.taken import NAME_TAKEN, TakenError
from adapters.lotse import Lotse
from workflow.audited import Audited
from workflow.errors import WorkflowError
from workflow.office import Person, Recipient
from workflow.staff import Particulars, entered, locked

INVITED_FOR = timedelta(days=7)
RESET_FOR = timedelta(hours=24)


class NobodyError(WorkflowError):
    """There is no such person here."""


class HasAccessError(WorkflowError):
    """Who can come in already is helped by a reset, which is told and on record, and by no invitation."""

    def __str__(self) -> str:
        return (
            "Diese Person hat schon einen Zugang. Nächster Schritt: Leitung oder IT setzt ihn zurück "
            "(lotse user reset KENNUNG)."
        )


@dataclass(frozen=True, slots=True)
class Access:
    """How somebody can come in: the name to log in with, whether a password and a second factor are set."""

    login: str
    password: bool
    second_factor: bool
    identities: tuple[Identity, ...] = ()


def put_in(lotse: Lotse, actor: str, given: Particulars) -> Person:
    """Enter or change somebody, on record. Raises StaffError, RefusedError, TakenError."""

    def job(work: SqlWork) -> Person:
        person, recipient = entered(work.directory, given)
        enter_person(work, lotse, actor, person, recipient)
        return person

    return lotse.write(job)


def enter_person(
    work: SqlWork, lotse: Lotse, actor: str, person: Person, recipient: Recipient | None = None
) -> None:
    """Stage a person as entered; where their roles have changed, so will their cookie.

    Raises TakenError where the id of somebody new is what another logs in by.
    """
    known = work.directory.persons.get(person.id)
    rows = Rows.known(work)
    if known is None and rows is not None and held_by_another(rows, person.id):
        raise TakenError(NAME_TAKEN)
    roles = {"roles": sorted(person.roles), "roles_before": sorted(known.roles) if known else []}
    note(work, lotse, Audited.USER, actor, kind="steps", concerned=person.id, **roles)
    stage_entries(work, (person,) if recipient is None else (person, recipient), actor)
    if rows is not None and known is not None and known.roles != person.roles:
        sessions.renew_soon(rows, person.id)
        asked = lotse.settings.second_factor
        if person.roles & asked and not known.roles & asked:
            rows.drop_tokens(person.id)


def lock(lotse: Lotse, actor: str, person_id: str) -> Person:
    """Lock somebody: nothing more is done in their name. Raises NobodyError, RefusedError."""

    def job(work: SqlWork) -> Person:
        person, rows = _known(work, person_id), Rows.known(work)
        entries = locked(work.directory, person, active=False)
        note(work, lotse, Audited.USER_DISABLED, actor, kind="steps", concerned=person_id)
        stage_entries(work, entries, actor)
        if rows is not None:
            rows.drop_sessions(person_id)
            rows.drop_tokens(person_id)
            _drop_links(rows, person_id)
        return person

    return lotse.write(job)


def unlock(lotse: Lotse, actor: str, person_id: str) -> Person:
    """Let somebody in again, by the password they had; tokens are made anew. Raises NobodyError."""

    def job(work: SqlWork) -> Person:
        person = _known(work, person_id)
        note(work, lotse, Audited.USER_ENABLED, actor, kind="steps", concerned=person_id)
        stage_entries(work, locked(work.directory, person, active=True), actor)
        return person

    return lotse.write(job)


def invite(lotse: Lotse, actor: str, person_id: str, purpose: Purpose = Purpose.INVITATION) -> str:
    """Make a link by which somebody sets their first password, or links their identity.

    Raises NobodyError; HasAccessError where they come in already.
    """

    def job(work: SqlWork) -> str:
        _working(work, person_id)
        rows = Rows.known(work)
        if rows is not None and comes_in(rows, person_id):
            raise HasAccessError
        note(work, lotse, Audited.LINK_MADE, actor, kind="steps", concerned=person_id, purpose=str(purpose))
        return links.stage_link(work, lotse, person_id, purpose, INVITED_FOR)

    return lotse.write(job)


def reset(lotse: Lotse, actor: str, person_id: str, *, second_factor: bool = False) -> str:
    """Take somebody's password, and on demand their second factor, and give a link by which they set another.

    All their sessions and tokens end. Raises NobodyError.
    """

    def job(work: SqlWork) -> str:
        _working(work, person_id)
        rows = Rows.of(work)
        account = rows.account(person_id)
        made: dict[str, object] = {"concerned": person_id, "purpose": str(Purpose.PASSWORD)}
        if account is not None:
            left = replace(account, password=None, totp=None if second_factor else account.totp)
            rows.put(left)
            made["account"] = rows.fingerprint(left)
        if second_factor and account is not None and account.totp is not None:
            note(work, lotse, Audited.SECOND_FACTOR_GONE, actor, kind="steps", concerned=person_id)
        rows.drop_sessions(person_id)
        rows.drop_tokens(person_id)
        _drop_links(rows, person_id)
        note(work, lotse, Audited.LINK_MADE, actor, kind="steps", **made)
        return links.stage_link(work, lotse, person_id, Purpose.PASSWORD, RESET_FOR)

    return lotse.write(job)


def rename_login(lotse: Lotse, actor: str, person_id: str, login: str) -> None:
    """Let somebody log in by another name than their id. Raises NobodyError, TakenError."""
    name = login_name(login)

    def job(work: SqlWork) -> None:
        _known(work, person_id)
        rows = Rows.of(work)
        holder = rows.account_called(name)
        others = (holder is not None and holder.person != person_id) or (
            name != person_id and name in work.directory.persons
        )
        if not name or others:
            raise TakenError("Dieser Anmeldename geht nicht oder ist schon vergeben.")
        account = rows.account(person_id)
        rows.put(replace(account, login=name) if account else Account(person_id, name))
        note(work, lotse, Audited.USER, actor, kind="steps", concerned=person_id)

    lotse.write(job)


def link_identity(work: SqlWork, lotse: Lotse, actor: str, identity: Identity) -> None:
    """Stage that an identity is this person's. Raises NobodyError, TakenError."""
    _working(work, identity.person)
    rows = Rows.of(work)
    if rows.identity(identity.issuer, identity.subject) is not None:
        raise TakenError("Diese Anmeldung gehört schon zu jemandem.")
    rows.put(identity)
    note(work, lotse, Audited.IDENTITY_LINKED, actor, kind="steps", concerned=identity.person)


def unlink(lotse: Lotse, actor: str, person_id: str) -> int:
    """Let no identity stand for this person any more; how many did. Sessions by them end."""

    def job(work: SqlWork) -> int:
        rows = Rows.of(work)
        gone = sum(rows.drop_identity(each) for each in rows.identities(person_id))
        if gone:
            rows.drop_sessions(person_id)
            note(work, lotse, Audited.IDENTITY_UNLINKED, actor, kind="steps", concerned=person_id)
        return gone

    return lotse.write(job)


def comes_in(rows: Rows, person: str) -> bool:
    """Whether somebody has a password or an identity already."""
    account = rows.account(person)
    return (account is not None and account.password is not None) or bool(rows.identities(person))


def held_by_another(rows: Rows, person_id: str) -> bool:
    """Whether somebody else logs in by what is to be this person's id."""
    holder = rows.account_called(person_id)
    return holder is not None and holder.person != person_id


def accesses(lotse: Lotse, people: Iterable[str]) -> dict[str, Access]:
    """How each of these people can come in."""
    with lotse.store.work(reading=True) as work:
        rows = Rows.known(work)
        if rows is None:
            return {}
        found = {}
        for person in people:
            account, identities = rows.account(person), tuple(rows.identities(person))
            if account is not None or identities:
                account = account or Account(person, person)
                has_password, has_factor = account.password is not None, account.totp is not None
                found[person] = Access(account.login, has_password, has_factor, identities)
        return found


def _known(work: SqlWork, person_id: str) -> Person:
    found = work.directory.persons.get(person_id)
    if found is None:
        raise NobodyError("Diese Person gibt es hier nicht.")
    return found


def _working(work: SqlWork, person_id: str) -> Person:
    found = _known(work, person_id)
    if not found.active:
        raise NobodyError("Diese Person ist gesperrt. Nächster Schritt: zuerst die Sperre aufheben.")
    return found


def _drop_links(rows: Rows, person_id: str) -> None:
    for purpose in Purpose:
        rows.drop_links(person_id, purpose)
