"""A Fachkraft's day over HTTP, from a clinic's referral to the midwife's yes, told as requests and answers."""

from pathlib import Path

from states.vocabulary import State
from tests.api.house import House, a_house
from tests.people import MIDWIFE, PARTNER, WORKER

REFERRAL = {
    "consent": "written", "given_on": "2026-03-09", "giver": "Mutter",
    "evidence": "Ordner A", "surname": "Musterfrau", "first_name": "Mia", "phone": "0151 00000042",
    "born": "2026-01-08", "district": "Nord",
}  # fmt: skip


def received(house: House) -> str:
    answer = house.as_(PARTNER, "referrals").post("/partner/referrals", REFERRAL)
    assert answer.status_code == 201, answer.text
    assert "FH-" not in answer.text + str(answer.headers), "the number counts the office's families"
    (case,) = house.world.cases()
    return case.number


def test_from_the_referral_to_the_handover(tmp_path: Path) -> None:
    with a_house(tmp_path) as house:
        number = received(house)
        worker, midwife = house.as_(WORKER), house.as_(MIDWIFE)
        (item,) = worker.get("/worklist").json()["items"]
        assert (item["number"], item["what"], item["due"]) == (number, "Erstkontakt", "2026-03-12")

        assert worker.see(number).json()["family"] is None, "nobody is responsible yet"
        assert worker.do(number, "assign", to="fachkraft").status_code == 200
        seen = worker.see(number)
        assert seen.headers["ETag"] == '"2"'
        case = seen.json()
        assert case["family"]["surname"] == "Musterfrau"
        (owed,) = case["obligations"]
        assert "Do 12.03. (3)" in owed["explanation"]
        steps = {each["command"]: each for each in case["available_commands"]}
        assert steps["triage-no"]["allowed"]
        assert not steps["check-consent-yes"]["allowed"]
        assert "Ersteinschätzung" in steps["check-consent-yes"]["next_step"]

        for step in ("triage-no", "check-consent-yes"):
            assert worker.do(number, step).status_code == 200
        assert worker.do(number, "reach-family", channel="phone").status_code == 200
        consent = {"form": "written", "purpose": "Begleitung", "fields": ["contact", "child"]}
        assert worker.do(number, "record-consent-for", recipient="yildiz", **consent).status_code == 200
        asked = worker.do(number, "propose-handover", recipient="yildiz", fields=["contact"])
        assert asked.status_code == 200

        theirs = midwife.see(number).json()
        assert theirs["family"] is None, "before she says yes she reads nothing of the family"
        assert midwife.do(number, "accept", recipient="yildiz").status_code == 200
        theirs = midwife.see(number).json()
        assert theirs["family"]["phone"] == "0151 00000042"
        assert theirs["family"]["concern"] == ""
        assert theirs["source"] is None

        assert worker.see(number).json()["state"] == State.HANDED_OVER
        done = worker.get(f"/cases/{number}/timeline").json()["items"]
        assert [each["action"] for each in reversed(done)] == [
            "receive-consent", "assign", "triage-no", "check-consent-yes", "reach-family", "record-consent-for",
            "propose-handover", "accept",
        ]  # fmt: skip
        house.world.verify()


def test_each_look_is_on_record_before_anything_is_opened(tmp_path: Path) -> None:
    with a_house(tmp_path) as house:
        case = house.world.a_referral()
        before = house.world.size
        house.as_(WORKER).see(case.number)
        house.as_(WORKER).get("/cases")
        house.as_(WORKER).get("/worklist")
        house.as_(WORKER).post("/search", {"text": "Musterfrau"})
        actions = [entry.a["action"] for entry in house.world.entries()[before:]]
        assert actions == ["open", "list", "worklist", "search"]


def test_what_is_searched_for_is_found_by_who_reads_the_case_and_by_nobody_else(tmp_path: Path) -> None:
    with a_house(tmp_path) as house:
        case = house.world.a_referral()
        for text in ("Musterfrau", "musterfrau mia", "+49 151 00000042", case.number):
            (hit,) = house.as_(WORKER).post("/search", {"text": text}).json()["items"]
            assert (hit["number"], hit["surname"]) == (case.number, "Musterfrau")
        assert house.as_(MIDWIFE).post("/search", {"text": "Musterfrau"}).json()["items"] == []
        assert house.as_(PARTNER).post("/search", {"text": "Musterfrau"}).status_code == 403
