"""`lotse keys status`, `rotate`, `destroy`: what a person who keeps the keys sees, and where they are stopped."""

import os
import time
from pathlib import Path

import pytest

from adapters.erasures import Erased, Erasures
from tests.cli.program import fine, lotse, program

DAY = 86_400


def aged(place: Path, version: int, days: int) -> None:
    """Let a version be as old as that."""
    moment = time.time() - days * DAY
    os.utime(place / f"keys/kek-{version}.key", (moment, moment))


def waiting(place: Path, *versions: int) -> None:
    """Erasures, as the list beside the keys has them, of keys that were under these versions."""
    at = "2026-11-20T09:00:00+00:00"
    lines = tuple(Erased(f"{number:032x}", "ab" * 32, version, at) for number, version in enumerate(versions))
    (place / "keys/erasures.json").write_bytes(Erasures("lotse/0b5e/1", 9, lines).to_json())


@pytest.mark.usefixtures("imported")
def test_status_names_keeper_versions_ages_and_what_hangs_on_them() -> None:
    answer = fine("keys", "status")
    assert "Verwahrung    Schlüsseldateien" in answer.out
    assert "Version 1  seit" in answer.out
    assert "gültig · 43 Fälle, 5 Schlüssel des" in answer.out
    assert answer.err == ""
    told = fine("keys", "status", "--json").json
    assert set(told) == {
        "provider",
        "vkey",
        "signer",
        "current",
        "unfinished",
        "older_than_a_year",
        "versions",
    }
    (version,) = told["versions"]
    assert (version["version"], version["cases"], version["current"], version["age_days"]) == (1, 43, True, 0)


def test_status_neither_makes_a_store_nor_writes_into_one(place: Path, imported: Path) -> None:
    before = {path: path.read_bytes() for path in imported.rglob("*") if path.is_file()}
    fine("keys", "status")
    assert {path: path.read_bytes() for path in place.rglob("*") if path.is_file()} == before
    assert lotse("keys", "status", "--dir", place / "nowhere").code == 3
    assert not (place / "nowhere").exists()


def test_a_key_older_than_a_year_is_said_to_be(office: Path) -> None:
    aged(office, 1, 364)
    assert "älter als ein Jahr" not in fine("keys", "status").err
    aged(office, 1, 367)
    answer = fine("keys", "status")
    assert "367 Tage" in answer.out
    assert "älter als ein Jahr. Nächster Schritt: lotse keys rotate" in answer.err
    assert fine("keys", "status", "--json").json["older_than_a_year"] is True


def test_a_dry_run_of_a_rotation_says_what_would_be_and_changes_nothing(imported: Path) -> None:
    before = (imported / "data/lotse.db").read_bytes()
    answer = fine("keys", "rotate", "--dry-run", "--as", "it")
    assert answer.out.splitlines() == [
        "Neu wäre Version 2. Darunter kämen 43 Fälle und 5 Schlüssel des Protokolls.",
        "Geändert wurde nichts.",
    ]
    assert fine("keys", "rotate", "--dry-run", "--json", "--as", "it").json["cases"] == 43
    assert (imported / "data/lotse.db").read_bytes() == before
    assert not (imported / "keys/kek-2.key").exists()


def test_from_a_new_key_to_the_end_of_the_old_one(imported: Path) -> None:
    waiting(imported, 1, 1, 1)
    assert "3 Löschungen warten" in " ".join(fine("keys", "status").out.split())
    answer = fine("keys", "rotate", "--as", "it")
    assert answer.out.splitlines()[0] == "Version 2 gilt."
    assert "43 Fälle" in answer.out
    assert "lotse keys escrow" in answer.err
    status = fine("keys", "status")
    assert "Auf Version 1 hängt nichts mehr. Nächster Schritt: lotse keys destroy 1" in status.err
    trial = fine("keys", "destroy", "1", "--dry-run", "--as", "it")
    assert "Unlesbar werden mit Version 1: alle Sicherungen" in trial.out
    assert "Endgültig werden damit: 3 Löschungen: " in trial.out
    assert (imported / "keys/kek-1.key").exists()
    fine("backup", "create", imported.parent / "neu.backup", "--as", "it")
    ended = fine("keys", "destroy", "1", "--backup", imported.parent / "neu.backup", "--as", "it")
    assert ended.out.splitlines()[-1] == "Version 1 ist vernichtet."
    assert not (imported / "keys/kek-1.key").exists()
    fine("audit", "verify", "--decrypt", "--replay")
    assert fine("case", "find", "Öztürk").code == 0
    shown = fine("audit", "show", "--as", "okafor", "--reason", "Stichprobe", "--json").json
    actions = [(entry["action"], entry["actor"]) for entry in shown]
    assert ("key_destroyed", "it") in actions
    assert actions.count(("keys_rotated", "it")) == 3


def test_an_erasure_is_complete_only_once_every_version_up_to_its_own_is_gone(office: Path) -> None:
    """An old copy of the database may have the erased key under the version it died under, or any before."""
    fine("keys", "rotate", "--as", "it")
    fine("keys", "rotate", "--as", "it")
    waiting(office, 1, 2, 2, 3)
    told = fine("keys", "status", "--json").json["versions"]
    assert [version["erasures_waiting"] for version in told] == [4, 3, 1]
    last = ("--without-backup", "--json", "--as", "it")
    assert fine("keys", "destroy", "2", "--dry-run", "--json", "--as", "it").json["erasures_completed"] == 0
    assert fine("keys", "destroy", "1", *last).json["erasures_completed"] == 1
    assert fine("keys", "destroy", "2", *last).json["erasures_completed"] == 2
    assert [v["erasures_waiting"] for v in fine("keys", "status", "--json").json["versions"]] == [1]


