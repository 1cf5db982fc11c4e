"""The specification itself, for whoever wants to make a client; the file that is committed with the program."""

from importlib.resources import files
from typing import Any

from fastapi import Response

from adapters.api.needs import PUBLIC, Rooms

rooms = Rooms(tags=["Spezifikation"])
_AS_JSON: dict[int | str, dict[str, Any]] = {
    200: {"description": "OpenAPI 3.1", "content": {"application/json": {"schema": {"type": "object"}}}}
}


@rooms.get(
    "/openapi.json",
    needs=PUBLIC,
    response_class=Response,
    responses=_AS_JSON,
    summary="Die Spezifikation",
)
def openapi() -> Response:
    """Give the specification, OpenAPI 3.1."""
    text = files("adapters.api").joinpath("openapi.json").read_bytes()
    return Response(text, media_type="application/json")
