"""Cases: one's own as a list, one of them whole, and its parts. Each look is on record before anything is opened."""

from datetime import date
from typing import Annotated

from fastapi import Query, Response

from adapters.api.callers import TheCaller, TheLotse
from adapters.api.cursors import Cursor, Cursors, Limit
from adapters.api.etags import TAGGED, etag
from adapters.api.needs import NEAR_A_CASE, Needs, Rooms
from adapters.api.numbers import Number, place
from adapters.api.opened import opened_case
from adapters.api.schemas import Day
from adapters.api.schemas_case import CaseView, Consents, Handovers, Obligations
from adapters.api.schemas_lists import CaseLine, CasePage
from adapters.api.views_case import case_view, consent_view, handover_view, obligation_view
from adapters.lotse import Lotse
from workflow.case import Case

rooms = Rooms(prefix="/cases", tags=["Fälle"])
READS = Needs(NEAR_A_CASE)
_Word = Annotated[
    str | None, Query(max_length=64, pattern=r"^[a-z0-9_-]+$", description="Nur in diesem Stand.")
]
_Person = Annotated[
    str | None, Query(max_length=200, description="Nur wofür diese Person (Kennung) zuständig ist.")
]
_DueBy = Annotated[Day | None, Query(description="Nur was bis zu diesem Tag fällig ist.")]


@rooms.get("", needs=READS, summary="Die eigenen Fälle")
def list_cases(
    caller: TheCaller,
    lotse: TheLotse,
    state: _Word = None,
    responsible: _Person = None,
    due_by: _DueBy = None,
    *,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> CasePage:
    """Give the cases that concern this person, the earliest first, each as far as they may see it."""
    cursors = Cursors(lotse, caller.person.id, "cases", state, responsible, due_by)
    after = cursors.read(cursor)
    wanted = sorted(
        (
            case
            for case in lotse.cases_for(caller.person)
            if (state is None or case.state == state)
            and (responsible is None or case.responsible == responsible)
            and (due_by is None or _due_by(case, due_by))
            and (after is None or place(case.number) > after)
        ),
        key=lambda case: place(case.number),
    )
    shown = wanted[:limit]
    more = len(wanted) > limit
    return CasePage(
        items=[_line(case, lotse) for case in shown],
        next=cursors.after(place(shown[-1].number)) if more else None,
    )


def _due_by(case: Case, day: date) -> bool:
    first = case.next_due
    return first is not None and first.due <= day


def _line(case: Case, lotse: Lotse) -> CaseLine:
    process = lotse.office.network(case.profile, case.profile_version).profile.process
    first = case.next_due
    return CaseLine(
        number=case.number,
        state=case.state or None,
        state_label=process.label(case.state) if case.state else None,
        received_on=case.received_on,
        district=case.district,
        responsible=case.responsible,
        due=first.due if first else None,
        obligation=first.obligation if first else None,
        obligation_label=process.obligation_label(first.obligation) if first else None,
        overdue=first is not None and first.overdue_from <= lotse.moment.at,
    )


@rooms.get("/{number}", needs=READS, responses=TAGGED, summary="Einen Fall öffnen")
def open_case(number: Number, caller: TheCaller, lotse: TheLotse, response: Response) -> CaseView:
    """Open a case as far as the person sees it; its version comes as ETag."""
    opened = opened_case(lotse, caller.person, number)
    if opened.version is not None:
        response.headers["ETag"] = etag(opened.version)
    return case_view(opened)


@rooms.get("/{number}/obligations", needs=READS, summary="Fristen, mit Rechenweg")
def obligations(number: Number, caller: TheCaller, lotse: TheLotse) -> Obligations:
    """Give what is owed in a case, and how each deadline was counted."""
    opened = opened_case(lotse, caller.person, number)
    return Obligations(items=[obligation_view(duty, opened.question) for duty in opened.case.duties])


@rooms.get("/{number}/consents", needs=READS, summary="Einwilligungen")
def consents(number: Number, caller: TheCaller, lotse: TheLotse) -> Consents:
    """Give the consents of a case."""
    opened = opened_case(lotse, caller.person, number)
    today = opened.question.moment.day
    return Consents(items=[consent_view(consent, today) for consent in opened.case.consents])


@rooms.get("/{number}/handovers", needs=READS, summary="Übergaben")
def case_handovers(number: Number, caller: TheCaller, lotse: TheLotse) -> Handovers:
    """Give the handovers of a case."""
    opened = opened_case(lotse, caller.person, number)
    return Handovers(items=[handover_view(each, opened.question) for each in opened.case.handovers])
