"""Every route says who may use it, and the specification knows exactly the routes that there are."""

from collections.abc import Iterator
from functools import cache

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from adapters.api import app as application
from adapters.api import spec
from adapters.api.app import ROOMS, UndeclaredRouteError, all_declared, bare_app
from adapters.api.needs import NEAR_A_CASE, NOBODY, Rooms
from adapters.api.rooms import Room
from adapters.login.caller import Scope
from states.vocabulary import Role

PUBLIC = {"/livez", "/readyz", "/api/v1/openapi.json"}
"""What anybody may ask without being signed in, beside signing in itself."""


specification = cache(spec.specification)


def routes() -> Iterator[Room]:
    for route in bare_app().routes:
        assert isinstance(route, Room)
        yield route


def test_the_specification_has_every_route_and_no_other() -> None:
    described = {
        (method.upper(), path)
        for path, operations in specification()["paths"].items()
        for method in operations
    }
    assert described == {(method, route.path) for route in routes() for method in route.methods}


def test_every_operation_has_a_name_of_its_own_that_can_be_read() -> None:
    names = [route.operation_id or "" for route in routes()]
    assert len(names) == len(set(names))
    assert all(name.isidentifier() and name == name.lower() for name in names)


def test_the_specification_says_of_each_route_what_it_needs() -> None:
    paths = specification()["paths"]
    for route in routes():
        (method,) = route.methods
        operation = paths[route.path][method.lower()]
        assert route.needs is not None
        if route.needs.roles == NOBODY:
            assert operation["security"] == []
        else:
            assert operation["x-needs"]["roles"] == sorted(role.value for role in route.needs.roles)


def test_nothing_but_health_the_specification_and_signing_in_is_public() -> None:
    public = {route.path for route in routes() if route.needs is not None and route.needs.public}
    assert {
        path for path in public if not any(each in path for each in ("/session", "/links", "/calendar/"))
    } == PUBLIC


def test_what_changes_something_asks_for_more_than_reading() -> None:
    """A token for reading reads; the few things that are read with a body are named."""
    reading = {
        "/search", "/audit-entries/search", "/cases/{number}/accesses", "/cases/{number}/disclosures",
        "/handovers/search", "/handovers/{case}/{handover}/chain",
    }  # fmt: skip
    for route in routes():
        if route.methods == {"GET"} or route.needs is None or route.needs.public:
            continue
        if route.needs.scope is Scope.READ:
            assert route.path.removeprefix("/api/v1") in reading, route.path


def test_an_application_with_a_route_that_says_nothing_does_not_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)

    @app.get("/beside")
    def beside() -> None:
        """A route that somebody added in the plain way."""

    with pytest.raises(UndeclaredRouteError):
        all_declared(app.routes)
    forgotten = Room("/forgotten", beside)
    with pytest.raises(UndeclaredRouteError):
        all_declared([forgotten])

    def opened(made: FastAPI, *_: object) -> None:
        made.router.routes.append(APIRoute("/forgotten", beside))

    monkeypatch.setattr(application, "_open", opened)
    with pytest.raises(UndeclaredRouteError):
        bare_app()


def test_a_decorator_without_needs_is_refused_by_python_itself() -> None:
    rooms = Rooms(prefix="/x")
    with pytest.raises(TypeError):
        rooms.get("")  # type: ignore[call-arg]  # left out on purpose


def test_who_may_stand_near_a_case_is_written_out_here_again() -> None:
    assert {
        Role.CASE_WORKER, Role.ASD_WORKER, Role.SUPERVISOR, Role.FAMILY_MIDWIFE, Role.FAMILY_NURSE,
        Role.FAMILY_VOLUNTEER, Role.DPO, Role.NETWORK_COORDINATOR, Role.CHILD_PROTECTION_ADVISER,
    } == NEAR_A_CASE  # fmt: skip


def test_a_partner_has_rooms_of_its_own_and_reaches_no_number() -> None:
    """What the office counts (§ DOMAIN 5: a partner never sees the case) stands in no address that is open to it."""
    open_to_partners = {
        route.path
        for route in routes()
        if route.needs is not None and Role.PARTNER in route.needs.roles and route.needs.roles != set(Role)
    }
    assert open_to_partners
    assert all(path.startswith("/api/v1/partner/") for path in open_to_partners)


def test_every_list_of_rooms_is_opened() -> None:
    paths = {route.path for route in routes()}
    for rooms in ROOMS:
        assert rooms.entrances
        assert all(f"/api/v1{entrance.path}" in paths for entrance in rooms.entrances)
