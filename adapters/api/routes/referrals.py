"""Referrals as a Fachkraft takes them in: a family that comes itself, a partner's with or without consent."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar, Union

from fastapi import Body, Response

from adapters.api.acting import TheCounter, take_in
from adapters.api.etags import ETAG
from adapters.api.names import in_url
from adapters.api.needs import BASE, STAFF, Needs, Rooms
from adapters.api.problems import Trouble
from adapters.api.routes.commands import shown
from adapters.api.schemas import Message
from adapters.api.schemas_commands import MODELS, RECEIPTS, Receipt, told
from adapters.login.caller import Scope
from states.vocabulary import Command
from workflow.access import MAY_RECEIVE
from workflow.perform import Request

F = TypeVar("F", bound=Callable[..., Any])
_COMMANDS: Mapping[str, Command] = {in_url(each): each for each in RECEIPTS}
BODY: Any = Annotated[Union[tuple(MODELS[each] for each in RECEIPTS)], Body(discriminator="command")]  # noqa: UP007 - of models made from a list
rooms = Rooms(prefix="/referrals", tags=["Meldungen"])
BRINGS_IN = Needs(frozenset(MAY_RECEIVE) & STAFF, Scope.REFERRALS)
"""A partner sends its own by `partners`: it gets a Kennzeichen and no number."""


def _of_the_list(endpoint: F) -> F:
    """Give the body its type, made from the list of what the three commands ask for."""
    endpoint.__annotations__["body"] = BODY
    return endpoint


@rooms.post(
    "",
    needs=BRINGS_IN,
    troubles=(Trouble.STEP_NOT_POSSIBLE, Trouble.CONFLICT, Trouble.KEY_REUSED),
    status_code=201,
    responses={
        201: {
            "description": "Aufgenommen",
            "headers": {"Location": {"description": "Der neue Fall.", "schema": {"type": "string"}}, **ETAG},
        }
    },
    summary="Eine Meldung aufnehmen",
)
@_of_the_list
async def receive(body: Message, desk: TheCounter, response: Response) -> Receipt:
    """Take a referral in; the answer names the new case."""
    details, _ = told(body)
    command = _COMMANDS[body.__dict__["command"]]
    request = Request(command, desk.person, details=details, key=desk.scoped_key())
    answer = await take_in(request, desk)
    response.headers["Location"] = f"{BASE}/cases/{answer.number}"
    return shown(answer, response)
