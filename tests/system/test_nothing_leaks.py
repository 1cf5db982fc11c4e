"""No family's name, telephone number, street or word is found where nobody asked for it.

Searched are all files the program leaves (database, journal kept alive by a kill in the middle of a commit, keys,
notary, export, checkpoints), everything it prints, and what it says when things go wrong. The search itself is shown
to find what is there.
"""

import json
import resource
import shutil
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest

from tests.intake.lists import as_csv, said, saved, table
from tests.system.needles import found_below, found_in, needles, words_of
from tests.system.program import CLINIC_LIST, LIST_DAY, ROOT, Ended, lotse, surroundings

IMPORT = ("import", str(CLINIC_LIST), "--at", LIST_DAY)


@pytest.fixture(scope="module")
def wanted() -> Mapping[bytes, str]:
    words = words_of(CLINIC_LIST)
    assert len(words) > 300
    return needles(words)


@pytest.fixture(scope="module")
def at_work(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Ended]]:
    """An office after the list came in and everything was looked at that shows no family; and what was printed."""
    folder = tmp_path_factory.mktemp("office")
    said_so_far = [lotse(*IMPORT, "--json", folder=folder), lotse(*IMPORT, folder=folder)]
    for words in (
        ("due", "--all", "--json", "--at", LIST_DAY),
        ("case", "list"),
        ("case", "duplicates", "FH-2026-0001"),
        ("case", "steps", "FH-2026-0001"),
        ("case", "why", "FH-2026-0002", "close"),
        ("scheduler", "--once", "--at", LIST_DAY),
        ("audit", "show"),
        ("audit", "verify", "--decrypt", "--replay"),
        ("audit", "export", str(folder / "log"), "--bodies"),
    ):
        said_so_far.append(lotse(*words, folder=folder))
        assert said_so_far[-1].code in (0, 2, 4), (words, said_so_far[-1].err)
    return folder, said_so_far


def test_nothing_in_any_file(at_work: tuple[Path, list[Ended]], wanted: Mapping[bytes, str]) -> None:
    folder, _ = at_work
    assert not found_below(folder, wanted)
    assert (folder / "data" / "lotse.db").stat().st_size > 100_000
    assert len(list((folder / "log").rglob("*"))) > 4


def test_nothing_in_what_was_printed(at_work: tuple[Path, list[Ended]], wanted: Mapping[bytes, str]) -> None:
    _, ends = at_work
    for ended in ends:
        assert not found_in(ended.raw_out + ended.raw_err, wanted)


def test_the_search_finds_what_is_there(tmp_path: Path, wanted: Mapping[bytes, str]) -> None:
    """Planted in each way, inside other bytes, it is found; also by the one who asked to see it."""
    for number, written in enumerate(wanted):
        if number % 50 == 0:
            (tmp_path / "datei").write_bytes(b"\0\xffxy" + written + b"z\0")
            assert wanted[written] in found_below(tmp_path, wanted)["datei"]


def test_who_asks_sees_it(
    at_work: tuple[Path, list[Ended]], wanted: Mapping[bytes, str], tmp_path: Path
) -> None:
    """A case opened, a name searched, the quarantine written: there it stands, in a file only its owner reads."""
    folder, _ = at_work
    shown = lotse("case", "show", "FH-2026-0001", folder=folder)
    assert found_in(shown.raw_out, wanted)
    assert found_in(lotse("case", "find", "Nowak", folder=folder).raw_out, wanted)
    mend = tmp_path / "nachbessern.csv"
    assert lotse(*IMPORT, "--quarantine", str(mend), folder=folder).code == 0
    assert found_below(tmp_path, wanted)
    assert stat.S_IMODE(mend.stat().st_mode) == 0o600


def test_nothing_in_a_journal_left_by_a_kill(tmp_path: Path, wanted: Mapping[bytes, str]) -> None:
    """Killed in the middle of the transaction that writes the rows: the journal still lies beside the database."""
    moments = ",".join(f"-{moment}" for moment in (250, 500, 800))
    subprocess.run(
        [sys.executable, "-m", "tests.system.killed_at", str(tmp_path), moments, *IMPORT],
        env=surroundings(),
        cwd=ROOT,
        capture_output=True,
        check=True,
        timeout=120,
    )
    assert list(tmp_path.glob("*/data/lotse.db-*"))
    assert not found_below(tmp_path, wanted)


