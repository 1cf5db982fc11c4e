"""`lotse backup …` as a person types it: what it says, how it ends, and that a roll-back by hand is no restore."""

import shutil
from pathlib import Path

import pytest

from tests.cli.program import Answer, fine, lotse

LAWFUL = "lotse backup restore"


@pytest.fixture
def backup(imported: Path, tmp_path: Path) -> Path:
    """A backup of the office with the clinic's list in it, and work since."""
    del imported
    fine("backup", "create", tmp_path / "mo.backup", "--as", "okafor")
    fine("case", "list")
    return tmp_path / "mo.backup"


def entries() -> int:
    """How many entries a fresh checkpoint covers."""
    return int(fine("audit", "checkpoint").out.splitlines()[1])


def approved(file: Path) -> Answer:
    """Ask as one person, approve as another."""
    fine("backup", "restore", file, "--request", "--as", "brandt", "--reason", "Platte defekt")
    return fine("backup", "restore", file, "--approve", "--as", "okafor")


def test_a_backup_says_what_it_is_and_is_found_sound(backup: Path) -> None:
    told = fine("backup", "verify", backup, "--json").json
    assert (told["sound"], told["contradicts"]) == (True, None)
    assert told["since"] == entries() - told["size"]
    answer = fine("backup", "verify", backup)
    assert "Die Sicherung ist heil." in answer.out
    assert f"Seither unterschrieben: {told['since']} Einträge." in answer.out


def test_a_backup_into_a_folder_gets_a_name_with_its_time(imported: Path, tmp_path: Path) -> None:
    del imported
    told = fine("backup", "create", tmp_path, "--json", "--as", "okafor").json
    made = Path(told["file"])
    assert made.parent == tmp_path
    assert made.suffix == ".backup"
    assert made.stat().st_size == told["bytes"]


def test_an_existing_file_stays_what_it_is(backup: Path) -> None:
    before = backup.read_bytes()
    answer = lotse("backup", "create", backup, "--as", "okafor")
    assert answer.code == 1
    assert "überschrieben wird nie" in answer.err
    assert backup.read_bytes() == before


def test_what_is_no_backup_or_not_there_is_said_in_one_sentence(backup: Path, tmp_path: Path) -> None:
    other = tmp_path / "brief.txt"
    other.write_text("Sehr geehrte Frau Beispiel", encoding="utf-8")
    answer = lotse("backup", "verify", other)
    assert (answer.code, answer.err) == (1, "Das ist keine Sicherung von Lotse.\n")
    assert lotse("backup", "verify", tmp_path / "fehlt").code == 3
    backup.write_bytes(backup.read_bytes()[:-5])
    answer = lotse("backup", "verify", backup)
    assert answer.code == 1
    assert "Sicherung" in answer.err
    assert answer.out == ""


def test_verifying_changes_nothing_and_leaves_no_entry(backup: Path) -> None:
    before = entries()
    fine("backup", "verify", backup)
    fine("backup", "restore", backup, "--dry-run")
    assert entries() == before


def test_a_dry_run_tells_what_would_be_lost(backup: Path) -> None:
    told = fine("backup", "restore", backup, "--dry-run", "--json").json
    assert told["lost"] == entries() - told["size"]
    assert told["erase_again"] == []
    assert f"Verloren gingen {told['lost']} Einträge" in fine("backup", "restore", backup, "--dry-run").out


def test_two_people_bring_a_backup_back(backup: Path) -> None:
    assert fine("audit", "verify", "--json").json["origin"].endswith("/1")
    answer = lotse("backup", "restore", backup, "--approve", "--as", "okafor")
    assert (answer.code, "Niemand hat" in answer.err) == (4, True)
    fine("backup", "restore", backup, "--request", "--as", "okafor", "--reason", "Platte defekt")
    assert "Platte defekt" in fine("backup", "restore", backup, "--dry-run").out
    answer = lotse("backup", "restore", backup, "--approve", "--as", "okafor")
    assert (answer.code, "zweite Person" in answer.err) == (4, True)
    answer = lotse("backup", "restore", backup, "--approve", "--as", "brandt")
    assert (answer.code, "Leitung" in answer.err) == (4, True)
    done = fine("backup", "restore", backup, "--approve", "--as", "vogt", "--json").json
    assert Path(done["aside"]).exists()
    told = fine("audit", "verify", "--decrypt", "--replay", "--json").json
    assert (told["origin"], told["origin"][-2:]) == (done["origin"], "/2")
    assert len(fine("case", "list", "--json").json) > 40


