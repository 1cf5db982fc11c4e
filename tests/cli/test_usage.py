"""What cannot be understood ends with 2 and one German sentence; what was typed as a value is never repeated."""

import pytest

from tests.cli.program import fine, lotse

SECRET = "Geheimname"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("deu", "Den Befehl „lotse deu“ gibt es nicht. Meinten Sie „lotse due“?"),
        ("xyzzy", "Den Befehl „lotse xyzzy“ gibt es nicht.\n"),
        ("case lits", "Den Befehl „lotse case lits“ gibt es nicht. Meinten Sie „lotse case list“?"),
        ("case --json", "Nach „lotse case“ kommt erst der Befehl."),
        ("--dir /tmp due", "Zuerst kommt der Befehl, dahinter die Angaben"),
        ("due --jsno", "Die Angabe --jsno gibt es hier nicht. Meinten Sie --json?"),
        ("due --dir", "Hinter --dir fehlt der Wert."),
        ("due --all=ja", "Hinter --all steht kein Wert."),
        (f"due {SECRET}", "Das sind zu viele Angaben"),
        ("case show", "Es fehlt: NUMMER"),
        ("case do FH-2026-0001", "Es fehlt: SCHRITT"),
        ("case do FH-2026-0001 note --version eins", "Diese Angabe passt nicht: --version."),
        ("import", "Es fehlt: DATEI"),
        (f"due --at {SECRET}", "--at ist kein Zeitpunkt"),
        ("import x.csv --dry-run --quarantine y.csv", "--dry-run speichert nichts"),
        ("scheduler --json", "--json und --at gehören zu einem Durchgang"),
        ("case new", "Es fehlt, wie die Meldung kam"),
        (f"case new {SECRET}", "Es fehlt, wie die Meldung kam"),
        ("user add brandt Brandt", "Es fehlt eine Rolle."),
        ("user add brandt Brandt --role kaiser", "Diese Rolle gibt es nicht."),
        ("user add Frau-Brandt Brandt --role dpo", "Eine Kennung besteht aus"),
        ("user add clock Uhr --role dpo", "Eine Kennung besteht aus"),
        ("user add praxis Praxis --role partner", "braucht eine Einrichtung. (--institution)"),
        ("user add y Y --role family_midwife --role family_nurse", "höchstens eine Rolle"),
        (f"user add y Y --role family_nurse --agreement-until {SECRET}", "--agreement-until ist kein Tag"),
        ("user substitute a b 2026-12-02 2026-12-01", "Der letzte Tag liegt vor dem ersten."),
        ("user substitute fachkraft fachkraft 2026-12-01 2026-12-02", "Niemand vertritt sich selbst."),
        ("audit export", "Es fehlt: ORDNER"),
        ("deadline gestern --land NW", "Kein Zeitpunkt"),
        ("deadline 2026-03-27", "Es fehlt das Land"),
    ],
)
def test_a_call_nobody_understands_ends_with_2_and_a_german_sentence(line: str, sentence: str) -> None:
    answer = lotse(*line.split())
    assert (answer.code, answer.out) == (2, "")
    assert sentence in answer.err
    assert SECRET not in answer.err
    assert "Traceback" not in answer.err


def test_an_unknown_word_with_control_characters_cannot_write_on_the_terminal() -> None:
    assert "\x1b" not in lotse("du\x1b[2Je").err
    assert "\x1b" not in lotse("due", "--\x1b[2J").err


def test_a_field_that_a_step_does_not_have_is_answered_with_those_it_has() -> None:
    fine("case", "new", "self", "--set", "surname=Beispiel", "--at", "2026-11-13")
    answer = lotse("case", "do", "FH-2026-0001", "note", "--set", f"{SECRET}=1")
    assert answer.code == 2
    assert "  text – Notiz (nötig)" in answer.err
    assert SECRET not in answer.err


def test_a_required_field_that_is_missing_is_named_with_how_to_write_it() -> None:
    fine("case", "new", "self", "--set", "surname=Beispiel", "--at", "2026-11-13")
    answer = lotse("case", "do", "FH-2026-0001", "note")
    assert (answer.code, answer.err) == (2, "Bitte angeben: Notiz.\n  --set text=…\n")


def test_a_setting_that_puts_the_keys_beside_the_database_is_refused(
    monkeypatch: pytest.MonkeyPatch, place: object
) -> None:
    monkeypatch.delenv("LOTSE_DIR")
    monkeypatch.setenv("LOTSE_DATA", f"{place}")
    monkeypatch.setenv("LOTSE_KEYS", f"{place}/keys")
    answer = lotse("due")
    assert answer.code == 2
    assert "Schlüssel" in answer.err
