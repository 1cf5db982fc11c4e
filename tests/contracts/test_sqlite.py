"""SQLite as it must be set, and many at once: threads and processes on one file, and nobody's step is lost."""

import sqlite3
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.db import connect as connecting
from adapters.db.connect import connect, journal_mode
from adapters.db.store import Store, StoreError
from states.vocabulary import Command, State
from tests.audit.world import FixedKeys
from tests.people import MIDWIFE, WORKER
from tests.world import World
from workflow.errors import ConflictError
from workflow.office import Office
from workflow.perform import Request, submit

STEPS = 8


def test_every_connection_is_durable_and_checks_its_schema(on_disk: World) -> None:
    """synchronous=FULL is 2: what was acknowledged survives a power cut."""
    expected = {
        "journal_mode": journal_mode(), "synchronous": 2, "secure_delete": 1, "busy_timeout": 20_000, "trusted_schema": 0,
    }  # fmt: skip
    engine = on_disk.engine
    with engine.connect() as one, engine.connect().execution_options(lotse_reads=True) as other:
        for connection in (one, other):
            cursor = connection.connection.cursor()
            found = {name: cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in expected}
            assert found == expected


@pytest.mark.parametrize(
    ("version", "mode"),
    [((3, 45, 1), "truncate"), ((3, 51, 2), "truncate"), ((3, 51, 3), "wal"), ((3, 52, 0), "wal")],
)
def test_the_write_ahead_log_is_used_only_where_the_library_resets_it_rightly(
    monkeypatch: pytest.MonkeyPatch, version: tuple[int, int, int], mode: str
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", version)
    assert journal_mode() == mode


def test_a_writer_has_the_lock_from_its_first_word(on_disk: World) -> None:
    """BEGIN IMMEDIATE: two who would write never both read the same head."""
    assert on_disk.folder is not None
    with closing(sqlite3.connect(on_disk.folder / "lotse.db", timeout=0)) as other:
        locked = pytest.raises(sqlite3.OperationalError, match="locked")
        with on_disk.work(), locked:
            other.execute("BEGIN IMMEDIATE")


def test_a_reader_sees_one_moment_and_holds_up_nobody_for_long(on_disk: World) -> None:
    assert isinstance(on_disk.store, Store)
    case = on_disk.a_referral()
    with on_disk.store.work(reading=True) as reading:
        assert reading.case(case.id) == case
    assert on_disk.do(case, Command.NOTE).version == case.version + 1


def another_program(folder: Path, world: World) -> tuple[Store, Office]:
    """The same store, opened by a program of its own."""
    store = Store.open(connect(folder / "lotse.db"), FixedKeys(), world.millis)
    return store, Office(store.networks, store.current, world.clock, world.new_id)


def test_programs_that_write_at_once_lose_no_step_and_leave_no_gap(on_disk: World) -> None:
    """Four programs write notes on one case and take in referrals of their own."""
    case = on_disk.a_referral()
    folder = on_disk.folder
    assert folder is not None
    referral = on_disk.request(None, Command.RECEIVE_SELF)

    def work(number: int) -> list[str]:
        store, office = another_program(folder, on_disk)
        for step in range(STEPS):
            note = Request(Command.NOTE, WORKER, case.id, details={"text": f"Notiz {step} von {number}"})
            submit(note, store.work, office)
        taken = submit(referral, store.work, office).case.number
        store.engine.dispose()
        return [taken]

    with ThreadPoolExecutor(4) as pool:
        numbers = [number for found in pool.map(work, range(4)) for number in found]
    assert on_disk.case(case).version == case.version + 4 * STEPS
    assert sorted(numbers) == [f"FH-2026-{number:04}" for number in range(2, 6)]
    notes = {entry.b["text"] for entry in on_disk.entries(case) if entry.b and entry.a["action"] == "note"}
    assert notes == {f"Notiz {step} von {number}" for step in range(STEPS) for number in range(4)}
    on_disk.verify()


def test_of_two_who_saw_the_same_version_one_is_told_and_a_withdrawal_always_gets_through(
    on_disk: World,
) -> None:
    """Eight act on one version: one step of the midwife's or none, and the family's no stands in the end."""
    case = on_disk.a_case_in(State.HANDOVER_PROPOSED)
    folder = on_disk.folder
    assert folder is not None
    requests = [
        on_disk.request(case, Command.ACCEPT, MIDWIFE, MIDWIFE, version=case.version),
        on_disk.request(case, Command.WITHDRAW_CONSENT, version=case.version),
        *[on_disk.request(case, Command.NOTE, version=case.version) for _ in range(4)],
    ]

    def act(request: Request) -> str:
        store, office = another_program(folder, on_disk)
        try:
            submit(request, store.work, office)
        except ConflictError:
            return "conflict"
        finally:
            store.engine.dispose()
        return str(request.command)

    with ThreadPoolExecutor(len(requests)) as pool:
        outcomes = list(pool.map(act, requests))
    assert outcomes[1] == Command.WITHDRAW_CONSENT
    assert len([each for each in outcomes if each != "conflict"]) in (1, 2)
    after = on_disk.case(case)
    assert after.state == State.CONSENT_PENDING
    assert "withdrawn" in after.marks
    assert sum(entry.a["outcome"] == "refused" for entry in on_disk.entries()) == outcomes.count("conflict")
    on_disk.verify()


def test_two_processes_write_into_one_store(on_disk: World) -> None:
    """Real processes, with nothing in common but the file: every step is there, and the log is one."""
    case = on_disk.a_referral()
    program = f"""
        from adapters.db.connect import connect
        from adapters.db.store import Store
        from datetime import UTC, datetime
        from pathlib import Path
        from secrets import token_hex
        from tests.audit.world import FixedKeys
        from tests.people import WORKER
        from workflow.office import Office
        from workflow.perform import Request, submit
        at = datetime.fromisoformat("{on_disk.now.isoformat()}")
        store = Store.open(connect(Path("{on_disk.folder}/lotse.db")), FixedKeys(), lambda: int(at.timestamp() * 1000))
        office = Office(store.networks, store.current, lambda: at, lambda: token_hex(16))
        for number in range({STEPS}):
            submit(Request("note", WORKER, "{case.id}", details={{"text": "Notiz"}}), store.work, office)
    """
    running = [
        subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    for process in running:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors.decode()
    assert on_disk.case(case).version == case.version + 2 * STEPS
    on_disk.verify()


def test_a_database_without_a_tenant_is_no_store(tmp_path: Path, on_disk: World) -> None:
    """It says so in German, and what to do."""
    engine = connect(tmp_path / "leer.db")
    connecting.migrate(engine)
    with pytest.raises(StoreError, match="lotse init"):
        Store.open(engine, FixedKeys(), on_disk.millis)
    engine.dispose()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE profiles SET text = replace(text, 'days = 3', 'days = 9')",
        "UPDATE profiles SET mac = zeroblob(32)",
        "DELETE FROM profiles",
    ],
)
def test_a_profile_altered_by_hand_is_not_worked_by(on_disk: World, statement: str) -> None:
    case = on_disk.a_referral()
    assert on_disk.folder is not None
    with sqlite3.connect(on_disk.folder / "lotse.db") as by_hand:
        assert by_hand.execute(statement).rowcount
    by_hand.close()
    on_disk.reopen()
    with pytest.raises(StoreError, match="von Hand verändert"):
        on_disk.do(case, Command.TRIAGE_NO)


def test_another_version_of_a_profile_in_use_needs_another_number(on_disk: World) -> None:
    assert isinstance(on_disk.store, Store)
    profile = on_disk.office.network_now.profile
    altered = profile.text.replace(b"first_contact = { days = 3", b"first_contact = { days = 2")
    assert altered != profile.text
    with pytest.raises(StoreError, match="Version erhöhen"):
        on_disk.store.adopt(replace(profile, text=altered))
    on_disk.store.adopt(profile)
    assert on_disk.store.current == (profile.name, profile.version)
