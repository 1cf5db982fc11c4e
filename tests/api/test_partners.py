"""A clinic, the ASD and Leitung over HTTP: by Kennzeichen, from the inbox, through the chain; and nobody else's."""

from pathlib import Path

import pytest

from audit.keys import log_verifier
from audit.notary_file import NotaryFile
from audit.proof import open_proof
from states.vocabulary import Command, Role, State
from tests.api.house import House, a_house
from tests.people import ASD, MIDWIFE, OTHER_PARTNER, PARTNER, SUPERVISOR, WORKER
from tests.world import ORIGIN
from workflow.office import Person

COORDINATOR = Person("koordination", "Frau Netz", frozenset({Role.NETWORK_COORDINATOR}))
DPO = Person("dsb", "Herr Schutz", frozenset({Role.DPO}))
CANARY = "Kanarienvogelfrau"
REFERRAL = {"consent": "written", "surname": CANARY, "first_name": "Mia", "given_on": "2026-03-09"}
BASE = "/partner/referrals"


def referred(house: House, **more: object) -> str:
    answer = house.as_(PARTNER, "referrals").post(BASE, {**REFERRAL, **more})
    assert answer.status_code == 201, answer.text
    assert CANARY not in answer.text
    return str(answer.json()["reference"])


def taken(house: House) -> str:
    """The number under which the house has what came last, taken by the Fachkraft."""
    case = house.world.cases()[-1]
    return house.world.do(case, Command.ASSIGN, WORKER).number


def test_a_clinic_refers_is_asked_answers_and_takes_back(tmp_path: Path) -> None:
    with a_house(tmp_path) as house:
        clinic = house.as_(PARTNER, "referrals")
        body = {**REFERRAL, "consent": "unclear"}
        sent = [clinic.post(BASE, body, headers={"Idempotency-Key": "k1"}) for _ in range(2)]
        assert sent[0].json() == sent[1].json()
        assert sent[0].json()["answer_until"] == "2026-03-12"
        reference = sent[0].json()["reference"]
        number = taken(house)
        worker = house.as_(WORKER)
        assert worker.do(number, "triage-no").status_code == 200
        assert worker.do(number, "check-consent-no").status_code == 200
        assert worker.do(number, "query-consent").status_code == 200

        (own,) = clinic.get(BASE).json()["items"]
        assert (own["reference"], own["status"], own["asked_since"] is not None) == (reference, None, True)
        lacking = clinic.post(f"{BASE}/{reference}/consent", {"given": True})
        assert (lacking.status_code, lacking.json()["errors"][0]["pointer"]) == (422, "/form")
        answered = clinic.post(f"{BASE}/{reference}/consent", {"given": True, "form": "written"})
        assert (answered.status_code, answered.json()["asked_since"]) == (200, None)
        back = clinic.post(f"{BASE}/{reference.lower()}/withdraw", {"reason": "falsche Familie"})
        assert back.json()["withdrawn"]
        again = clinic.post(f"{BASE}/{reference}/consent", {"given": True, "form": "written"})
        assert (again.status_code, again.json()["type"]) == (409, "urn:lotse:problem:step-not-possible")
        assert "FH-" not in again.text + back.text + answered.text


def test_not_yet_is_a_problem_and_nothing_is_there(tmp_path: Path) -> None:
    with a_house(tmp_path) as house:
        answer = house.as_(PARTNER).post(BASE, {**REFERRAL, "consent": "not_yet"})
        assert answer.status_code == 409
        assert "nichts gespeichert" in answer.text
        assert CANARY not in answer.text
        assert house.world.cases() == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"consent": "vielleicht"},
        {"institution": "Klinikum Nordstadt"},
        {"responsible": "fachkraft"},
        {"received": "2020-01-01T00:00:00+00:00"},
        {"born": CANARY},
        {"surname": "\x00"},
        {"surname": None, "consent": None},
    ],
)
def test_what_is_not_a_partners_to_say_is_refused_without_repeating_it(
    tmp_path: Path, wrong: dict[str, object]
) -> None:
    with a_house(tmp_path) as house:
        answer = house.as_(PARTNER).post(BASE, {**REFERRAL, **wrong})
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert CANARY not in answer.text
        assert house.world.cases() == []


def test_another_practice_meets_a_wall_whatever_it_sends(tmp_path: Path) -> None:
    """Somebody else's Kennzeichen is as unknown as one that was never given, to the letter."""
    with a_house(tmp_path) as house:
        reference, other = referred(house), house.as_(OTHER_PARTNER, "referrals")
        assert other.get(BASE).json() == {"items": []}
        paths = {each: [other.get(f"{BASE}/{each}")] for each in (reference, "CCC-CCC")}
        for each, answers in paths.items():
            answers.append(other.post(f"{BASE}/{each}/withdraw", {"reason": "Neugier"}))
            answers.append(other.post(f"{BASE}/{each}/consent", {"given": False}))
        for theirs, nobodys in zip(*paths.values(), strict=True):
            assert theirs.status_code == nobodys.status_code == 404
            assert theirs.json() == nobodys.json()
        assert other.get(f"{BASE}/nichts").status_code == 404


