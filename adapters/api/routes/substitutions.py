"""Substitutions: entered with a first and a last day, ended early, listed; `workflow.substitutions` says who may."""

from anyio.to_thread import run_sync

from adapters.answers import answered
from adapters.api.callers import TheCaller, TheLotse, TheWriter
from adapters.api.needs import SIGNED_IN, Needs, Rooms
from adapters.api.problems import Trouble
from adapters.api.schemas_openings import (
    SubstitutionEnd,
    SubstitutionList,
    SubstitutionMessage,
    SubstitutionView,
)
from adapters.login.caller import Scope
from adapters.lotse import FIRST, Lotse
from states.vocabulary import Role
from workflow.office import Directory, Substitution
from workflow.substitutions import end, enter, listed_for

rooms = Rooms(prefix="/substitutions", tags=["Vertretungen"])
_ENTERS = Needs(frozenset({Role.CASE_WORKER, Role.SUPERVISOR}), Scope.WRITE)
_TROUBLES = (Trouble.NOT_YOURS, Trouble.CONFLICT)


@rooms.get("", needs=Needs(SIGNED_IN), summary="Vertretungen auflisten")
def list_substitutions(caller: TheCaller, lotse: TheLotse) -> SubstitutionList:
    """Give who stands in for whom: to Leitung and IT all, to others where they are part of it."""
    with lotse.store.work(reading=True) as work:
        directory = work.directory
    person = directory.persons.get(caller.person.id, caller.person)
    return SubstitutionList(items=[_view(lotse, each, directory) for each in listed_for(person, directory)])


@rooms.post("", needs=_ENTERS, troubles=_TROUBLES, status_code=201, summary="Eine Vertretung eintragen")
async def enter_substitution(
    body: SubstitutionMessage, caller: TheCaller, lotse: TheLotse, writer: TheWriter
) -> SubstitutionView:
    """Enter a substitution; in this time, and no longer, the deputy sees and moves the cases of who is away."""
    wanted = Substitution(body.absent, body.deputy, body.first, body.last)
    job = writer.run(lambda work: enter(caller.person, wanted, work, lotse.office, FIRST.id))
    return await run_sync(_shown, lotse, await answered(job))


@rooms.post("/end", needs=_ENTERS, troubles=_TROUBLES, summary="Eine Vertretung beenden")
async def end_substitution(
    body: SubstitutionEnd, caller: TheCaller, lotse: TheLotse, writer: TheWriter
) -> SubstitutionView:
    """End a substitution now: from this answer on the deputy sees nothing by it."""
    wanted = Substitution(body.absent, body.deputy, body.first, body.first)
    job = writer.run(lambda work: end(caller.person, wanted, work, lotse.office, FIRST.id))
    return await run_sync(_shown, lotse, await answered(job))


def _shown(lotse: Lotse, one: Substitution) -> SubstitutionView:
    with lotse.store.work(reading=True) as work:
        return _view(lotse, one, work.directory)


def _view(lotse: Lotse, one: Substitution, directory: Directory) -> SubstitutionView:
    names = {each.id: each.name for each in directory.persons.values()}
    return SubstitutionView(
        absent=one.absent,
        deputy=one.deputy,
        first=one.first,
        last=one.last,
        absent_name=names.get(one.absent, one.absent),
        deputy_name=names.get(one.deputy, one.deputy),
        stands=one.first <= lotse.moment.real_day <= one.last,
    )
