"""Whether the process lives, and whether it can work: for whoever watches over it. Says nothing about anything else."""

from functools import partial

from fastapi import Response
from pydantic import Field
from sqlalchemy.exc import SQLAlchemyError

from adapters.api.apart import READINESS
from adapters.api.callers import TheLotse
from adapters.api.needs import PUBLIC, Rooms
from adapters.api.problems import ApiProblem, Trouble
from adapters.api.schemas import Message, shown
from adapters.lotse import Lotse
from workflow.errors import WorkflowError

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
async def readyz(lotse: TheLotse, response: Response) -> Alive:
    """Say that the store can be read."""
    await READINESS.run(partial(_read, lotse))
    response.headers["Cache-Control"] = "no-store"
    return Alive(status="ok")


def _read(lotse: Lotse) -> None:
    try:
        with lotse.store.reading():
            lotse.store.tenant_row()
    except (SQLAlchemyError, WorkflowError, OSError):
        raise ApiProblem(Trouble.BUSY, "Der Speicher antwortet gerade nicht.") from None
