"""The notary as a process of its own: it cannot write, signs what continues, halts loudly, and survives everything else.

Databases are rolled back, emptied, locked and taken away under it; it is killed at every statement and file it touches.
"""

import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from adapters.bootstrap import open_lotse
from adapters.db.readonly import connect_reading
from adapters.lotse import Lotse
from adapters.settings import Settings
from audit.checkpoint import open_checkpoint
from audit.notary import State
from audit.notary_file import NotaryFile
from tests.cli.program import Answer, fine
from tests.cli.program import lotse as here
from tests.cli.running import Running
from tests.cli.running import running as program
from tests.system.program import ROOT, is_a_sentence, surroundings

HALTED = "ACHTUNG: Das Protokoll wird nicht mehr unterschrieben."


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A town's store with Leitung and Datenschutz, to be copied."""
    folder = tmp_path_factory.mktemp("haus") / "haus"
    fine("init", "--dir", folder)
    fine("user", "add", "okafor", "Frau Okafor", "--role", "supervisor", "--dir", folder)
    fine("user", "add", "vogt", "Herr Vogt", "--role", "dpo", "--as", "okafor", "--dir", folder)
    return folder


@pytest.fixture
def house(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "haus")
    return tmp_path / "haus"


def settings(house: Path) -> Settings:
    return Settings(data=house / "data", keys=house / "keys", exports=house)


def database(house: Path) -> Path:
    return house / "data" / "lotse.db"


def state(house: Path) -> State:
    return NotaryFile(house / "keys" / "notary.json").load()


@contextmanager
def at_work(house: Path) -> Iterator[Lotse]:
    lotse = open_lotse(settings(house))
    try:
        yield lotse
    finally:
        lotse.store.engine.dispose()


def write(house: Path, entries: int = 1) -> int:
    """Entries that no command signs, as a process writes them that is cut off; the size of the log then."""
    with at_work(house) as lotse:
        for _ in range(entries):
            lotse.record("access", {"action": "list", "actor": "fachkraft", "count": 0})
        with lotse.store.log_reader() as reader:
            head = reader.head()
    assert head is not None
    return head.size


@contextmanager
def running(house: Path) -> Iterator[Running]:
    """A notary at work in a process of its own."""
    with program("notary", place=house) as notary:
        notary.says("Der Notar arbeitet.")
        yield notary


def roll_back(house: Path, older: Path) -> None:
    """Put an older copy in the place of the database, as somebody with rights to the file would."""
    shutil.copyfile(older, house / "data" / "older")
    (house / "data" / "older").replace(database(house))


# It cannot write.


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE log_head SET size = 0",
        "DELETE FROM log",
        "INSERT INTO counters VALUES ('x', 'y', 1)",
        "DROP TABLE log",
        "CREATE TABLE other (x)",
        "PRAGMA user_version = 7",
        "VACUUM",
        "REINDEX",
    ],
)
def test_its_connection_writes_nothing_whatever_is_tried(house: Path, statement: str) -> None:
    before = database(house).read_bytes()
    for unlocked in ("", "PRAGMA query_only=OFF"):
        raw = connect_reading(database(house)).raw_connection()
        driver: Any = raw.driver_connection
        driver.execute(unlocked)
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            driver.execute(statement)
        raw.close()
    assert database(house).read_bytes() == before


def test_the_operating_system_knows_its_file_as_opened_for_reading_only(house: Path) -> None:
    engine = connect_reading(database(house))
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM log").scalar()
        flags = []
        for handle in Path("/proc/self/fd").iterdir():
            if handle.exists() and handle.readlink() == database(house):
                told = (Path("/proc/self/fdinfo") / handle.name).read_text()
                flags.append(int(told.split("flags:")[1].split()[0], 8) & os.O_ACCMODE)
        assert flags
        assert set(flags) == {os.O_RDONLY}


def test_no_database_is_made_where_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(OperationalError), connect_reading(tmp_path / "lotse.db").connect():
        pass
    assert list(tmp_path.iterdir()) == []


# It signs.


