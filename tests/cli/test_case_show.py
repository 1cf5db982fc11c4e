"""What a Fachkraft reads when she opens a case: danger first, then the family, what to do, and how it came so far."""

from pathlib import Path

import pytest

from tests.cli.program import Answer, fine, lotse

pytestmark = pytest.mark.usefixtures("family")
AT = "2026-11-16T09:00"
NUMBER = "FH-2026-0001"


@pytest.fixture
def family(office: Path) -> None:
    """A family with written consent that ends on 30 November."""
    assert office.exists()
    consent = ("--set", "form=schriftlich", "--set", "expires_on=30.11.2026", "--set", "giver=beide Eltern")
    fine("case", "new", "consent", "--set", "surname=Beispiel-Erle", *consent, "--at", AT)


def do(step: str, *more: str, at: str = AT) -> Answer:
    return fine("case", "do", NUMBER, step, *more, "--at", at)


def shown(*more: str, at: str = AT) -> str:
    return fine("case", "show", NUMBER, *more, "--at", at).out


def test_the_parts_come_in_the_order_in_which_they_are_needed() -> None:
    do("triage-yes", "--set", "indications=Kind wirkt verletzt")
    parts = (
        "● Eingegangen",
        "⚠ Hinweis auf Gefahr: Kind wirkt verletzt",
        "Familie",
        "Nächste Schritte",
        "Fristen",
    )
    parts += ("Einwilligungen", "Verlauf", "Noch nicht möglich")
    out = shown()
    places = [out.index(part) for part in parts]
    assert places == sorted(places), out
    assert max(map(len, out.splitlines())) <= 80


def test_the_newest_words_about_the_danger_stand_under_the_title_until_it_is_ruled_out() -> None:
    do("triage-yes", "--set", "indications=erste Beobachtung")
    risk = ("--set", "indications=zweite Beobachtung", "--set", "adviser=Frau Probe", "--set", "result=offen")
    do("assess_risk-yes", *risk)
    assert "⚠ Hinweis auf Gefahr: zweite Beobachtung" in shown()
    do("assess_risk-no", *risk)
    assert "⚠" not in shown()


def test_the_leitung_sees_the_sign_and_not_the_words() -> None:
    do("triage-yes", "--set", "indications=Kind wirkt verletzt")
    out = shown("--as", "okafor")
    assert "⚠ Hinweis auf Gefahr\n" in out
    assert "verletzt" not in out


def test_until_somebody_has_confirmed_a_notice_the_telephone_stands_first() -> None:
    do("triage-yes")
    do("escalate-urgent")
    assert "Noch nicht zugestellt. Bitte jetzt beim ASD anrufen" in shown()
    do("confirm_receipt", "--set", "confirmed_by=Frau Dienst")
    assert "Noch nicht zugestellt" not in shown()


def test_after_a_consent_has_lapsed_the_case_owes_what_the_list_of_today_says() -> None:
    do("triage-no")
    do("check_consent-yes")
    later = "2026-12-07T09:00"
    owed = {item["obligation"] for item in fine("due", "--json", "--at", later).json["items"]}
    duties = fine("case", "show", NUMBER, "--json", "--at", later).json["duties"]
    assert {duty["obligation"] for duty in duties} == owed == {"consent"}


def test_attempts_are_counted_as_the_rule_for_unreachable_counts_them() -> None:
    do("triage-no")
    do("check_consent-yes")
    for day in ("16.11.26", "17.11.26", "18.11.26"):
        do("attempt_contact", "--set", "channel=Telefon", "--set", f"at={day}", at="2026-11-18T15:00")
    do("attempt_contact", "--set", "channel=letter", at="2026-11-18T15:00")
    out = shown(at="2026-11-18T15:00")
    assert "Versuche: 3 Tage · 1 Weg · Brief ✓\n" in out
    assert "Brief geschickt · Fachkraft" in out


def test_the_history_shows_the_last_ten_steps_and_all_on_request() -> None:
    for number in range(12):
        do("note", "--set", f"text=Notiz Nr. {number:02d}")
    out = shown()
    assert "Nr. 11" in out
    assert "Nr. 01" not in out
    assert f"… und 3 frühere: lotse case show {NUMBER} --all" in out
    assert "Nr. 00" in shown("--all")


def test_what_was_refused_is_no_part_of_the_story_but_of_the_record() -> None:
    assert lotse("case", "do", NUMBER, "reach_family", "--set", "channel=phone", "--at", AT).code == 4
    assert "nicht zugelassen" not in shown()
    assert "Kontakt hergestellt (nicht zugelassen) · Fachkraft" in shown("--accesses")


def test_words_are_shown_as_one_speaks() -> None:
    do("triage-yes", "--set", "indications=x")
    do("assess_risk-yes", "--set", "indications=x", "--set", "result=y", "--set", "assessors=Frau A,Frau B")
    do("involve_family", "--set", "involved=nein", "--set", "reason=zu gefährlich")
    do("correct", "--set", "field=Nachname", "--set", "value=Beispiel-Esche", "--set", "reason=verhört")
    out = " ".join(shown("--all").split())
    for words in ("beteiligt: nein", "Frau A, Frau B", "vorher: Beispiel-Erle", "Angabe: Nachname"):
        assert words in out, out
    assert do("assign", "--set", "to=brandt").out.endswith("Zuständig ist jetzt Frau Brandt.\n")
    assert "Zuständig wird: Frau Brandt" in " ".join(shown("--as", "brandt").split())


def test_each_next_step_can_be_typed_as_it_stands_there() -> None:
    """From the report to the handover by nothing but what the program says comes next, the missing date included."""
    answers = {"triage-yes": "triage-no", "check_consent-yes": "check_consent-yes"}
    details = {
        "reach_family": ["--set", "channel=Telefon"],
        "record_consent": [
            "--set",
            "form=schriftlich",
            "--set",
            "purpose=Begleitung",
            "--set",
            "fields=Kontakt,Kind",
        ],
    }
    details["correct"] = ["--set", "field=born", "--set", "value=1.10.26", "--set", "reason=nachgetragen"]
    typed = []
    for _ in range(9):
        lines = [line for line in shown().splitlines() if line.startswith(f"  lotse case do {NUMBER} ")]
        if not lines:
            break
        step, *more = lines[0].removeprefix(f"  lotse case do {NUMBER} ").replace("STELLE", "yildiz").split()
        step = answers.get(step, step)
        typed.append(step)
        do(step, *more, *details.get(step, []))
    assert typed == [
        "triage-no",
        "check_consent-yes",
        "reach_family",
        "record_consent",
        "correct",
        "propose_handover",
    ]
    assert fine("case", "do", NUMBER, "accept", "--as", "yildiz", "--at", AT).out.startswith(
        "Getan: Übergabe annehmen"
    )
