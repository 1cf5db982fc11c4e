"""`lotse import`: the clinic's list goes in, every row is accounted for, and what to do next is said."""

import stat
from pathlib import Path

import pytest

from tests.cli.program import CLINIC, fine, lotse

pytestmark = pytest.mark.usefixtures("office")
AT = "2026-11-17"
COUNTED = ("accepted", "without_personal_data", "quarantined", "known")


def numbers(answer: dict[str, int]) -> tuple[int, ...]:
    assert answer["rows"] == sum(answer[name] for name in COUNTED)
    return tuple(answer[name] for name in COUNTED)


def test_every_row_is_accounted_for_and_the_second_time_nothing_is_new() -> None:
    first = fine("import", CLINIC, "--at", AT, "--json").json
    assert numbers(first) == (43, 10, 7, 0)
    assert (first["danger"], first["rows"]) == (2, 60)
    again = fine("import", CLINIC, "--at", AT, "--json").json
    assert numbers(again) == (0, 0, 7, 53)


def test_the_answer_for_programs_keeps_its_keys() -> None:
    assert set(fine("import", CLINIC, "--at", AT, "--json").json) == {
        "rows", *COUNTED, "danger", "consent_unclear", "self_referrals", "oral", "duplicates", "unknown_headings",
        "dry_run", "quarantine_written",
    }  # fmt: skip


def test_people_read_what_became_of_the_rows_and_danger_first() -> None:
    answer = fine("import", CLINIC, "--at", AT)
    assert answer.out.startswith("60 Zeilen gelesen\n    43  aufgenommen\n")
    assert "Zuerst: 2 Meldungen mit Hinweis auf Gefahr.\n  lotse due\n" in answer.out
    assert f"lotse import {CLINIC} --quarantine" in answer.out


def test_a_dry_run_counts_the_same_and_keeps_nothing() -> None:
    tried = fine("import", CLINIC, "--at", AT, "--json", "--dry-run").json
    assert numbers(tried) == (43, 10, 7, 0)
    assert fine("case", "list", "--json").json == []
    assert "nichts ist gespeichert" in fine("import", CLINIC, "--at", AT, "--dry-run").out


def test_a_receipt_in_the_future_is_a_fault_unless_at_covers_it(tmp_path: Path) -> None:
    file = tmp_path / "liste.csv"
    file.write_text(
        "Nr;Eingang;Einrichtung;Nachname;Telefon;Einverständnis\n"
        "1;14.11.2026 16:00;Klinik Beispielstadt;Beispiel;0221 4710001;ja, schriftlich\n"
    )
    assert fine("import", file, "--at", "2026-11-13", "--json").json["quarantined"] == 1
    assert fine("import", file, "--at", "2026-11-14", "--json").json["accepted"] == 1


def test_a_sender_may_be_named_for_a_list_that_does_not_name_it(tmp_path: Path) -> None:
    file = tmp_path / "liste.csv"
    file.write_text(
        "Nr;Eingang;Nachname;Telefon;Einverständnis\n1;13.11.2026;Beispiel;0221 4710001;ja, schriftlich\n"
    )
    assert fine("import", file, "--at", AT, "--json").json["quarantined"] == 1
    assert fine("import", file, "--at", AT, "--json", "--institution", "Praxis Probe").json["accepted"] == 1
    assert fine("case", "list", "--json").json[0]["institution"] == "Praxis Probe"


def test_columns_nobody_knows_are_counted(tmp_path: Path) -> None:
    file = tmp_path / "liste.csv"
    file.write_text(
        "Nr;Eingang;Einrichtung;Nachname;Telefon;Einverständnis;Haarfarbe\n1;13.11.2026;K;B;0221 4710001;J;rot\n"
    )
    assert "1 Spalte ohne bekannte Überschrift" in fine("import", file, "--at", AT).out


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "Die Datei ist leer."),
        ("nur ein Satz", "keine erkennbare Überschrift"),
        ("Eingang;Nachname;Ort\n", "Einverständnis"),
    ],
)
def test_what_is_no_list_ends_with_1_and_says_what_is_expected(
    tmp_path: Path, content: str, sentence: str
) -> None:
    file = tmp_path / "liste.csv"
    file.write_text(content)
    answer = lotse("import", file)
    assert (answer.code, answer.out) == (1, "")
    assert sentence in answer.err


def test_a_list_that_is_not_there_is_not_found() -> None:
    assert lotse("import", "/nirgends/liste.csv").code == 3


def test_only_a_fachkraft_brings_lists_in() -> None:
    assert lotse("import", CLINIC, "--as", "okafor").code == 4


def test_on_a_terminal_a_bar_is_drawn_and_stdout_stays_clean() -> None:
    answer = fine("import", CLINIC, "--at", AT, "--json", terminal=True)
    assert numbers(answer.json) == (43, 10, 7, 0)


def test_the_quarantine_is_written_for_its_owner_alone_and_its_opening_is_on_record(tmp_path: Path) -> None:
    target = tmp_path / "nachbessern.csv"
    answer = fine("import", CLINIC, "--at", AT, "--quarantine", target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert (
        target.read_text(encoding="utf-8-sig")
        .splitlines()[0]
        .startswith("Quarantäne-Nr.;Quarantänegrund;Lfd;Eingang;")
    )
    assert f"7 Zeilen zum Nachbessern: {target}" in answer.err
    log = fine("audit", "show", "--as", "vogt", "--reason", "Stichprobe", "--json").json
    assert [(e["action"], e["count"]) for e in log if e["action"] == "quarantine"] == [("quarantine", 7)]


def test_a_file_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    target = tmp_path / "nachbessern.csv"
    target.write_text("meins")
    answer = lotse("import", CLINIC, "--at", AT, "--quarantine", target)
    assert answer.code == 1
    assert target.read_text() == "meins"


def test_without_rows_in_quarantine_no_file_is_written(tmp_path: Path) -> None:
    file, target = tmp_path / "liste.csv", tmp_path / "nachbessern.csv"
    file.write_text(
        "Nr;Eingang;Einrichtung;Nachname;Telefon;Einverständnis\n1;13.11.2026;K;B;0221 4710001;J\n"
    )
    assert "keine Datei geschrieben" in fine("import", file, "--at", AT, "--quarantine", target).err
    assert not target.exists()