def test_it_signs_each_second_what_others_wrote_and_ends_cleanly(house: Path) -> None:
    with running(house) as notary:
        for _ in range(2):
            size = write(house, 3)
            notary.wait_for(lambda size=size: state(house).size == size)
        assert notary.stop() == 0
        assert notary.said[-1] == "Der Notar hat seine Arbeit beendet."
    with at_work(house) as lotse:
        note = (house / "keys" / "checkpoint").read_bytes()
        assert note == state(house).note
        assert open_checkpoint(note, lotse.verifier, alone=True).size == size
    fine("audit", "verify", "--replay", "--dir", house)


def test_ctrl_c_ends_it_as_cleanly(house: Path) -> None:
    with running(house) as notary:
        assert notary.stop(signal.SIGINT) == 0


def test_beside_commands_that_sign_at_their_end_no_signature_is_lost_or_contradicts(house: Path) -> None:
    """Notary, another notary, and processes that write and sign: all notes are of one log."""
    notes: list[bytes] = []
    with running(house) as one, running(house) as other:
        writers = [
            subprocess.Popen(
                [sys.executable, "-c", _WRITES, str(house)],
                env=surroundings(),
                stdout=subprocess.PIPE,
                cwd=ROOT,
            )
            for _ in range(2)
        ]
        for writer in writers:
            out, _ = writer.communicate(timeout=60)
            assert writer.returncode == 0
            notes += [note.encode() for note in json.loads(out)]
        with at_work(house) as lotse, lotse.store.log_reader() as reader:
            head = reader.head()
        assert head is not None
        one.wait_for(lambda: state(house).size == head.size)
        assert (one.stop(), other.stop()) == (0, 0)
    assert len(notes) == 24
    with at_work(house) as lotse:
        checkpoints = {open_checkpoint(note, lotse.verifier, alone=True) for note in notes}
    by_size = {checkpoint.size: checkpoint.root for checkpoint in checkpoints}
    assert len(by_size) == len(checkpoints)
    kept = []
    for place, note in enumerate(notes[::5]):
        (house / f"{place}.txt").write_bytes(note)
        kept += ["--checkpoint", house / f"{place}.txt"]
    fine("audit", "verify", *kept, "--dir", house)


_WRITES = """
import json, sys
from pathlib import Path
from typing import Any
from adapters.bootstrap import open_lotse
from adapters.settings import Settings
house = Path(sys.argv[1])
lotse = open_lotse(Settings(data=house / "data", keys=house / "keys", exports=house))
notes = []
for _ in range(12):
    lotse.record("access", {"action": "list", "actor": "fachkraft", "count": 0})
    notes.append(lotse.countersign().decode())
print(json.dumps(notes))
"""


# It halts, and a person lets it go on.


def test_a_database_rolled_back_halts_it_until_a_person_answers_for_the_real_one(
    house: Path, tmp_path: Path
) -> None:
    older = tmp_path / "older.db"
    shutil.copyfile(database(house), older)
    with running(house) as notary:
        size = write(house, 2)
        notary.wait_for(lambda: state(house).size == size)
        shutil.copyfile(database(house), tmp_path / "real.db")
        roll_back(house, older)
        assert notary.ended() == 1
    assert notary.said[-1].startswith(
        f"{HALTED} Der Notar hat angehalten: Das Protokoll hat {size - 2} Einträge"
    )
    assert "Nächster Schritt: lotse audit verify." in notary.said[-1]
    assert refused_to_start(house)
    assert refused_to_go_on(house, "okafor").err.startswith("PROTOKOLL VERÄNDERT. ")

    roll_back(house, tmp_path / "real.db")
    assert refused_to_start(house), "all is well again, but nobody has said so"
    assert refused_to_go_on(house, None).code == 4
    assert refused_to_go_on(house, "okafor", reason=" ").code == 2
    answer = fine("notary", "resume", "--as", "vogt", "--reason", "Echte Datenbank zurück", "--dir", house)
    assert answer.out == "Das Protokoll stimmt. Der Notar arbeitet weiter.\n"
    fine("notary", "--once", "--dir", house)
    log = fine("audit", "show", "--as", "vogt", "--reason", "Probe", "--json", "--dir", house).json
    resumed = [entry for entry in log if entry["action"] == "notary_resumed"]
    assert [(entry["actor"], entry["outcome"]) for entry in resumed] == [
        ("vogt", "done"),
        ("fachkraft", "refused"),
    ]
    assert resumed[0]["purpose"] == "Echte Datenbank zurück"
    assert state(house).halted is None


