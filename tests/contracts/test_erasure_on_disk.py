"""Erasing on SQLite: what is changed by hand lets nothing through, a race has one winner, all of it goes or nothing."""

import shutil
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import event

from adapters.db.connect import connect
from adapters.db.store import Store
from adapters.db.work import SqlWork
from adapters.erasures import scrub
from audit.errors import KeyDestroyed, UnreadableBody
from states.vocabulary import Command, State
from tests.contracts.erasing import DPO, approve, ask, clerk, erase, hold, release, withdraw
from tests.contracts.test_all_or_nothing import DiskFullError, statements
from tests.people import SUPERVISOR, WORKER
from tests.world import World
from workflow import clerk as acts
from workflow.erasure import CaseErasedError, Ground
from workflow.errors import ConflictError, RefusedError
from workflow.ports import RetentionWork


@pytest.fixture
def world(on_disk: World) -> World:
    """An office on disk with somebody for data protection, and a folder for the keys."""
    on_disk.put(DPO)
    assert on_disk.folder is not None
    (on_disk.folder / "keys").mkdir()
    return on_disk


def database(world: World) -> Path:
    assert world.folder is not None
    return world.folder / "lotse.db"


def by_hand(world: World, statement: str, *values: object) -> None:
    """Change the tables as somebody with the file does."""
    with closing(sqlite3.connect(database(world))) as connection, connection:
        connection.execute(statement, values)


def rows(world: World, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(database(world))) as connection:
        return list(connection.execute(query))


# Changed by hand.


def test_a_hold_deleted_by_hand_lets_no_erasure_through(world: World) -> None:
    """The log itself is read on approval; the hold can still be released, and then it goes."""
    case = world.a_case_in(State.CLOSED)
    ask(world, case)
    hold(world, case)
    by_hand(world, "DELETE FROM legal_holds")
    with pytest.raises(RefusedError) as refused:
        approve(world, case)
    assert refused.value.blocked.code == "altered"
    release(world, case)
    approve(world, case)
    world.verify()


def test_a_hold_put_back_by_hand_after_its_release_is_noticed(world: World) -> None:
    case = world.a_case_in(State.CLOSED)
    hold(world, case)
    kept = rows(world, "SELECT * FROM legal_holds")[0]
    release(world, case)
    by_hand(world, "INSERT INTO legal_holds VALUES (?, ?, ?, ?, ?, ?)", *kept)
    with pytest.raises(RefusedError) as refused:
        ask(world, case)
    assert refused.value.blocked.code == "altered"


@pytest.mark.parametrize("column", ["ground", "requested_by", "requested_at", "mac", "case_id"])
def test_a_request_changed_by_hand_is_none(world: World, column: str) -> None:
    """As if somebody else had asked, for another reason, at another time, for another case."""
    case, other = world.a_case_in(State.CLOSED), world.a_case_in(State.CLOSED)
    ask(world, case, SUPERVISOR)
    values = {
        "ground": "retention", "requested_by": WORKER.id, "requested_at": 1, "mac": bytes(32), "case_id": other.id,
    }  # fmt: skip
    by_hand(world, f"UPDATE erasure_requests SET {column} = ?", values[column])  # noqa: S608 - a column named above
    target = other if column == "case_id" else case
    with pytest.raises(UnreadableBody, match="von Hand verändert"):
        approve(world, target, DPO)
    assert len(world.cases()) == 2


def test_a_request_withdrawn_and_put_back_by_hand_is_not_approved(world: World) -> None:
    """Its authentication is right, but the log says that it was taken back."""
    case = world.a_case_in(State.CLOSED)
    ask(world, case, DPO)
    kept = rows(world, "SELECT * FROM erasure_requests")[0]
    by_hand(world, "DELETE FROM erasure_requests")
    with pytest.raises(RefusedError, match="keine Löschung beantragt"):
        approve(world, case)
    ask(world, case, DPO)
    withdraw(world, case, DPO)
    by_hand(world, "INSERT INTO erasure_requests VALUES (?, ?, ?, ?, ?, ?)", *kept)
    with pytest.raises(RefusedError) as refused:
        approve(world, case)
    assert refused.value.blocked.code == "altered"


@pytest.mark.parametrize("column", ["held_by", "held_at", "sealed", "mac"])
def test_a_hold_changed_by_hand_is_noticed(world: World, column: str) -> None:
    case = world.a_case_in(State.CLOSED)
    hold(world, case)
    value = {"held_by": "niemand", "held_at": 1, "sealed": bytes(300), "mac": bytes(32)}[column]
    by_hand(world, f"UPDATE legal_holds SET {column} = ?", value)  # noqa: S608 - a column named above
    with pytest.raises(UnreadableBody, match="von Hand verändert"):
        ask(world, case)


