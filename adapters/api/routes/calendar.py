"""The calendar of one's own deadlines: an address with a token of its own in it, since calendars can send none.

It is the only secret that ever stands in an address. The token can do nothing else, ends after a year, and is revoked
when a new one is made; the access log has the route and never the address.
"""

from datetime import timedelta
from hashlib import sha256
from typing import Annotated

from fastapi import Header, Path, Request, Response
from pydantic import Field

from adapters.api.callers import TheCaller, TheLotse
from adapters.api.needs import BASE, PUBLIC, SIGNED_IN, Needs, Rooms
from adapters.api.problems import ApiProblem, Trouble
from adapters.api.schemas import Message, shown
from adapters.api.threshold import Threshold
from adapters.deadline_calendar import deadline_calendar
from adapters.login import tokens
from adapters.login.caller import Scope, Via
from adapters.lotse import Lotse

rooms = Rooms(prefix="/calendar", tags=["Kalender"])
NAME = "Fristenkalender"
LASTS = timedelta(days=365)
OWN = Needs(SIGNED_IN, Scope.WRITE)
MEDIA_TYPE = "text/calendar"
Key = Annotated[str, Path(pattern=r"^[\x21-\x7e]{1,200}$", description="Der geheime Teil der Adresse.")]
IfNoneMatch = Annotated[str | None, Header(alias="If-None-Match", max_length=200)]


class CalendarAddress(Message):
    """Where one's own calendar lies; whoever has the address can read it."""

    model_config = shown(address="/api/v1/calendar/lotse_0123456789abcdef_…/fristen.ics", days=365)

    address: str = Field(description="Adresse zum Abonnieren; sie wird nur dieses eine Mal gezeigt.")
    days: int = Field(description="Wie viele Tage sie gilt.")


@rooms.post("", needs=OWN, troubles=(Trouble.CONFLICT,), status_code=201, summary="Den Kalender abonnieren")
def subscribe(caller: TheCaller, lotse: TheLotse) -> CalendarAddress:
    """Make an address; one that was made before ends."""
    person = caller.person.id
    if caller.via is Via.TOKEN:
        raise ApiProblem(Trouble.CONFLICT, "Ein Token stellt keine Token aus. Nächster Schritt: anmelden.")
    _revoke(lotse, person)
    made = tokens.make_token(lotse, person, person, NAME, frozenset({Scope.CALENDAR}), LASTS)
    base = (lotse.settings.base_url or "").rstrip("/")
    return CalendarAddress(address=f"{base}{BASE}/calendar/{made.text}/fristen.ics", days=LASTS.days)


@rooms.delete("", needs=OWN, status_code=204, summary="Den Kalender nicht mehr ausgeben")
def unsubscribe(caller: TheCaller, lotse: TheLotse) -> Response:
    """End every address of one's calendar."""
    _revoke(lotse, caller.person.id)
    return Response(status_code=204)


@rooms.get(
    "/{key}/fristen.ics",
    needs=PUBLIC,
    troubles=(Trouble.NOT_FOUND,),
    response_class=Response,
    responses={
        200: {"description": "Die offenen Fristen.", "content": {MEDIA_TYPE: {"schema": {"type": "string"}}}},
        304: {"description": "Seit dem letzten Mal hat sich nichts geändert."},
    },
    summary="Die eigenen Fristen als Kalender",
)
def calendar(key: Key, request: Request, lotse: TheLotse, if_none_match: IfNoneMatch = None) -> Response:
    """Give the open deadlines of whoever this address was made for."""
    threshold: Threshold = request.app.state.threshold
    caller = threshold.door.by_token(key)
    if caller is None or caller.scopes != {Scope.CALENDAR}:
        raise ApiProblem(Trouble.NOT_FOUND, "Diesen Kalender gibt es nicht (mehr).")
    content = deadline_calendar(lotse, caller.person)
    tag = f'"{sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if if_none_match == tag:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=f"{MEDIA_TYPE}; charset=utf-8", headers=headers)


def _revoke(lotse: Lotse, person: str) -> None:
    for token in tokens.tokens(lotse, person):
        if token.reach == {Scope.CALENDAR}:
            tokens.revoke_token(lotse, person, person, token.id)
