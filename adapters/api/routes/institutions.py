"""The register of institutions: names, agreements, invitations. Who may, and what fits, `workflow.register` says."""

from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import Path

from adapters.answers import answered
from adapters.api.callers import TheCaller, TheLotse, TheWriter
from adapters.api.needs import STAFF, Needs, Rooms
from adapters.api.problems import Trouble
from adapters.api.schemas_partners import (
    InstitutionEntry,
    InstitutionList,
    InstitutionView,
    InvitationGiven,
    InvitationWanted,
)
from adapters.login.caller import Scope
from adapters.login.links import Purpose, link_address
from adapters.lotse import Lotse
from adapters.partners import INVITED_FOR, entering, inviting
from workflow.institutions import why_no_referral
from workflow.intake.source import read_source
from workflow.office import Directory, Institution
from workflow.register import Entered, Guest
from workflow.rights import RIGHTS, Act

rooms = Rooms(prefix="/institutions", tags=["Einrichtungen"])
InstitutionId = Annotated[
    str, Path(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$", description="Kennung.", examples=["nordstadt"])
]
KEEPS = Needs(RIGHTS[Act.PARTNERS], Scope.WRITE)


@rooms.get("", needs=Needs(STAFF), summary="Einrichtungen auflisten")
def list_institutions(_caller: TheCaller, lotse: TheLotse) -> InstitutionList:
    """Give the partners of the network with the agreement in force; no families stand here."""
    directory = _directory(lotse)
    found = sorted(directory.institutions.values(), key=lambda each: (each.name.casefold(), each.id))
    return InstitutionList(items=[_view(each, directory, lotse) for each in found])


@rooms.put(
    "/{institution}",
    needs=KEEPS,
    troubles=(Trouble.NOT_YOURS, Trouble.CONFLICT),
    summary="Eine Einrichtung eintragen oder ändern",
)
async def put_institution(
    institution: InstitutionId, body: InstitutionEntry, caller: TheCaller, lotse: TheLotse, writer: TheWriter
) -> InstitutionView:
    """Enter an institution, rename it, or put its agreement on record."""
    given = Entered(
        institution,
        body.name,
        body.kind.value if body.kind is not None else None,
        body.active,
        body.agreement,
        body.agreement_from,
        body.agreement_until,
    )
    made = await answered(writer.run(entering(lotse, caller.person, given)))
    return await run_sync(_shown, lotse, made)


@rooms.post(
    "/{institution}/invitations",
    needs=KEEPS,
    troubles=(Trouble.NOT_YOURS, Trouble.CONFLICT, Trouble.STEP_NOT_POSSIBLE),
    status_code=201,
    summary="Jemanden aus einer Einrichtung einladen",
)
async def invite(
    institution: InstitutionId, body: InvitationWanted, caller: TheCaller, lotse: TheLotse, writer: TheWriter
) -> InvitationGiven:
    """Enter who may speak for an institution; the answer holds their one-time link, once."""
    guest = Guest(body.id, body.name, institution)
    until = lotse.moment.real_at + INVITED_FOR
    given = await answered(writer.run(inviting(lotse, caller.person, guest)))
    link = link_address(lotse.settings, Purpose.INVITATION, given.link)
    return InvitationGiven(person=given.person.id, link=link, until=until)


def _directory(lotse: Lotse) -> Directory:
    with lotse.store.work(reading=True) as work:
        return work.directory


def _shown(lotse: Lotse, made: Institution) -> InstitutionView:
    return _view(made, _directory(lotse), lotse)


def _view(each: Institution, directory: Directory, lotse: Lotse) -> InstitutionView:
    blocked = why_no_referral(directory, each.id, lotse.moment.real_day)
    return InstitutionView(
        id=each.id,
        name=each.name,
        kind=each.kind,
        kind_label=read_source(each.kind).label,
        active=each.active,
        agreement=each.agreement or None,
        agreement_from=each.agreement_from,
        agreement_until=each.agreement_until,
        former_names=list(each.former_names),
        may_refer=blocked is None,
        why_not=blocked.reason if blocked is not None else None,
    )