def test_a_request_can_be_taken_back(backup: Path) -> None:
    fine("backup", "restore", backup, "--request", "--as", "brandt", "--reason", "Platte defekt")
    assert "zurückgenommen" in fine("backup", "restore", "--withdraw", "--as", "brandt").out
    assert lotse("backup", "restore", backup, "--approve", "--as", "okafor").code == 4
    assert "nichts beantragt" in fine("backup", "restore", "--withdraw", "--as", "brandt").out


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--request", "--approve"),
        ("--approve",),
        ("--request", "--as", "brandt"),
        ("--request", "--as", "brandt", "--reason", "  "),
        ("--request", "--as", "brandt", "--reason", "x" * 201),
        ("--dry-run", "--withdraw"),
    ],
)
def test_what_is_not_clear_is_asked_for(backup: Path, words: tuple[str, ...]) -> None:
    answer = lotse("backup", "restore", backup, *words)
    assert answer.code == 2
    assert answer.err.startswith(("Bitte", "Wer handelt?"))


def test_the_old_log_and_the_new_one_both_know_of_the_backup(backup: Path) -> None:
    """Who took it, how long it is, its check sum and the key's version; then who asked, who approved, and why."""
    approved(backup)
    told = fine("audit", "show", "--as", "okafor", "--reason", "Probe", "--json").out
    assert '"restored"' in told
    assert "Platte defekt" in told


# A roll-back by hand.


def test_an_older_database_put_back_by_hand_is_found_by_verify_and_by_the_next_command(
    backup: Path, imported: Path, tmp_path: Path
) -> None:
    """Verification, the notary at the end of the next command and a newer backup find it, and name the lawful way."""
    database = imported / "data" / "lotse.db"
    older = tmp_path / "older.db"
    shutil.copyfile(database, older)
    fine("case", "list")
    fine("backup", "create", tmp_path / "di.backup", "--as", "okafor")
    shutil.copyfile(older, database)
    answer = lotse("audit", "verify")
    assert answer.code == 1
    assert "Protokoll gekürzt" in answer.err
    assert LAWFUL in answer.err
    answer = lotse("case", "list")
    assert answer.code == 1
    assert "nicht mehr unterschrieben" in answer.err
    assert LAWFUL in answer.err
    answer = lotse("backup", "verify", tmp_path / "di.backup")
    assert (answer.code, "heil" in answer.out) == (1, True)
    assert "von Hand zurückgesetzt" in answer.err
    assert LAWFUL in answer.err
    assert lotse("backup", "create", tmp_path / "mi.backup", "--as", "okafor").code == 1
    assert not (tmp_path / "mi.backup").exists()
    del backup


def test_what_was_rolled_back_by_hand_is_brought_back_lawfully(imported: Path, tmp_path: Path) -> None:
    """The notary has halted; the restore begins anew, and the log of before says how far it was signed."""
    database = imported / "data" / "lotse.db"
    shutil.copyfile(database, tmp_path / "older.db")
    fine("backup", "create", tmp_path / "di.backup", "--as", "okafor")
    shutil.copyfile(tmp_path / "older.db", database)
    assert lotse("case", "list").code == 1
    assert "Zurückgeholt" in approved(tmp_path / "di.backup").out
    fine("case", "list")
    fine("audit", "verify", "--replay")


def test_a_restored_backup_of_an_older_incarnation_is_still_told_from_a_roll_back(
    backup: Path, imported: Path, tmp_path: Path
) -> None:
    """The database of before, put back by hand after a lawful restore, is of another log than the notary signs."""
    older = tmp_path / "older.db"
    shutil.copyfile(imported / "data" / "lotse.db", older)
    approved(backup)
    shutil.copyfile(older, imported / "data" / "lotse.db")
    assert lotse("audit", "verify").code == 1
    answer = lotse("case", "list")
    assert answer.code == 1
    assert LAWFUL in answer.err


@pytest.mark.parametrize("inside", ["data", "keys", "data/mo.backup", "keys/mo.backup"])
def test_no_backup_lies_with_the_data_or_the_keys(imported: Path, tmp_path: Path, inside: str) -> None:
    (tmp_path / "link").symlink_to(imported)
    before = sorted(imported.rglob("*"))
    for base in (imported, tmp_path / "link"):
        answer = lotse("backup", "create", base / inside, "--as", "it")
        assert (answer.code, "an einen anderen Ort" in answer.err) == (1, True)
    assert sorted(imported.rglob("*")) == before
