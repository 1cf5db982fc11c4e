"""A word planted in every input of the API comes back nowhere: no error, header, log, figure, mail, calendar, file.

Each place has a word of its own, so whatever leaks says from where. The application listens on a port of this machine,
all its logs at DEBUG; what the house keeps is searched afterwards byte by byte, as `tests.system.needles` spells words.
"""

import http.client
import io
import itertools
import logging
import sqlite3
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest
from prometheus_client import CollectorRegistry, generate_latest

from adapters.api.app import create_app, patterns
from adapters.api.problems import Trouble
from adapters.figures import Watching, measure
from adapters.login.caller import Scope
from adapters.login.door import Door
from adapters.login.tokens import make_token
from adapters.logs import fields, speaking
from adapters.metrics import OfTheStore, Requests
from adapters.news import tell_news
from tests.api.every_request import Asking, operations, request_for
from tests.api.every_row import TABLE, allowed
from tests.api.every_stance import STANCES, a_scene, moved_in
from tests.api.house import EVERY, House, a_house
from tests.api.test_client import listening
from tests.people import SUPERVISOR, WORKER
from tests.system.needles import found_below, found_in, needles

DAY = timedelta(days=1)
WHO = ("responsible", "referrer", "supervisor", "notified", "midwife-asked", "colleague", "dpo")
OF_THE_HOUSE = {
    "PUT /api/v1/users/{person_id}", "PUT /api/v1/institutions/{institution}", "PUT /api/v1/session/mail",
    "POST /api/v1/institutions/{institution}/invitations", "POST /api/v1/tokens",
}  # fmt: skip
"""Operations that enter names of staff, of institutions and of tokens: those stand in the directory as they are."""


class Sender:
    """Sends requests as they are, and holds each answer to what it must not say."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        assert parts.hostname is not None
        self._connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)
        self._numbers = itertools.count()
        self.planted: dict[str, str] = {}
        self.kept: set[str] = set()
        self.wrong: list[str] = []

    def word(self, place: str, *, kept: bool = False) -> str:
        """A fresh word for this place."""
        made = f"Kanarie{next(self._numbers):04}Vogel"
        self.planted[made] = place
        if kept:
            self.kept.add(made)
        return made

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def send(self, method: str, path: str, body: object, headers: Mapping[str, str]) -> int:
        """Send it; the status."""
        more = {"Content-Type": "application/json"} if body is not None else {}
        content = orjson.dumps(body) if body is not None else None
        self._connection.request(method, path, content, {**more, **headers})
        answer = self._connection.getresponse()
        text = answer.read()
        told = str(answer.headers).encode() + (text if answer.status >= 400 else b"")
        for word in (word for word in self.planted if word.encode() in told):
            self.wrong.append(f"{method} {path}: {self.planted[word]} came back, {answer.status} {told!r}")
        if answer.status >= 500:
            self.wrong.append(f"{method} {path}: {answer.status}")
        return answer.status


def leaves(value: object, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where in a body a word can stand."""
    inner = (
        value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    )
    yield from (found for name, each in inner for found in leaves(each, (*at, name)))
    if isinstance(value, str):
        yield at


def planted_in(value: Any, at: tuple[str | int, ...], word: str) -> Any:  # noqa: ANN401 - any JSON
    """The same body with the word at this place."""
    if not at:
        return word
    made: Any = dict(value) if isinstance(value, Mapping) else list(value)
    made[at[0]] = planted_in(made[at[0]], at[1:], word)
    return made


def bodies(row: str, body: Mapping[str, object], sender: Sender) -> Iterator[object]:
    """The body with a word at each place, once as an unknown name, and once as something else altogether."""
    for at in leaves(body):
        yield planted_in(body, at, sender.word(f"{row} {at}", kept=row in OF_THE_HOUSE))
    yield {**body, sender.word(f"{row} name of a field"): 1}
    yield [sender.word(f"{row} a list")]
    yield sender.word(f"{row} a word")


def everywhere(row: str, path: str, sender: Sender) -> Iterator[tuple[str, dict[str, str]]]:
    """The address and the headers with a word in each: segments, query, headers, cookies, a file's name."""
    template = row.partition(" ")[2].partition(", ")[0]
    for place, part in enumerate(template.split("/")):
        if part.startswith("{"):
            changed = path.split("/")
            changed[place] = sender.word(f"{row} {part}")
            yield "/".join(changed), {}
    query = "&".join(f"{name}={sender.word(f'{row} ?{name}')}" for name in ("cursor", "state", "due_by", "x"))
    yield f"{path}?{query}&{sender.word(f'{row} query name')}=1", {}
    names = ("If-Match", "If-None-Match", "Idempotency-Key", "User-Agent", "Referer", "X-Other", "Accept")
    yield path, {name: sender.word(f"{row} {name}") for name in names}
    yield (
        path,
        {"Cookie": f"other={sender.word(f'{row} cookie')}; {sender.word(f'{row} name of a cookie')}=1"},
    )
    name = sender.word(f"{row} file")
    yield (
        path,
        {
            "Content-Type": f'multipart/form-data; boundary="{name}"',
            "Content-Disposition": f'x; filename="{name}"',
        },
    )


