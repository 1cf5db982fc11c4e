"""Two `lotse serve` over one store, several people, lost connections: one effect, and whoever repeats learns of it."""

import http.client
import socket
import sqlite3
import struct
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import psycopg
import pytest

from adapters.bootstrap import create_lotse, open_lotse
from adapters.login.caller import EVERY_SCOPE
from adapters.login.tokens import make_token
from adapters.settings import read_settings
from adapters.verification import Asked, verify_store
from tests import postgres
from tests.cli.running import free_port, running
from tests.people import DEPUTY, PEOPLE, RECIPIENTS, WORKER
from workflow.office import Substitution

SELF = {
    "command": "receive-self",
    "surname": "Musterfrau",
    "concern": "Stillen klappt nicht",
    "responsible": WORKER.id,
}
RACES = 200


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: Any
    etag: str | None


@dataclass(frozen=True)
class Office:
    """Two processes over one store, and the Fachkraft's token; `url` is the database's as superuser, on PostgreSQL."""

    place: Path
    url: str | None
    ports: tuple[int, int]
    tokens: dict[str, str] = field(repr=False)

    def head(self, method: str, path: str, content: bytes, who: str = WORKER.id, **more: str) -> bytes:
        """A request as it goes over the line."""
        headers = {
            "Host": "localhost", "Authorization": f"Bearer {self.tokens[who]}", "Content-Type": "application/json",
            "Content-Length": str(len(content)), **{name.replace("_", "-"): value for name, value in more.items()},
        }  # fmt: skip
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"{method} /api/v1{path} HTTP/1.1\r\n{lines}\r\n".encode() + content

    def ask(
        self, method: str, path: str, body: object = None, place: int = 0, who: str = WORKER.id, **more: str
    ) -> Answer:
        """One request to one of the processes."""
        connection = http.client.HTTPConnection("localhost", self.ports[place], timeout=30)
        headers = {name.replace("_", "-"): value for name, value in more.items()}
        headers |= {"Authorization": f"Bearer {self.tokens[who]}", "Content-Type": "application/json"}
        try:
            connection.request(
                method, f"/api/v1{path}", orjson.dumps(body) if body is not None else None, headers
            )
            got = connection.getresponse()
            return Answer(got.status, orjson.loads(got.read()), got.headers["ETag"])
        finally:
            connection.close()

    def referred(self) -> str:
        """A new case of the Fachkraft, its number."""
        made = self.ask("POST", "/referrals", SELF)
        assert made.status == 201, made
        return str(made.body["number"])

    def actions(self) -> int:
        """How many cases there are."""
        if self.url is not None:
            with psycopg.connect(self.url) as server:
                row = server.execute("SELECT count(*) FROM cases").fetchone()
            assert row is not None
            return int(row[0])
        with sqlite3.connect(read_settings(self.place).database) as connection:
            (count,) = connection.execute("SELECT count(*) FROM cases").fetchone()
        connection.close()
        return int(count)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """On a file; and on PostgreSQL, where a notary with a role of its own signs as a third process."""
    if request.param == "sqlite":
        yield from _office(tmp_path_factory.mktemp("office"), None)
        return
    lent = postgres.Lent()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("LOTSE_DATABASE_URL", postgres.as_application(lent.url))
        yield from _office(tmp_path_factory.mktemp("office"), lent.url)
    lent.give_back()


def _office(place: Path, url: str | None) -> Iterator[Office]:
    ports = free_port(), free_port()
    lotse = create_lotse(read_settings(place))
    today = lotse.moment.real_day
    lotse.store.put(
        *PEOPLE, *RECIPIENTS, Substitution(WORKER.id, DEPUTY.id, today, today + timedelta(days=1))
    )
    tokens = {
        each.id: make_token(lotse, each.id, each.id, "Prüfung", EVERY_SCOPE, timedelta(days=1)).text
        for each in (WORKER, DEPUTY)
    }
    lotse.store.engine.dispose()
    with ExitStack() as stack:
        for port in ports:
            it = stack.enter_context(running("serve", place=place, LOTSE_HTTP_PORT=str(port)))
            it.says("Lotse läuft")
            it.wait_for(partial(answers, port))
        if url is not None:
            with_role = postgres.as_notary(url)
            notary = stack.enter_context(running("notary", place=place, LOTSE_DATABASE_NOTARY_URL=with_role))
            notary.says("Notar")
        yield Office(place, url, ports, tokens)
    lotse = open_lotse(read_settings(place))
    lotse.countersign()
    verify_store(lotse.store, lotse.verifier, Asked(decrypt=True, replay=True))
    lotse.store.engine.dispose()


