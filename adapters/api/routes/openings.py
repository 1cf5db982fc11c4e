"""Openings: a case opened for a while with a reason, ended, reviewed. Whether one may is `workflow.openings`' answer."""

from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import Path

from adapters.answers import answered
from adapters.api.callers import TheCaller, TheLotse, TheWriter
from adapters.api.needs import SIGNED_IN, Needs, Rooms
from adapters.api.problems import Trouble
from adapters.api.schemas_openings import OpeningList, OpeningView, OpeningWanted, ReviewWanted
from adapters.login.caller import Scope
from adapters.lotse import Lotse
from adapters.openings import called, ending, openings_for, reviewing, taking
from states.vocabulary import Role
from workflow.office import Opening, Person
from workflow.opening_rights import MAY_OPEN, awaits_review
from workflow.openings import Wanted, review_due

rooms = Rooms(prefix="/openings", tags=["Begründete Zugriffe"])
OpeningId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="Kennung des Zugriffs.")]
_TAKES = Needs(frozenset(role for pairs in MAY_OPEN.values() for role, _ in pairs), Scope.WRITE)
_TROUBLES = (Trouble.NOT_YOURS, Trouble.STEP_NOT_POSSIBLE, Trouble.CONFLICT)


@rooms.get("", needs=Needs(SIGNED_IN), summary="Begründete Zugriffe auflisten")
def list_openings(caller: TheCaller, lotse: TheLotse) -> OpeningList:
    """Give what stands and stood open: to Leitung and data protection all of it, to others their own."""
    found = openings_for(lotse, caller.person)
    return OpeningList(items=[_view(lotse, opening, number) for opening, number in found])


@rooms.post(
    "",
    needs=_TAKES,
    troubles=(*_TROUBLES, Trouble.NOT_FOUND),
    status_code=201,
    summary="Einen Fall mit Begründung öffnen",
)
async def take_opening(
    body: OpeningWanted, caller: TheCaller, lotse: TheLotse, writer: TheWriter
) -> OpeningView:
    """Open a case for a while, at once and on record; of an emergency Leitung is told."""
    wanted = Wanted(caller.person, body.number, body.kind, body.reason, body.whom)
    opening = await answered(writer.run(taking(lotse, wanted)))
    return await run_sync(_shown, lotse, opening, caller.person)


@rooms.post(
    "/{opening}/end",
    needs=Needs(SIGNED_IN, Scope.WRITE),
    troubles=_TROUBLES,
    summary="Einen Zugriff vor seiner Zeit beenden",
)
async def end_opening(
    opening: OpeningId, caller: TheCaller, lotse: TheLotse, writer: TheWriter
) -> OpeningView:
    """End what one holds, has given, or oversees."""
    ended = await answered(writer.run(ending(lotse, caller.person, opening)))
    return await run_sync(_shown, lotse, ended, caller.person)


@rooms.post(
    "/{opening}/review",
    needs=Needs(frozenset({Role.SUPERVISOR}), Scope.WRITE),
    troubles=_TROUBLES,
    summary="Einen Notfallzugriff prüfen",
)
async def review_opening(
    opening: OpeningId, body: ReviewWanted, caller: TheCaller, lotse: TheLotse, writer: TheWriter
) -> OpeningView:
    """Put on record that somebody else's emergency was looked into, with a remark."""
    job = reviewing(lotse, caller.person, opening, body.remark)
    reviewed = await answered(writer.run(job))
    return await run_sync(_shown, lotse, reviewed, caller.person)


def _shown(lotse: Lotse, opening: Opening, person: Person) -> OpeningView:
    with lotse.store.work(reading=True) as work:
        number = called(lotse, opening, person, work)
    return _view(lotse, opening, number)


def _view(lotse: Lotse, opening: Opening, number: str) -> OpeningView:
    moment = lotse.moment
    with lotse.store.work(reading=True) as work:
        holder = work.directory.persons.get(opening.person)
    waits = awaits_review(opening)
    due = review_due(opening, lotse.office.network_now) if waits else None
    return OpeningView(
        id=opening.id,
        person=opening.person,
        person_name=holder.name if holder else opening.person,
        number=number or None,
        kind=opening.kind.value,
        kind_label=opening.kind.label,
        opened_at=opening.opened_at,
        until=opening.until,
        stands=opening.stands(moment.real_at),
        awaits_review=waits,
        review_due=due.due if due else None,
        review_overdue=due is not None and due.overdue(moment.real_at),
        reviewed_by=opening.reviewed_by,
        reviewed_at=opening.reviewed_at,
    )
