"""What a clinic cannot find out: where its family's case stands, without the family's fourth consent.

Cases that differ only in that are answered alike, to the last byte and header. What a clinic does itself is done or not,
and it is told which (a worry that was not taken in must be told by telephone); a refusal then reads the same everywhere.
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.partners import own_step
from states.vocabulary import Command, Obligation, State
from tests.api.house import House, a_house
from tests.people import ASD, MIDWIFE, PARTNER, SUPERVISOR, WORKER
from tests.world import World, a_world
from workflow.case import Case
from workflow.errors import RefusedError, WorkflowError
from workflow.own_referrals import own_referral
from workflow.perform import Request
from workflow.reference import reference_of

BASE = "/partner/referrals"
RELEASE = {"form": "written", "given_on": "2026-03-09", "giver": "Mutter"}
YES, NO = {"given": True, "form": "written"}, {"given": False}
ACTS: dict[str, object] = {
    "concern": {"indications": "beobachtet: wirkt sehr erschöpft"},
    "release": RELEASE,
    "withdraw-consent": {"said_by": "Mutter"},
    "withdraw-feedback": {},
    "withdraw": {"reason": "falsche Familie"},
}
UNREACHED = {"unassigned", "received", "danger", "checked", "said no", "said no later", "reopened"}


def cases(house: House) -> dict[str, Case]:
    """Cases of the clinic's families, nobody asked for a consent: in every state, in danger, after a no."""
    world = house.world
    found = {
        "unassigned": world.a_referral(by=PARTNER),
        "received": world.a_referral(),
        "danger": world.do(world.a_referral(), Command.TRIAGE_YES),
        "checked": world.a_case_in(State.CONSENT_CHECKED),
        "said no": world.do(world.a_referral(), Command.WITHDRAW_CONSENT),
        "in contact": world.a_case_in(State.IN_CONTACT),
        "offered": world.a_case_in(State.HANDOVER_PROPOSED),
        "handed over": world.a_case_in(State.HANDED_OVER),
        "said no later": world.do(world.a_case_in(State.HANDED_OVER), Command.WITHDRAW_CONSENT),
        "escalated": world.a_case_in(State.ESCALATED),
        "closed": world.a_case_in(State.CLOSED),
    }
    again = world.do(world.a_case_in(State.CLOSED), Command.REOPEN, SUPERVISOR)
    return {**found, "reopened": again}


def alike(answer: httpx.Response, reference: str) -> tuple[int, str, tuple[tuple[str, str], ...]]:
    """An answer whole, but for the Kennzeichen and the number it has in the access log, which is drawn by lot."""
    drawn = {"x-request-id"}
    headers = tuple(
        sorted(
            (name, value.replace(reference, "…"))
            for name, value in answer.headers.items()
            if name not in drawn
        )
    )
    return answer.status_code, answer.text.replace(reference, "…"), headers


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with a_house(tmp_path_factory.mktemp("house")) as house:
        yield house


def test_a_clinic_reads_the_same_of_every_case_wherever_it_stands(house: House) -> None:
    clinic = house.as_(PARTNER, "referrals")
    found = [reference_of(case.id) for case in cases(house).values()]
    assert len({alike(clinic.get(f"{BASE}/{each}"), each) for each in found}) == 1
    listed = {each.pop("reference"): each for each in clinic.get(BASE).json()["items"]}
    assert {repr(listed[each]) for each in found} == {repr(listed[found[0]])}


@pytest.mark.parametrize("act", ACTS)
def test_what_a_clinic_does_is_answered_alike_wherever_the_case_stands(house: House, act: str) -> None:
    """Two answers at most for each step: done, or not possible; what a withdrawal needs is always done."""
    world, clinic, answers = house.world, house.as_(PARTNER, "referrals"), {}
    found = cases(house)
    world.wait(days=1)
    for name, case in found.items():
        reference = reference_of(case.id)
        answer = clinic.post(f"{BASE}/{reference}/{act}", ACTS[act])
        after = clinic.get(f"{BASE}/{reference}")
        answers[name] = (alike(answer, reference), alike(after, reference))
        assert case.number not in answer.text + str(answer.headers)
    refused = {name for name, (answer, _) in answers.items() if answer[0] != 200}
    assert refused == {
        "concern": {"closed"},
        "release": {"closed"},
        "withdraw": set(found) - UNREACHED,
    }.get(act, set())
    for some in (refused, set(found) - refused):
        assert len({answers[name] for name in some}) <= 1, act
    world.verify()