def refused_to_start(house: Path) -> bool:
    for words in (("notary",), ("notary", "--once")):
        ended = here(*words, "--dir", house)
        assert (ended.code, ended.out) == (1, "")
        assert HALTED in ended.err
        assert is_a_sentence(ended.err)
    status = here("notary", "status", "--json", "--dir", house)
    return status.code == 1 and bool(status.json["halted"])


def refused_to_go_on(house: Path, user: str | None, reason: str = "Probe") -> Answer:
    who = ("--as", user) if user else ()
    answer = here("notary", "resume", *who, "--reason", reason, "--dir", house)
    assert answer.out == ""
    assert state(house).halted
    return answer


HARMED: dict[str, tuple[str, ...]] = {
    "an entry without its seal": (
        "UPDATE log SET mac = zeroblob(32) WHERE seq = (SELECT max(seq) FROM log)",
    ),
    "the newest entry gone": ("DELETE FROM log WHERE seq = (SELECT max(seq) FROM log)",),
    "a head that lies": ("UPDATE log_head SET last_time_ms = 5",),
    "no head": ("DELETE FROM log_head",),
    "no tenant": ("DELETE FROM tenants",),
    "no log": ("DROP TABLE log",),
    "nothing": ("DROP TABLE tenants", "DROP TABLE log_head", "DROP TABLE log", "DROP TABLE alembic_version"),
    "another tenant beside": (
        "INSERT INTO log_head SELECT 'zz', origin, size, frontier, last_time_ms FROM log_head",
    ),
}


@pytest.mark.parametrize("harm", HARMED)
def test_whatever_was_done_to_the_log_halts_it_for_good(house: Path, tmp_path: Path, harm: str) -> None:
    write(house)
    shutil.copyfile(database(house), tmp_path / "real.db")
    with sqlite3.connect(database(house)) as connection:
        for statement in HARMED[harm]:
            connection.execute(statement)
    connection.close()
    before = state(house)
    assert here("notary", "--once", "--dir", house).code == 1
    assert state(house).halted
    assert (state(house).size, state(house).note) == (before.size, before.note)
    roll_back(house, tmp_path / "real.db")
    assert here("notary", "--once", "--dir", house).code == 1


def test_an_empty_file_in_its_place_halts_it_too(house: Path) -> None:
    database(house).write_bytes(b"")
    assert here("notary", "--once", "--dir", house).code == 1
    assert state(house).halted == "In der Datenbank steht kein Protokoll mehr."


def test_without_its_own_file_or_with_a_damaged_one_it_does_not_begin(house: Path) -> None:
    file = house / "keys" / "notary.json"
    whole = file.read_bytes()
    file.write_bytes(whole[:-9])
    assert "beschädigt" in here("notary", "--dir", house).err
    file.unlink()
    ended = here("notary", "--dir", house)
    assert (ended.code, "fehlt" in ended.err) == (1, True)
    assert not file.exists()


# It waits.


def test_a_database_that_is_away_for_a_moment_is_waited_for(house: Path) -> None:
    with running(house) as notary:
        size = write(house)
        notary.wait_for(lambda: state(house).size == size)
        away = database(house).rename(house / "data" / "away.db")
        notary.says("Diese Datei gibt es nicht.")
        away.rename(database(house))
        notary.says("Notar: geht wieder.")
        size = write(house)
        notary.wait_for(lambda: state(house).size == size)
        assert notary.stop() == 0


def test_a_database_that_somebody_holds_is_waited_for(house: Path) -> None:
    with running(house) as notary:
        size = write(house)
        holder = sqlite3.connect(database(house), isolation_level=None)
        holder.execute("BEGIN EXCLUSIVE")
        notary.says("von einem anderen Programm belegt")
        holder.execute("ROLLBACK")
        holder.close()
        notary.wait_for(lambda: state(house).size == size)
        notary.says("Notar: geht wieder.")
        assert notary.stop() == 0


