"""Whatever is wrong around it, the program ends with one German sentence, the right exit code, and nothing half.

A full or read-only disk, keys lost, read by others or of another store, a file that is no database or of a newer
program, an interruption, a closed pipe, a terminal of forty columns, a system that speaks no German.
"""

import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.intake.big_list import write_big_list
from tests.system.end_state import end_state, verified
from tests.system.program import CLINIC_LIST, LIST_DAY, Ended, is_a_sentence, lotse, started, surroundings

IMPORT = ("import", str(CLINIC_LIST), "--json", "--at", LIST_DAY)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    assert lotse(*IMPORT, folder=folder).code == 0
    return folder


@pytest.fixture
def office(made: Path, tmp_path: Path) -> Path:
    """A store with the clinic's list in it, to be harmed."""
    return Path(shutil.copytree(made, tmp_path / "office"))


def said(ended: Ended, *words: str, code: int = 1) -> None:
    """It ended with this code and one sentence that holds these words."""
    assert ended.code == code, ended.err
    assert is_a_sentence(ended.err)
    assert len(ended.err.strip().splitlines()) == 1, ended.err
    assert all(word in ended.err for word in words), ended.err


def test_no_store_is_made_where_somebody_only_looks(tmp_path: Path) -> None:
    said(lotse("audit", "verify", folder=tmp_path / "leer"), "noch keinen Speicher", code=3)
    assert not (tmp_path / "leer" / "keys").exists()


def test_keys_lost(office: Path) -> None:
    shutil.rmtree(office / "keys")
    said(lotse("due", folder=office), "Schlüssel")
    said(lotse("init", folder=office), "nicht überschrieben")
    assert not (office / "keys").exists()


def test_keys_that_others_can_read(office: Path) -> None:
    (office / "keys").chmod(0o755)
    said(lotse("due", folder=office), "chmod 700")
    (office / "keys").chmod(0o700)
    (office / "keys" / "kek-1.key").chmod(0o440)
    said(lotse("due", folder=office), "chmod 400")


def test_keys_of_another_store(office: Path, tmp_path: Path) -> None:
    assert lotse("init", folder=tmp_path / "other").code == 0
    shutil.rmtree(office / "keys")
    shutil.copytree(tmp_path / "other" / "keys", office / "keys")
    ended = lotse("case", "show", "FH-2026-0001", folder=office)
    assert ended.code == 1
    assert is_a_sentence(ended.err)
    assert lotse("audit", "verify", folder=office).code == 1


@pytest.mark.parametrize(
    "content", [b"Das ist keine Datenbank.\n" * 400, b"SQLite format 3\0" + b"\xff" * 4080]
)
def test_a_file_that_is_no_database(office: Path, content: bytes) -> None:
    (office / "data" / "lotse.db").write_bytes(content)
    said(lotse("due", folder=office), "Datenbank")
    assert (office / "data" / "lotse.db").read_bytes() == content


def test_an_empty_file_where_a_database_was(office: Path) -> None:
    """The notary remembers that there was a log: this is a loss, not a beginning."""
    (office / "data" / "lotse.db").write_bytes(b"")
    said(lotse("due", folder=office), "Die Datenbank fehlt")


