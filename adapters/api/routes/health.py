"""Whether the process lives, and whether it can work: for whoever watches over it. Says nothing about anything else."""

from functools import partial

from fastapi import Response
from pydantic import Field

from adapters.api.apart import READINESS
from adapters.api.callers import TheLotse, TheWriter
from adapters.api.needs import PUBLIC, Rooms
from adapters.api.problems import ApiProblem, Trouble
from adapters.api.schemas import Message, shown
from adapters.readiness import is_ready

rooms = Rooms(tags=["Betrieb"])


class Alive(Message):
    """That it lives."""

    model_config = shown(status="ok")

    status: str = Field(description="ok.")


@rooms.get("/livez", needs=PUBLIC, summary="Lebt der Prozess?")
async def livez() -> Alive:
    """Say that the process answers, however many threads are at work."""
    return Alive(status="ok")


@rooms.get("/readyz", needs=PUBLIC, summary="Kann gearbeitet werden?")
async def readyz(lotse: TheLotse, writer: TheWriter, response: Response) -> Alive:
    """Say that steps can be judged, stored and signed; of what is amiss nothing but that."""
    if not await READINESS.run(partial(is_ready, lotse, writer)):
        raise ApiProblem(Trouble.BUSY, "Gerade kann nicht gearbeitet werden.")
    response.headers["Cache-Control"] = "no-store"
    return Alive(status="ok")
