"""Whoever sees a child in danger, or hears a withdrawal, acts on any case at once, and reads nothing of it."""

from pathlib import Path

import pytest

from states.vocabulary import Command, Role
from tests.cli.program import Answer, fine, lotse
from workflow.access import MATRIX, Relation

pytestmark = pytest.mark.usefixtures("family")
AT = "2026-11-16T09:00"
NUMBER = "FH-2026-0001"
SECRETS = ("Beispiel-Tanne", "0221 4710009", "Eingegangen", "Einwilligung klären", "Erstkontakt bis")


@pytest.fixture
def family(office: Path) -> None:
    """A family that is Frau Brandt's affair; whoever else is there is on duty for her."""
    assert office.exists()
    family = ("--set", "surname=Beispiel-Tanne", "--set", "phone=0221 4710009")
    fine("case", "new", "self", *family, "--as", "brandt", "--at", AT)


def on_duty(step: str, *more: str, entered: str = "", terminal: bool = False) -> Answer:
    return lotse("case", "do", NUMBER, step, *more, "--at", AT, entered=entered, terminal=terminal)


def nothing_told(answer: Answer) -> None:
    for secret in SECRETS:
        assert secret not in answer.out + answer.err, secret


def test_a_colleague_may_not_read_the_case_but_warn_and_is_told_that_it_was_done() -> None:
    assert lotse("case", "show", NUMBER, "--at", AT).code == 4
    answer = on_duty("triage-yes", "--set", "indications=Schreit seit Stunden")
    assert (answer.code, answer.out) == (0, f"Getan: Ersteinschätzung: Gefährdung möglich · {NUMBER}\n")
    nothing_told(answer)
    assert "Schreit seit Stunden" in fine("case", "show", NUMBER, "--as", "brandt", "--at", AT).out


def test_everything_that_duty_allows_a_colleague_can_be_done_by_number_alone() -> None:
    allowed = MATRIX[Role.CASE_WORKER, Relation.COLLEAGUE]
    for step in ("triage-yes", "escalate-urgent", "withdraw_consent"):
        assert Command(step.replace("-yes", "(yes)").replace("-urgent", "(urgent)")) in allowed
        answer = on_duty(step)
        assert answer.code == 0, answer
        nothing_told(answer)
    assert Command.CONFIRM_RECEIPT in allowed
    assert on_duty("confirm_receipt", "--set", "confirmed_by=Frau Dienst").code == 0


def test_for_programs_the_answer_to_a_colleague_has_the_same_keys_and_no_content() -> None:
    answer = fine("case", "do", NUMBER, "triage-yes", "--at", AT, "--json").json
    assert (answer["number"], answer["command"]) == (NUMBER, "triage(yes)")
    assert [answer[name] for name in ("state", "state_label", "version")] == [None, None, None]
    assert [answer[name] for name in ("opened", "met", "fallen")] == [[], [], []]


def test_what_duty_does_not_allow_is_refused_and_on_record() -> None:
    answer = on_duty("reach_family", "--set", "channel=phone")
    assert (answer.code, answer.out) == (4, "")
    nothing_told(answer)
    log = fine("audit", "show", "--as", "vogt", "--reason", "Probe", "--json").json
    assert ("reach_family", "refused") in [(entry["action"], entry["outcome"]) for entry in log]


def test_after_an_urgent_notice_one_is_told_to_telephone_because_nothing_is_delivered_yet() -> None:
    on_duty("triage-yes")
    out = on_duty("escalate-urgent").out
    assert out.endswith(
        "Noch nicht zugestellt. Bitte jetzt beim ASD anrufen (Bereitschaft),\n"
        "bei akuter Gefahr 110. Wenn jemand den Empfang bestätigt hat:\n"
        f"  lotse case do {NUMBER} confirm_receipt\n"
    )


def test_an_urgent_notice_before_any_danger_is_recorded_says_exactly_what_to_type() -> None:
    answer = on_duty("escalate-urgent")
    assert (answer.code, answer.out) == (4, "")
    assert answer.err.endswith(
        f"Bitte beides eingeben:\n  lotse case do {NUMBER} triage-yes\n  lotse case do {NUMBER} escalate-urgent\n"
    )
    log = fine("audit", "show", "--as", "vogt", "--reason", "Probe", "--json").json
    assert ("escalate(urgent)", "refused") in [(entry["action"], entry["outcome"]) for entry in log]


def test_on_a_terminal_danger_and_urgent_notice_are_recorded_in_the_same_go() -> None:
    answer = on_duty("escalate-urgent", entered="vielleicht\nja\nKind ist verletzt\n", terminal=True)
    assert answer.code == 0, answer
    assert "Noch nicht zugestellt." in answer.out
    shown = fine("case", "show", NUMBER, "--as", "brandt", "--at", AT)
    assert "An den ASD übergeben" in shown.out
    assert "Kind ist verletzt" in shown.out


def test_whoever_says_no_to_that_has_recorded_no_danger() -> None:
    answer = on_duty("escalate-urgent", entered="nein\n", terminal=True)
    assert answer.code == 4
    assert fine("case", "list", "--as", "brandt", "--json").json[0]["version"] == 1
