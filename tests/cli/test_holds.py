"""`lotse retention holds`: a hold is read by who may know why, with its reason, and the reading is on record."""

from pathlib import Path

import pytest

from tests.cli.families import escalated
from tests.cli.program import fine, lotse

WHY = "Verfahren vor dem Familiengericht Beispielstadt"


@pytest.fixture
def held(office: Path, tmp_path: Path) -> str:
    """A case of the first Fachkraft that Datenschutz has held from erasure."""
    assert office.exists()
    number = str(fine("case", "new", "self", "--set", "surname=Beispiel-Kiefer", "--json").json["number"])
    fine("retention", "hold", number, "--reason", WHY, "--as", "vogt")
    assert tmp_path.exists()
    return number


def test_leitung_reads_the_reason_of_a_hold_with_a_reason_of_her_own(held: str) -> None:
    assert lotse("retention", "holds", "--as", "okafor").code == 2
    out = " ".join(fine("retention", "holds", "--as", "okafor", "--reason", "Quartal").out.split())
    assert out.startswith(held)
    assert out.endswith(f"Herr Vogt · {WHY}")
    newest = fine("audit", "show", "--case", held, "--as", "okafor", "--json").json[1]
    assert (newest["action"], newest["purpose"]) == ("holds", "Quartal")


def test_a_fachkraft_reads_the_holds_of_her_own_cases_and_no_others(held: str) -> None:
    (hold,) = fine("retention", "holds", "--json").json
    assert (hold["number"], hold["held_by"], hold["reason"]) == (held, "vogt", WHY)
    assert fine("retention", "holds", "--as", "brandt").out == "Kein Fall ist von der Löschung gesperrt.\n"
    assert fine("retention", "holds", "--as", "yildiz", "--json").json == []
    fine("retention", "release", held, "--as", "vogt")
    assert fine("retention", "holds", "--json").json == []


def test_the_reason_of_a_hold_stands_in_no_log_that_stays(held: str) -> None:
    fine("retention", "holds", "--as", "okafor", "--reason", "Quartal")
    told = fine("audit", "show", "--as", "vogt", "--reason", "Stichprobe", "--last", "999", "--json").out
    assert held not in told
    assert WHY not in told


def test_an_urgent_notice_says_in_the_case_which_data_went_to_whom(office: Path, tmp_path: Path) -> None:
    assert office.exists()
    number = escalated(tmp_path)
    for person in ("fachkraft", "okafor"):
        out = " ".join(fine("case", "show", number, "--as", person).out.split())
        assert "mitgeteilt an ASD (Telefon): " in out, person
        assert "Anhaltspunkte und Einschätzung einer Gefährdung" in out, person
