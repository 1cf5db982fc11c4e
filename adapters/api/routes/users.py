"""The house's people: entered, changed, locked and helped back in, by who has charge of the house."""

from typing import Annotated

from fastapi import Path

from adapters.api.callers import TheCaller, TheLotse
from adapters.api.login import told
from adapters.api.needs import Needs, Rooms
from adapters.api.problems import ApiProblem, Trouble
from adapters.api.schemas_login import GivenLink, ResetWish, UserEntry, UserLine, Users, UserState
from adapters.login import staff
from adapters.login.caller import Caller, Scope
from adapters.login.links import Purpose, link_address
from adapters.lotse import Lotse
from states.vocabulary import Role
from workflow.office import Directory, Person
from workflow.rights import RIGHTS, Act
from workflow.staff import GIVEN, Particulars

rooms = Rooms(prefix="/users", tags=["Personen"])
CHARGE = Needs(RIGHTS[Act.PEOPLE], Scope.ADMIN)
Id = Annotated[str, Path(description="Kennung.", max_length=64)]


@rooms.get("", needs=CHARGE, summary="Wer hier arbeitet und wie er hineinkommt")
def users(lotse: TheLotse) -> Users:
    """List everybody, the clock apart."""
    directory = _directory(lotse)
    people = [each for _, each in sorted(directory.persons.items()) if Role.CLOCK not in each.roles]
    known = staff.accesses(lotse, [each.id for each in people])
    return Users(items=[_line(each, directory, known.get(each.id)) for each in people])


@rooms.put(
    "/{person_id}",
    needs=CHARGE,
    troubles=(Trouble.STEP_NOT_POSSIBLE, Trouble.CONFLICT),
    summary="Jemanden eintragen oder ändern",
)
def enter_user(person_id: Id, body: UserEntry, caller: TheCaller, lotse: TheLotse) -> UserLine:
    """Enter or change somebody; nobody changes who they are themselves."""
    roles = _roles(body.roles)
    if person_id == caller.person.id:
        raise ApiProblem(
            Trouble.CONFLICT,
            "Die eigenen Rollen, den Namen und die Einrichtung ändert jemand anders. "
            "Nächster Schritt: Leitung oder IT bitten.",
        )
    given = Particulars(person_id, body.name.strip(), roles, body.institution, body.agreement_until)
    with told():
        person = staff.put_in(lotse, caller.person.id, given)
    return _shown(lotse, person)


@rooms.put(
    "/{person_id}/state",
    needs=CHARGE,
    troubles=(Trouble.STEP_NOT_POSSIBLE, Trouble.CONFLICT),
    summary="Jemanden sperren oder wieder einlassen",
)
def lock_user(person_id: Id, body: UserState, caller: TheCaller, lotse: TheLotse) -> UserLine:
    """Lock somebody, or let them in again; nobody locks themselves out."""
    _somebody_else(caller, person_id)
    change = staff.unlock if body.active else staff.lock
    with told():
        change(lotse, caller.person.id, person_id)
    return _shown(lotse, _directory(lotse).persons[person_id])


@rooms.post(
    "/{person_id}/invitation",
    needs=CHARGE,
    troubles=(Trouble.CONFLICT,),
    status_code=201,
    summary="Einen Einladungs-Link ausstellen",
)
def invite_user(person_id: Id, caller: TheCaller, lotse: TheLotse) -> GivenLink:
    """Give a link by which somebody sets their first password, or links their identity."""
    with told():
        text = staff.invite(lotse, caller.person.id, person_id)
    return GivenLink(link=link_address(lotse.settings, Purpose.INVITATION, text))


@rooms.post(
    "/{person_id}/reset",
    needs=CHARGE,
    troubles=(Trouble.CONFLICT,),
    status_code=201,
    summary="Jemandem wieder hineinhelfen",
)
def reset_user(person_id: Id, body: ResetWish, caller: TheCaller, lotse: TheLotse) -> GivenLink:
    """Take somebody's password and give a link by which they set another; their sessions end."""
    _somebody_else(caller, person_id)
    with told():
        text = staff.reset(lotse, caller.person.id, person_id, second_factor=body.second_factor)
    return GivenLink(link=link_address(lotse.settings, Purpose.PASSWORD, text))


def _somebody_else(caller: Caller, person_id: str) -> None:
    if person_id == caller.person.id:
        raise ApiProblem(Trouble.CONFLICT, "Das tut jemand anders für Sie.")


def _roles(names: list[str]) -> frozenset[Role]:
    known = {role.value: role for role in GIVEN}
    if not set(names) <= known.keys():
        raise ApiProblem(Trouble.INVALID, errors=[("/roles", f"Es gibt: {', '.join(known)}.")])
    return frozenset(known[name] for name in names)


def _directory(lotse: Lotse) -> Directory:
    with lotse.store.work(reading=True) as work:
        return work.directory


def _shown(lotse: Lotse, person: Person) -> UserLine:
    return _line(person, _directory(lotse), staff.accesses(lotse, [person.id]).get(person.id))


def _line(person: Person, directory: Directory, access: staff.Access | None) -> UserLine:
    recipient = directory.recipients.get(person.recipient or "")
    return UserLine(
        id=person.id,
        name=person.name,
        roles=sorted(role.value for role in person.roles),
        institution=person.institution,
        recipient=person.recipient,
        agreement_until=recipient.agreement_until if recipient is not None else None,
        active=person.active,
        login=access.login if access is not None else None,
        password=access is not None and access.password,
        second_factor=access is not None and access.second_factor,
        provider=access is not None and bool(access.identities),
    )
