"""Openings and substitutions over HTTP: taken at once, seen no longer than they stand, reviewed; never with a name."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from states.vocabulary import Command, State
from tests.api.house import House, a_house
from tests.openings import ADVISER, COORDINATOR, DPO, OTHERS
from tests.people import COLLEAGUE, DEPUTY, FAMILY, MIDWIFE, PARTNER, SUPERVISOR, WORKER
from workflow.office import Person

REASON = "Mia Musterfrau ruft an"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with a_house(tmp_path) as house:
        house.world.put(*OTHERS)
        yield house


def opened(house: House, by: Person, number: str, kind: str, whom: str | None = None) -> dict[str, object]:
    answer = house.as_(by).post(
        "/openings", {"number": number, "kind": kind, "reason": REASON, **({"whom": whom} if whom else {})}
    )
    assert answer.status_code == 201, answer.text
    assert FAMILY.surname not in answer.text
    found: dict[str, object] = answer.json()
    return found


def test_an_emergency_from_the_call_to_its_review(house: House) -> None:
    number = house.world.a_case_in(State.IN_CONTACT).number
    assert house.as_(COLLEAGUE).get(f"/cases/{number}").status_code == 403
    opening = opened(house, COLLEAGUE, number, "emergency")
    assert house.as_(COLLEAGUE).see(number).json()["family"]["surname"] == FAMILY.surname
    assert house.as_(COLLEAGUE).do(number, "note", text="Hebamme informiert").status_code == 200
    (item,) = (each for each in house.as_(SUPERVISOR).get("/worklist").json()["items"] if each["opening"])
    assert item["what"].startswith("Notfallzugriff prüfen: Frau Beispiel")
    path = f"/openings/{opening['id']}"
    assert house.as_(SUPERVISOR).post(f"{path}/review", {"remark": "gut"}).status_code == 409
    assert house.as_(COLLEAGUE).post(f"{path}/end", {}).status_code == 200
    assert house.as_(COLLEAGUE).get(f"/cases/{number}").status_code == 403
    assert house.as_(COLLEAGUE).get("/cases").json()["items"] == []
    reviewed = house.as_(SUPERVISOR).post(f"{path}/review", {"remark": "gut"})
    assert (reviewed.status_code, reviewed.json()["reviewed_by"]) == (200, SUPERVISOR.id)
    assert house.world.verify().size == house.world.size


def test_who_may_list_openings_sees_what(house: House) -> None:
    number = house.world.a_referral().number
    opening = opened(house, COLLEAGUE, number, "emergency")
    for person, ids in (
        (SUPERVISOR, [opening["id"]]),
        (DPO, [opening["id"]]),
        (COLLEAGUE, [opening["id"]]),
        (WORKER, []),
        (PARTNER, []),
        (MIDWIFE, []),
    ):
        answer = house.as_(person).get("/openings")
        assert [each["id"] for each in answer.json()["items"]] == ids, person.name
        assert "Mia" not in answer.text


@pytest.mark.parametrize("person", [PARTNER, MIDWIFE, COORDINATOR, ADVISER])
def test_who_has_no_role_for_it_opens_nothing_and_learns_nothing(house: House, person: Person) -> None:
    number = house.world.a_referral().number
    for kind in ("emergency", "inspection", "sample", "clarify", "advice"):
        for asked in (number, "FH-2026-9999"):
            body = {"number": asked, "kind": kind, "reason": REASON, "whom": ADVISER.id}
            answer = house.as_(person).post("/openings", body)
            assert answer.status_code == 403
            assert answer.json()["type"] == "urn:lotse:problem:role"


def test_an_adviser_reads_a_case_under_its_pseudonym_alone(house: House) -> None:
    case = house.world.a_referral(born="2025-12-01")
    house.world.do(case, Command.TRIAGE_YES, indications="Mia wirkt apathisch")
    opening = opened(house, WORKER, case.number, "advice", ADVISER.id)
    desk = house.as_(ADVISER)
    (line,) = desk.get("/cases").json()["items"]
    assert house.as_(ADVISER).get(f"/cases/{case.number}").status_code == 404
    seen = desk.see(line["number"])
    assert (seen.json()["age"], seen.json()["family"]) == ("3 Monate alt", None)
    (own,) = desk.get("/openings").json()["items"]
    assert (own["id"], own["number"]) == (opening["id"], line["number"])
    told = desk.get(f"/cases/{line['number']}/timeline")
    for answer in (seen, told, desk.get("/openings"), desk.get("/worklist"), desk.get("/cases")):
        assert answer.status_code == 200, answer.text
        for secret in (case.number, case.id, FAMILY.surname, "Mia"):
            assert secret not in answer.text


def test_a_substitution_is_entered_by_who_is_away_and_ended_early(house: House) -> None:
    number = house.world.a_referral().number
    day = house.world.day.isoformat()
    body = {"absent": WORKER.id, "deputy": DEPUTY.id, "first": day, "last": "2026-03-20"}
    assert house.as_(COLLEAGUE).post("/substitutions", body).status_code == 403
    entered = house.as_(WORKER).post("/substitutions", body)
    assert (entered.status_code, entered.json()["stands"]) == (201, True)
    assert house.as_(DEPUTY).see(number).status_code == 200
    (item, *_) = house.as_(DEPUTY).get("/worklist").json()["items"]
    assert item["for_whom"] == WORKER.name
    assert len(house.as_(DEPUTY).get("/substitutions").json()["items"]) == 1
    assert house.as_(COLLEAGUE).get("/substitutions").json()["items"] == []
    over = house.as_(SUPERVISOR).post(
        "/substitutions/end", {k: body[k] for k in ("absent", "deputy", "first")}
    )
    assert (over.status_code, over.json()["stands"]) == (200, False)
    assert house.as_(DEPUTY).get(f"/cases/{number}").status_code == 403
    assert house.as_(DEPUTY).get("/cases").json()["items"] == []


def test_what_makes_no_sense_is_said_by_field_and_not_repeated(house: House) -> None:
    body = {"absent": WORKER.id, "deputy": MIDWIFE.id, "first": "2026-03-01", "last": "2026-02-01"}
    answer = house.as_(WORKER).post("/substitutions", body)
    assert answer.status_code == 422
    assert {each["pointer"] for each in answer.json()["errors"]} == {"/deputy", "/last"}
    number = house.world.a_referral().number
    blank = {"number": number, "kind": "emergency", "reason": "   "}
    assert house.as_(COLLEAGUE).post("/openings", blank).status_code == 422
