"""`lotse audit disclosures`: what a family is told of who got its data (Art. 15 DSGVO), and what waits for a person."""

import subprocess
from pathlib import Path

import pytest

from tests.cli.families import PHONE, SURNAME, a_family, do, escalated, handed_over
from tests.cli.program import fine, lotse
from tests.lacking import program

pytestmark = pytest.mark.usefixtures("office")


def test_the_family_learns_who_got_what_when_and_on_which_consent(tmp_path: Path) -> None:
    number = handed_over(tmp_path)
    answer = fine("audit", "disclosures", number)
    told = " ".join(answer.out.split())
    assert told.startswith(
        f"Weitergaben, {number} 16.11.2026 09:00 Frau Yıldız (Familienhebamme) · Anfrage ohne"
    )
    assert (
        "17.11.2026 08:30 Frau Yıldız (Familienhebamme) · Kontakt (Name, Telefon, Sprache) · Übergabe in Begleitung · "
        "Einwilligung, § 67b SGB X, Art. 7 DSGVO (Einwilligung in die Übergabe, schriftlich, 16.11.2026) · Weg: in Lotse"
    ) in told


def test_the_clinic_stays_out_until_a_person_has_reviewed_it(tmp_path: Path) -> None:
    number = handed_over(tmp_path)
    answer = fine("audit", "disclosures", number)
    assert "Klinik" not in answer.out
    assert answer.err == (
        "Zurückgehalten bis zur Durchsicht: 1. Nächster Schritt: ansehen lassen, dann --reviewed.\n"
    )
    reviewed = fine("audit", "disclosures", number, "--reviewed")
    assert "Kooperationspartner, Klinik Beispielstadt · Stand des Falls" in " ".join(reviewed.out.split())
    assert reviewed.err == ""
    log = fine("audit", "show", "--case", number, "--kind", "Zugriffe", "--json").json
    assert [entry["reviewed"] for entry in log if entry["action"] == "disclosures"] == [True, False]


def test_a_notice_to_the_asd_stays_out_too_for_the_childs_sake(tmp_path: Path) -> None:
    number = escalated(tmp_path)
    assert fine("audit", "disclosures", number).out == f"Weitergaben, {number}\n  Keine.\n"
    (notice,) = fine("audit", "disclosures", number, "--reviewed", "--json").json["disclosures"]
    assert (notice["role"], notice["channel"], notice["purpose"]) == ("asd_worker", "phone", "protection")
    assert notice["data"] == ["contact", "child", "address", "danger"]
    assert notice["legal_basis"] == "§ 8a SGB VIII; § 4 Abs. 3 KKG"


def test_who_opened_the_case_is_told_by_role_and_by_name_only_after_review(tmp_path: Path) -> None:
    number = a_family(tmp_path)
    fine("case", "show", number)
    unreviewed = fine("audit", "disclosures", number, "--accesses").out
    assert "Fachkraft Frühe Hilfen\n" in unreviewed
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
    assert fine("audit", "disclosures", number).out.count("lesbar bis 20.11.2026") == 2


def test_the_sheet_is_written_once_for_its_owner_alone(tmp_path: Path) -> None:
    number, file = handed_over(tmp_path), tmp_path / "auskunft.pdf"
    fine("audit", "disclosures", number, "--pdf", file, "--accesses")
    content = file.read_bytes()
    assert content.startswith(b"%PDF-")
    assert file.stat().st_mode & 0o077 == 0
    again = lotse("audit", "disclosures", number, "--pdf", file)
    assert (again.code, file.read_bytes()) == (1, content)
    assert "gibt es schon" in again.err
    assert lotse("audit", "disclosures", number, "--pdf", tmp_path / "nirgends" / "a.pdf").code == 3


def test_the_sheet_carries_the_checkpoint_and_its_place_in_the_log_and_no_word_of_the_family(
    tmp_path: Path,
) -> None:
    number, file = handed_over(tmp_path), tmp_path / "auskunft.pdf"
    told = fine("audit", "disclosures", number, "--pdf", file, "--json").json
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
    assert "1 weitere Angabe wird" in " ".join(text.split())
    assert (told["withheld"], made["document"]) == (1, "pdf")
    for secret in (SURNAME, PHONE, "Klinik", "schreit"):
        assert secret not in text


def test_no_answer_names_the_family_or_what_it_said(tmp_path: Path) -> None:
    number = handed_over(tmp_path)
    out = fine("audit", "disclosures", number, "--reviewed", "--accesses", "--json").out
    for secret in (SURNAME, PHONE, "schreit", "2026-10-01", 'Begleitung"'):
        assert secret not in out