def test_a_database_of_a_newer_program(office: Path) -> None:
    with sqlite3.connect(office / "data" / "lotse.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    said(lotse("due", folder=office), "neuer")


def test_a_notary_lost_or_damaged(office: Path) -> None:
    akte = office / "keys" / "notary.json"
    akte.write_bytes(akte.read_bytes().replace(b'"size": ', b'"size": 1'))
    ended = lotse("audit", "verify", folder=office)
    assert ended.code == 1
    assert "Notar" in ended.err
    akte.unlink()
    ended = lotse("audit", "verify", folder=office)
    assert ended.code == 1
    assert "Notar" in ended.err


def limited(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.parametrize("room", [0, 40_000])
def test_a_full_disk(tmp_path: Path, room: int) -> None:
    """Nothing half: with room again the list comes in whole."""
    folder = tmp_path / "office"
    assert lotse("init", folder=folder).code == 0
    size = (folder / "data" / "lotse.db").stat().st_size + room
    path = tmp_path / "liste.csv"
    write_big_list(path, 210)
    words = ("import", str(path), "--at", LIST_DAY)
    ended = lotse(*words, folder=folder, before=lambda: limited(size))
    assert ended.code == 1
    assert is_a_sentence(ended.err)
    assert "Daten" in ended.err
    assert not end_state(folder).cases
    verified(folder)
    assert lotse(*words, folder=folder).code == 0
    verified(folder)


def test_a_full_disk_from_the_beginning(tmp_path: Path) -> None:
    ended = lotse(*IMPORT, folder=tmp_path, before=lambda: limited(20_000))
    assert ended.code == 1
    assert is_a_sentence(ended.err)
    assert lotse(*IMPORT, folder=tmp_path).code == 0


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "data").write_bytes(b"")
    said(lotse("init", folder=tmp_path), "")


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_without_the_right_to_write(office: Path) -> None:
    (office / "data").chmod(0o500)
    (office / "data" / "lotse.db").chmod(0o400)
    ended = lotse(*IMPORT, folder=office)
    (office / "data").chmod(0o700)
    assert ended.code == 1
    assert is_a_sentence(ended.err)


def test_interrupted_in_the_middle(tmp_path: Path) -> None:
    """Ctrl-C ends with 130; what was committed stays, what was not is not there, and the log is whole."""
    path = tmp_path / "liste.csv"
    write_big_list(path, 20_000)
    folder = tmp_path / "office"
    assert lotse("init", folder=folder).code == 0
    process = started("import", str(path), "--at", LIST_DAY, folder=folder)
    database = folder / "data" / "lotse.db"
    before = database.stat().st_size
    while database.stat().st_size == before and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Abgebrochen" in err.decode()
    assert b"Traceback" not in err
    verified(folder)
    assert sum(end_state(folder).rows.values()) > 0


def test_a_pipe_that_nobody_reads(office: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = started("case", "list", folder=office, stdout=writing)
    os.close(writing)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 141
    assert b"Traceback" not in err


def test_without_any_standard_streams(office: Path) -> None:
    """Started by a program that closed stdin: as without a terminal."""

    def close_stdin() -> None:
        os.close(0)

    ended = lotse("due", "--at", LIST_DAY, folder=office, before=close_stdin)
    assert ended.code == 0, ended.err
    assert "FH-2026-" in ended.out


@pytest.mark.parametrize("speaks", [{"LANG": "C"}, {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0"}])
def test_a_system_that_speaks_no_german(office: Path, speaks: dict[str, str]) -> None:
    """Umlauts that cannot be shown never end the program."""
    env = surroundings(**speaks, PYTHONCOERCECLOCALE="0")
    for words in (("due", "--at", LIST_DAY), ("case", "show", "FH-2026-0001"), ("case", "find", "Oeztuerk")):
        ended = lotse(*words, folder=office, env=env)
        assert ended.code == 0, ended.err
        assert b"FH-2026-" in ended.raw_out
    assert lotse("--help", env=env).code == 0


def test_a_narrow_terminal_without_colours(office: Path) -> None:
    """Forty columns on a real terminal: no line is longer, and NO_COLOR leaves no sign of colour."""
    env = surroundings(NO_COLOR="1", COLUMNS=None, TERM="xterm")
    place = f"stty cols 40; exec {Path(sys.executable).with_name('lotse')} due --at {LIST_DAY} --dir {office}"
    done = subprocess.run(
        ["script", "--quiet", "--return", "--command", place, "/dev/null"],
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0
    text = done.stdout.decode()
    assert "\x1b[" not in text
    assert max(len(line) for line in text.splitlines()) <= 40
