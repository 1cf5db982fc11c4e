"""Searching name and phone among the cases that one reads; what is looked for stands in the body, in no address."""

from adapters.api.callers import TheCaller, TheLotse
from adapters.api.needs import NEAR_A_CASE, Needs, Rooms
from adapters.api.schemas_lists import SearchHit, SearchQuery, SearchResult

rooms = Rooms(prefix="/search", tags=["Suche"])


@rooms.post("", needs=Needs(NEAR_A_CASE), summary="Suchen")
def search(body: SearchQuery, caller: TheCaller, lotse: TheLotse) -> SearchResult:
    """Search; on record before anything is decrypted. Whoever reads no case whole finds nothing."""
    hits = lotse.find(caller.person, body.text)
    office = lotse.office
    return SearchResult(
        items=[
            SearchHit(
                number=case.number,
                state=case.state,
                state_label=office.network(case.profile, case.profile_version).profile.process.label(
                    case.state
                ),
                surname=family.surname,
                first_name=family.first_name,
                received_on=case.received_on,
            )
            for case, family in sorted(hits, key=lambda hit: hit[0].number)
        ]
    )
