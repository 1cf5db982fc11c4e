"""Every operation, asked by everybody in every relation to a case: what the table does not list is refused, on record.

The table is `tests.api.every_row`, the people are `tests.api.every_stance`. They come with real tokens through the real
door. What is refused changes nothing in the store and tells nothing of the case, not even that there is one.
"""

import re
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.api.threshold import Threshold
from adapters.bootstrap import create_lotse
from adapters.db.recorded import RecordedLog
from adapters.login.caller import Scope
from adapters.login.door import Door
from adapters.login.tokens import make_token, revoke_token
from adapters.settings import read_settings
from states.vocabulary import Role
from tests.api.every_request import VARIANTS, Asking, operations, request_for
from tests.api.every_row import ALL, TABLE, allowed, scope_of
from tests.api.every_stance import STANCES, Scene, Stance, a_scene, moved_in
from tests.api.house import EVERY, House, a_house
from tests.api.test_routes import routes
from tests.openings import SECOND_SUPERVISOR
from tests.people import FAMILY, GONE, WORKER
from workflow.access import Relation
from workflow.case import Case
from workflow.office import Person

DAY = timedelta(days=1)
OF_PROCESS = frozenset({200, 201, 204, 409})
UNKNOWN = "FH-2026-9999"
TELLING = (FAMILY.surname, FAMILY.phone, FAMILY.street, FAMILY.concern, "Klinikum", "Nord")
"""What a refusal must not say: of the family, nor where it came from."""
TRIED: tuple[tuple[str | None, Mapping[str, str]], ...] = (
    (None, {}),
    ('"99"', {"recipient": "niemand"}),
    ('"1"', {"at": "1999-01-01T00:00:00+01:00"}),
)
"""What somebody tries who wants to know whether there is a case."""
NOT_COMPARED = ("log", "tokens")
"""Tables that every request may write to: the log, and when a token was last used."""


