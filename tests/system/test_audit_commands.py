"""`lotse audit` as an auditor meets it: 0 where nothing was altered, 1 with entry and kind of fault where it was.

A sample of the attacks of `test_log_altered.py` and `test_case_altered.py`, committed to the file and met by the
program; and the database rolled back as a whole, which only the notary's file can tell.
"""

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.system.program import CLINIC_LIST, LIST_DAY, lotse


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    assert lotse("import", str(CLINIC_LIST), "--at", LIST_DAY, folder=folder).code == 0
    return folder


@pytest.fixture
def office(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "office"))


def by_hand(office: Path, statement: str) -> None:
    """Change the database past the program."""
    with sqlite3.connect(office / "data" / "lotse.db") as database:
        assert database.execute(statement).rowcount > 0


def test_an_unaltered_log_ends_0(office: Path) -> None:
    done = lotse("audit", "verify", "--decrypt", "--replay", folder=office)
    assert done.code == 0
    assert "Protokoll unverändert" in done.out


ATTACKS = {
    "UPDATE log SET leaf = substr(leaf, 1, 100) || x'ff' || substr(leaf, 102) WHERE seq = 7": (
        7,
        "leaf foreign mac",
    ),
    "UPDATE log SET mac = x'00' WHERE seq = 9": (9, "mac"),
    "UPDATE log SET body_a = zeroblob(284) WHERE seq = 11": (11, "body_a"),
    "DELETE FROM log WHERE seq = 13": (13, "missing"),
    "DELETE FROM log WHERE seq = (SELECT max(seq) FROM log)": (None, "missing rolled_back"),
    "UPDATE log_contents SET body_b = zeroblob(284) WHERE seq = 15": (15, "body_b surplus"),
    "UPDATE log_index SET case_id = 'f' || substr(case_id, 2) || 'f' WHERE seq = 17": (17, "index"),
    "UPDATE log_head SET last_time_ms = last_time_ms + 1": (None, "head"),
    "UPDATE log_checkpoints SET size = -size": (None, "checkpoint"),
    "UPDATE log_keys SET kek_version = 2 WHERE purpose = 'mac'": (None, "key"),
}


@pytest.mark.parametrize("statement", ATTACKS)
def test_a_log_altered_by_hand_ends_1_and_says_where_and_how(office: Path, statement: str) -> None:
    seq, kinds = ATTACKS[statement]
    by_hand(office, statement)
    done = lotse("audit", "verify", "--json", folder=office)
    assert done.code == 1
    told = json.loads(done.out)
    assert told["fault"] in kinds.split()
    assert seq is None or told["seq"] == seq
    assert told["fault_label"] in done.err
    assert seq is None or f"Eintrag {seq}" in done.err


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE cases SET state = 'closed' WHERE number = 'FH-2026-0003'",
        "UPDATE cases SET due_at = due_at + 86400000 WHERE number = 'FH-2026-0003'",
        "DELETE FROM cases WHERE number = 'FH-2026-0003'",
    ],
)
def test_a_case_altered_by_hand_is_found_by_the_replay(office: Path, statement: str) -> None:
    by_hand(office, statement)
    assert lotse("audit", "verify", folder=office).code == 0
    done = lotse("audit", "verify", "--replay", folder=office)
    assert done.code == 1
    assert "Fall" in done.err


def test_the_whole_database_put_back_as_it_was_is_found(office: Path, tmp_path: Path) -> None:
    """All of it is genuine, but the notary has signed more; and from then on nothing is signed any more."""
    database = office / "data" / "lotse.db"
    shutil.copyfile(database, tmp_path / "earlier.db")
    assert lotse("case", "show", "FH-2026-0001", folder=office).code == 0
    shutil.copyfile(tmp_path / "earlier.db", database)
    done = lotse("audit", "verify", folder=office)
    assert done.code == 1
    assert "Protokoll gekürzt" in done.err
    assert "nicht mehr unterschrieben" in lotse("case", "list", folder=office).err
    assert lotse("audit", "checkpoint", folder=office).code == 1


def test_a_checkpoint_kept_elsewhere_tells_of_two_clones(office: Path, tmp_path: Path) -> None:
    """Database and keys copied together, and both go on: the checkpoint of one is not one of the other."""
    twin = Path(shutil.copytree(office, tmp_path / "twin"))
    assert lotse("case", "show", "FH-2026-0001", folder=office).code == 0
    assert lotse("case", "show", "FH-2026-0002", folder=twin).code == 0
    kept = tmp_path / "pruefpunkt"
    kept.write_bytes(lotse("audit", "checkpoint", folder=office).raw_out)
    assert lotse("audit", "verify", "--checkpoint", str(kept), folder=office).code == 0
    done = lotse("audit", "verify", "--checkpoint", str(kept), folder=twin)
    assert done.code == 1
    assert "Prüfpunkt" in done.err
