"""The end of a master key: what it makes final, what it makes unreadable, and that a proven backup stays."""

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.program import fine, lotse
from tests.cli.test_retention import a_closed_case

pytestmark = pytest.mark.usefixtures("office")


def erased() -> str:
    """The number of a case that two persons have erased."""
    number = a_closed_case()
    fine("retention", "request", number, "--ground", "family_request")
    fine("retention", "approve", number, "--as", "vogt")
    return number


def turned(place: Path) -> Path:
    """A backup from before a new key was made, which waits for nothing else."""
    backup = place.parent / "alt.backup"
    fine("backup", "create", backup, "--as", "it")
    fine("keys", "rotate", "--as", "it")
    return backup


def key(place: Path) -> Path:
    return place / "keys" / "kek-1.key"


def test_the_preview_names_the_erasures_it_completes_and_the_backups_that_nobody_opens_any_more(
    place: Path,
) -> None:
    number = erased()
    old = turned(place)
    digest = fine("backup", "verify", old, "--json").json["sha256"]
    told = fine("keys", "destroy", "1", "--dry-run", "--json", "--as", "it").json
    assert (told["erasures"], told["backups_lost"], told["backups_later"]) == ([number], [digest], [])
    shown = fine("keys", "destroy", "1", "--dry-run", "--as", "it").out
    assert f"Endgültig werden damit: 1 Löschungen: {number}." in shown
    assert "Davon im Protokoll: 1, zuletzt" in shown
    assert digest[:12] in shown
    assert "Beispiel-Kiefer" not in shown


def test_without_a_backup_that_stays_a_key_does_not_end_unless_somebody_says_so(place: Path) -> None:
    turned(place)
    answer = lotse("keys", "destroy", "1", "--as", "it")
    assert (answer.code, "--without-backup" in answer.err, "lotse backup create" in answer.err) == (
        4,
        True,
        True,
    )
    assert key(place).exists()
    fine("keys", "destroy", "1", "--without-backup", "--as", "it")
    assert not key(place).exists()


def test_a_backup_of_after_the_rotation_is_proven_and_stays_and_opens_afterwards(place: Path) -> None:
    old, new = turned(place), place.parent / "neu.backup"
    fine("backup", "create", new, "--as", "it")
    done = fine("keys", "destroy", "1", "--backup", new, "--as", "it")
    assert "sie geht ohne Version 1 auf" in done.out
    fine("backup", "verify", new)
    assert lotse("backup", "verify", old).code == 1
    log = fine("audit", "show", "--as", "okafor", "--reason", "Stichprobe", "--json").json
    assert "key_destroyed" in [entry["action"] for entry in log]
    fine("audit", "verify", "--decrypt", "--replay")


def test_what_does_not_open_without_the_key_or_does_not_prove_saves_nobody(place: Path) -> None:
    """The old backup itself, one of another office, one that was cut off, and one that is not there."""
    old, new = turned(place), place.parent / "neu.backup"
    fine("backup", "create", new, "--as", "it")
    cut = place.parent / "halb.backup"
    cut.write_bytes(new.read_bytes()[:-100])
    for file, code, said in (
        (old, 4, "Auch diese Sicherung ist mit Version 1 verschlossen"),
        (cut, 1, ""),
        (place / "nirgends", 3, "gibt es nicht"),
    ):
        answer = lotse("keys", "destroy", "1", "--backup", file, "--as", "it")
        assert (answer.code, said in answer.err) == (code, True), answer
    assert lotse("keys", "destroy", "1", "--backup", new, "--without-backup", "--as", "it").code == 2
    assert key(place).exists()


def test_a_backup_made_in_the_middle_of_a_rotation_still_needs_the_old_key(place: Path) -> None:
    """Sealed under the new version, but what is in it hangs on the old one: then nothing would open."""
    from adapters.keys.file import FileKeys

    FileKeys(place / "keys").add_version()
    between = place.parent / "dazwischen.backup"
    fine("backup", "create", between, "--as", "it")
    fine("keys", "rotate", "--as", "it")
    answer = lotse("keys", "destroy", "1", "--backup", between, "--as", "it")
    assert (answer.code, "hängt noch etwas an Version 1" in answer.err) == (4, True)
    assert key(place).exists()


def test_the_backup_of_another_office_saves_nobody_here(place: Path) -> None:
    other = place.parent / "anderes"
    shutil.copytree(place / "keys", other / "keys")
    fine("init", "--dir", place.parent / "fremd")
    file = place.parent / "fremd.backup"
    turned(place)
    fine("keys", "rotate", "--dir", place.parent / "fremd")
    fine("backup", "create", file, "--dir", place.parent / "fremd")
    answer = lotse("keys", "destroy", "1", "--backup", file, "--as", "it")
    assert answer.code != 0
    assert key(place).exists()


def test_a_quarantined_day_and_a_row_are_named_by_what_people_call_them(place: Path) -> None:
    noted = place / "keys" / "erasures.json"
    erased()
    listed = json.loads(noted.read_bytes())
    assert [set(line) for line in listed["erased"]] == [{"case", "key_id", "kek_version", "at"}]
    fine("keys", "rotate", "--as", "it")
    told = fine("keys", "destroy", "1", "--dry-run", "--json", "--as", "it").json
    assert told["erasures"] == ["FH-" + told["erasures"][0].removeprefix("FH-")]
