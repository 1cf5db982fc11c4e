"""`lotse case …`: a Fachkraft moves a family from the report to the handover, and is told what is missing."""

import json
from pathlib import Path

import pytest

from tests.cli.program import Answer, fine, lotse

pytestmark = pytest.mark.usefixtures("office")
AT = "2026-11-16T09:00"
NUMBER = "FH-2026-0001"
FAMILY = {
    "form": "written",
    "institution": "Klinik Beispielstadt",
    "surname": "Öztürk-Beispiel",
    "first_name": "Ines",
    "born": "01.10.2026",
    "phone": "0221 4710001",
    "concern": "Das Baby schreit viel.",
}


@pytest.fixture
def family(office: Path, tmp_path: Path) -> str:
    """A family came with written consent; its data came from a file, not from the command line."""
    assert office.exists()
    file = tmp_path / "meldung.json"
    file.write_text(json.dumps(FAMILY), encoding="utf-8")
    number: str = fine("case", "new", "consent", "--from", file, "--at", AT, "--json").json["number"]
    return number


def do(step: str, *more: str, at: str = AT) -> Answer:
    return lotse("case", "do", NUMBER, step, *more, "--at", at)


@pytest.mark.usefixtures("family")
def test_from_the_report_to_the_accepted_handover() -> None:
    for step, more in (
        ("triage-no", []),
        ("check_consent-yes", []),
        ("reach_family", ["--set", "channel=phone"]),
        (
            "record_consent",
            [
                "--to",
                "yildiz",
                "--set",
                "form=written",
                "--set",
                "purpose=Begleitung",
                "--set",
                "fields=contact,child",
            ],
        ),
        ("propose-handover", ["--to", "Yıldız", "--set", "fields=contact"]),
        ("Übergabe annehmen", ["--to", "yildiz", "--as", "yildiz"]),
    ):
        assert do(step, *more).code == 0, step
    assert fine("case", "list", "--json").json[0]["state"] == "handed_over"


@pytest.mark.usefixtures("family")
def test_a_step_says_what_it_led_to_and_which_deadline_it_began() -> None:
    do("triage-no")
    do("check_consent-yes")
    assert do("reach_family", "--set", "channel=phone").out == (
        f"Getan: Kontakt hergestellt · {NUMBER} · Stand: Im Kontakt, Klärung\n"
        "  Neue Frist: Bedarf klären bis Montag, 14.12.2026\n"
        "  Erfüllt: Erstkontakt\n"
        "Nächster Schritt: Einwilligung in die Übergabe erfassen\n"
        f"  lotse case do {NUMBER} record_consent --to STELLE\n"
    )


@pytest.mark.usefixtures("family")
def test_a_step_that_is_not_possible_ends_with_4_the_reason_and_the_next_step_and_is_on_record() -> None:
    answer = do("reach_family", "--set", "channel=phone")
    assert (answer.code, answer.out) == (4, "")
    assert "Nächster Schritt: „Ersteinschätzung" in answer.err
    entries = fine("audit", "show", "--case", NUMBER, "--json").json
    assert [(e["action"], e["outcome"]) for e in entries if e["action"] == "reach_family"] == [
        ("reach_family", "refused")
    ]


@pytest.mark.usefixtures("family")
def test_why_says_the_same_as_trying_does_and_changes_nothing() -> None:
    why = fine("case", "why", NUMBER, "reach_family", "--at", AT)
    assert why.out == do("reach_family", "--set", "channel=phone").err
    asked = fine("case", "why", NUMBER, "reach_family", "--json", "--at", AT).json
    assert (asked["allowed"], asked["command"]) == (False, "reach_family")
    assert fine("case", "why", NUMBER, "triage-no").out.startswith(
        "Möglich: Ersteinschätzung: kein Anhaltspunkt"
    )


@pytest.mark.usefixtures("family")
def test_a_dry_run_shows_and_does_nothing() -> None:
    assert do("triage-no", "--dry-run").out.startswith("Würde gehen: ")
    assert fine("case", "list", "--json").json[0]["version"] == 1
    assert do("reach_family", "--dry-run", "--set", "channel=phone").code == 4


@pytest.mark.usefixtures("family")
def test_a_stale_version_is_a_conflict() -> None:
    assert do("triage-no").code == 0
    answer = do("note", "--set", "text=Rückruf", "--version", "1")
    assert answer.code == 5
    assert f"Fall {NUMBER} wurde inzwischen geändert." in answer.err


