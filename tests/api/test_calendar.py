"""The calendar: one's own open deadlines by number, read by whoever has the address, and nothing of any family."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from icalendar import Calendar

from adapters.api.threshold import Threshold
from adapters.login.caller import Scope
from adapters.login.door import Door
from adapters.login.tokens import make_token, tokens
from states.vocabulary import Command
from tests.api.house import House, a_house
from tests.people import COLLEAGUE, FAMILY, WORKER

_A_DAY = timedelta(days=1)
FEED = "/api/v1/calendar/{}:calendar/fristen.ics"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with a_house(tmp_path) as house:
        yield house


def events(house: House, person: str = WORKER.id) -> list[tuple[date, str]]:
    answer = house.client.request("GET", FEED.format(person))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/calendar")
    calendar = Calendar.from_ical(answer.content)
    return [(event.decoded("dtstart"), str(event["summary"])) for event in calendar.walk("VEVENT")]


def test_it_has_every_open_deadline_of_todays_list_and_loses_what_is_met(house: House) -> None:
    cases = [house.world.a_referral() for _ in range(3)]
    listed = {(i.due, i.number) for i in house.world.today() if i.due is not None and i.obligation}
    found = {(day, text.rpartition(" ")[2]) for day, text in events(house)}
    assert found == listed
    assert len(found) == 3
    case = house.world.case(cases[0])
    house.world.do(case, Command.TRIAGE_NO)
    house.world.do(case, Command.CHECK_CONSENT_YES)
    house.world.do(case, Command.ATTEMPT_CONTACT, channel="phone")
    assert len({text for _, text in events(house) if "Erstkontakt" in text}) < 3


def test_nothing_of_the_family_is_in_it(house: House) -> None:
    house.world.a_referral()
    text = house.client.request("GET", FEED.format(WORKER.id)).text
    for word in (FAMILY.surname, FAMILY.first_name, FAMILY.phone, FAMILY.street, FAMILY.concern, "Nordstadt"):
        assert word not in text


def test_another_person_has_other_deadlines(house: House) -> None:
    house.world.a_referral(responsible=WORKER.id)
    assert events(house)
    assert events(house, COLLEAGUE.id) == []


def test_a_program_that_has_it_already_is_told_so(house: House) -> None:
    house.world.a_referral()
    first = house.client.request("GET", FEED.format(WORKER.id))
    again = house.client.request(
        "GET", FEED.format(WORKER.id), headers={"If-None-Match": first.headers["ETag"]}
    )
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "key", [f"{WORKER.id}:read", WORKER.id, "niemand:calendar", f"{WORKER.id}:calendar,read"]
)
def test_a_token_for_anything_else_or_none_opens_no_calendar(house: House, key: str) -> None:
    answer = house.client.request("GET", f"/api/v1/calendar/{key}/fristen.ics")
    assert answer.status_code == 404
    assert WORKER.id not in answer.text


def test_each_look_is_on_record(house: House) -> None:
    events(house)
    entry = house.world.entries()[-1].a
    assert (entry["action"], entry["actor"]) == ("worklist", WORKER.id)


def test_a_real_address_ends_when_a_new_one_is_made(house: House) -> None:
    """With the real door: the token of the calendar opens nothing else."""
    lotse = house.world.lotse
    made = make_token(lotse, WORKER.id, WORKER.id, "Fristenkalender", frozenset({Scope.CALENDAR}), _A_DAY)
    house.app.state.threshold = Threshold(Door(lotse))
    address = f"/api/v1/calendar/{made.text}/fristen.ics"
    assert house.client.request("GET", address).status_code == 200
    denied = house.client.request("GET", "/api/v1/worklist", headers={"Authorization": f"Bearer {made.text}"})
    assert denied.status_code == 403
    from adapters.api.routes.calendar import _revoke

    _revoke(lotse, WORKER.id)
    assert house.client.request("GET", address).status_code == 404
    assert not tokens(lotse, WORKER.id)


def test_a_token_makes_no_address(house: House) -> None:
    assert house.as_(WORKER).post("/calendar", None).status_code == 409


def test_a_session_makes_one_and_ends_it(house: House) -> None:
    from tests.api.house import CSRF, HOME

    headers = {"Cookie": f"__Host-lotse={WORKER.id}", "X-CSRF-Token": CSRF, "Origin": HOME}
    made = house.client.request("POST", "/api/v1/calendar", headers=headers)
    assert made.status_code == 201, made.text
    assert made.json()["address"].startswith(f"{HOME}/api/v1/calendar/lotse_")
    assert len(tokens(house.world.lotse, WORKER.id)) == 1
    assert house.client.request("POST", "/api/v1/calendar", headers=headers).status_code == 201
    assert len(tokens(house.world.lotse, WORKER.id)) == 1
    assert house.client.request("DELETE", "/api/v1/calendar", headers=headers).status_code == 204
    assert not tokens(house.world.lotse, WORKER.id)