def test_a_content_that_the_index_does_not_name_is_erased_too(world: World) -> None:
    """Somebody takes the case's lines out of the index, so that its contents survive: they go by their key."""
    case = world.a_case_in(State.CLOSED)
    ask(world, case, DPO)
    by_hand(world, "DELETE FROM log_index WHERE case_id = ? AND seq < 6", case.id)
    approve(world, case)
    assert not rows(world, "SELECT seq FROM log_contents WHERE seq < 20")


# Races.


def test_a_step_and_an_erasure_of_one_case_at_once_have_one_winner(world: World) -> None:
    """Whoever comes second is told so: the step finds nothing, or the erasure an open case."""
    store = world.store
    assert isinstance(store, Store)
    outcomes = set()
    for _ in range(6):
        case = world.a_case_in(State.CLOSED)
        ask(world, case, DPO)
        request = world.request(case, Command.REOPEN, SUPERVISOR)
        ends: dict[str, str] = {}
        barrier = threading.Barrier(2)

        def run(
            name: str, deed: Callable[[], object], ends: dict[str, str], start: threading.Barrier
        ) -> None:
            start.wait()
            try:
                deed()
                ends[name] = "done"
            except (RefusedError, CaseErasedError) as lost:
                ends[name] = type(lost).__name__

        deeds = {"step": partial(world.submit, request), "erase": partial(approve, world, case)}
        threads = [
            threading.Thread(target=run, args=(name, deed, ends, barrier)) for name, deed in deeds.items()
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert ends in (
            {"step": "done", "erase": "RefusedError"},
            {"step": "CaseErasedError", "erase": "done"},
        )
        outcomes.add(ends["erase"])
    world.verify()
    assert outcomes


def test_a_key_renewed_meanwhile_is_a_conflict_and_nothing_is_half_erased(world: World) -> None:
    """The plan was made with the key as it was wrapped then."""
    case = world.a_case_in(State.CLOSED)
    ask(world, case, DPO)
    with world.work() as work:
        acts.approve(work, clerk(world, SUPERVISOR), case.id)
        assert isinstance(work, SqlWork)
        work.beside[0].exec_driver_sql("UPDATE cases SET kek_version = 2")
        with pytest.raises(ConflictError, match="erneuert"):
            work.commit()
    assert world.case(case) == case
    world.verify()


# Old copies.


def test_an_old_copy_opens_until_its_master_key_version_is_destroyed_and_never_after(
    world: World, tmp_path: Path
) -> None:
    case, other = world.a_case_in(State.CLOSED), world.a_case_in(State.CLOSED)
    copy = tmp_path / "alt.db"
    shutil.copyfile(database(world), copy)
    shredded = erase(world, case)
    old = Store.open(connect(copy), world.provider, world.millis)
    with old.work(reading=True) as work:
        assert work.family(case.id).surname == "Musterfrau"
        assert work.shreddable(case.id) == shredded
    world.provider.add_version()
    world.provider.destroy_version(shredded.kek_version)
    again = Store.open(connect(copy), world.provider, world.millis)
    for number in (case.id, other.id):
        with again.work(reading=True) as work, pytest.raises(KeyDestroyed):
            work.case(number)
    for store in (old, again):
        store.engine.dispose()


def test_a_database_that_others_read_is_written_anew_later(world: World) -> None:
    """Somebody reads on; the erasure stands, and that the file was not written anew is said."""
    case = world.a_case_in(State.CLOSED)
    ask(world, case, DPO)
    with closing(sqlite3.connect(database(world))) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM cases").fetchone()
        world.engine.dispose()
        quick = connect(database(world))
        event.listen(quick, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout=50"))
        impatient = Store.open(quick, world.provider, world.millis)
        assert not scrub(impatient)
        reader.execute("COMMIT")
        assert scrub(impatient)
        quick.dispose()
    approve(world, case)
    world.verify()


def test_whatever_statement_of_an_erasure_fails_nothing_was_and_it_can_be_made_again(world: World) -> None:
    """A case and a year at once: the disk is full at every single statement, the COMMIT included."""
    case = world.a_case_in(State.CLOSED)
    world.lotse.record("access", {"action": "open", "actor": WORKER.id, "case": case.id}, case.id)
    world.go_to("2030-01-01 12:00")
    ask(world, case, DPO)
    ask(world, "access/2026/0", DPO, Ground.ACCESS_LOG)

    def both(work: RetentionWork) -> None:
        acts.approve(work, clerk(world, SUPERVISOR), case.id)
        acts.approve(work, clerk(world, SUPERVISOR), "access/2026/0")

    before, failed = _dumped(world), []
    for number in range(200):
        with statements(world, fails_at=number) as seen:
            try:
                acts.submit_erasure(both, world.work)
            except DiskFullError:
                failed.append(seen[number].split()[0])
            else:
                break
        assert _dumped(world) == before
    assert {"SELECT", "INSERT", "UPDATE", "DELETE", "COMMIT"} <= set(failed)
    assert failed.count("DELETE") > 6
    assert world.cases() == []
    world.verify()


def _dumped(world: World) -> list[str]:
    with closing(sqlite3.connect(database(world))) as connection:
        return list(connection.iterdump())
