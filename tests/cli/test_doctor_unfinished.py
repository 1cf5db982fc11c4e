"""`lotse doctor` where something was begun and not ended: a rotation, an erasure; and after a restore."""

import subprocess
import sys
from pathlib import Path

import pytest

from adapters.cli.failures import failure_of
from adapters.doctor import Finding, Light, examine
from adapters.keys.file import FileKeys
from adapters.lotse import now
from adapters.settings import read_settings
from tests.cli.program import fine, lotse

DAY = 86_400_000
KILLED_AT = """
import os, signal, sqlite3, sys
from sqlalchemy import Engine, event
from adapters.cli.main import run

to_come = sys.argv[1].split(", ")

def tick(statement):
    if statement.startswith(to_come[0]):
        del to_come[0]
        if not to_come:
            os.kill(os.getpid(), signal.SIGKILL)

@event.listens_for(Engine, "connect")
def _connected(connection, _record):
    connection.set_trace_callback(tick)

run(sys.argv[2:])
"""


def found(name: str, days: int = 0) -> Finding:
    """What the doctor finds in so many days."""
    at = int(now().timestamp() * 1000) + days * DAY
    return dict(examine(read_settings(), at, lambda error: failure_of(error).sentence))[name]


def a_case_to_erase() -> str:
    """The number of a closed case whose family has asked for its erasure."""
    number = str(fine("case", "new", "self", "--set", "surname=Beispiel-Kiefer", "--json").json["number"])
    fine("case", "do", number, "triage-no")
    fine("case", "do", number, "close", "--set", "reason=duplicate")
    fine("retention", "request", number, "--ground", "family_request")
    return number


def test_a_rotation_that_was_cut_off_is_told_until_it_is_ended(imported: Path) -> None:
    """The new version is there, and not one key is under it yet."""
    FileKeys(imported / "keys").add_version()
    finding = found("Schlüssel")
    assert (finding.light, finding.next_step) == (Light.YELLOW, "lotse keys rotate")
    assert "unterbrochen" in finding.sentence
    fine("keys", "rotate", "--as", "it")
    assert found("Schlüssel").light is Light.GREEN


@pytest.mark.usefixtures("office")
def test_an_erasure_is_complete_once_every_version_up_to_its_own_is_gone() -> None:
    number = a_case_to_erase()
    fine("keys", "rotate", "--as", "it")
    fine("retention", "approve", number, "--as", "okafor")
    assert found("Löschungen").light is Light.YELLOW
    fine("keys", "rotate", "--as", "it")
    fine("keys", "destroy", "2", "--without-backup", "--json", "--as", "it")
    assert found("Löschungen").light is Light.YELLOW, "version 1 still opens an older backup"
    fine("keys", "destroy", "1", "--without-backup", "--json", "--as", "it")
    assert found("Löschungen").light is Light.GREEN


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize("moment", ["VACUUM", "DELETE FROM cases, COMMIT"])
def test_an_erasure_that_was_killed_before_the_file_was_written_anew_is_told(moment: str) -> None:
    """Killed before it is committed, too: then the file is written anew once too often, which harms nobody."""
    number = a_case_to_erase()
    words = ("retention", "approve", number, "--as", "okafor")
    done = subprocess.run([sys.executable, "-c", KILLED_AT, moment, *words], check=False, capture_output=True)
    assert done.returncode == -9
    erased = lotse("case", "show", number).code == 3
    assert erased is (moment == "VACUUM")
    assert found("Löschungen").next_step == "lotse retention scrub"
    fine(*(("retention", "scrub") if erased else words))
    assert found("Löschungen").next_step != "lotse retention scrub"


@pytest.mark.usefixtures("office")
def test_an_erasure_that_ran_to_its_end_owes_nothing() -> None:
    number = a_case_to_erase()
    fine("retention", "approve", number, "--dry-run", "--as", "okafor")
    assert found("Löschungen").light is Light.GREEN
    fine("retention", "approve", number, "--as", "okafor")
    assert found("Löschungen").next_step == "lotse keys status"


@pytest.mark.usefixtures("imported")
def test_backups_of_before_a_restore_still_count(tmp_path: Path) -> None:
    """The log of before has the entry; the new one begins without any."""
    fine("backup", "create", tmp_path / "mo.backup", "--as", "okafor")
    fine("backup", "create", tmp_path / "di.backup", "--as", "okafor")
    fine(
        "backup",
        "restore",
        tmp_path / "di.backup",
        "--request",
        "--as",
        "brandt",
        "--reason",
        "Platte defekt",
    )
    fine("backup", "restore", tmp_path / "di.backup", "--approve", "--as", "okafor")
    assert found("Sicherung").sentence == "zuletzt heute"
    assert found("Sicherung", 3).light is Light.YELLOW
    assert found("Sicherung", 8).light is Light.RED


@pytest.mark.usefixtures("imported")
def test_a_restore_makes_no_office_young_again(tmp_path: Path) -> None:
    """How long nothing has been backed up counts from the first log."""
    fine("backup", "create", tmp_path / "mo.backup", "--as", "okafor")
    fine(
        "backup",
        "restore",
        tmp_path / "mo.backup",
        "--request",
        "--as",
        "brandt",
        "--reason",
        "Platte defekt",
    )
    fine("backup", "restore", tmp_path / "mo.backup", "--approve", "--as", "okafor")
    # The backup that was restored does not know of itself.
    assert "noch keine Sicherung" in found("Sicherung").sentence
    assert found("Sicherung", 8).light is Light.RED
