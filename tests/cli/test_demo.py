"""`lotse demo`: on any day of any year it tells its story to the end, and the proof holds.

The days are those on which counting goes wrong first: weekends, Easter, Christmas, the turn of the year, leap days.
"""

import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.cli.demo_families import LIST_HEADINGS, WAYS, surname
from states.vocabulary import Obligation, State
from tests.cli.program import Answer, fine, lotse

SCRIPT = Path(__file__).parents[2] / "docs" / "verify" / "verify_tiles.py"
DAYS = (
    "2026-11-11T10:00", "2026-11-22T00:05", "2026-04-07T08:00", "2026-12-28T12:00", "2027-01-01T15:00",
    "2028-02-29T09:00", "2026-06-05T23:50", "2026-10-26T07:00",
)  # fmt: skip


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Answer, Path]:
    """One telling, on an ordinary Wednesday."""
    folder = tmp_path_factory.mktemp("demo") / "haus"
    return fine("demo", "--once", "--dir", folder, "--at", DAYS[0]), folder


def test_it_shows_the_main_job_and_ends_with_the_proof(told: tuple[Answer, Path]) -> None:
    out = told[0].out
    parts = [
        line[:2]
        for line in out.splitlines()
        if line[:1].isdecimal() and line[1:3] == ". " and line[3:4].isupper()
    ]
    assert parts[:6] == ["1.", "2.", "3.", "4.", "5.", "6."]
    for text in (
        "Kontakt hergestellt → Im Kontakt, Klärung",
        "Übergabe annehmen → Übergeben, in Begleitung",
        "Eilmeldung an den ASD → An den ASD übergeben",
        "Empfang durch den ASD bestätigen",
        "Widerruf der Familie erfassen → Einwilligung ungeklärt",
        "Als überfällig markiert: 1.",
        "Überfällig (1)",
        "Zurück an Sie (1)",
        "Protokoll unverändert: ",
        "\n— lotse/",
    ):
        assert text in out, text


def test_it_leaves_what_it_says_and_no_names_in_the_list_of_cases(told: tuple[Answer, Path]) -> None:
    _, folder = told
    assert {path.name for path in folder.iterdir()} == {"data", "keys", "log", "log.vkey", "faelle.json"}
    cases = json.loads((folder / "faelle.json").read_text(encoding="utf-8"))
    assert len(cases) == 40
    assert all(set(case) == {"number", "state", "due"} for case in cases)
    assert {case["state"] for case in cases} == set(State)


def test_its_export_is_recomputed_by_a_script_that_shares_no_code(told: tuple[Answer, Path]) -> None:
    _, folder = told
    done = subprocess.run(
        [sys.executable, SCRIPT, folder / "log", folder / "log.vkey"], capture_output=True, check=False
    )
    assert done.returncode == 0
    fine(
        "audit",
        "verify",
        "--decrypt",
        "--replay",
        "--checkpoint",
        folder / "log" / "checkpoint",
        "--dir",
        folder,
    )


def test_no_name_lies_in_the_clear(told: tuple[Answer, Path]) -> None:
    _, folder = told
    for file in folder.rglob("*"):
        if file.is_file():
            assert b"Beispiel-" not in file.read_bytes(), file
    assert "Beispiel-" not in told[0].out


def test_what_it_proposes_to_try_works(told: tuple[Answer, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    answer, folder = told
    proposed = answer.out.split("Zum Weiterprobieren\n")[1].split("\n")
    if shutil.which("lotse") is None:
        assert proposed.pop(0).startswith("  export PATH=")
    assert proposed[0] == f"  export LOTSE_DIR={folder}"
    monkeypatch.setenv("LOTSE_DIR", str(folder))
    lines = [line.split()[1:] for line in proposed[1:] if line]
    assert len(lines) >= 6
    for words in lines:
        at = [] if words[0] == "audit" else ["--at", "2026-11-11T11:00"]
        assert lotse(*words, *at).code == 0, words


def test_a_store_that_is_there_is_not_touched(told: tuple[Answer, Path]) -> None:
    _, folder = told
    before = (folder / "data" / "lotse.db").read_bytes()
    answer = lotse("demo", "--once", "--dir", folder)
    assert (answer.code, answer.out) == (1, "")
    assert f"lotse demo --dir {folder}-2" in answer.err
    assert (folder / "data" / "lotse.db").read_bytes() == before


@pytest.mark.parametrize("day", DAYS[1:])
def test_on_any_day_exactly_one_family_waits_too_long_and_the_log_holds(place: Path, day: str) -> None:
    out = fine("demo", "--once", "--at", day).out
    assert "Als überfällig markiert: 1." in out
    assert "Protokoll unverändert" in out
    items = fine("due", "--at", day, "--json").json["items"]
    late = [item for item in items if item["heading"] == "overdue"]
    assert [item["obligation"] for item in late] == [Obligation.FIRST_CONTACT]
    assert {item["heading"] for item in items} == {"overdue", "due", "returned", "waiting", "later"}
    assert len(json.loads((place / "faelle.json").read_text())) == 40


def test_on_a_terminal_it_waits_between_its_parts_and_may_be_left(place: Path) -> None:
    answer = lotse("demo", terminal=True, entered="\n\n")
    assert answer.code == 130
    assert answer.err.count("[Enter]") == 3
    assert "2. Eine Liste der Klinik kommt herein" in answer.out
    assert "3. " not in answer.out
    assert place.exists()


def test_without_a_folder_it_makes_a_new_one_and_says_where(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("LOTSE_DIR")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    out = fine("demo", "--once").out
    [folder] = (tmp_path / "lotse").iterdir()
    assert folder.name.startswith("demo-")
    assert f"  export LOTSE_DIR={folder}\n" in out


def test_the_families_are_forty_and_nobody_takes_them_for_real_ones() -> None:
    names = [surname(number) for number in range(40)]
    assert len(set(names)) == 40
    assert all(name.startswith("Beispiel-") for name in names)
    assert len(WAYS) == 28
    assert LIST_HEADINGS.count(";") == 15


def test_the_database_it_leaves_is_whole(told: tuple[Answer, Path]) -> None:
    with sqlite3.connect(told[1] / "data" / "lotse.db") as connection:
        assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