def test_who_is_not_asked_is_told_so_and_no_more(house: House) -> None:
    """Whether the family has said yes here, or no, or was reached: the answer about consent is the same."""
    clinic = house.as_(PARTNER, "referrals")
    said, found = set(), cases(house)
    size = house.world.size
    for case in found.values():
        reference = reference_of(case.id)
        for body in (YES, NO):
            said.add(alike(clinic.post(f"{BASE}/{reference}/consent", body), reference))
    tried = [each.a for each in house.world.entries()[size:] if each.a.get("reason") == "not_asked"]
    assert [(each["outcome"], each["actor"]) for each in tried] == [("refused", PARTNER.id)] * 2 * len(found)
    assert {each["case"] for each in tried} == {case.id for case in found.values()}
    ((status, text, _),) = said
    assert status == 409
    assert "den Widerruf melden" in text


def test_an_answer_that_was_given_is_answered_again_by_its_key(house: House) -> None:
    """The connection was lost: whoever repeats hears what was done, though nobody asks any more."""
    case = house.world.a_case_in(State.CONSENT_PENDING)
    clinic, path = house.as_(PARTNER, "referrals"), f"{BASE}/{reference_of(case.id)}/consent"
    answers = [clinic.post(path, YES, headers={"Idempotency-Key": "antwort"}) for _ in "12"]
    assert [each.status_code for each in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["asked_since"] is None
    other = clinic.post(path, {**YES, "giver": "Vater"}, headers={"Idempotency-Key": "antwort"})
    assert (other.status_code, other.json()["type"]) == (422, "urn:lotse:problem:key-reused")
    assert clinic.post(path, YES).status_code == 409


def test_a_paper_from_before_the_familys_no_tells_nothing_of_it(house: House) -> None:
    """A release stands by itself; what does not fit is told without the reason."""
    world, clinic = house.world, house.as_(PARTNER, "referrals")
    quiet, no = world.a_referral(), world.a_referral()
    world.wait(days=3)
    world.do(no, Command.WITHDRAW_CONSENT)
    for day in (no.received_on.isoformat(), world.day.isoformat(), "2031-01-01"):
        said = set()
        for case in (quiet, no):
            reference = reference_of(case.id)
            said.add(
                alike(clinic.post(f"{BASE}/{reference}/release", {**RELEASE, "given_on": day}), reference)
            )
        assert len(said) == 1, day


def test_a_worry_that_cannot_be_taken_in_names_the_telephone(house: House) -> None:
    case = house.world.a_case_in(State.CLOSED)
    answer = house.as_(PARTNER, "referrals").post(f"{BASE}/{reference_of(case.id)}/concern", {})
    assert answer.status_code == 409
    assert "den ASD des Jugendamts anrufen; bei akuter Gefahr sofort 110" in answer.json()["detail"]


def test_with_the_fourth_consent_the_clinic_reads_where_it_stands(house: House) -> None:
    """So the tests above would see a difference."""
    world, clinic = house.world, house.as_(PARTNER, "referrals")
    case = world.do(world.a_case_in(State.IN_CONTACT), Command.RECORD_FEEDBACK)
    own = clinic.get(f"{BASE}/{reference_of(case.id)}").json()
    assert own["status"] == State.IN_CONTACT.label
    assert "withdraw_referral" not in own["steps"]
    ended = clinic.post(f"{BASE}/{reference_of(case.id)}/withdraw-feedback", {})
    assert (ended.status_code, ended.json()["status"]) == (200, None)


def test_withdrawals_of_a_clinic_land_while_others_write(house: House) -> None:
    """A worry, and the family's no, told by the clinic: both stand in the case."""
    world, clinic = house.world, house.as_(PARTNER, "referrals")
    case = world.a_case_in(State.HANDED_OVER)
    reference = reference_of(case.id)
    assert clinic.post(f"{BASE}/{reference}/concern", {"remark": "Nachbarin rief an"}).status_code == 200
    assert clinic.post(f"{BASE}/{reference}/withdraw-consent", {}).status_code == 200
    stands = world.case(case)
    assert stands.state == State.CONSENT_PENDING
    assert stands.duty(Obligation.DANGER) is not None


BY = {Command.ACCEPT: MIDWIFE, Command.DECLINE: MIDWIFE, Command.REOPEN: SUPERVISOR, Command.ASK: ASD}
MOVES = sorted(
    set(Command) - {c for c in Command if c.startswith("receive(")} - {Command.FLAG_OVERDUE, Command.REPORT}
    - {Command.RECORD_FEEDBACK}
)  # fmt: skip
OWN = {
    Command.RAISE_CONCERN: {}, Command.RECORD_RELEASE: RELEASE, Command.WITHDRAW_CONSENT: {},
    Command.WITHDRAW_FEEDBACK: {}, Command.WITHDRAW_REFERRAL: {"reason": "falsch"},
    Command.RECORD_CONSENT_PARTNER: {"form": "written"}, Command.REFUSE_CONSENT: {},
}  # fmt: skip
ALWAYS = {"record_consent(release)", "withdraw_consent", "raise_concern"}


def moved(world: World, case: Case, command: str) -> None:
    """The house does this, if it can."""
    try:
        to = MIDWIFE if Command(command).per_recipient else None
        world.do(case, command, BY.get(Command(command), WORKER), to)
    except WorkflowError:
        pass


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(["written", "unclear"]), st.lists(st.sampled_from(MOVES), max_size=8), st.data())
def test_whatever_the_house_does_the_clinic_sees_its_own_acts_and_the_question(
    consent: str, moves: list[str], data: st.DataObject
) -> None:
    """By what the clinic may know, written out again: the question, its deadline, its withdrawal; nothing else."""
    with TemporaryDirectory() as folder, a_world("sqlite", folder=Path(folder)) as world:
        case = world.a_referral(consent)
        usual = [
            Command.TRIAGE_NO,
            Command.CHECK_CONSENT_YES,
            Command.REACH_FAMILY,
            Command.RECORD_CONSENT_FOR,
        ]
        for command in [*usual[: data.draw(st.integers(0, 4))], *moves]:
            moved(world, case, command)
        case = world.settled(world.case(case))
        own = own_referral(world.question(case, PARTNER))
        owed = case.duty(Obligation.CONSENT)
        asked = owed is not None and case.state in (State.RECEIVED, State.CONSENT_PENDING)
        steps = set(ALWAYS)
        steps |= {"record_consent(partner)", "refuse_consent"} if asked else set()
        steps |= set() if case.referral_withdrawn_at else {"withdraw_referral"}
        assert (own.status, own.report, own.asked, set(own.steps)) == ("", None, asked, steps)
        assert own.answer_until == (owed.due if asked and owed else None)
        command = data.draw(st.sampled_from(sorted(OWN)))
        request = Request(command, PARTNER, case.id, details=OWN[command])
        told = answered(world, request)
        assert told in ("", refusal(world, command)), command
        assert told == "" or command not in (Command.WITHDRAW_CONSENT, Command.WITHDRAW_FEEDBACK)


def answered(world: World, request: Request) -> str:
    """What the clinic is told: nothing, where it is done."""
    try:
        world.lotse.write(own_step(world.lotse, request))
    except RefusedError as refused:
        return str(refused)
    return ""


def refusal(world: World, command: str) -> str:
    """What a refusal reads, by the step alone."""
    if command in (Command.RECORD_CONSENT_PARTNER, Command.REFUSE_CONSENT):
        return (
            "Nach der Einwilligung der Familie fragen wir bei dieser Meldung zurzeit nicht. Nächster Schritt: hat die "
            "Familie widerrufen, den Widerruf melden; sonst die Frühen Hilfen anrufen."
        )
    label = world.office.network_now.profile.process.label(command)
    then = "die Frühen Hilfen anrufen"
    if command == Command.RAISE_CONCERN:
        then = "den ASD des Jugendamts anrufen; bei akuter Gefahr sofort 110"
    return (
        f"„{label}“ ist bei dieser Meldung zurzeit nicht möglich. Wie es weiterging, erfahren Sie nur mit "
        f"Einwilligung der Familie. Nächster Schritt: {then}."
    )
