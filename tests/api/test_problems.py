"""Whatever is sent: no fault of ours, and nothing of it in what comes back, in the log of the program or in log A."""

import logging
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import httpx
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.api.bodies import MOST
from adapters.api.needs import BASE
from adapters.api.problems import PREFIX, Problem, Trouble
from adapters.api.rooms import Room
from adapters.db.connect import MOVED
from tests.api.house import House, a_house
from tests.people import SUPERVISOR, WORKER

CANARY = "Kanarienvogel"
PLANTED = st.sampled_from(
    (CANARY, f"<{CANARY}>", f"{CANARY}\x00", f"{CANARY}\ud800", f"é{CANARY}\u202e", CANARY * 40)
)
JSON = st.recursive(
    PLANTED | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(PLANTED | st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


def problem_of(answer: httpx.Response) -> Problem:
    """The problem, held to its own description."""
    assert answer.headers["Content-Type"] == "application/problem+json", answer.text
    found = Problem.model_validate_json(answer.content)
    known = {trouble.type: trouble for trouble in Trouble}
    assert (known[found.type].status, known[found.type].title) == (found.status, found.title)
    assert found.status == answer.status_code
    return found


def unsafe(house: House) -> list[Room]:
    """Every route that reads a body, public ones included."""
    return [route for route in house.app.routes if isinstance(route, Room) and route.body_field is not None]


def addressed(route: Room, number: str) -> str:
    return route.path_format.replace("{number}", number).replace("{command}", "x-y")


def text_of(value: object) -> bytes:
    """JSON as a careless program writes it, lone surrogates and all."""
    import json

    return json.dumps(value).encode()


@pytest.mark.parametrize(
    ("body", "kind", "trouble"),
    [
        (b"{", "application/json", Trouble.MALFORMED),
        (b'{"text": "\xff"}', "application/json", Trouble.MALFORMED),
        (b'{"text": "\\ud800"}', "application/json", Trouble.MALFORMED),
        (b'\xef\xbb\xbf{"text": "x"}', "application/json", Trouble.MALFORMED),
        (b'{"text": NaN}', "application/json", Trouble.MALFORMED),
        (b'{"text": 1e999}', "application/json", Trouble.MALFORMED),
        (b"[" * 5000, "application/json", Trouble.MALFORMED),
        (b"[" * 100 + b"]" * 100, "application/json", Trouble.MALFORMED),
        (b'{"text": "x"}', "text/plain", Trouble.MEDIA),
        (b"text=x", "application/x-www-form-urlencoded", Trouble.MEDIA),
        (b'{"text": "x"}', "", Trouble.MEDIA),
        (b" " * (MOST + 1), "application/json", Trouble.TOO_LARGE),
        (b"", "application/json", Trouble.INVALID),
        (b"null", "application/json", Trouble.INVALID),
        (b"[]", "application/json", Trouble.INVALID),
        (b'{"text": "\\u0000"}', "application/json", Trouble.INVALID),
        (b'{"text": 1234567890123456789012345678901234567890}', "application/json", Trouble.INVALID),
        (b'{"text": "x", "Musterfrau": 1}', "application/json", Trouble.INVALID),
    ],
)
def test_what_cannot_be_read_is_said_by_its_kind(
    tmp_path: Path, body: bytes, kind: str, trouble: Trouble
) -> None:
    with a_house(tmp_path) as house:
        answer = house.as_(WORKER).send("POST", "/search", content=body, headers={"Content-Type": kind})
        assert problem_of(answer).type == trouble.type
        assert "Musterfrau" not in answer.text


def test_a_body_without_an_end_is_cut_off_while_it_comes(tmp_path: Path) -> None:
    """No length is told, so it is counted; what is beyond is never taken into memory."""
    sent = 0

    async def endless():  # type: ignore[no-untyped-def]  # noqa: ANN202 - an async generator of bytes
        nonlocal sent
        while True:
            sent += 100_000
            yield b" " * 100_000

    with a_house(tmp_path) as house:
        answer = house.as_(WORKER).send(
            "POST", "/search", content=endless(), headers={"Content-Type": "application/json"}
        )
        assert problem_of(answer).type == Trouble.TOO_LARGE.type
        assert sent < 3 * MOST


def test_nothing_that_is_sent_as_a_body_breaks_anything_or_comes_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A canary in every body of every route: no 5xx, no echo, not in the program's log, not in the log's bodies A."""
    with a_house(tmp_path) as house, caplog.at_level(logging.DEBUG):
        number = house.world.a_referral().number
        routes = unsafe(house)

        @settings(max_examples=120, deadline=None)
        @given(
            st.sampled_from(routes),
            st.dictionaries(st.text(max_size=6) | PLANTED, JSON, max_size=4) | JSON,
            st.data(),
        )
        def sent(route: Room, body: object, data: st.DataObject) -> None:
            names = sorted(route.body_field.field_info.annotation.model_fields) if _plain(route) else []
            if names and isinstance(body, dict):
                chosen = data.draw(st.lists(st.sampled_from(names), max_size=4))
                body = {**body, **{name: data.draw(JSON) for name in chosen}}
            (method,) = route.methods
            answer = house.as_(WORKER).send(
                method, addressed(route, number).removeprefix(BASE), content=text_of(body),
                headers={"Content-Type": "application/json", "If-Match": "*"},
            )  # fmt: skip
            assert answer.status_code < 500, (route.path, answer.text)
            assert CANARY not in str(answer.headers)
            if answer.status_code >= 400:
                problem_of(answer)
                assert CANARY not in answer.text

        sent()
        assert CANARY not in caplog.text
        for entry in house.world.entries():
            assert CANARY not in orjson.dumps(entry.a).decode() or entry.a.get("purpose")


def _plain(route: Room) -> bool:
    return route.body_field is not None and hasattr(route.body_field.field_info.annotation, "model_fields")


def test_nothing_in_an_address_a_query_or_a_header_breaks_anything_or_comes_back(tmp_path: Path) -> None:
    planted = (
        CANARY,
        f"{CANARY}%00",
        f"%ED%A0%80{CANARY}",
        f"..%2F{CANARY}",
        f"'{CANARY}\"",
        f"FH-2026-{CANARY}",
    )
    with a_house(tmp_path) as house:
        routes = [route for route in house.app.routes if isinstance(route, Room)]
        queries = ("", "?limit=#", "?cursor=#", "?state=#&#=#", "?due_by=#", "?format=#")
        names = ("If-Match", "Idempotency-Key", "X-Other", "Accept", "Content-Type", "Authorization")

        @settings(max_examples=120, deadline=None)
        @given(*(st.sampled_from(each) for each in (routes, planted, queries, names)))
        def asked(route: Room, sign: str, query: str, name: str) -> None:
            path = route.path_format.replace("{number}", sign).replace("{command}", sign)
            (method,) = route.methods
            headers = {"Authorization": f"Bearer {SUPERVISOR.id}", name: f"{CANARY}\xff"}
            answer = house.client.request(method, path + query.replace("#", sign), headers=_raw(headers))
            assert answer.status_code < 500, answer.text
            if answer.status_code >= 400:
                problem_of(answer)
            assert CANARY not in answer.text
            assert CANARY not in str(answer.headers)

        asked()


def _raw(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]


def test_every_kind_of_problem_has_a_name_a_german_title_and_a_next_step() -> None:
    assert len({trouble.type for trouble in Trouble}) == len(Trouble)
    for trouble in Trouble:
        assert trouble.type.removeprefix(PREFIX) == trouble.slug
        assert trouble.detail.endswith(".")
        assert 400 <= trouble.status < 600


@pytest.mark.parametrize("moved", [True, False])
def test_a_program_whose_store_has_gone_elsewhere_says_so_and_writes_nothing(
    tmp_path: Path, moved: bool
) -> None:
    """Somebody has moved it into PostgreSQL, or restored a backup in its place, and has not started the program anew."""
    with a_house(tmp_path) as house:
        case = house.world.a_referral()
        database = house.world.folder / "lotse.db"  # type: ignore[operator]  # a store on disk has one
        before = house.world.size
        if moved:
            with closing(sqlite3.connect(database)) as tables, tables:
                tables.execute(f"PRAGMA user_version = {MOVED}")
        else:
            copy = database.with_name("other.db")
            shutil.copyfile(database, copy)
            copy.replace(database)
        said = problem_of(
            house.as_(WORKER).post(
                f"/cases/{case.number}/commands/note",
                {"text": CANARY},
                headers={"If-Match": f'"{case.version}"'},
            )
        )
        assert (said.status, said.type) == (503, Trouble.LEFT.type)
        with closing(sqlite3.connect(database)) as tables:
            assert tables.execute("SELECT size FROM log_head").fetchone() == (before,)
