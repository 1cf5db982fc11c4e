"""PostgreSQL below the ports: one writer per tenant, snapshots for readers, nothing seen that could be lost."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from adapters.db import statements as sql
from adapters.db.begin import begun
from adapters.db.place import PostgresPlace
from adapters.db.postgres import LOCK_MS, SESSION, secure
from adapters.db.store import Store
from adapters.lotse import Lotse
from states.vocabulary import Command, Role
from tests import postgres
from tests.people import WORKER
from tests.world import TENANT, World, a_world
from workflow.office import Person
from workflow.ports import Entry

OTHER = "feedfeedfeedfeedfeedfeedfeedfeed"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """An office on PostgreSQL."""
    with a_world("postgres", folder=tmp_path) as world:
        yield world


def test_a_second_writer_of_a_tenant_waits_and_that_of_another_does_not(world: World) -> None:
    """The lock on the log's head is the arbiter, taken before anything is looked at."""
    assert isinstance(world.store, Store)
    with world.store.work() as first, ThreadPoolExecutor(1) as other_thread:
        started = threading.Event()

        def second() -> int:
            started.set()
            with begun(world.engine, TENANT) as connection:
                return int(connection.exec_driver_sql("SELECT size FROM log_head").scalar_one())

        before = first.connection.exec_driver_sql("SELECT size FROM log_head").scalar_one()
        waiting = other_thread.submit(second)
        started.wait()
        with begun(world.engine, OTHER) as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM log_head").scalar() == 0
        with world.store.log_reader() as reader:
            assert reader.head() is not None
        time.sleep(0.1)
        assert not waiting.done()
        first.record(Entry("steps", {"action": "directory", "actor": "system", "outcome": "done"}))
        first.commit()
        assert waiting.result(timeout=10) == before + 1


def test_a_reader_sees_one_moment_and_can_write_nothing(world: World) -> None:
    assert isinstance(world.store, Store)
    with world.store.reading() as connection:
        before = connection.exec_driver_sql("SELECT count(*) FROM cases").scalar()
        world.a_referral()
        assert connection.exec_driver_sql("SELECT count(*) FROM cases").scalar() == before
        with pytest.raises(DBAPIError, match="read-only"):
            connection.exec_driver_sql("DELETE FROM cases")


def test_what_is_seen_is_brought_to_the_disk_before_anybody_signs_for_it(world: World) -> None:
    """Another program of the server commits without waiting for its disk; the barrier makes that good.

    An empty transaction, even one that was given a number, does not: that is why the barrier writes.
    """
    with psycopg.connect(world.lent.url, autocommit=True) as lax:
        lax.execute("SET synchronous_commit = off")
        lax.execute("CREATE TABLE lax (what text)")
        for barrier, good in (("number", False), ("barrier", True)):
            flushed = _behind(lax)
            if barrier == "number":
                with begun(world.engine, "") as connection:
                    connection.exec_driver_sql("SELECT pg_current_xact_id()")
                    connection.commit()
            else:
                secure(world.engine)
            row = lax.execute("SELECT pg_current_wal_flush_lsn() >= %s", [flushed]).fetchone()
            assert row is not None
            assert row[0] or not good
        lax.execute("DROP TABLE lax")


def _behind(lax: "psycopg.Connection[tuple[object, ...]]") -> object:
    """Commit something that the server has not flushed yet; gives where its log then ends."""
    for _ in range(200):
        lax.execute("INSERT INTO lax VALUES ('noch nicht auf der Platte')")
        row = lax.execute("SELECT pg_current_wal_insert_lsn(), pg_current_wal_flush_lsn()").fetchone()
        assert row is not None
        if row[0] != row[1]:
            return row[0]
    raise AssertionError("the server flushes everything at once")


