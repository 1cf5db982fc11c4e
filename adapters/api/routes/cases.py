"""Cases: one's own as a list, one of them whole, and its parts. Each look is on record before anything is opened."""

from fastapi import Response

from adapters.api.callers import TheCaller, TheLotse
from adapters.api.etags import etag
from adapters.api.needs import NEAR_A_CASE, Needs, Rooms
from adapters.api.numbers import Number
from adapters.api.opened import opened_case
from adapters.api.schemas_case import CaseView, case_view

rooms = Rooms(prefix="/cases", tags=["Fälle"])
READS = Needs(NEAR_A_CASE)


@rooms.get("/{number}", needs=READS, summary="Einen Fall öffnen")
def open_case(number: Number, caller: TheCaller, lotse: TheLotse, response: Response) -> CaseView:
    """Open a case as far as the person sees it; its version comes as ETag."""
    opened = opened_case(lotse, caller.person, number)
    if opened.version is not None:
        response.headers["ETag"] = etag(opened.version)
    return case_view(opened)
