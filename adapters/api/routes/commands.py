"""Moves: `POST /cases/{number}/commands/{command}`, one operation per command with its own body; a network's own last.

The bodies come from `workflow.fields`; whether a step is allowed is `workflow.judge`'s answer alone.
"""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Path, Response
from pydantic import BaseModel, TypeAdapter, ValidationError

from adapters.api.acting import Asked, TheDesk, act, in_order
from adapters.api.bodies import Letter
from adapters.api.etags import TAGGED, etag
from adapters.api.names import command_of, in_url
from adapters.api.needs import NEAR_A_CASE, Needs, Rooms, Straight
from adapters.api.numbers import Number
from adapters.api.problems import ApiProblem, Trouble
from adapters.api.schemas_commands import MODELS, MOVES, OwnStep, Receipt, told
from adapters.login.caller import Scope
from states.process import STEP

rooms = Rooms(prefix="/cases/{number}/commands", tags=["Schritte"])
MOVE = Needs(NEAR_A_CASE, Scope.WRITE)
TROUBLES = (
    Trouble.STEP_NOT_POSSIBLE,
    Trouble.CONFLICT,
    Trouble.CHANGED,
    Trouble.KEY_REUSED,
    Trouble.VERSION_MISSING,
)
Slug = Annotated[
    str, Path(pattern=r"^[a-z0-9_-]{1,64}$", description="Name des Schritts, wie in available_commands.")
]


def _move(command: str) -> Callable[..., Coroutine[Any, Any, Receipt]]:
    model = MODELS[command]

    async def move(number: Number, desk: TheDesk, response: Response, *, body: BaseModel | None) -> Receipt:
        details, recipient = told(body) if body is not None else ({}, None)
        return shown(await act(Asked(number, command, recipient, details), desk), response)

    if any(field.is_required() for field in model.model_fields.values()):
        move.__annotations__["body"] = model
    else:  # nobody is held up by a missing `{}`
        move.__annotations__["body"] = model | None
        move.__kwdefaults__ = {"body": None}
    move.__name__ = in_url(command).replace("-", "_")
    move.__doc__ = model.__doc__
    return move


def _straight(command: str) -> Straight:
    adapter = TypeAdapter(MODELS[command])

    async def straight(letter: Letter) -> Response | None:
        asked = in_order(letter)
        if asked is None or not await letter.body():
            return None
        try:
            details, recipient = told(adapter.validate_python(await letter.json()))
        except ValidationError:
            return None
        number, desk = asked
        done = await act(Asked(number, command, recipient, details), desk)
        answer = Response(done.model_dump_json(), media_type="application/json")
        shown(done, answer)
        return answer

    return straight


def shown(done: Receipt, response: Response) -> Receipt:
    """The answer with its version as ETag."""
    if done.version is not None:
        response.headers["ETag"] = etag(done.version)
    return done


for _command in MOVES:
    rooms.add(
        "POST",
        f"/{in_url(_command)}",
        _move(_command),
        needs=MOVE,
        troubles=TROUBLES,
        straight=_straight(_command),
        responses=TAGGED,
        summary=_command.label,
    )


@rooms.post(
    "/{command}", needs=MOVE, troubles=TROUBLES, responses=TAGGED, summary="Ein eigener Schritt des Netzwerks"
)
async def own_step(
    number: Number, command: Slug, body: OwnStep, desk: TheDesk, response: Response
) -> Receipt:
    """Do a step that this network has added to the process."""
    commands = desk.lotse.office.network_now.profile.process.commands
    name = command_of(command, (each for each, spec in commands.items() if spec.kind == STEP))
    if name is None:
        raise ApiProblem(Trouble.NOT_FOUND, "Diesen Schritt gibt es nicht. Nächster Schritt: GET /process.")
    details, recipient = told(body)
    return shown(await act(Asked(number, name, recipient, details), desk), response)
