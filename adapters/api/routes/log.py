"""The log of the house: for Leitung and Datenschutz, with a reason, by `POST` because a reason stands in no address."""

from itertools import islice

from adapters.api.callers import TheCaller, TheLotse
from adapters.api.cursors import Cursors
from adapters.api.needs import STAFF, Needs, Rooms
from adapters.api.problems import ApiProblem, Trouble
from adapters.api.reading import between, look_into, place
from adapters.api.schemas_log import LogLine, LogPage, LogQuery
from adapters.db.recorded import numbers_of
from adapters.lotse import Lotse
from states.vocabulary import Role
from workflow.audited import ACTIONS, Audited, Group, Recorded, concerns_person, groups_of
from workflow.log_rights import reading_of_all
from workflow.office import Person

rooms = Rooms(prefix="/audit-entries", tags=["Protokoll"])
GROUPS = frozenset(group.value for group in Group)


@rooms.post("/search", needs=Needs(STAFF), summary="Im Protokoll lesen")
def search_log(body: LogQuery, caller: TheCaller, lotse: TheLotse) -> LogPage:
    """Read entries of the log, the newest first; the reading is on record with its reason."""
    if body.group is not None and body.group not in GROUPS:
        raise ApiProblem(Trouble.INVALID, errors=[("/group", "Diese Gruppe gibt es nicht.")])
    cursors = Cursors(lotse, caller.person.id, "log", body.person, body.group, body.since, body.until)
    before = cursors.read(body.cursor)
    look_into(lotse, caller.person, reading_of_all(caller.person), Audited.LOG, body.reason)
    wanted = (
        entry
        for entry in between(lotse, body.since, body.until, before)
        if (body.group is None or body.group in groups_of(entry))
        and (body.person is None or concerns_person(entry, body.person))
    )
    found = list(islice(wanted, body.limit + 1))
    shown, more = found[: body.limit], len(found) > body.limit
    return LogPage(
        items=_lines(shown, lotse, caller.person), next=cursors.after(place(shown[-1])) if more else None
    )


def _lines(entries: list[Recorded], lotse: Lotse, reader: Person) -> list[LogLine]:
    """The entries; a case's number is for who knows the office's cases."""
    number = numbers_of(lotse.store) if Role.SUPERVISOR in reader.roles else None
    process = lotse.office.network_now.profile.process
    return [
        LogLine(
            seq=entry.seq,
            incarnation=entry.incarnation,
            at=entry.at,
            action=entry.action,
            label=known.label if (known := ACTIONS.get(entry.action)) else process.label(entry.action),
            actor=str((entry.a or {}).get("actor", "")),
            case=entry.case,
            number=number(entry.case) if number is not None and entry.case is not None else None,
            outcome=str((entry.a or {}).get("outcome", "")),
            groups=sorted(groups_of(entry)),
            body=dict(entry.a) if entry.a is not None else None,
        )
        for entry in entries
    ]