def test_nothing_in_the_files_of_the_demonstration(tmp_path: Path) -> None:
    done = lotse("demo", "--once", folder=tmp_path)
    assert done.code == 0, done.err
    words = [
        "Beispiel-Ahorn",
        "Beispiel-Weißdorn",
        "Das Baby schreit viel",
        "Kind dreimal allein",
        "Musterweg 7",
    ]
    words += [f"0221 4710{number:03}" for number in range(40)] + ["+492214710003", "Frau Muster, ASD"]
    secrets = needles(words)
    assert not found_below(tmp_path, secrets)
    assert not found_in(done.raw_out + done.raw_err, secrets)
    cases = json.loads((tmp_path / "faelle.json").read_bytes())
    assert len(cases) >= 40


def unwritable(folder: Path) -> None:
    """The disk is full in the middle of the work."""
    size = (folder / "data" / "lotse.db").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 4096, size + 4096))


def test_nothing_in_what_is_said_when_things_go_wrong(
    at_work: tuple[Path, list[Ended]], tmp_path: Path, wanted: Mapping[bytes, str]
) -> None:
    """A full disk, a broken file, a cell too long, a name where a number belongs, a database of somebody else."""
    folder = Path(shutil.copytree(at_work[0], tmp_path / "office"))
    listed = CLINIC_LIST.read_bytes()
    path = tmp_path / "kaputt.csv"
    ends = []
    for content in (b"\xff\xfe" + listed[:-3], listed.split(b"\n", 1)[1]):
        path.write_bytes(content)
        ends.append(lotse("import", str(path), folder=folder))
    path.write_bytes(listed.replace(b".2026", b".2025"))
    ends.append(
        lotse("import", str(path), "--at", LIST_DAY, folder=folder, before=lambda: unwritable(folder))
    )
    assert [ended.code for ended in ends] == [1, 1, 1]
    long = said(surname="Langname" * 100, concern="Sorge " * 3000)
    ends.append(lotse("import", str(saved(tmp_path, as_csv(table([long])))), folder=folder))
    secret = "Jahnstraße 54"
    for words in (
        ("case", "do", "FH-2026-0001", "note", "--set", f"text={secret}", "--set", f"nirgends={secret}"),
        ("case", "do", "FH-2026-0001", secret),
        ("case", "show", secret),
        ("case", "new", "self", "--set", f"born={secret}"),
        ("due", "--at", secret),
    ):
        ends.append(lotse(*words, folder=folder))
        assert ends[-1].code in (1, 2, 3), words
    with sqlite3.connect(folder / "data" / "lotse.db") as database:
        database.execute("DROP TABLE cases")
    ends.append(lotse("due", folder=folder))
    assert ends[-1].code == 1
    for ended in ends:
        text = ended.raw_out + ended.raw_err
        assert not found_in(text, {**wanted, **needles([secret, "Langname", "Sorge Sorge"])})
        assert b"Traceback" not in text


def test_nothing_in_the_command_line_of_the_running_program(
    tmp_path: Path, wanted: Mapping[bytes, str]
) -> None:
    """What `ps` shows is the path of the list, and nothing that stands in it."""
    process = subprocess.Popen(
        [*_program(tmp_path)], env=surroundings(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    seen = set()
    while process.poll() is None:
        with suppress(OSError):
            seen |= {Path(f"/proc/{process.pid}/{name}").read_bytes() for name in ("cmdline", "comm")}
        time.sleep(0.01)
    assert process.returncode == 0
    whole = b"\n".join(seen)
    assert b"meldungen-klinik.csv" in whole
    assert not found_in(whole, wanted)


def _program(folder: Path) -> list[str]:
    return [str(Path(sys.executable).with_name("lotse")), *IMPORT, "--dir", str(folder)]