@pytest.mark.usefixtures("family")
def test_the_same_key_does_a_step_once_and_another_body_is_a_conflict() -> None:
    note = ("note", "--set", "text=Rückruf", "--key", "abc")
    assert do(*note).out.startswith("Getan: ")
    assert do(*note).out.startswith("Schon getan: ")
    assert do("note", "--set", "text=anders", "--key", "abc").code == 5
    assert fine("case", "list", "--json").json[0]["version"] == 2


@pytest.mark.usefixtures("family")
def test_the_answer_for_programs_names_what_began_was_met_and_fell() -> None:
    answer = fine("case", "do", NUMBER, "withdraw_consent", "--json", "--at", AT).json
    assert (answer["state"], answer["version"], answer["command"]) == (
        "consent_pending",
        2,
        "withdraw_consent",
    )
    assert [each["obligation"] for each in answer["opened"]] == ["wind_up"]
    assert [each["obligation"] for each in answer["fallen"]] == ["first_contact"]


def test_a_number_nobody_has_is_not_found() -> None:
    for words in (["show"], ["steps"], ["duplicates"], ["do", "note"], ["why", "note"]):
        answer = lotse("case", words[0], "FH-1999-0001", *words[1:])
        assert (answer.code, answer.err) == (3, "Einen Fall mit dieser Nummer gibt es nicht.\n")


@pytest.mark.usefixtures("family")
def test_a_step_that_does_not_exist_is_not_found_and_a_near_one_proposed() -> None:
    answer = do("reach_familie")
    assert answer.code == 3
    assert answer.err == (
        "Diesen Schritt gibt es nicht. Meinten Sie:\n  reach_family – Kontakt hergestellt\n"
        "Alle Schritte: lotse case steps NUMMER\n"
    )


@pytest.mark.usefixtures("family")
def test_a_recipient_nobody_knows_is_not_found() -> None:
    answer = do("propose_handover", "--to", "niemand")
    assert (answer.code, answer.err) == (
        3,
        "Welche Stelle ist gemeint? Im Verzeichnis stehen: Frau Yıldız.\n",
    )


@pytest.mark.usefixtures("family")
def test_showing_a_case_tells_family_deadlines_with_counting_steps_consents_and_history() -> None:
    do("triage-yes", "--set", "indications=Kind wirkt verletzt")
    out = fine("case", "show", NUMBER, "--at", AT).out
    for text in (
        "  Nachname  Öztürk-Beispiel\n",
        "  Kind      geboren am 01.10.2026\n",
        "  Erstkontakt: Do 19.11.\n    ab 16.11.2026, Arbeitstage (Mo–Fr): Di 17.11. (1)",
        "  ● Eingegangen\n",
        "Eilmeldung an den ASD → An den ASD übergeben",
        "Einwilligung in die Kontaktaufnahme · schriftlich am 16.11.2026",
        "Ersteinschätzung: Gefährdung möglich · Fachkraft Frühe",
        "Anhaltspunkte (beobachtet): Kind wirkt",
    ):
        assert text in out, out
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.usefixtures("family")
def test_opening_a_case_is_on_record_and_the_history_shows_it_on_request() -> None:
    fine("case", "show", NUMBER, "--at", AT)
    assert "Fall geöffnet · Fachkraft" in fine("case", "show", NUMBER, "--accesses", "--at", AT).out
    assert "Fall geöffnet" not in fine("case", "show", NUMBER, "--at", AT).out


@pytest.mark.usefixtures("family")
def test_a_colleague_is_refused_and_the_leitung_reads_no_names() -> None:
    refused = lotse("case", "show", NUMBER, "--as", "brandt")
    assert (refused.code, refused.out) == (4, "")
    leitung = fine("case", "show", NUMBER, "--as", "okafor")
    assert "Öztürk" not in leitung.out
    assert "Meldung durch Partner" in leitung.out
    assert fine("case", "show", NUMBER, "--as", "okafor", "--json").json["family"] is None


@pytest.mark.usefixtures("family")
def test_one_finds_a_family_however_its_name_is_spelled() -> None:
    for text in ("oeztuerk", "ÖZTÜRK", "Ozturk beispiel", "+49 221 4710001", NUMBER):
        assert fine("case", "find", text, "--json").json == [
            {
                "number": NUMBER, "state": "received", "surname": "Öztürk-Beispiel", "first_name": "Ines",
                "phone": "0221 4710001",
            }
        ], text  # fmt: skip
    nothing = lotse("case", "find", "Geheimname")
    assert (nothing.code, nothing.err) == (3, "Nichts gefunden.\n")