def test_where_its_file_cannot_be_written_it_waits_and_signs_later(house: Path) -> None:
    """No room for the state is no signature; the limit stands for a full disk."""
    with running(house) as notary:
        unlimited = resource.prlimit(notary.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(notary.process.pid, resource.RLIMIT_FSIZE, (0, unlimited[1]))
        before = state(house)
        size = write(house)
        notary.says("Notar: Das Betriebssystem meldet einen Fehler")
        assert state(house) == before
        resource.prlimit(notary.process.pid, resource.RLIMIT_FSIZE, unlimited)
        notary.wait_for(lambda: state(house).size == size)
        assert notary.stop() == 0
    left = {path.name for path in (house / "keys").iterdir()}
    assert left == {"checkpoint", "kek-1.key", "notary.json", "notary.json.lock", "signing.key"}


def test_a_real_database_put_back_as_another_file_is_seen_at_once(house: Path, tmp_path: Path) -> None:
    with running(house) as notary:
        write(house)
        shutil.copyfile(database(house), tmp_path / "copy.db")
        roll_back(house, tmp_path / "copy.db")
        size = write(house)
        notary.wait_for(lambda: state(house).size == size)
        assert notary.stop() == 0


def test_a_lawful_restore_while_it_runs_is_followed_without_a_halt(house: Path, tmp_path: Path) -> None:
    backup = tmp_path / "mo.backup"
    fine("backup", "create", backup, "--as", "vogt", "--dir", house)
    with running(house) as notary:
        write(house, 2)
        asked = ("--request", "--as", "fachkraft", "--reason", "Probe")
        fine("backup", "restore", backup, *asked, "--dir", house)
        fine("backup", "restore", backup, "--approve", "--as", "okafor", "--dir", house)
        size = write(house)
        notary.wait_for(lambda: state(house).size == size)
        assert state(house).origin.endswith("/2")
        assert notary.stop() == 0
        assert not any("ACHTUNG" in line for line in notary.said)
    fine("audit", "verify", "--replay", "--dir", house)


# It is killed.


def test_killed_here_and_there_it_leaves_a_state_that_is_usable(house: Path, tmp_path: Path) -> None:
    survived(house, tmp_path, 4)


@pytest.mark.campaign
def test_killed_at_any_statement_and_file_it_leaves_a_state_that_is_usable(
    house: Path, tmp_path: Path
) -> None:
    survived(house, tmp_path, 1)


def survived(house: Path, base: Path, step: int) -> None:
    """Kill it at every so many-th event, and let the next one go on."""
    size = write(house, 3)
    moments = range(1, killed(base, house, range(1))["0"]["events"] + 1, step)
    assert len(moments) * step > 40
    told = killed(base, house, moments)
    assert all(each["killed"] and each["code"] == 0 for each in told.values())
    for moment in moments:
        after = state(base / str(moment))
        assert after.size == size
        assert (base / str(moment) / "keys" / "checkpoint").read_bytes() == after.note
        assert not list((base / str(moment) / "keys").glob(".notary*"))


def killed(base: Path, house: Path, moments: range) -> dict[str, dict[str, int]]:
    for moment in moments:
        shutil.copytree(house, base / str(moment))
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.system.killed_at",
            base,
            ",".join(map(str, moments)),
            "notary",
            "--once",
        ],
        env=surroundings(),
        cwd=ROOT,
        capture_output=True,
        check=True,
        timeout=120,
    )
    told: dict[str, dict[str, int]] = json.loads(done.stderr.splitlines()[-1])
    return told


@pytest.mark.parametrize("seconds", [0.05, 0.9])
def test_killed_in_its_run_the_next_one_goes_on(house: Path, seconds: float) -> None:
    with running(house) as notary:
        size = write(house, 2)
        time.sleep(seconds)
        assert notary.stop(signal.SIGKILL) == -signal.SIGKILL
    assert state(house).size <= size
    assert fine("notary", "--once", "--dir", house).out == f"Unterschrieben: {size} Einträge.\n"
