"""The straight way of a step answers as the framework's way does: whatever is asked, by whomever, in order or not.

Two cases like each other; one is asked for the straight way, the other with that way closed. All of both answers is
compared, but for the numbers under which they stand.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import httpx
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from adapters.api.names import in_url
from adapters.api.rooms import Room
from adapters.api.schemas_commands import MOVES, example_of
from states.vocabulary import Command, State
from tests.api.house import House, a_house
from tests.people import ASD, COLLEAGUE, MIDWIFE, SUPERVISOR, WORKER
from workflow.office import Person

PLACES = (State.RECEIVED, State.CONSENT_CHECKED, State.IN_CONTACT, State.HANDED_OVER, State.ESCALATED)
WHO = (WORKER, COLLEAGUE, MIDWIFE, SUPERVISOR, ASD)
USUAL = (
    (State.RECEIVED, WORKER, Command.TRIAGE_NO),
    (State.CONSENT_CHECKED, WORKER, Command.NOTE),
    (State.IN_CONTACT, WORKER, Command.NOTE),
    (State.IN_CONTACT, WORKER, Command.WITHDRAW_CONSENT),
    (State.IN_CONTACT, SUPERVISOR, Command.NOTE),
    (State.HANDED_OVER, MIDWIFE, Command.NOTE),
    (State.ESCALATED, ASD, Command.NOTE),
)
ASKED = st.sampled_from(USUAL) | st.tuples(*map(st.sampled_from, (PLACES, WHO, MOVES)))
ODD_MATCH = (None, '"1"', '"2"', '"3"', 'W/"1"', '"1", "2"', "nonsense", "", "x" * 501, '"1",' * 11)
MATCH = st.just("*") | st.sampled_from(ODD_MATCH)
KEY = st.none() | st.sampled_from(("k", "a key", "", "k" * 201, "\x80"))
NUMBER = st.none() | st.sampled_from((None, None, "FH-2026-9999", "nonsense"))
ODD = (None, "", [], [1], "text", 7, {}, {"text": 7}, {"remark": "\x00"}, {"unheard_of": "x"})


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with a_house(tmp_path_factory.mktemp("straight")) as house:
        yield house


@contextmanager
def closed(house: House) -> Iterator[None]:
    """Every request goes the framework's way."""
    rooms = [each for each in house.app.routes if isinstance(each, Room) and each.straight is not None]
    ways = [each.straight for each in rooms]
    try:
        for each in rooms:
            each.straight = None
        yield
    finally:
        for each, way in zip(rooms, ways, strict=True):
            each.straight = way


def bodies(command: Command) -> st.SearchStrategy[Any]:
    """What is asked for as it should be, with something left out, something odd, or nothing like it."""
    right = example_of(command)
    less = [{name: right[name] for name in right if name != left_out} for left_out in right]
    odd = [{**right, name: value} for name in right for value in (None, 7, "", "x" * 20_001, ["x"])]
    return st.just(right) | st.sampled_from([*less, *odd, *ODD])


def told(answer: httpx.Response, number: str) -> tuple[int, str, dict[str, str]]:
    left_out = {"x-request-id", "date", "content-length"}
    headers = {name: value for name, value in answer.headers.items() if name not in left_out}
    return answer.status_code, answer.text.replace(number, "NUMBER"), headers


@given(data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_both_ways_answer_alike(house: House, data: st.DataObject) -> None:
    state, person, command = data.draw(ASKED, "asked")
    body, match, key = data.draw(bodies(command), "body"), data.draw(MATCH, "If-Match"), data.draw(KEY, "key")
    unknown = data.draw(NUMBER, "number")
    answers = []
    for way in ("straight", "framework"):
        number = unknown or house.world.a_case_in(state).number
        headers = {} if match is None else {"If-Match": match}
        if key is not None:
            headers["Idempotency-Key"] = f"{key}{way[:1]}" if key == "k" else key
        path = f"/cases/{number}/commands/{in_url(command)}"
        if way == "straight":
            answer = asked(house, person, path, body, headers)
        else:
            with closed(house):
                answer = asked(house, person, path, body, headers)
        answers.append(told(answer, number))
    event(str(answers[0][0]))
    assert answers[0] == answers[1]


def asked(house: House, person: Person, path: str, body: object, headers: dict[str, str]) -> httpx.Response:
    encoded = {name: value.encode("latin-1") for name, value in headers.items()}
    if body == "":
        return house.as_(person).send("POST", path, headers=encoded)
    return house.as_(person).send("POST", path, json=body, headers=encoded)


def test_a_note_that_is_in_order_goes_straight_and_one_that_is_not_does_not(house: House) -> None:
    """Otherwise the comparison would compare one way with itself."""
    number = house.world.a_case_in(State.IN_CONTACT).number
    path = f"/cases/{number}/commands/note"
    went: list[bool] = []
    for room in house.app.routes:
        if isinstance(room, Room) and room.path.endswith("/commands/note"):
            straight = room.straight
            assert straight is not None

            async def watched(letter: Any, straight: Any = straight) -> Any:  # noqa: ANN401 - as they come
                answer = await straight(letter)
                went.append(answer is not None)
                return answer

            with patch.object(room, "straight", watched):
                fine = house.as_(WORKER).send("POST", path, json={"text": "Anruf"}, headers={"If-Match": "*"})
                bad = house.as_(WORKER).send("POST", path, json={"text": 7}, headers={"If-Match": "*"})
    assert (fine.status_code, bad.status_code, went) == (200, 422, [True, False])