@pytest.mark.usefixtures("family")
def test_a_second_report_of_the_same_family_is_noticed() -> None:
    again = fine("case", "new", "self", "--set", "phone=0221/4710001", "--at", AT)
    assert again.err == f"Vielleicht dieselbe Familie: {NUMBER}.\n"
    assert fine("case", "duplicates", NUMBER).out == "FH-2026-0002\n"
    assert fine("case", "duplicates", NUMBER, "--json").json == ["FH-2026-0002"]


@pytest.mark.usefixtures("family")
def test_the_list_is_filtered_by_state_and_an_unknown_state_is_answered_with_the_known_ones() -> None:
    assert fine("case", "list", "--state", "in_contact", "--json").json == []
    assert fine("case", "list", "--state", "received").out.startswith("Nummer")
    answer = lotse("case", "list", "--state", "unterwegs")
    assert answer.code == 2
    assert "in_contact" in answer.err


def test_a_list_for_programs_keeps_its_keys() -> None:
    fine("case", "new", "self", "--set", "phone=0221 1", "--set", "district=Nord", "--at", AT)
    assert set(fine("case", "list", "--json").json[0]) == {
        "number", "state", "state_label", "version", "received_on", "due", "owed", "responsible", "district",
        "institution",
    }  # fmt: skip


def test_without_consent_a_case_begins_as_unclear_and_a_form_is_required_with_consent() -> None:
    named = ("--set", "surname=Beispiel", "--at", AT)
    assert lotse("case", "new", "consent", *named).err.startswith("Bitte angeben: Form.")
    assert fine("case", "new", "unclear", *named, "--json").json["opened"][0]["obligation"] == "consent"


def test_on_a_terminal_one_is_asked_for_what_is_missing() -> None:
    typed = "1\n\n\n\nBeispiel-Linde\nIda\n31.02.2026\n01.10.2026\n\n0221 4710002\n\n\nNord\n\n\n\n"
    new = fine("case", "new", "--at", AT, entered=typed, terminal=True)
    assert "Wie kam die Meldung?" in new.err
    assert "Eingang (TT.MM.JJJJ HH:MM oder nur der Tag) [Enter: jetzt]:" in new.err
    assert new.err.count("Kind geboren am: bitte als TT.MM.JJJJ schreiben.") == 1
    assert new.out.startswith("Getan: Familie meldet sich selbst · FH-2026-0001")
    done = fine("case", "do", NUMBER, "note", "--at", AT, entered="Ruft morgen an\n", terminal=True)
    assert done.err == "Notiz:\n"
    assert "Notiz: Ruft morgen an" in fine("case", "show", NUMBER).out


@pytest.mark.usefixtures("family")
def test_on_a_terminal_a_choice_is_a_number_and_nonsense_is_asked_again() -> None:
    do("triage-no")
    do("check_consent-yes")
    answer = fine("case", "do", NUMBER, "reach_family", "--at", AT, entered="9\n\n2\n", terminal=True)
    assert answer.err.count("Weg:") == 3
    assert "  2  Besuch\n" in answer.err
    assert "Weg: Besuch" in fine("case", "show", NUMBER).out


@pytest.mark.usefixtures("family")
def test_whoever_stops_at_a_question_has_done_nothing() -> None:
    answer = lotse("case", "do", NUMBER, "note", "--at", AT, entered="", terminal=True)
    assert (answer.code, answer.out) == (130, "")
    assert answer.err.endswith("Abgebrochen; nichts Halbes wurde gespeichert.\n")
    assert fine("case", "list", "--json").json[0]["version"] == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [("[]", 2), ("{", 2), ('{"unbekannt": 1}', 2), (None, 3)],
    ids=["list", "broken", "field", "none"],
)
def test_a_file_of_details_that_does_not_fit_is_refused(
    tmp_path: Path, content: str | None, code: int
) -> None:
    file = tmp_path / "angaben.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    assert lotse("case", "new", "self", "--from", file).code == code


def test_details_may_come_from_standard_input() -> None:
    assert fine("case", "new", "self", "--from", "-", "--at", AT, entered='{"surname": "Beispiel-Eibe"}').out
    assert fine("case", "find", "eibe").out.startswith(NUMBER)