@dataclass
class Reception:
    """The house with everybody's tokens."""

    house: House
    handed: Case
    key: str = field(repr=False)
    tokens: dict[tuple[str, str], str] = field(default_factory=dict, repr=False)
    reader: sqlite3.Connection | None = None

    def token(self, person: Person, scopes: frozenset[Scope] = EVERY) -> str:
        """A token of this person, made once."""
        name = (person.id, " ".join(sorted(scopes)))
        if name not in self.tokens:
            made = make_token(self.house.app.state.lotse, person.id, person.id, "Prüfung", scopes, DAY)
            self.tokens[name] = made.text
        return self.tokens[name]

    def ask(self, row: str, stance: Stance, scene: Scene, token: str | None) -> httpx.Response:
        """Send the request of this row."""
        method, path, body = request_for(row, Asking(self.house.world, stance, scene, self.handed, self.key))
        return self.send(method, path, body, token)

    def send(
        self, method: str, path: str, body: Mapping[str, object] | None, token: str | None
    ) -> httpx.Response:
        """Send one request."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        if "/commands/" in path:
            headers["If-Match"] = "*"
        more: dict[str, Any] = {} if body is None else {"json": body}
        return self.house.client.request(method, path, headers=headers, **more)

    def stored(self) -> dict[str, list[tuple[object, ...]]]:
        """Everything in the store but the log."""
        if self.reader is None:
            assert self.house.world.folder is not None
            self.reader = sqlite3.connect(self.house.world.folder / "lotse.db", check_same_thread=False)
        tables = self.reader.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        compared = [name for (name,) in tables if not name.startswith(NOT_COMPARED)]
        return {name: self.reader.execute(f'SELECT * FROM "{name}"').fetchall() for name in compared}  # noqa: S608 - names of our own tables

    def told(self, since: int) -> list[Mapping[str, Any]]:
        """Bodies A of the log from this place on."""
        found = RecordedLog(self.house.app.state.lotse.store).stretch(since, self.house.world.size)
        return [entry.a or {} for entry in found]


@pytest.fixture(scope="module")
def reception(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reception]:
    with a_house(tmp_path_factory.mktemp("house"), second_factor=frozenset()) as house:
        lotse = house.app.state.lotse
        house.app.state.threshold = Threshold(Door(lotse))
        moved_in(house.world)
        key = make_token(
            lotse, SECOND_SUPERVISOR.id, SECOND_SUPERVISOR.id, "Kalender", frozenset({Scope.CALENDAR}), DAY
        ).text
        yield Reception(house, house.world.a_case_in("handed_over"), key)


@pytest.mark.parametrize("name", STANCES)
def test_what_is_not_on_the_list_is_refused_on_record_and_changes_nothing(
    reception: Reception, name: str
) -> None:
    stance = STANCES[name]
    token, scene = reception.token(stance.person), a_scene(reception.house.world, stance)
    wrong, tried, world = [], [], reception.house.world
    asking = Asking(world, stance, scene, reception.handed, reception.key)
    requests = [
        (row, request_for(row, asking))
        for row in TABLE
        if name not in dict(allowed(row)) and not (scene.opening and row.endswith("one's own"))
    ]
    first, before = world.size, reception.stored()
    for row, request in requests:
        size = world.size
        answer = reception.send(*request, token)
        tried.append((row, range(size, world.size)))
        if answer.status_code not in (403, 404):
            wrong.append(f"{row}: {answer.status_code} {answer.text}")
        if said := [word for word in (*TELLING, scene.case.id) if word in answer.text]:
            wrong.append(f"{row}: told {said}")
    after = reception.stored()
    assert [table for table in after if after[table] != before[table]] == []
    entries = reception.told(first)
    for row, places in tried:
        found = [entries[place - first] for place in places]
        if not any(a.get("outcome") == "refused" and a["actor"] == stance.person.id for a in found):
            wrong.append(f"{row}: not on record, {found}")
    assert not wrong, "\n".join(wrong)
    assert tried


@pytest.mark.parametrize("name", STANCES)
def test_what_is_on_the_list_is_open_to_them(reception: Reception, name: str) -> None:
    stance = STANCES[name]
    token, shared = reception.token(stance.person), a_scene(reception.house.world, stance)
    wrong, fresh = [], a_scene(reception.house.world, stance)
    for row in TABLE:
        cell = dict(allowed(row))
        if name not in cell:
            continue
        moves = row.startswith("POST") and ("{number}" in row or "openings" in row or "{reference}" in row)
        answer = reception.ask(row, stance, fresh if moves else shared, token)
        if moves and answer.is_success:  # what was refused by the process is as it was
            fresh = a_scene(reception.house.world, stance)
        if answer.status_code not in (cell[name] or OF_PROCESS):
            wrong.append(f"{row}: {answer.status_code} {answer.text[:300]}")
    assert not wrong, "\n".join(wrong)


def test_the_table_has_every_operation_of_the_specification_and_of_the_router() -> None:
    """So a new route has its line here, or this fails."""
    routed = {f"{method} {route.path}" for route in routes() for method in route.methods or ()}
    assert {row.partition(", ")[0] for row in TABLE} == set(operations()) == routed
    assert {row for row in TABLE if ", " in row} == VARIANTS


def test_the_stances_are_every_role_and_every_relation() -> None:
    held = {role for stance in STANCES.values() for role in stance.person.roles}
    assert held == set(Role) - {Role.RECIPIENT}, (
        "a recipient is whoever a case was offered to, whatever her role"
    )
    ways = {"substitute": "substitute", "supervisor": "office", "clock": "system"}
    named = {ways.get(name, name.rpartition("-")[2]) for name in STANCES}
    assert set(Relation) <= named
    assert {stance for row in TABLE for stance, _ in allowed(row)} == set(ALL.split()) == set(STANCES)


def test_every_operation_is_open_to_somebody() -> None:
    assert [row for row in TABLE if not dict(allowed(row))] == []


def nobody(reception: Reception, folder: Path) -> dict[str, str | None]:
    """Credentials that let nobody in: none, wrong ones, those of who was locked, of another office, revoked, over."""
    lotse = reception.house.app.state.lotse
    reception.house.world.put(replace(GONE, active=True))
    locked = make_token(lotse, GONE.id, GONE.id, "Prüfung", EVERY, DAY).text
    reception.house.world.put(GONE)
    revoked = make_token(lotse, WORKER.id, WORKER.id, "Prüfung", EVERY, DAY)
    assert revoke_token(lotse, WORKER.id, WORKER.id, revoked.token.id)
    short = make_token(lotse, WORKER.id, WORKER.id, "Prüfung", EVERY, timedelta(milliseconds=1)).text
    other = create_lotse(read_settings(folder))
    theirs = make_token(other, WORKER.id, WORKER.id, "Prüfung", EVERY, DAY).text
    other.store.engine.dispose()
    mine = reception.token(WORKER)
    return {
        "nobody": None,
        "a word": "fachkraft",
        "another secret": mine[:-8] + ("A" * 8 if not mine.endswith("A" * 8) else "B" * 8),
        "somebody locked": locked,
        "another office": theirs,
        "revoked": revoked.text,
        "over": short,
    }


def test_who_is_not_signed_in_gets_nowhere_and_changes_nothing(reception: Reception, tmp_path: Path) -> None:
    """Also with a token of another office, whose Fachkraft has the same id and whose cases have the same numbers."""
    stance, credentials = STANCES["responsible"], nobody(reception, tmp_path)
    reception.house.world.wait(minutes=1)
    scene = a_scene(reception.house.world, stance)
    asked = [
        (row, request_for(row, Asking(reception.house.world, stance, scene, reception.handed, reception.key)))
        for row in TABLE
        if scope_of(row) != "public"
    ]
    before, size, wrong = reception.stored(), reception.house.world.size, []
    for name, token in credentials.items():
        for row, request in asked:
            answer = reception.send(*request, token)
            if answer.status_code != 401 or answer.json()["type"] != "urn:lotse:problem:signed-out":
                wrong.append(f"{name}, {row}: {answer.status_code} {answer.text}")
    assert wrong == []
    assert reception.stored() == before
    assert reception.house.world.size == size


@pytest.mark.parametrize("fits", [False, True])
def test_a_token_reaches_as_far_as_its_scope_whoever_it_is_for(reception: Reception, fits: bool) -> None:
    """The scope a line names lets in; all others together do not, and what stands in a calendar's address never does.

    A scope takes away and gives nothing: the person is one to whom the operation is open.
    """
    wrong, world = [], reception.house.world
    names = (
        "responsible",
        "referrer",
        "notified",
        "supervisor",
        "midwife-asked",
        "colleague",
        "dpo",
        "emergency",
    )
    scenes = {name: a_scene(world, STANCES[name]) for name in names}
    for row in TABLE:
        needed = scope_of(row)
        if needed == "public":
            continue
        named = frozenset({Scope.READ if needed == "any" else Scope(needed)})
        others = frozenset({Scope.CALENDAR}) if needed == "any" else EVERY - named
        may = dict(allowed(row))
        name = next(each for each in scenes if each in may)
        stance, scene = STANCES[name], scenes[name]
        request = request_for(row, Asking(world, stance, scene, reception.handed, reception.key))
        token = reception.token(stance.person, named if fits else others)
        size = world.size
        answer = reception.send(*request, token)
        if fits:
            if answer.status_code == 403 and answer.json()["type"].endswith((":scope", ":role")):
                wrong.append(f"{row}: {answer.text}")
            continue
        if (answer.status_code, answer.json()["type"]) != (403, "urn:lotse:problem:scope"):
            wrong.append(f"{row}: {answer.status_code} {answer.text}")
        (entry,) = reception.told(size)
        assert (entry["actor"], entry["outcome"], entry["reason"]) == (stance.person.id, "refused", "scope")
    assert wrong == []


def test_a_case_that_is_another_office_s_is_as_unknown_as_one_that_is_none(reception: Reception) -> None:
    """Numbers, ids and Kennzeichen of elsewhere: the same answer to everybody, whatever they may here."""
    world = reception.house.world
    elsewhere = replace(reception.handed, id="e" * 32, number=UNKNOWN)
    for name in ("responsible", "supervisor", "dpo", "notified", "referrer", "midwife-supporting"):
        stance, token, said = STANCES[name], reception.token(STANCES[name].person), set()
        for row in TABLE:
            if (
                not {"{number}", "{case}", "{reference}"} & set(re.findall(r"{\w+}", row))
                or "{command}" in row
            ):
                continue
            scene = Scene(elsewhere, UNKNOWN, None)
            method, path, body = request_for(row, Asking(world, stance, scene, elsewhere, reception.key))
            size = world.size
            answer = reception.send(method, path, body, token)
            if answer.status_code == 403:  # not open to this role at all
                assert answer.json()["type"] == "urn:lotse:problem:role", row
                continue
            said.add(answer.text)
            assert answer.status_code == 404, (row, answer.text)
            assert any(a["actor"] == stance.person.id for a in reception.told(size)), row
        assert len(said) == 1


@pytest.mark.parametrize("name", ["partner", "coordinator"])
def test_nobody_learns_by_trying_which_numbers_there_are(reception: Reception, name: str) -> None:
    """Neither a version that is none, nor a recipient who is nobody, nor bad particulars tell a case from none."""
    world, stance, token = reception.house.world, STANCES[name], reception.token(STANCES[name].person)
    scene = a_scene(world, stance)
    for row in (each for each in TABLE if "/commands/" in each):
        method, path, body = request_for(row, Asking(world, stance, scene, reception.handed, reception.key))
        for number, said in ((scene.number, []), (UNKNOWN, [])):
            place = path.replace(scene.number, number)
            for tag, more in TRIED:
                headers = {"Authorization": f"Bearer {token}", **({"If-Match": tag} if tag else {})}
                answer = reception.house.client.request(
                    method, place, json={**(body or {}), **more}, headers=headers
                )
                said.append((answer.status_code, answer.text))
            if number == scene.number:
                of_a_case = said
        assert said == of_a_case, row