def plant(house: House, sender: Sender, tokens: Mapping[str, str], key: str) -> None:
    """Send every operation with a word in every place, as somebody to whom it is open."""
    world = house.world
    handed = world.a_case_in("handed_over")
    scenes = {name: a_scene(world, STANCES[name]) for name in WHO}
    done = set()
    for row in TABLE:
        operation = row.partition(", ")[0]
        name = next((each for each in WHO if each in dict(allowed(row))), None)
        if name is None or operation in done:
            continue
        done.add(operation)
        stance = STANCES[name]
        method, path, body = request_for(row, Asking(world, stance, scenes[name], handed, key))
        headers = {
            "Authorization": f"Bearer {tokens[name]}",
            **({"If-Match": "*"} if "/commands/" in path else {}),
        }
        for each in bodies(row, body, sender) if body is not None else ():
            sender.send(method, path, each, headers)
        for address, more in everywhere(row, path, sender):
            sender.send(method, address, body, {**headers, **more})
        bad = {"Authorization": f"Bearer {sender.word(f'{row} token')}"}
        sender.send(method, path, body, bad)
    assert done == set(operations())


def test_nothing_that_was_planted_comes_back_or_stays_in_the_open(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    lines, registry = io.StringIO(), CollectorRegistry()
    troubles = frozenset(trouble.slug for trouble in Trouble)
    with (
        speaking("serve", "json", fields(patterns(), troubles), str, lines),
        caplog.at_level(logging.DEBUG),
        a_house(tmp_path, base_url=None, second_factor=frozenset()) as house,
    ):
        lotse = house.app.state.lotse
        requests = Requests(registry, patterns(), troubles)
        registry.register(OfTheStore(Watching(lambda: measure(lotse, house.world.millis())).standing))
        house.app = create_app(lotse, Door(lotse), house.writer, requests.count)
        moved_in(house.world)
        tell_news(lotse)
        tokens = {
            name: make_token(lotse, SUPERVISOR.id, STANCES[name].person.id, name, EVERY, DAY).text
            for name in WHO
        }
        key = make_token(lotse, WORKER.id, WORKER.id, "Kalender", frozenset({Scope.CALENDAR}), DAY).text
        with listening(house) as address:
            sender = Sender(address)
            plant(house, sender, tokens, key)
            feed = sender.send("GET", f"/api/v1/calendar/{key}/fristen.ics", None, {})
            sender.close()
        assert sender.wrong == []
        assert len(sender.planted) > 1000
        assert feed in (200, 404)
        house.world.wait(days=40)
        house.world.sweep()
        tell_news(lotse)
        house.world.verify()
        for entry in house.world.entries():
            said = found_in(orjson.dumps(entry.a), {w.encode(): w for w in set(sender.planted) - sender.kept})
            assert not said or entry.a.get("purpose"), ({sender.planted[w] for w in said}, entry.a)
        figures = generate_latest(registry)
    logged = caplog.text.encode() + "".join(capfd.readouterr()).encode() + lines.getvalue().encode() + figures
    assert b"lotse.access" in logged
    assert b'"event":"request"' in logged
    assert b"lotse_refusals_total{" in logged
    assert b"lotse_store_readable 1.0" in logged
    assert not any("dropped" in line for line in lines.getvalue().splitlines())
    assert {sender.planted[word] for word in found_in(logged, needles(sender.planted))} == set()
    assert not [token for token in (*tokens.values(), key) if token.encode() in logged]
    hidden = needles(set(sender.planted) - sender.kept)
    assert {f: {sender.planted[w] for w in words} for f, words in found_below(tmp_path, hidden).items()} == {}


def test_what_is_searched_for_would_be_found(tmp_path: Path) -> None:
    """The search itself: a word written into a database in the open is seen, however it was spelled."""
    for place, text in enumerate((b"Kanarie0001Vogel", "Kanarie0002Vogel".encode("utf-16-le"))):
        with sqlite3.connect(tmp_path / f"{place}.db") as connection:
            connection.execute("CREATE TABLE x (y BLOB)")
            connection.execute("INSERT INTO x VALUES (?)", (text,))
        connection.close()
    found = found_below(tmp_path, needles(["Kanarie0001Vogel", "Kanarie0002Vogel"]))
    assert found == {"0.db": {"Kanarie0001Vogel"}, "1.db": {"Kanarie0002Vogel"}}
