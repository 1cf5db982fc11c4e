"""Moving a case over HTTP: bodies as the list says, versions, repeated requests, two people at once, withdrawals."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from adapters.api.names import command_of, in_url
from adapters.api.schemas_commands import MODELS, MOVES, RECEIPTS, example_of
from states.vocabulary import Command, State
from tests.api.house import House, a_house
from tests.people import COLLEAGUE, MIDWIFE, OTHER_PARTNER, PARTNER, SUPERVISOR, WORKER
from tests.world import MONDAY, berlin
from workflow.calendar import local_date
from workflow.details import read_details
from workflow.fields import FIELDS, Kind
from workflow.office import Moment


def test_every_command_of_a_person_has_an_address_of_its_own_and_finds_back() -> None:
    slugs = [in_url(command) for command in Command]
    assert len(set(slugs)) == len(slugs)
    assert all(command_of(in_url(command), Command) == command for command in Command)
    assert set(MOVES) | set(RECEIPTS) | {Command.FLAG_OVERDUE} == set(Command)


@pytest.mark.parametrize("command", sorted(MODELS))
def test_a_body_asks_for_exactly_what_the_list_says(command: str) -> None:
    """Names, whether they must be there, and their choices: `workflow.fields` is the one list."""
    model = MODELS[command]
    schema = model.model_json_schema()
    beside = {"recipient"} if Command(command).per_recipient else set()
    beside |= {"command"} if command in RECEIPTS else set()
    assert set(schema["properties"]) == {field.name for field in FIELDS[command]} | beside
    required = {field.name for field in FIELDS[command] if field.required} | beside
    assert set(schema.get("required", ())) == required
    for field in FIELDS[command]:
        said = str(schema["properties"][field.name])
        assert field.label in said
        assert all(f"'{choice}'" in said for choice in field.choices)
        assert field.kind is not Kind.DAY or "'date'" in said


@pytest.mark.parametrize("command", sorted(MODELS))
def test_the_example_of_each_body_is_one_that_works(command: str) -> None:
    (example,) = MODELS[command].model_json_schema()["examples"]
    body = MODELS[command].model_validate(example)
    entered = {name: getattr(body, name) for name in example_of(command)}
    read_details(command, entered, Moment.of(berlin(MONDAY)))


def a_case(house: House) -> str:
    return house.world.a_referral().number


def test_without_saying_which_version_one_saw_nothing_moves(tmp_path: Path) -> None:
    with a_house(tmp_path) as house:
        number = a_case(house)
        answer = house.as_(WORKER).post(f"/cases/{number}/commands/triage-no", {})
        assert (answer.status_code, answer.json()["type"]) == (428, "urn:lotse:problem:version-missing")
        assert house.as_(WORKER).see(number).json()["version"] == 1


@pytest.mark.parametrize("tag", ['"1"', '"7", "1"', '"1","2"', "*"])
def test_a_version_that_stands_is_accepted(tmp_path: Path, tag: str) -> None:
    with a_house(tmp_path) as house:
        number = a_case(house)
        answer = house.as_(WORKER).post(f"/cases/{number}/commands/triage-no", {}, headers={"If-Match": tag})
        assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')


@pytest.mark.parametrize(
    ("tag", "status"),
    [
        ('"9"', 412),
        ('W/"1"', 412),
        ('"Musterfrau"', 412),
        ('""', 412),
        ("1", 422),
        ('"1" "2"', 422),
        (",", 422),
    ],
)
def test_any_other_version_is_not(tmp_path: Path, tag: str, status: int) -> None:
    with a_house(tmp_path) as house:
        number = a_case(house)
        answer = house.as_(WORKER).post(f"/cases/{number}/commands/triage-no", {}, headers={"If-Match": tag})
        assert answer.status_code == status
        assert "Musterfrau" not in answer.text
        assert house.as_(WORKER).see(number).json()["version"] == 1


def test_of_two_who_move_a_case_at_once_one_is_told_what_the_other_did(tmp_path: Path) -> None:
    with a_house(tmp_path) as house:
        number = a_case(house)
        house.world.put()
        house.world.substitute(COLLEAGUE, WORKER, "2026-03-09", "2026-03-09")
        first, second = house.as_(WORKER), house.as_(COLLEAGUE)
        tag = {"If-Match": first.see(number).headers["ETag"]}
        assert first.post(f"/cases/{number}/commands/triage-no", {}, headers=tag).status_code == 200
        late = second.post(f"/cases/{number}/commands/note", {"text": "angerufen"}, headers=tag)
        assert late.status_code == 412
        problem = late.json()
        assert problem["version"] == 2
        (change,) = problem["changes"]
        assert (change["version"], change["actor"]) == (2, "Frau Muster")
        assert change["label"] == Command.TRIAGE_NO.label


def test_a_withdrawal_always_lands_whatever_the_person_saw(tmp_path: Path) -> None:
    with a_house(tmp_path) as house:
        number = a_case(house)
        worker = house.as_(WORKER)
        worker.do(number, "triage-no")
        for headers in ({}, {"If-Match": '"1"'}, {"If-Match": '"99"'}):
            answer = worker.send("POST", f"/cases/{number}/commands/withdraw-consent", headers=headers)
            assert answer.status_code == 200, answer.text
        assert worker.see(number).json()["state"] == State.CONSENT_PENDING


def test_withdrawals_land_while_others_write_to_the_same_case(tmp_path: Path) -> None:
    with a_house(tmp_path) as house:
        number = a_case(house)
        worker = house.as_(WORKER)

        def noted(place: int) -> int:
            return worker.do(number, "note", text=f"Notiz {place}").status_code

        with ThreadPoolExecutor(8) as threads:
            notes = [threads.submit(noted, place) for place in range(12)]
            withdrawn = threads.submit(
                worker.send, "POST", f"/cases/{number}/commands/withdraw-consent"
            ).result()
        assert withdrawn.status_code == 200
        assert {note.result() for note in notes} <= {200, 412}


def test_the_same_key_with_the_same_body_does_it_once_and_answers_the_same(tmp_path: Path) -> None:
    with a_house(tmp_path) as house:
        number = a_case(house)
        headers = {"If-Match": '"1"', "Idempotency-Key": "1f0c6a52"}
        worker = house.as_(WORKER)
        first = worker.post(f"/cases/{number}/commands/triage-no", {}, headers=headers)
        worker.do(number, "note", text="inzwischen")
        again = worker.post(f"/cases/{number}/commands/triage-no", {}, headers=headers)
        assert (again.status_code, again.json(), again.headers["ETag"]) == (200, first.json(), '"2"')
        other = worker.post(f"/cases/{number}/commands/triage-no", {"remark": "anders"}, headers=headers)
        assert (other.status_code, other.json()["type"]) == (422, "urn:lotse:problem:key-reused")
        assert worker.see(number).json()["version"] == 3


def test_a_referral_sent_twice_is_one_case(tmp_path: Path) -> None:
    with a_house(tmp_path) as house:
        body = {"command": "receive-unclear", "surname": "Musterfrau"}
        headers = {"Idempotency-Key": "meldung-1"}
        worker = house.as_(WORKER, "referrals")
        first = worker.post("/referrals", body, headers=headers)
        again = worker.post("/referrals", body, headers=headers)
        assert first.status_code == again.status_code == 201
        assert first.json() == again.json()
        assert len(house.world.cases()) == 1


def test_keys_are_each_persons_own(tmp_path: Path) -> None:
    """Two clinics whose systems count their messages from 1 do not meet."""
    with a_house(tmp_path) as house:
        body = {"consent": "unclear", "surname": "Musterfrau"}
        for partner in (PARTNER, OTHER_PARTNER):
            answer = house.as_(partner).post("/partner/referrals", body, headers={"Idempotency-Key": "1"})
            assert answer.status_code == 201
        assert len(house.world.cases()) == 2


def test_many_repetitions_at_once_have_one_effect(tmp_path: Path) -> None:
    with a_house(tmp_path) as house:
        body = {"command": "receive-self", "surname": "Musterfrau"}

        def sent(_: int) -> str:
            answer = house.as_(WORKER).post("/referrals", body, headers={"Idempotency-Key": "x"})
            assert answer.status_code == 201, answer.text
            return str(answer.json()["number"])

        with ThreadPoolExecutor(8) as threads:
            numbers = set(threads.map(sent, range(16)))
        assert len(numbers) == len(house.world.cases()) == 1


def test_who_said_no_and_lost_the_connection_learns_by_repeating_that_it_landed(tmp_path: Path) -> None:
    """A midwife who declines does not know the case any more; the repeated no is answered all the same."""
    with a_house(tmp_path) as house:
        case = house.world.a_case_in(State.HANDOVER_PROPOSED)
        midwife = house.as_(MIDWIFE)
        headers = {"If-Match": midwife.see(case.number).headers["ETag"], "Idempotency-Key": "nein"}
        body = {"recipient": "yildiz", "reason": "keine Kapazität"}
        answers = [
            midwife.post(f"/cases/{case.number}/commands/decline", body, headers=headers) for _ in "12"
        ]
        assert [each.status_code for each in answers] == [200, 200]
        assert answers[0].json() == answers[1].json() == {"number": case.number, "version": None}
        assert midwife.get(f"/cases/{case.number}").status_code == 404


def test_who_does_not_see_the_version_learns_nothing_by_guessing_it(tmp_path: Path) -> None:
    """A colleague on duty: a right guess and a wrong one are answered the same, repeated too."""
    with a_house(tmp_path) as house:
        number = a_case(house)
        colleague = house.as_(COLLEAGUE)
        for place, tag in enumerate(('"1"', '"7"', '"99"')):
            headers = {"If-Match": tag, "Idempotency-Key": f"sorge-{place}"}
            answers = [
                colleague.post(f"/cases/{number}/commands/triage-yes", {}, headers=headers) for _ in "12"
            ]
            assert [each.status_code for each in answers] == [200, 200]
            assert all(each.json() == {"number": number, "version": None} for each in answers)
        other = colleague.post(f"/cases/{number}/commands/triage-yes", {"remark": "anders"}, headers=headers)
        assert other.status_code == 422
        assert house.as_(WORKER).see(number).json()["version"] == 4


def test_a_blocked_step_says_why_and_what_is_next(tmp_path: Path) -> None:
    with a_house(tmp_path) as house:
        number = a_case(house)
        problem = house.as_(WORKER).do(number, "check-consent-yes").json()
        assert (problem["status"], problem["type"]) == (409, "urn:lotse:problem:step-not-possible")
        assert "Es fehlt die Ersteinschätzung" in problem["detail"]
        assert problem["next_command"] == "triage-no"


def test_who_may_know_of_a_case_is_refused_with_a_word_and_who_may_not_finds_nothing(tmp_path: Path) -> None:
    """A colleague of the house learns whom to ask; a midwife who was never asked learns not even that it exists."""
    with a_house(tmp_path) as house:
        number = a_case(house)
        colleague = house.as_(COLLEAGUE).do(number, "note", text="hallo")
        assert (colleague.status_code, "Frau Muster ist zuständig" in colleague.text) == (403, True)
        strange = house.as_(MIDWIFE).do(number, "raise-concern")
        none = house.as_(MIDWIFE).do("FH-2026-9999", "raise-concern")
        assert strange.status_code == none.status_code == 404
        assert strange.json() == none.json()
        refused = [
            (entry.a["action"], entry.a["actor"])
            for entry in house.world.entries()
            if entry.a["outcome"] == "refused"
        ]
        assert ("note", COLLEAGUE.id) in refused
        assert refused.count(("raise_concern", MIDWIFE.id)) == 2


def test_a_danger_is_written_down_by_whoever_is_on_duty_without_having_opened_anything(
    tmp_path: Path,
) -> None:
    with a_house(tmp_path) as house:
        number = a_case(house)
        for step in ("triage-yes", "escalate-urgent"):
            answer = house.as_(COLLEAGUE).send("POST", f"/cases/{number}/commands/{step}")
            assert (answer.status_code, answer.json()) == (200, {"number": number, "version": None})
        assert house.as_(SUPERVISOR).see(number).json()["state"] == State.ESCALATED


def test_what_does_not_fit_between_fields_is_named_by_its_field(tmp_path: Path) -> None:
    with a_house(tmp_path) as house:
        number = a_case(house)
        answer = house.as_(WORKER).do(
            number, "assess-risk-yes", indications="beobachtet", result="besprochen"
        )
        assert answer.status_code == 422
        (fault,) = answer.json()["errors"]
        assert fault["pointer"] == "/assessors"
        assert "zwei Fachkräfte" in fault["detail"]


def test_a_day_is_read_as_it_stands_and_not_as_a_number(tmp_path: Path) -> None:
    with a_house(tmp_path) as house:
        for born in (
            20260108,
            True,
            "2026-02-30",
            "08.01.2026",
            "2026-01-08T00:00:00",
            ["2026-01-08"],
            "20260108",
        ):
            answer = house.as_(WORKER).post("/referrals", {"command": "receive-self", "born": born})
            assert answer.status_code == 422, born
            assert answer.json()["errors"][0]["pointer"] == "/born"
        answer = house.as_(WORKER).post("/referrals", {"command": "receive-self", "born": "2026-01-08"})
        number = answer.json()["number"]
        assert house.as_(WORKER).see(number).json()["child"]["born"] == "2026-01-08"
        assert local_date(house.world.now).isoformat() == "2026-03-09"


def test_a_network_s_own_step_is_done_by_its_name(tmp_path: Path) -> None:
    with a_house(tmp_path, profile="bergkamen") as house:
        own = [
            each
            for each in house.as_(WORKER).get("/process").json()["commands"]
            if each["command"].startswith("x-")
        ]
        assert own, "Bergkamen adds steps of its own"
        number = a_case(house)
        for each in own:
            body = {"recipient": "yildiz"} if each["per_recipient"] else {}
            answer = house.as_(WORKER).do(number, each["command"], **body)
            assert answer.status_code in (200, 409), answer.text
        assert house.as_(WORKER).do(number, "x-gibt-es-nicht").status_code == 404