def answers(port: int) -> bool:
    """Whether somebody listens."""
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def test_of_two_people_on_one_case_one_wins_and_the_other_reads_what_changed(office: Office) -> None:
    """In two processes at once, again and again: never both, never neither."""
    with ThreadPoolExecutor(2) as threads:
        for _ in range(10):
            number = office.referred()

            def noted(place: int, number: str = number) -> Answer:
                who = (WORKER.id, DEPUTY.id)[place]
                body = {"text": f"Notiz {place}"}
                path = f"/cases/{number}/commands/note"
                return office.ask("POST", path, body, place, who, If_Match='"1"')

            won, lost = sorted(threads.map(noted, range(2)), key=lambda each: each.status)
            assert (won.status, lost.status) == (200, 412), (won, lost)
            (change,) = lost.body["changes"]
            assert (change["version"], change["label"], lost.body["version"]) == (2, "Notieren", 2)
            assert "Notiz 0" not in str(lost.body)
            assert "Notiz 1" not in str(lost.body)


def test_a_withdrawal_lands_however_many_write_to_the_case_meanwhile(office: Office) -> None:
    """Each race with a version that is long gone, against notes by two people in two processes."""
    number = office.referred()
    path = f"/cases/{number}/commands"

    def race(place: int) -> tuple[int, int]:
        note = office.ask(
            "POST",
            f"{path}/note",
            {"text": str(place)},
            place % 2,
            (WORKER.id, DEPUTY.id)[place % 2],
            If_Match="*",
        )
        back = office.ask("POST", f"{path}/withdraw-consent", {}, (place + 1) % 2, If_Match='"1"')
        return note.status, back.status

    with ThreadPoolExecutor(8) as threads:
        done = list(threads.map(race, range(RACES)))
    assert {withdrawn for _, withdrawn in done} == {200}
    assert {note for note, _ in done} <= {200, 409}, "a note may meet somebody else's, and says so"


def test_one_key_in_two_processes_at_once_is_one_case(office: Office) -> None:
    before = office.actions()

    def sent(place: int) -> Answer:
        return office.ask("POST", "/referrals", SELF, place % 2, Idempotency_Key="zweimal")

    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(sent, range(16)))
    assert {each.status for each in made} == {201}
    assert len({each.body["number"] for each in made}) == 1
    assert office.actions() == before + 1
    other = office.ask("POST", "/referrals", {**SELF, "concern": "anderes"}, 1, Idempotency_Key="zweimal")
    assert (other.status, other.body["type"]) == (422, "urn:lotse:problem:key-reused")


@pytest.mark.parametrize("hung_up", ["after the first byte of the answer", "at once"])
def test_who_lost_the_connection_repeats_with_the_same_key_and_it_is_done_once(
    office: Office, hung_up: str
) -> None:
    """The line is cut hard (RST): before the answer is read, and so early that nobody knows whether it was done."""
    before = office.actions()
    key = f"abgerissen-{hung_up.replace(' ', '-')}"
    line = socket.create_connection(("127.0.0.1", office.ports[0]), timeout=20)
    line.sendall(office.head("POST", "/referrals", orjson.dumps(SELF), Idempotency_Key=key))
    if hung_up != "at once":
        assert line.recv(1) == b"H"
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.close()
    again = [office.ask("POST", "/referrals", SELF, place, Idempotency_Key=key) for place in (1, 0)]
    assert [each.status for each in again] == [201, 201]
    assert again[0].body == again[1].body
    assert office.actions() == before + 1
