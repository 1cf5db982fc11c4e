"""The main job on the clinic's list, through the program: every row accounted for, nothing twice, nothing unasked."""

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from tests.intake.lists import as_csv, said, saved, table
from tests.system.end_state import end_state, verified
from tests.system.program import CLINIC_LIST, LIST_DAY, lotse, started

PARTS = ("accepted", "without_personal_data", "quarantined", "known")


def numbers(*words: str, folder: Path, path: Path = CLINIC_LIST, at: str = LIST_DAY) -> Mapping[str, int]:
    """Import and read what it says; whatever is in the list, the parts add up."""
    done = lotse("import", str(path), "--json", "--at", at, *words, folder=folder)
    assert done.code == 0, done.err
    told: dict[str, int] = json.loads(done.out)
    assert sum(told[part] for part in PARTS) == told["rows"]
    return told


def test_every_row_of_the_clinic_s_list_is_accounted_for(tmp_path: Path) -> None:
    told = numbers(folder=tmp_path)
    assert [told[name] for name in ("rows", *PARTS)] == [60, 43, 10, 7, 0]
    stored = end_state(tmp_path)
    assert sum(stored.cases.values()) == 43
    assert sum(stored.queries.values()) == 10
    assert sum(stored.quarantine.values()) == 7
    verified(tmp_path)


def test_the_second_time_nothing_is_new(tmp_path: Path) -> None:
    """Quarantined rows count as quarantined again, the others are known; not one case or step more."""
    numbers(folder=tmp_path)
    before = end_state(tmp_path)
    told = numbers(folder=tmp_path)
    assert [told[name] for name in PARTS] == [0, 0, 7, 53]
    assert end_state(tmp_path) == before
    verified(tmp_path)


def tables_of(database: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    with closing(sqlite3.connect(database)) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in names}  # noqa: S608 - our names


def test_a_rehearsal_says_the_same_and_leaves_nothing_but_its_own_entry(tmp_path: Path) -> None:
    """Whether a row is known here is told, so that somebody asked is on record; no other table says anything else."""
    assert lotse("init", folder=tmp_path).code == 0
    database = tmp_path / "data" / "lotse.db"
    before = tables_of(database)
    rehearsed = numbers("--dry-run", folder=tmp_path)
    after = tables_of(database)
    changed = {name for name in after if after[name] != before[name]}
    assert changed <= {"log", "log_head", "log_keys", "log_checkpoints"}
    assert len(after["log"]) == len(before["log"]) + 1
    real = numbers(folder=tmp_path)
    assert {**rehearsed, "dry_run": False} == dict(real)


def test_a_rehearsal_of_a_long_list_knows_its_own_rows(tmp_path: Path) -> None:
    """The same row again, hundreds of lines later, is known in the rehearsal as it will be."""
    rows = [said(number=str(number)) for number in range(1, 260)]
    path = saved(tmp_path, as_csv(table([*rows, rows[0]])))
    assert numbers("--dry-run", folder=tmp_path / "a", path=path)["known"] == 1
    assert numbers(folder=tmp_path / "a", path=path)["known"] == 1


def test_a_receipt_in_the_future_waits_in_quarantine_until_its_day(tmp_path: Path) -> None:
    path = saved(tmp_path, as_csv(table([said(number="1", received="21.11.2026 09:00")])))
    assert numbers(folder=tmp_path / "a", path=path, at="2026-11-20T12:00")["quarantined"] == 1
    assert numbers(folder=tmp_path / "a", path=path, at="2026-11-21T12:00")["accepted"] == 1


@pytest.mark.parametrize("again", ["another list", "the same list, a month later"])
def test_each_no_of_a_partner_leaves_a_query_of_its_own(tmp_path: Path, again: str) -> None:
    """Running numbers begin anew in each list; a second no under the same number is another family."""
    number, day = ("", "27.10.2026") if again == "another list" else ("4", "17.11.2026")
    first = said(number=number, received="26.10.2026 10:00", consent="nein", surname="Erstfrau")
    second = said(number=number, received=f"{day} 11:00", consent="nein", surname="Zweitfrau")
    for row in (first, second):
        path = saved(tmp_path, as_csv(table([row])))
        assert numbers(folder=tmp_path / "a", path=path)["without_personal_data"] == 1
    assert sum(end_state(tmp_path / "a").queries.values()) == 2


def test_two_imports_at_once_share_the_rows(tmp_path: Path) -> None:
    """Both come to their end, and together they did what one would have done."""
    folder = tmp_path / "both"
    assert lotse("init", folder=folder).code == 0
    words = ("import", str(CLINIC_LIST), "--json", "--at", LIST_DAY)
    pair = [started(*words, folder=folder) for _ in range(2)]
    told = []
    for process in pair:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        told.append(json.loads(out))
    assert sum(one["accepted"] for one in told) == 43
    assert sum(one["without_personal_data"] for one in told) == 10
    assert sum(one["known"] for one in told) == 53
    numbers(folder=tmp_path / "one")
    assert end_state(folder) == end_state(tmp_path / "one")
    verified(folder)


def test_two_first_commands_at_once_make_one_store(tmp_path: Path) -> None:
    """None of three is left with a store that the others do not know."""
    words = ("import", str(CLINIC_LIST), "--json", "--at", LIST_DAY)
    for process in [started(*words, folder=tmp_path) for _ in range(3)]:
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
    assert sum(end_state(tmp_path).cases.values()) == 43
    verified(tmp_path)
