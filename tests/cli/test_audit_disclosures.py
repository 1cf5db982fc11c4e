"""`lotse audit disclosures`: what a family is told of who got its data (Art. 15 DSGVO), and what waits for a person."""

import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from tests.cli.families import PHONE, SURNAME, a_family, do, escalated, handed_over
from tests.cli.program import fine, lotse
from tests.lacking import program
from workflow.calendar import BERLIN

LEITUNG = ("--as", "okafor", "--reason", "Anfrage der Familie")
DSB = ("--as", "vogt", "--reason", "Anfrage der Familie")

pytestmark = pytest.mark.usefixtures("office")


def on_paper(file: Path) -> str:
    """What stands on the sheet, read by another program, without its layout."""
    command = [program("pdftotext", "poppler-utils"), "-layout", file, "-"]
    return " ".join(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())


def test_the_family_learns_who_got_what_when_and_on_which_consent(tmp_path: Path) -> None:
    number = handed_over(tmp_path)
    answer = fine("audit", "disclosures", number)
    told = " ".join(answer.out.split())
    assert told.startswith(
        f"Weitergaben, {number} 16.11.2026 09:00 Frau Yıldız (Familienhebamme) · Anfrage ohne"
    )
    assert (
        "17.11.2026 08:30 Frau Yıldız (Familienhebamme) · Kontakt (Name, Telefon, Sprache) · Übergabe in Begleitung · "
        "Einwilligung, § 67b SGB X, Art. 7 DSGVO (Einwilligung in die Übergabe, schriftlich, 16.11.2026) · Weg: im "
        "Fachverfahren der Stadt"
    ) in told


def test_the_clinic_stays_out_until_a_person_has_reviewed_it(tmp_path: Path) -> None:
    number = handed_over(tmp_path)
    answer = fine("audit", "disclosures", number)
    assert "Klinik" not in answer.out
    assert answer.err.startswith(
        "Zurückgehalten, nur zur Prüfung, nicht für die Familie:\n  16.11.2026 09:00"
    )
    assert "Kooperationspartner, Klinik Beispielstadt · Stand des Falls" in " ".join(answer.err.split())
    assert answer.err.endswith("Nächster Schritt: prüfen, dann derselbe Befehl mit --reviewed.\n")
    assert "Kind?" not in answer.err
    reviewed = fine("audit", "disclosures", number, "--reviewed")
    assert "Kooperationspartner, Klinik Beispielstadt · Stand des Falls" in " ".join(reviewed.out.split())
    assert reviewed.err == ""
    log = fine("audit", "show", "--case", number, "--kind", "Zugriffe", "--json").json
    assert [entry["reviewed"] for entry in log if entry["action"] == "disclosures"] == [True, False]


def test_a_notice_to_the_asd_stays_out_too_for_the_childs_sake(tmp_path: Path) -> None:
    number = escalated(tmp_path)
    answer = fine("audit", "disclosures", number)
    assert answer.out == f"Weitergaben, {number}\n  Keine.\n"
    assert "§ 8a SGB VIII" in " ".join(answer.err.split())
    assert "Gefährdet die Auskunft das Kind?" in answer.err
    told = fine("audit", "disclosures", number, *LEITUNG, "--reviewed", "--json").json
    (notice,) = told["disclosures"]
    assert (notice["role"], notice["channel"], notice["purpose"]) == ("asd_worker", "phone", "protection")
    assert notice["data"] == ["contact", "child", "address", "danger"]
    assert notice["legal_basis"] == "§ 8a SGB VIII; § 4 Abs. 3 KKG"
    assert (told["to_review"], told["withheld"]) == ([], 0)


def test_who_carries_the_case_does_not_review_alone_what_may_put_the_child_in_danger(tmp_path: Path) -> None:
    number = escalated(tmp_path)
    told = fine("audit", "disclosures", number, "--reviewed", "--json").json
    assert told["disclosures"] == []
    assert [each["role"] for each in told["to_review"]] == ["asd_worker"]
    alone = lotse("audit", "disclosures", number, "--reviewed", "--pdf", tmp_path / "a.pdf")
    assert (alone.code, (tmp_path / "a.pdf").exists()) == (4, False)


@pytest.mark.parametrize("family", [handed_over, escalated])
def test_there_is_no_sheet_before_the_review_and_the_refusal_is_on_record(
    tmp_path: Path, family: Callable[[Path], str]
) -> None:
    """A sheet that reads like a finished answer, or that counts what it leaves out, tells a family too much."""
    number, file = family(tmp_path), tmp_path / "auskunft.pdf"
    answer = lotse("audit", "disclosures", number, "--pdf", file)
    assert (answer.code, file.exists()) == (4, False)
    assert answer.err.endswith("Noch kein Blatt: Eine Person muss erst durchsehen, was darauf stehen darf.\n")
    assert "Blatt:" not in answer.out
    refused = fine("audit", "show", "--case", number, "--kind", "Ablehnungen", "--json").json
    assert [(entry["action"], entry["reason"]) for entry in refused] == [("disclosures", "unreviewed")]
    fine("audit", "disclosures", number, *LEITUNG, "--reviewed", "--pdf", file)
    assert file.read_bytes().startswith(b"%PDF-")


