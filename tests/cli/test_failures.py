"""Whatever goes wrong: one German sentence, the right exit code, never a traceback, never a family's words."""

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.cli import due as due_module
from adapters.cli.failures import failure_of
from tests.cli.program import CLINIC, fine, lotse, program

SECRET = "Familie Geheimname"


def test_of_an_unforeseen_error_only_class_and_place_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError(SECRET)

    monkeypatch.setattr(due_module, "show_items", broken)
    answer = lotse("due")
    assert answer.code == 1
    assert answer.err.splitlines()[-1].startswith(
        "Unerwarteter Fehler, nichts Halbes wurde gespeichert. Bitte melden: KeyError in cli/test_failures.py, Zeile "
    )
    assert SECRET not in answer.err


def test_of_an_error_of_the_database_nothing_is_quoted_either() -> None:
    failure = failure_of(sqlite3.OperationalError(f"near {SECRET}"))
    assert (failure.code, SECRET in failure.sentence) == (1, False)
    assert failure.sentence.startswith("Die Datenbank meldet einen Fehler.")


@pytest.mark.parametrize(
    ("said", "code", "sentence"),
    [
        ("database is locked", 5, "belegt"),
        ("attempt to write a readonly database", 1, "schreibgeschützt"),
        ("database or disk is full", 1, "voll"),
        ("unable to open database file", 1, "nicht öffnen"),
        ("file is not a database", 1, "keine Datenbank von Lotse"),
        ("database disk image is malformed", 1, "Sicherung"),
        ("disk I/O error", 1, "Datenträgers"),
    ],
)
def test_what_the_database_says_is_said_in_german(said: str, code: int, sentence: str) -> None:
    failure = failure_of(sqlite3.OperationalError(said))
    assert failure.code == code
    assert sentence in failure.sentence


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (OSError(28, "No space left on device", "/x"), 1, "/x: Der Datenträger ist voll."),
        (OSError(30, "Read-only file system"), 1, "Der Datenträger ist schreibgeschützt."),
        (PermissionError(13, "Permission denied", "/x"), 1, "/x: Dazu fehlen die Rechte."),
        (FileNotFoundError(2, "No such file", "/x"), 3, "/x: Diese Datei gibt es nicht."),
        (OSError(71, "Protocol error"), 1, "Das Betriebssystem meldet einen Fehler (Nr. 71)."),
    ],
)
def test_what_the_system_says_is_said_in_german(error: OSError, code: int, sentence: str) -> None:
    assert (failure_of(error).code, failure_of(error).sentence) == (code, sentence)


def test_a_file_that_is_no_database_is_named_as_such(office: Path) -> None:
    (office / "data" / "lotse.db").write_bytes(b"nichts als Text" * 1000)
    answer = lotse("due")
    assert (answer.code, answer.err) == (1, "Die Datenbank ist beschädigt oder keine Datenbank von Lotse.\n")


def test_a_database_without_its_keys_is_said_and_no_new_keys_are_made(office: Path) -> None:
    (office / "keys").rename(office / "weg")
    answer = lotse("due")
    assert answer.code == 1
    assert "Schlüssel" in answer.err
    assert not (office / "keys").exists()


def test_keys_that_others_can_read_are_refused_with_the_remedy(office: Path) -> None:
    (office / "keys").chmod(0o755)
    answer = lotse("due")
    assert (answer.code, "chmod 700" in answer.err) == (1, True)


def test_a_full_disk_is_said_and_leaves_the_store_as_it_was(office: Path) -> None:
    script = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (180_000, 180_000))\n"
        "from adapters.cli.main import run\n"
        f"sys.exit(run(['import', {str(CLINIC)!r}, '--at', '2026-11-17']))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("Die Datenbank"), done.stderr
    assert "Traceback" not in done.stderr
    assert fine("case", "list", "--json").json == []
    fine("audit", "verify", "--replay")
    assert office.exists()


def test_whoever_stops_reading_is_not_complained_to(imported: Path) -> None:
    command = f"{sys.executable} -m adapters.cli audit show --as vogt --reason Probe --last 5000 | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""
    assert imported.exists()


def test_ctrl_c_ends_with_130_and_one_line(office: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "meldung.json"
    os.mkfifo(pipe)
    running = subprocess.Popen(
        [sys.executable, "-m", "adapters.cli", "case", "new", "self", "--from", pipe],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with pipe.open("w"):  # opens when the program reads, which then waits
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    assert (running.returncode, out) == (130, "")
    assert err.endswith("Abgebrochen; nichts Halbes wurde gespeichert.\n")
    assert "Traceback" not in err
    assert office.exists()


def test_a_terminal_without_umlauts_crashes_nothing(imported: Path) -> None:
    answer = program("due", "--at", "2026-11-17", PYTHONUTF8="0", PYTHONIOENCODING="ascii", LC_ALL="C")
    assert answer.code == 0
    assert "?berf?llig" in answer.out
    assert imported.exists()


def test_the_program_is_installed_under_its_name() -> None:
    installed = Path(sys.executable).parent / "lotse"
    done = subprocess.run(
        [installed, "deadline", "2026-03-27T17:00", "--land", "NW", "--json"],
        capture_output=True,
        check=False,
    )
    assert done.stdout.startswith(b'{"due": "2026-04-01", "overdue_from": "2026-04-02T00:00:00+02:00"')


@pytest.mark.usefixtures("office")
def test_hostile_input_ends_with_a_sentence(tmp_path: Path) -> None:
    deep = tmp_path / "tief.json"
    deep.write_text("[" * 100_000)
    answer = lotse("case", "new", "self", "--from", deep)
    assert (answer.code, answer.err) == (2, "Was hinter --from steht, ist kein JSON in UTF-8.\n")
    answer = lotse("case", "new", "self", "--set", "surname=Beispiel", "--key", "\udcff")
    assert (answer.code, answer.err) == (2, "Was hinter --key steht, ist kein Text in UTF-8.\n")
