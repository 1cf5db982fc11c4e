"""The API for the tests: a real store, a real writer, a door that knows the tests' people, and requests as they come.

    with a_house(tmp_path) as house:
        answer = house.as_(WORKER).get("/worklist")

The door stands in for logging in alone (which has its own tests): who is named by a token of the tests comes in as
that person, as the directory has them now.
"""
# ruff: noqa: ANN401 - what a request carries is as httpx has it

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI

from adapters.api.app import BASE, create_app
from adapters.api.headers import Answered, uncounted
from adapters.api.threshold import Threshold
from adapters.login.caller import Caller, Card, Scope, Via
from adapters.lotse import Lotse
from adapters.settings import Settings
from adapters.writer import Writer
from tests.world import World, a_world
from workflow.office import Person

HOME = "https://lotse.example"
CSRF = "csrf-of-the-tests"
EVERY = frozenset(Scope)


class TestDoor:
    """Lets in whoever is named: `person` or `person:scope,scope` as a token, `person` as a cookie."""

    __test__ = False

    def __init__(self, lotse: Lotse) -> None:
        self._lotse = lotse

    def let_in(self, cards: Sequence[Card]) -> list[Caller | None]:
        return [
            self.by_token(card.text) if card.via is Via.TOKEN
            else self._caller(card.text, Via.SESSION, EVERY, CSRF)
            for card in cards
        ]  # fmt: skip

    def by_token(self, text: str) -> Caller | None:
        name, _, scopes = text.partition(":")
        named = set(scopes.split(",")) - {""}
        if not named <= set(Scope):
            return None
        wanted = frozenset(map(Scope, named)) or EVERY
        return self._caller(name, Via.TOKEN, wanted, "")

    def renewed(self, _cookie: str) -> str | None:
        return None

    def _caller(self, name: str, via: Via, scopes: frozenset[Scope], csrf: str) -> Caller | None:
        with self._lotse.store.work(reading=True) as work:
            person = work.directory.persons.get(name)
        return Caller(person, via, scopes, csrf, None) if person is not None and person.active else None


class Client:
    """Requests to the application as they come from outside, one after the other, its event loop in a thread."""

    def __init__(self, portal: BlockingPortal, app: FastAPI) -> None:
        self._portal = portal
        transport = httpx.ASGITransport(app, raise_app_exceptions=True)
        self._inner = httpx.AsyncClient(transport=transport, base_url=HOME)

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Send one request; what the application lets out as an exception fails the test."""
        return self._portal.call(partial(self._inner.request, method, path, **more))

    def close(self) -> None:
        self._portal.call(self._inner.aclose)


class Desk:
    """Requests of one person, by token."""

    def __init__(self, client: Client, person: Person, scopes: str = "") -> None:
        self._client = client
        self._headers = {"Authorization": f"Bearer {person.id}{':' if scopes else ''}{scopes}"}

    def send(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        return self._client.request(method, BASE + path, headers={**self._headers, **(headers or {})}, **more)

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.send("GET", path, **more)

    def post(self, path: str, body: object, **more: Any) -> httpx.Response:
        return self.send("POST", path, json=body, **more)

    def see(self, number: str) -> httpx.Response:
        """The case, opened."""
        found = self.get(f"/cases/{number}")
        assert found.status_code == 200, found.text
        return found

    def do(self, number: str, command: str, **body: object) -> httpx.Response:
        """Do a step on the case as it now stands."""
        tag = self.get(f"/cases/{number}").headers.get("ETag")
        return self.post(
            f"/cases/{number}/commands/{command}", body, headers={"If-Match": tag} if tag else {}
        )


class House:
    """An office with its API."""

    def __init__(self, world: World, writer: Writer, app: FastAPI, client: Client) -> None:
        self.world = world
        self.writer = writer
        self.app = app
        self.client = client

    def as_(self, person: Person, scopes: str = "") -> Desk:
        """Requests of this person, with these scopes (all, where none are named)."""
        return Desk(self.client, person, scopes)


_MADE: dict[str | None, FastAPI] = {}


def _app(lotse: Lotse, writer: Writer) -> FastAPI:
    """The application over this store. Opening its doors takes a second, so each test moves into the same rooms."""
    base = lotse.settings.base_url

    def count(answered: Answered) -> None:
        _MADE[base].state.count(answered)

    if base not in _MADE:
        _MADE[base] = create_app(lotse, TestDoor(lotse), writer, count)
    app = _MADE[base]
    app.state.count = uncounted
    app.state.lotse, app.state.threshold, app.state.writer = lotse, Threshold(TestDoor(lotse)), writer
    return app


@contextmanager
def a_house(folder: Path, profile: str = "default", **settings: object) -> Iterator[House]:
    """An office of the tests with its API in front of it."""
    with a_world("sqlite", profile, folder=folder) as world:
        lotse = world.lotse
        lotse.settings = Settings(
            data=folder, keys=folder / "keys", exports=folder, **{"base_url": HOME, **settings}
        )
        writer = Writer(lotse.store.work, lotse.office)
        lotse.writer = writer
        app = _app(lotse, writer)
        with start_blocking_portal() as portal:
            client = Client(portal, app)
            try:
                yield House(world, writer, app, client)
            finally:
                client.close()
                writer.close()