def test_where_nothing_is_withheld_nobody_has_to_review(tmp_path: Path) -> None:
    number, file = a_family(tmp_path), tmp_path / "auskunft.pdf"
    answer = fine("audit", "disclosures", number, "--pdf", file)
    assert answer.err == ""
    text = on_paper(file)
    assert "Es wurden keine Daten weitergegeben." in text
    for word in ("fehl", "zurückgehalten", "urchsicht", "urchgesehen"):
        assert word not in text


def test_opening_a_case_is_told_once_a_day_and_not_the_making_of_the_answer(tmp_path: Path) -> None:
    number = a_family(tmp_path)
    for _ in range(3):
        fine("case", "show", number)
    for _ in range(2):
        out = fine("audit", "disclosures", number, "--accesses", *DSB).out
    today = f"{datetime.now(BERLIN):%d.%m.%Y}"
    assert out.endswith(f"Geöffnet\n  {today}  Fachkraft Frühe Hilfen\n")
    other = fine("audit", "disclosures", number, "--accesses", *LEITUNG).out
    assert other.endswith(f"  {today}  Fachkraft Frühe Hilfen\n  {today}  Datenschutzbeauftragte\n")


def test_who_opened_the_case_is_told_by_role_and_by_name_only_after_review(tmp_path: Path) -> None:
    number = a_family(tmp_path)
    fine("case", "show", number)
    unreviewed = fine("audit", "disclosures", number, "--accesses").out
    assert unreviewed.endswith("  Fachkraft Frühe Hilfen\n")
    looked = fine(
        "audit", "disclosures", number, "--accesses", "--as", "vogt", "--reason", "Anfrage", "--json"
    ).json
    assert {each["who"] for each in looked["accesses"]} == {
        "Fachkraft Frühe Hilfen",
        "Datenschutzbeauftragte",
    }
    named = fine("audit", "disclosures", number, "--accesses", "--reviewed", "--json").json
    assert "Herr Vogt (Datenschutzbeauftragte)" in {each["who"] for each in named["accesses"]}


def test_what_has_ended_says_since_when(tmp_path: Path) -> None:
    number = handed_over(tmp_path)
    do(
        number,
        "end_support",
        "--to",
        "yildiz",
        "--as",
        "yildiz",
        "--set",
        "reason=erreicht",
        at="2026-11-20T12:00",
    )
    told = " ".join(fine("audit", "disclosures", number).out.split())
    assert told.count("lesbar bis 20.11.2026 12:00") == 2


def test_the_sheet_is_written_once_for_its_owner_alone(tmp_path: Path) -> None:
    number, file = handed_over(tmp_path), tmp_path / "auskunft.pdf"
    fine("audit", "disclosures", number, "--pdf", file, "--accesses", "--reviewed")
    content = file.read_bytes()
    assert content.startswith(b"%PDF-")
    assert file.stat().st_mode & 0o077 == 0
    again = lotse("audit", "disclosures", number, "--pdf", file)
    assert (again.code, file.read_bytes()) == (1, content)
    assert "gibt es schon" in again.err
    nowhere = lotse("audit", "disclosures", number, "--pdf", tmp_path / "nirgends" / "a.pdf")
    assert (nowhere.code, nowhere.err) == (3, f"Den Ordner {tmp_path / 'nirgends'} gibt es nicht.\n")


def test_the_sheet_carries_the_checkpoint_and_its_place_in_the_log_and_no_word_of_the_family(
    tmp_path: Path,
) -> None:
    number, file = handed_over(tmp_path), tmp_path / "auskunft.pdf"
    told = fine("audit", "disclosures", number, "--pdf", file, "--reviewed", "--json").json
    text = subprocess.run(
        [program("pdftotext", "poppler-utils"), "-layout", file, "-"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    log = fine("audit", "show", "--case", number, "--kind", "Zugriffe", "--json").json
    (made,) = [entry for entry in log if entry["action"] == "disclosures"]
    (origin,) = {
        line.split(" ")[1].rstrip(",") for line in text.splitlines() if line.startswith("Protokoll ")
    }
    assert f"Protokoll {origin}, Eintrag {made['seq']}" in text
    assert f"\n{origin}\n" in text.replace("  ", "")
    assert "Frau Yıldız" in text
    assert "Durchgesehen von" in text
    assert (told["withheld"], made["document"]) == (0, "pdf")
    for secret in (SURNAME, PHONE, "schreit", "Lotse"):
        assert secret not in text


def test_no_answer_names_the_family_or_what_it_said(tmp_path: Path) -> None:
    number = handed_over(tmp_path)
    out = fine("audit", "disclosures", number, "--reviewed", "--accesses", "--json").out
    for secret in (SURNAME, PHONE, "schreit", "2026-10-01", 'Begleitung"'):
        assert secret not in out
