"""The application: one list of rooms, opened in order, each with what it needs; then the shell around all of it.

A route without declared needs, or one that somebody added beside the list, keeps it from starting
(`tests/api/test_routes.py`). Nothing here writes or decides anything.
"""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from fastapi import FastAPI
from starlette.routing import BaseRoute

from adapters.api.handlers import handle_errors
from adapters.api.headers import Answered, Shell, uncounted
from adapters.api.needs import BASE, Entrance, Rooms
from adapters.api.responses import responses_of
from adapters.api.rooms import Room
from adapters.api.routes import (
    calendar,
    cases,
    commands,
    directory,
    escalations,
    handovers,
    health,
    institutions,
    log,
    notices,
    openings,
    partners,
    process,
    referrals,
    search,
    session,
    specification,
    stories,
    substitutions,
    tokens,
    users,
    worklist,
)
from adapters.api.threshold import Door, Threshold
from adapters.lotse import Lotse
from adapters.writer import Writer

ROOMS: tuple[Rooms, ...] = (
    worklist.rooms,
    referrals.rooms,
    cases.rooms,
    stories.rooms,
    commands.rooms,
    search.rooms,
    directory.rooms,
    process.rooms,
    log.rooms,
    openings.rooms,
    partners.rooms,
    institutions.rooms,
    escalations.rooms,
    handovers.rooms,
    substitutions.rooms,
    session.rooms,
    notices.rooms,
    calendar.rooms,
    tokens.rooms,
    users.rooms,
    specification.rooms,
)  # fmt: skip
"""Every resource under `BASE`, one line each."""
AT_THE_ROOT: tuple[Rooms, ...] = (health.rooms,)
"""What lies beside `BASE`: whether the process lives."""


TAGS: Mapping[str, str] = MappingProxyType(
    {
        "Ablauf": "process",
        "Anmeldung": "session",
        "Begründete Zugriffe": "openings",
        "Betrieb": "health",
        "Einrichtungen": "institutions",
        "Fälle": "cases",
        "Heute": "worklist",
        "Kalender": "calendar",
        "Meldungen": "referrals",
        "Mitteilungen an den ASD": "escalations",
        "Partner": "partners",
        "Personen": "users",
        "Protokoll": "audit-entries",
        "Schritte": "commands",
        "Spezifikation": "specification",
        "Suche": "search",
        "Verlauf": "stories",
        "Vertretungen": "substitutions",
        "Verzeichnis": "directory",
        "Übergaben prüfen": "handovers",
    }
)
"""The German of a resource, and its name for programs that make clients: modules are called so."""


class UndeclaredRouteError(Exception):
    """A route does not say who may use it; the application does not start."""


def patterns() -> frozenset[str]:
    """The patterns of all routes, as they stand in lines and metrics."""
    return frozenset(
        base + entrance.path
        for base, part in ((BASE, ROOMS), ("", AT_THE_ROOT))
        for rooms in part
        for entrance in rooms.entrances
    )


def create_app(
    lotse: Lotse, door: Door, writer: Writer, count: Callable[[Answered], None] = uncounted
) -> FastAPI:
    """Put the API together over an open store; `count` is told of each request. Raises UndeclaredRouteError."""
    app = bare_app()
    app.state.lotse, app.state.threshold, app.state.writer = lotse, Threshold(door), writer
    handle_errors(app)
    app.add_middleware(Shell, base_url=lotse.settings.base_url, count=count)
    return app


def bare_app() -> FastAPI:
    """Every route, without a store behind it: enough to be described. Raises UndeclaredRouteError."""
    app = FastAPI(
        title="Lotse",
        version="1",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    for base, part in ((BASE, ROOMS), ("", AT_THE_ROOT)):
        for rooms in part:
            for entrance in rooms.entrances:
                _open(app, base, entrance, rooms.tags)
    all_declared(app.routes)
    return app


def _open(app: FastAPI, base: str, entrance: Entrance, tags: list[str]) -> None:
    options = dict(entrance.options)
    responses = {**responses_of(entrance), **options.pop("responses", {})}
    if not entrance.needs.public:
        roles = sorted(role.value for role in entrance.needs.roles)
        scope = entrance.needs.scope.value if entrance.needs.scope is not None else None
        said: dict[str, Any] = {"x-needs": {"roles": roles, "scope": scope}}
    else:
        said = {"security": []}
    options["openapi_extra"] = {**options.get("openapi_extra", {}), **said}
    name = options.pop("name", entrance.endpoint.__name__)
    options.setdefault("description", options.get("summary", "") + ".")
    app.router.add_api_route(
        base + entrance.path,
        entrance.endpoint,
        methods=[entrance.method],
        name=name,
        operation_id=name,
        tags=[TAGS[tag] for tag in tags],
        responses=responses,
        route_class_override=Room,
        **options,
    )
    room = app.router.routes[-1]
    assert isinstance(room, Room)
    room.needs, room.straight = entrance.needs, entrance.straight


def all_declared(routes: Iterable[BaseRoute]) -> None:
    """Raise UndeclaredRouteError where a route says nothing of who may use it."""
    for route in routes:
        if not isinstance(route, Room) or route.needs is None:
            raise UndeclaredRouteError(f"Diese Route sagt nicht, wer sie nutzen darf: {route!r}.")