def test_every_connection_bounds_how_long_anything_may_wait(world: World) -> None:
    with begun(world.engine, TENANT) as connection:
        for name, value in SESSION.items():
            assert connection.exec_driver_sql(f"SHOW {name}").scalar()
            told = connection.exec_driver_sql(
                "SELECT setting FROM pg_settings WHERE lower(name) = %s", (name,)
            ).scalar()
            assert told == value
        assert int(SESSION["lock_timeout"]) == LOCK_MS


def test_all_that_writes_begins_with_the_same_lock_so_nobody_meets_a_deadlock(world: World) -> None:
    """Steps, directory, profiles, a rotation of keys and letters at once: all of it comes to be, and the log is whole."""
    lotse = world.lotse
    store = lotse.store
    case = world.a_referral()
    jobs: list[Callable[[], object]] = [
        world.a_referral,
        lambda: lotse.submit(world.request(case, Command.NOTE)),
        lambda: store.put(Person("neu", "Neue Kollegin", frozenset({Role.CASE_WORKER}))),
        lambda: store.adopt(store.networks[store.current].profile),
        lambda: lotse.record("access", {"action": "list", "actor": WORKER.id}),
        lotse.flag_overdue,
    ]
    with ThreadPoolExecutor(6) as pool:
        for each in [pool.submit(jobs[n % len(jobs)]) for n in range(60)]:
            each.result(timeout=60)
    with psycopg.connect(world.lent.url) as server:
        row = server.execute(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        ).fetchone()
    assert row == (0,)
    world.verify()


def test_text_is_as_long_as_its_makers_let_it_be(world: World) -> None:
    """SQLite does not count, so PostgreSQL must not."""
    long = "Ä" * 5000
    world.put(Person("lang", long, frozenset({Role.CASE_WORKER})))
    with world.work() as work:
        assert work.directory.persons["lang"].name == long


def test_a_place_shows_no_password(world: World) -> None:
    place = PostgresPlace(postgres.as_application(world.lent.url), TENANT)
    assert postgres.PASSWORD not in place.shown + repr(place)
    assert "127.0.0.1" in place.shown
    lotse: Lotse = world.lotse
    assert postgres.PASSWORD not in repr(lotse.settings)


def test_an_error_says_what_happened_and_not_with_which_values(world: World) -> None:
    """PostgreSQL tells the values that collide; a login name or a partner's would stand in a log."""
    with begun(world.engine, TENANT) as connection:
        values = {
            "tenant": TENANT,
            "purpose": "geheim-und-benannt",
            "kek_version": 1,
            "wrapped": b"",
            "key_id": b"",
        }
        sql.NEW_KEY.run(connection, **values)
        with pytest.raises(DBAPIError) as met:
            sql.NEW_KEY.run(connection, **values)
    assert "geheim" not in str(met.value)
    assert "log_keys_pkey" in str(met.value)


def test_a_step_changes_a_case_in_its_place(world: World) -> None:
    """It lies in its page whole, and its new version beside the old one: no index is written for a note."""
    cases = [world.a_referral() for _ in range(12)]

    def told() -> tuple[int, ...]:
        with begun(world.engine, TENANT) as connection:
            row = connection.exec_driver_sql(
                "SELECT n_tup_upd, n_tup_hot_upd, pg_relation_size(reltoastrelid) FROM pg_stat_user_tables"
                " JOIN pg_class ON pg_class.oid = relid WHERE pg_class.relname = 'cases'"
            ).one()
        return tuple(row)

    world.engine.dispose()  # a session that ends says what it has done
    time.sleep(1)
    before = told()
    for case in cases:
        world.do(case, Command.NOTE, text="Anruf")
    world.engine.dispose()
    until = time.monotonic() + 20
    while (after := told())[0] < before[0] + len(cases) and time.monotonic() < until:
        time.sleep(0.1)
    changed, in_place, elsewhere = (now - then for now, then in zip(after, before, strict=True))
    assert changed == len(cases)
    assert in_place >= len(cases) / 2
    assert elsewhere == 0