def test_what_is_asked_for_in_json_is_one_line_of_it(imported: Path) -> None:
    done = fine("keys", "rotate", "--json", "--as", "it").json
    assert (done["to"], done["from"], done["cases"], done["left"]) == (2, [1], 43, 0)
    waiting(imported, 1)
    told = {
        "version": 1, "destroyed": False, "erasures_completed": 1, "erasures": ["0" * 32], "backups_lost": [],
        "backups_later": [], "backup": None,
    }  # fmt: skip
    assert fine("keys", "destroy", "1", "--dry-run", "--json", "--as", "it").json == told
    ended = fine("keys", "destroy", "1", "--without-backup", "--json", "--as", "it")
    assert ended.json == {**told, "destroyed": True}


@pytest.mark.usefixtures("office")
def test_the_current_version_is_refused_with_4_and_one_that_never_was_with_3() -> None:
    answer = lotse("keys", "destroy", "1", "--as", "it")
    assert (answer.code, answer.out) == (4, "")
    assert "Nächster Schritt: lotse keys rotate" in answer.err
    assert lotse("keys", "destroy", "7", "--as", "it").code == 3
    assert lotse("keys", "destroy", "0", "--as", "it").code == 2
    assert lotse("keys", "destroy", "eins", "--as", "it").code == 2


def test_a_version_that_something_hangs_on_is_refused_with_4(office: Path) -> None:
    from adapters.keys.file import FileKeys

    FileKeys(office / "keys").add_version()
    answer = lotse("keys", "destroy", "1", "--as", "it")
    assert answer.code == 4
    assert "umhüllt noch 0 Fälle und 2 Schlüssel" in answer.err
    assert "unterbrochen" in fine("keys", "status").err
    again = fine("keys", "rotate", "--as", "it").out
    assert again.startswith("Die unterbrochene Umstellung ist zu Ende: Version 2 gilt.")


@pytest.mark.usefixtures("office")
def test_at_a_terminal_one_is_asked_before_a_version_ends() -> None:
    fine("keys", "rotate", "--as", "it")
    answer = lotse("keys", "destroy", "1", "--without-backup", "--as", "it", entered="nein\n", terminal=True)
    assert (answer.code, "Nichts wurde vernichtet." in answer.err) == (1, True)
    sure = ("keys", "destroy", "1", "--without-backup", "--as", "it")
    assert "für immer vernichten?" in fine(*sure, entered="ja\n", terminal=True).err


def test_who_is_locked_turns_no_key(office: Path) -> None:
    fine("user", "disable", "brandt", "--as", "okafor")
    for words in (("rotate",), ("destroy", "1"), ("escrow", "x", "--to", "y")):
        answer = lotse("keys", *words, "--as", "brandt")
        assert answer.code in (3, 4), answer
    assert not (office / "keys/kek-2.key").exists()


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"erased": [{}]}', '{"erased": 7}', "kein JSON"])
def test_a_list_of_erasures_that_is_damaged_is_said_to_be(office: Path, text: str) -> None:
    (office / "keys/erasures.json").write_text(text)
    answer = lotse("keys", "status")
    assert (answer.code, answer.out) == (1, "")
    assert "Liste der Löschungen ist nicht lesbar" in answer.err


def test_production_starts_neither_with_keys_others_read_nor_with_development_keys(office: Path) -> None:
    (office / "keys").chmod(0o755)
    answer = lotse("due")
    assert (answer.code, "chmod 700" in answer.err) == (1, True)
    (office / "keys").chmod(0o700)
    (office / "keys/kek-1.key").chmod(0o444)
    assert "chmod 400" in lotse("due").err
    (office / "keys/kek-1.key").chmod(0o400)
    for settings in ({"LOTSE_KEY_PROVIDER": "environment"}, {"LOTSE_DEVELOPMENT_KEY": "x" * 40}):
        answer = program("due", **settings)
        assert (answer.code, "nur zum Entwickeln" in answer.err) == (2, True)
        assert "xxxx" not in answer.err


def test_an_office_under_a_passphrase_opens_with_it_alone(place: Path) -> None:
    right = {"LOTSE_KEY_PROVIDER": "passphrase", "LOTSE_PASSPHRASE": "sechs Wörter für den Test"}
    assert program("init", **right).code == 0
    assert "unter einer Passphrase" in program("keys", "status", **right).out
    wrong = program("due", **{**right, "LOTSE_PASSPHRASE": "ganz andere Wörter hier"})
    assert (wrong.code, wrong.out, wrong.err) == (1, "", "Die Passphrase ist falsch.\n")
    missing = program("due", LOTSE_KEY_PROVIDER="passphrase")
    assert (missing.code, "LOTSE_PASSPHRASE_FILE" in missing.err) == (1, True)
    assert program("due").code == 1
    assert program("keys", "rotate", **right).code == 0
    assert (place / "keys/kek-2.key").exists()