def test_an_institution_is_entered_invites_and_loses_its_agreement(tmp_path: Path) -> None:
    with a_house(tmp_path) as house:
        house.world.put(COORDINATOR)
        keeper = house.as_(COORDINATOR)
        entered = keeper.send(
            "PUT", "/institutions/wiese",
            json={"name": "Kita Wiese", "kind": "daycare", "agreement": "NV 9", "agreement_until": "2026-12-31"},
        )  # fmt: skip
        assert (entered.status_code, entered.json()["may_refer"]) == (200, True)
        invited = keeper.post("/institutions/wiese/invitations", {"id": "leiterin", "name": "Frau Wiese"})
        assert invited.status_code == 201
        assert "/link#invitation." in invited.json()["link"]
        kita = house.as_(Person("leiterin", "Frau Wiese", frozenset({Role.PARTNER})))
        assert kita.post(BASE, REFERRAL).status_code == 201
        ended = keeper.send("PUT", "/institutions/wiese", json={"agreement": "", "name": "Kita am Bach"})
        assert (ended.json()["may_refer"], ended.json()["former_names"]) == (False, ["Kita Wiese"])
        refused = kita.post(BASE, REFERRAL)
        assert (refused.status_code, "Netzwerkvereinbarung" in refused.text) == (409, True)
        assert len(kita.get(BASE).json()["items"]) == 1
        wrong = keeper.send("PUT", "/institutions/neu", json={"name": "Kita Wiese", "kind": "other"})
        assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/name")
        assert house.as_(WORKER).send("PUT", "/institutions/x", json={"name": "X"}).status_code == 403
        assert house.as_(PARTNER).get("/institutions").status_code == 403
        listed = house.as_(WORKER).get("/institutions").json()["items"]
        assert [each["name"] for each in listed] == [
            "Kinderarztpraxis Süd",
            "Kita am Bach",
            "Klinikum Nordstadt",
        ]


def test_the_asds_inbox_and_its_word_to_the_clinic(tmp_path: Path) -> None:
    with a_house(tmp_path) as house:
        reference, number = referred(house), taken(house)
        worker, asd, clinic = house.as_(WORKER), house.as_(ASD), house.as_(PARTNER, "referrals")
        assert worker.do(number, "triage-yes").status_code == 200
        assert worker.do(number, "escalate-urgent", told="Frau Dienst").status_code == 200
        (notice,) = asd.get("/escalations").json()["items"]
        assert (notice["number"], notice["urgent"], "110" in notice["way"]) == (number, True, True)
        assert asd.do(number, "ask", question="Wer betreut das Kind?").status_code == 200
        assert worker.do(number, "reply", answer="Die Großmutter.").status_code == 200
        opened = asd.get(f"/escalations/{number}").json()
        assert [word["text"] for word in opened["words"]] == ["Wer betreut das Kind?", "Die Großmutter."]
        told = {"confirmed": True, "acted": True, "acting": False, "family_told": True}
        assert asd.do(number, "report", **told).status_code == 200
        own = clinic.get(f"{BASE}/{reference}").json()
        assert (own["report"]["confirmed"], own["report_ground"], own["status"]) == (True, "by_law", None)
        for who in (WORKER, SUPERVISOR, MIDWIFE, PARTNER):
            assert house.as_(who).get("/escalations").status_code == 403
            assert house.as_(who).get(f"/escalations/{number}").status_code == 403
        assert asd.get("/escalations/FH-2026-9999").status_code == 404
        other = house.world.a_case_in(State.IN_CONTACT).number
        assert asd.get(f"/escalations/{other}").status_code in (403, 404)


def test_leitung_looks_for_handovers_and_puts_geprueft_on_record(tmp_path: Path) -> None:
    with a_house(tmp_path) as house:
        house.world.put(DPO)
        case = house.world.a_case_in(State.HANDED_OVER)
        leitung = house.as_(SUPERVISOR)
        found = leitung.post("/handovers/search", {}).json()
        assert found["counts"] == {
            "unanswered": 0, "overdue": 0, "declined": 0, "without_proof": 1, "unreviewed": 1,
        }  # fmt: skip
        (line,) = found["items"]
        assert (line["number"], line["flaws"], line["status"]) == (case.number, ["unsigned"], "accepted")
        place = f"/handovers/{line['case']}/{line['handover']}"
        chain = leitung.post(f"{place}/chain", {"reason": ""}).json()
        assert [each["action"] for each in chain["entries"]] == ["propose-handover", "accept"]
        assert [each["proof"] for each in chain["entries"]] == [None, None], "nobody has signed yet"
        lotse = house.world.lotse
        lotse.settings.keys.mkdir()
        NotaryFile(lotse.settings.notary).create(ORIGIN)
        lotse.countersign()
        chain = leitung.post(f"{place}/chain", {"reason": ""}).json()
        for each in chain["entries"]:
            proof = open_proof(each["proof"].encode(), log_verifier(ORIGIN, house.world.provider))
            assert proof.index == each["seq"]
        after = leitung.post(f"{place}/review", {"remark": "Frist eingehalten."}).json()
        assert after["entries"][-1]["remark"] == "Frist eingehalten."
        assert after["line"]["reviewed_by"] == SUPERVISOR.id
        assert leitung.post("/handovers/search", {"check": "unreviewed"}).json()["items"] == []

        assert house.as_(WORKER).post("/handovers/search", {}).status_code == 403
        assert house.as_(DPO).post("/handovers/search", {}).status_code == 422, "data protection says why"
        read = house.as_(DPO).post(f"{place}/chain", {"reason": "Stichprobe"}).json()
        assert (read["line"]["number"], read["entries"][-1]["remark"]) == (None, None)
        assert house.as_(DPO).post(f"{place}/review", {"remark": "x"}).status_code == 403
        assert leitung.post(f"/handovers/{'f' * 32}/x/chain", {"reason": ""}).status_code == 404
