"""Rows in quarantine are written out, mended in a spreadsheet, imported again, and leave the quarantine."""

import sqlite3
from pathlib import Path

import pytest

from tests.cli.program import CLINIC, fine

AT = "2026-11-17"


@pytest.fixture
def mend(office: Path, tmp_path: Path) -> Path:
    """The clinic's list is in; its seven unreadable rows lie in a file to be mended."""
    assert office.exists()
    target = tmp_path / "nachbessern.csv"
    fine("import", CLINIC, "--at", AT, "--quarantine", target)
    return target


def held(office: Path) -> list[int]:
    with sqlite3.connect(office / "data" / "lotse.db") as connection:
        return [row[0] for row in connection.execute("select number from intake_quarantine order by number")]


def mended(file: Path, before: str, after: str) -> Path:
    text = file.read_text(encoding="utf-8-sig")
    assert before in text
    target = file.with_name("nachgebessert.csv")
    target.write_text(text.replace(before, after), encoding="utf-8-sig")
    return target


def test_a_mended_row_is_accepted_and_leaves_the_quarantine(office: Path, mend: Path) -> None:
    again = fine("import", mended(mend, ";gestern;", ";05.11.2026 10:00;"), "--at", AT, "--json").json
    assert (again["rows"], again["accepted"], again["quarantined"]) == (7, 1, 6)
    assert held(office) == [1, 2, 4, 5, 6, 7]


def test_the_list_as_it_came_then_knows_the_mended_row(office: Path, mend: Path) -> None:
    fine("import", mended(mend, ";gestern;", ";05.11.2026 10:00;"), "--at", AT)
    again = fine("import", CLINIC, "--at", AT, "--json").json
    assert (again["known"], again["quarantined"], again["accepted"]) == (54, 6, 0)
    assert held(office) == [1, 2, 4, 5, 6, 7]


def test_importing_the_file_unmended_changes_nothing(office: Path, mend: Path) -> None:
    assert fine("import", mend, "--at", AT, "--json").json["quarantined"] == 7
    assert held(office) == [1, 2, 3, 4, 5, 6, 7]


def test_a_row_mended_in_part_keeps_its_place_until_it_is_mended_wholly(office: Path, mend: Path) -> None:
    partly = mended(mend, ";gestern;", ";31.02.2026;")
    assert fine("import", partly, "--at", AT, "--json").json["quarantined"] == 7
    assert held(office) == [1, 2, 3, 4, 5, 6, 7]
    wholly = mended(partly, ";31.02.2026;", ";05.11.2026;")
    assert fine("import", wholly, "--at", AT, "--json").json["accepted"] == 1
    assert held(office) == [1, 2, 4, 5, 6, 7]


def test_a_number_of_another_store_releases_nothing_here(office: Path, mend: Path) -> None:
    text = mend.read_text(encoding="utf-8-sig")
    number = next(line for line in text.splitlines() if line.startswith("3-")).split(";")[0]
    foreign = mended(mended(mend, number, "1-000000000000"), ";gestern;", ";05.11.2026;")
    assert fine("import", foreign, "--at", AT, "--json").json["accepted"] == 1
    assert held(office) == [1, 2, 3, 4, 5, 6, 7]


def test_the_newest_list_says_what_a_held_row_is(office: Path, mend: Path, tmp_path: Path) -> None:
    fine("import", mended(mend, "Cosic", "Beispiel-Cosic"), "--at", AT)
    again = tmp_path / "noch-einmal.csv"
    fine("import", tmp_path / "nachgebessert.csv", "--at", AT, "--quarantine", again)
    assert "Beispiel-Cosic" in again.read_text(encoding="utf-8-sig")
    assert held(office) == [1, 2, 3, 4, 5, 6, 7]
