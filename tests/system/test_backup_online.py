"""A backup is made while others work: nobody is held up, and what is in it is one moment of the store.

The file is whole or not there, never over another one, and what a crash leaves is gone with the next program.
"""

import json
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing
from pathlib import Path

import pytest

from adapters.backup import copying
from adapters.backup.checking import opened_backup, proven
from adapters.backup.copying import copy_online
from adapters.backup.errors import BackupExists
from adapters.backup.making import make_backup
from adapters.backup.target import growing
from adapters.backup.working import left_in, sweep, working_place
from adapters.bootstrap import open_lotse
from adapters.keys.choose import open_keys
from adapters.lotse import Lotse
from tests.system.backups import an_office, backed_up, copied, some_entries
from tests.system.program import surroundings

WRITER = """
    import json, sys, time
    from pathlib import Path
    from adapters.bootstrap import open_lotse
    from adapters.settings import read_settings

    lotse = open_lotse(read_settings(Path(sys.argv[1])))
    pause, longest, count = float(sys.argv[2]), 0.0, 0
    print("ready", flush=True)
    until = time.monotonic() + float(sys.argv[3])
    while time.monotonic() < until:
        begun = time.monotonic()
        lotse.record("access", {"action": "list", "actor": "fachkraft", "count": 1})
        longest, count = max(longest, time.monotonic() - begun), count + 1
        time.sleep(pause)
    print(json.dumps([count, longest]))
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("office") / "haus"
    an_office(folder, rows=30).store.engine.dispose()
    return folder


@pytest.fixture
def office(house: Path, tmp_path: Path) -> Lotse:
    return open_lotse(copied(house, tmp_path / "haus"))


def a_writer(folder: Path, pause: float, seconds: float) -> subprocess.Popen[str]:
    """Another program that writes an entry, pauses, and tells in the end how often and how long it had to wait."""
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(WRITER), str(folder), str(pause), str(seconds)],
        stdout=subprocess.PIPE,
        text=True,
        env=surroundings(),
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.parametrize("pause", [0.05, 0.0])
def test_another_program_goes_on_writing_while_a_backup_is_made(
    office: Lotse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pause: float
) -> None:
    """With pauses the copy is made in steps; without any it begins anew too often and takes the rest in one go."""
    monkeypatch.setattr(copying, "STEP", 2)
    writer = a_writer(tmp_path / "haus", pause, 2)
    made = [make_backup(office, tmp_path / f"{n}.backup", office.person("fachkraft")) for n in range(3)]
    told, _ = writer.communicate(timeout=60)
    count, longest = json.loads(told)
    assert writer.returncode == 0
    assert count > 5
    assert longest < 2, "nobody waits for a backup"
    sizes = [each.header.size for each in made]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1]
    for each in made:
        with (
            working_place(office.settings.data) as place,
            opened_backup(each.path, open_keys(office.settings), place) as backup,
        ):
            assert proven(backup).size == each.header.size
    with office.store.log_reader() as reader:
        head = reader.head()
    assert head is not None
    assert head.size >= sizes[-1] + 1


def test_a_busy_database_is_copied_in_one_go_after_some_beginnings(
    office: Lotse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody writes between any two steps, so that steps alone would never come to an end."""
    monkeypatch.setattr(copying, "STEP", 1)
    done: list[int] = []

    def disturb(pages: int, _whole: int) -> None:
        done.append(pages)
        if len(done) < 200:
            some_entries(office, 1)

    copy_online(office.settings.database, tmp_path / "copy.db", disturb)
    assert 5 <= len(done) < 200, "it did not go on in steps for ever"
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert copy.execute("SELECT (SELECT size FROM log_head) = (SELECT count(*) FROM log)").fetchone() == (
            1,
        )


def test_a_backup_is_on_record_with_size_check_sum_and_key_before_it_has_its_name(
    office: Lotse, tmp_path: Path
) -> None:
    made = make_backup(office, tmp_path / "a.backup", office.person("it"))
    with office.store.log_reader() as reader:
        head = reader.head()
        assert head is not None
        last = reader.rows(head.size - 2, 1)[0]
    assert made.size == made.path.stat().st_size
    assert made.path.stat().st_mode & 0o777 == 0o600
    assert last[0] == made.header.size, "the entry comes after what is in the backup"
    assert made.header.checkpoint.split("\n")[1] == str(made.header.size)


def test_nothing_is_ever_overwritten(office: Lotse, tmp_path: Path) -> None:
    place = tmp_path / "a.backup"
    place.write_bytes(b"wichtig")
    with pytest.raises(BackupExists):
        backed_up(office, place)
    place.unlink()
    place.symlink_to(tmp_path / "anderswo")
    with pytest.raises(BackupExists):
        backed_up(office, place)
    assert not (tmp_path / "anderswo").exists()


def test_a_name_taken_meanwhile_is_not_taken_away(tmp_path: Path) -> None:
    place = tmp_path / "a.backup"
    with growing(place) as file:
        file.write(b"Sicherung")
        place.write_bytes(b"wichtig")
        with pytest.raises(BackupExists):
            file.finish()
    assert place.read_bytes() == b"wichtig"
    assert [each.name for each in tmp_path.iterdir()] == ["a.backup"]


def test_a_stick_that_knows_no_links_gets_its_backup_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(_source: object, _target: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", no_links)
    with growing(tmp_path / "a.backup") as file:
        file.write(b"Sicherung")
        file.secure()
        file.finish()
    assert (tmp_path / "a.backup").read_bytes() == b"Sicherung"
    with pytest.raises(BackupExists), growing(tmp_path / "a.backup"):
        pass
    assert [each.name for each in tmp_path.iterdir()] == ["a.backup"]


def test_what_was_not_finished_is_gone_and_left_over_parts_go_with_the_next(tmp_path: Path) -> None:
    left = tmp_path / ".lotse-backup-abc"
    left.write_bytes(b"halb")
    with growing(tmp_path / "a.backup") as file:
        file.write(b"halb")
    assert list(tmp_path.iterdir()) == []


def test_a_working_place_that_a_crash_has_left_is_swept_but_never_one_in_use(tmp_path: Path) -> None:
    (tmp_path / ".working-left").mkdir()
    (tmp_path / ".working-left" / "copy.db").write_bytes(b"alles")
    with working_place(tmp_path) as place:
        (place / "copy.db").write_bytes(b"alles")
        assert place.stat().st_mode & 0o777 == 0o700
        sweep(tmp_path)
        assert (place / "copy.db").exists()
    sweep(tmp_path)
    assert left_in(tmp_path) == []


def test_keys_notary_and_families_stay_out_of_the_file(office: Lotse, tmp_path: Path) -> None:
    """Neither the key files nor the notary's file, nor any 32 bytes of a key, in any writing."""
    whole = backed_up(office, tmp_path / "a.backup").read_bytes()
    for path in office.settings.keys.iterdir():
        content = path.read_bytes()
        if path.suffix == ".key":
            secret = content.split()[2]
            assert secret not in whole
            assert bytes.fromhex(secret.decode()) not in whole
        elif content and path.name != "checkpoint":
            assert content not in whole
    assert b"Beispiel" not in whole
    assert b"FH-2026" not in whole
    assert b"SQLite" not in whole
