"""Erasing on SQLite: what is changed by hand lets nothing through, a race has one winner, old copies, `erasures.json`."""

import json
import shutil
import sqlite3
import stat
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
from adapters.erasures import Erased, ErasuresDamaged, bring_up_to_date, erase_again, scrub
from audit.errors import KeyDestroyed, UnreadableBody
from states.vocabulary import Command, State
from tests.contracts.erasing import DPO, approve, ask, clerk, erase, hold, release, withdraw
from tests.people import SUPERVISOR, WORKER
from tests.world import World
from workflow import clerk as acts
from workflow.erasure import CaseErasedError, Ground
from workflow.errors import ConflictError, RefusedError


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


# What is remembered outside the database.


def test_the_list_of_erasures_grows_with_the_log_and_only_ever_grows(world: World) -> None:
    lotse = world.lotse
    path = lotse.settings.erasures
    assert bring_up_to_date(lotse).erased == ()
    shredded = erase(world, world.a_case_in(State.CLOSED))
    listed = bring_up_to_date(lotse)
    assert [(each.target, each.key_id) for each in listed.erased] == [(shredded.target, shredded.key_id)]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    said = json.loads(path.read_bytes())
    assert said == {
        "origin": world.store.origin,
        "size": world.size,
        "erased": [
            {
                "case": shredded.target,
                "key_id": shredded.key_id,
                "kek_version": 1,
                "at": world.now.isoformat(),
            }
        ],
    }
    before = path.stat().st_mtime_ns, path.read_bytes()
    assert bring_up_to_date(lotse) == listed
    assert (path.stat().st_mtime_ns, path.read_bytes()) == before
    second = erase(world, world.a_case_in(State.CLOSED))
    assert [each.target for each in bring_up_to_date(lotse).erased] == [shredded.target, second.target]
    whole = path.read_bytes()
    path.unlink()
    bring_up_to_date(lotse)
    assert path.read_bytes() == whole


def test_a_list_from_a_longer_log_or_another_one_keeps_its_lines(world: World) -> None:
    """After a roll-back the database knows less than the list; nothing is forgotten for that."""
    lotse = world.lotse
    erase(world, world.a_case_in(State.CLOSED))
    listed = bring_up_to_date(lotse)
    path = lotse.settings.erasures
    for change in ({"size": 10_000}, {"origin": "lotse/anders/1"}):
        path.write_bytes(_as_written({**json.loads(path.read_bytes()), **change}))
        after = bring_up_to_date(lotse)
        assert after.erased == listed.erased
        assert (after.origin, after.size) == (world.store.origin, world.size)


def _as_written(content: dict[str, object]) -> bytes:
    return (json.dumps(content, indent=2) + "\n").encode()


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b'{"origin": 1}', b"\xff", b'{"origin":"x","size":0,"erased":[{}]}']
)
def test_a_damaged_list_is_an_error_and_is_not_begun_anew(world: World, content: bytes) -> None:
    path = world.lotse.settings.erasures
    path.write_bytes(content)
    with pytest.raises(ErasuresDamaged, match="Nächster Schritt"):
        bring_up_to_date(world.lotse)
    assert path.read_bytes() == content


def test_what_a_restored_copy_brings_back_is_erased_again_in_one_transaction(
    world: World, tmp_path: Path
) -> None:
    """Two cases and a year; the master key they were wrapped with is gone, which hinders nothing."""
    cases = [world.a_case_in(State.CLOSED) for _ in range(3)]
    looked = world.lotse
    looked.record("access", {"action": "open", "actor": WORKER.id, "case": cases[2].id}, cases[2].id)
    world.go_to("2030-01-01 12:00")
    copy = tmp_path / "alt.db"
    shutil.copyfile(database(world), copy)
    for case in cases[:2]:
        erase(world, case)
    erase(world, "access/2026/0", Ground.ACCESS_LOG)
    listed = bring_up_to_date(world.lotse).erased
    assert len(listed) == 3
    never = Erased("f" * 32, "0" * 64, 1, world.now.isoformat())
    other_key = Erased(cases[2].id, "0" * 64, 1, world.now.isoformat())
    restored = Store.open(connect(copy), world.provider, world.millis)
    done = erase_again(
        restored, (*listed, never, other_key), actor=SUPERVISOR.id, requested_by=DPO.id, at=world.now
    )
    assert [each.target for each in done] == [each.target for each in listed]
    assert not erase_again(restored, listed, actor=SUPERVISOR.id, requested_by=DPO.id, at=world.now)
    world.engine.dispose()
    world.store, world.engine = restored, restored.engine
    told = [entry.a for entry in world.entries() if entry.a.get("action") == "erased"]
    assert [each["ground"] for each in told] == ["again"] * 3
    assert {(each["actor"], each["requested_by"]) for each in told} == {(SUPERVISOR.id, DPO.id)}
    assert [case.id for case in world.cases()] == [cases[2].id]
    world.verify()


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
