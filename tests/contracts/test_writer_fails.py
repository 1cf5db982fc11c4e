"""Whatever fails while many write together: nobody hangs, nobody is told anything untrue, nothing is half-written."""

import ctypes
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing
from typing import Any, NoReturn

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError

from adapters.db.memory import MemoryStore, MemoryWork
from adapters.db.store import Store
from adapters.writer_batch import CutOff, NotWritten
from states.vocabulary import Command, State
from tests.contracts.together import PATIENCE, AWork, AWriter, a_writer, outcome, outcomes, waiting
from tests.people import SUPERVISOR, WORKER
from tests.world import World, a_world
from workflow.case import Case
from workflow.errors import ConflictError, RefusedError, UnknownOutcome
from workflow.office import Person
from workflow.perform import Done, perform
from workflow.ports import Entry

CANARY = "Unverwechselbar"


@pytest.fixture
def writer(world: World) -> Iterator[AWriter]:
    with a_writer(world) as writer:
        yield writer


class LostError(Exception):
    """What nobody has foreseen."""


class DeathOfTheThread(BaseException):
    """What ends a thread in the middle of anything."""


def stages_a_lot(world: World) -> Callable[[AWork], None]:
    """A job that stages a case and entries, and has not failed yet."""
    referral = world.request(None, Command.RECEIVE_SELF, surname=CANARY, key="vergiftet")

    def job(work: AWork) -> None:
        perform(referral, work, world.office)
        work.record(Entry("steps", {"action": CANARY, "actor": WORKER.id, "outcome": "done"}))

    return job


def fails_by_itself(_work: AWork) -> None:
    raise LostError


def cannot_be_sealed(work: AWork) -> None:
    """It fails only when everything is written."""
    work.record(Entry("steps", {"action": CANARY, "outcome": "done", "actor": object()}))


def breaks_a_key(work: AWork) -> None:
    """The same row twice: an error of the database in the middle of its transaction."""
    connection, _ = work.beside  # type: ignore[union-attr] # tried on disk only
    for _ in range(2):
        connection.exec_driver_sql(
            "INSERT INTO counters (tenant, name, value) VALUES ('ein Träger', 'Unverwechselbar', 7)"
        )


def ends_the_transaction(work: AWork) -> None:
    """As SQLite does by itself where the disk fails in the middle."""
    connection, _ = work.beside  # type: ignore[union-attr] # tried on disk only
    connection.exec_driver_sql("ROLLBACK")
    raise LostError


def loses_the_connection(work: AWork) -> None:
    connection, _ = work.beside  # type: ignore[union-attr] # tried on disk only
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    driver.close()
    connection.exec_driver_sql("SELECT 1")


def enters_somebody(work: AWork) -> None:
    """A directory that was changed, and then the job fails."""
    work.write_directory([Person(CANARY, CANARY, WORKER.roles)])
    assert CANARY in work.directory.persons
    raise LostError


POISONS = (fails_by_itself, cannot_be_sealed)
POISONS_ON_DISK = (breaks_a_key, ends_the_transaction, loses_the_connection, enters_somebody)


def one_poisoned_among(world: World, poison: Callable[[AWork], None], count: int = 64) -> None:
    """A batch of 64: the others are done, nothing of the poisoned one remains, and it is told."""
    cases = [world.a_referral() for _ in range(8)]
    size = world.size
    stages = stages_a_lot(world)
    requests = [
        world.request(cases[number % 8], Command.NOTE, text=f"Anruf {number}") for number in range(count)
    ]

    def poisoned(work: AWork) -> None:
        stages(work)
        poison(work)

    with a_writer(world) as writer:
        with waiting(writer):
            asked: list[Future[Any]] = [writer.submit(request) for request in requests[: count // 2]]
            bad = writer.run(poisoned)
            asked += [writer.submit(request) for request in requests[count // 2 : count - 1]]
        assert isinstance(outcome(bad), Exception)
        assert all(isinstance(each, Done) for each in outcomes(asked))
        assert isinstance(outcome(writer.submit(requests[-1])), Done), "and it goes on"
    assert world.size == size + count
    assert [entry.b for entry in world.entries()[size:]] == [
        {"text": f"Anruf {number}"} for number in range(count)
    ]
    assert [case.id for case in world.cases()] == [case.id for case in cases]
    assert sum(case.version for case in world.cases()) == 8 + count
    assert CANARY not in str(world.entries())
    with world.work() as work:
        assert CANARY not in work.directory.persons
    if isinstance(world.store, Store):
        with world.store.reading() as connection:
            kept = connection.exec_driver_sql("SELECT count(*) FROM counters WHERE value = 7").scalar()
        assert kept == 0
    world.verify()


@pytest.mark.parametrize("poison", POISONS)
def test_one_poisoned_command_in_a_batch_of_64_is_nobody_else_s_trouble(
    world: World, poison: Callable[[AWork], None]
) -> None:
    one_poisoned_among(world, poison)


@pytest.mark.parametrize("poison", POISONS_ON_DISK)
def test_one_that_breaks_the_transaction_of_64_is_nobody_else_s_trouble_either(
    on_disk: World, poison: Callable[[AWork], None]
) -> None:
    one_poisoned_among(on_disk, poison)


def test_what_was_refused_leaves_its_word_to_the_log_and_nothing_else(world: World) -> None:
    """A job of several steps whose last one is refused has not done the first ones either."""
    case = world.a_referral()
    note, reach = world.request(case, Command.NOTE), world.request(case, Command.REACH_FAMILY)

    def several(work: AWork) -> None:
        work.record(
            Entry("access", {"action": "open", "actor": WORKER.id, "outcome": "done", "case": case.id})
        )
        perform(note, work, world.office)
        perform(reach, work, world.office)

    size = world.size
    with a_writer(world) as writer:
        with pytest.raises(RefusedError):
            writer.do(several)
        assert isinstance(outcome(writer.run(several)), RefusedError)
    told = [(entry.a["action"], entry.a["outcome"]) for entry in world.entries()[size:]]
    assert told == [("open", "done"), ("reach_family", "refused")] * 2
    assert world.case(case) == case
    world.verify()


# The thread dies.


def kills_the_thread(_work: AWork) -> NoReturn:
    raise DeathOfTheThread


@pytest.mark.parametrize("place", [0, 3, 7])
def test_a_thread_killed_in_the_middle_takes_only_the_job_of_the_moment_along(
    world: World, writer: AWriter, place: int
) -> None:
    """Whoever was before or behind it is served by a new thread, once."""
    requests = [world.request(world.a_referral(), Command.NOTE) for _ in range(7)]
    size = world.size
    with waiting(writer):
        asked: list[Future[Any]] = [writer.submit(request) for request in requests[:place]]
        killer = writer.run(kills_the_thread)
        asked += [writer.submit(request) for request in requests[place:]]
    assert isinstance(outcome(killer), CutOff)
    assert [answer.case.version for answer in outcomes(asked)] == [2] * 7
    assert world.size == size + 7
    world.verify()


# The blow may fall where Python itself drops it: into a callback of the collector, before the thread has begun its work.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_killed_from_outside_at_any_moment_lets_nobody_hang(on_disk: World) -> None:
    """Whenever the blow falls: each is answered, and who is told that it is done finds it done, exactly once."""
    case = on_disk.a_referral()
    answers: list[Any] = []
    with a_writer(on_disk, at_once=8) as writer:
        for blow in range(25):
            requests = [on_disk.request(case.id, Command.NOTE, text=f"{blow}/{n}") for n in range(8)]
            asked = [writer.submit(request) for request in requests]
            while writer._batch is None and not asked[-1].done():
                time.sleep(0.0001)
            time.sleep(blow * 0.0004)
            thread = writer._thread
            if thread is not None and thread.ident is not None:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(
                    ctypes.c_ulong(thread.ident), ctypes.py_object(DeathOfTheThread)
                )
            answers += [
                (request.details["text"], outcome(future))
                for request, future in zip(requests, asked, strict=True)
            ]
    told = [entry.b["text"] for entry in on_disk.entries(case)[1:] if entry.b]
    assert len(told) == len(set(told))
    done = [text for text, answer in answers if isinstance(answer, Done)]
    cut = [text for text, answer in answers if isinstance(answer, NotWritten)]
    assert len(done) + len(cut) == len(answers)
    assert sorted(told) == sorted(done), "done is done, and cut off is not"
    on_disk.verify()


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_thread_killed_at_its_commit_answers_by_what_is_there(world: World, when: str) -> None:
    """Before it, all is done anew; after it, all are answered and nothing is done twice."""
    requests = [world.request(world.a_referral(), Command.NOTE) for _ in range(3)]
    forbidden = world.request(world.a_referral(), Command.REACH_FAMILY)
    size, blows = world.size, [DeathOfTheThread]

    def open_work() -> AWork:
        work = world.work()
        commit = work.commit

        def killed() -> None:
            if when == "after":
                commit()
            if blows:
                raise blows.pop()
            if when == "before":
                commit()

        work.commit = killed  # type: ignore[method-assign] # the same commit, and the blow
        return work

    with a_writer(world, open_work) as writer:
        with waiting(writer):
            asked = [writer.submit(request) for request in (*requests, forbidden)]
        *done, refused = outcomes(asked)
    assert blows == []
    assert [answer.case.version for answer in done] == [2] * 3
    assert isinstance(refused, RefusedError)
    assert world.size == size + 4
    world.verify()


def test_where_nobody_can_look_what_became_of_it_nobody_is_told_that_it_is_not_there(
    world: World,
) -> None:
    request = world.request(world.a_referral(), Command.NOTE)

    def open_work() -> AWork:
        work = world.work()

        def killed() -> None:
            raise DeathOfTheThread

        def blind() -> bool:
            raise OSError

        work.commit, work.landed = killed, blind  # type: ignore[method-assign] # nothing is to be seen
        return work

    with a_writer(world, open_work) as writer:
        answer = outcome(writer.submit(request))
    assert isinstance(answer, UnknownOutcome)
    assert "steht nicht fest" in str(answer)


def test_a_thread_that_dies_every_time_gives_up_in_the_end(world: World) -> None:
    requests = [world.request(world.a_referral(), Command.NOTE) for _ in range(3)]
    size = world.size

    def open_work() -> NoReturn:
        raise DeathOfTheThread

    with a_writer(world, open_work) as writer:
        with waiting(writer):
            asked = [writer.submit(request) for request in requests]
        assert all(isinstance(each, CutOff) for each in outcomes(asked))
    assert world.size == size


def test_a_thread_that_vanished_without_a_word_is_replaced_by_whoever_comes_next(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even its last words were heard: the next one who asks finds it dead, and those before are served too."""
    requests = [world.request(world.a_referral(), Command.NOTE) for _ in range(3)]
    with a_writer(world, at_once=2) as writer:
        with monkeypatch.context() as silent:
            silent.setattr(writer, "_bury", lambda: None)
            with waiting(writer):
                killer = writer.run(kills_the_thread)
                asked = [writer.submit(request) for request in requests[:2]]
            assert writer._thread is not None
            writer._thread.join(PATIENCE)
        asked.append(writer.submit(requests[2]))
        assert [answer.case.version for answer in outcomes(asked)] == [2] * 3
        assert isinstance(outcome(killer), CutOff)


def test_who_writes_in_their_own_thread_dies_alone(world: World, writer: AWriter) -> None:
    with pytest.raises(DeathOfTheThread):
        writer.do(kills_the_thread)
    assert isinstance(outcome(writer.submit(world.request(world.a_referral(), Command.NOTE))), Done)


# The commit fails.


def test_who_waits_behind_a_lock_that_lasts_is_told_and_nothing_is_stored(on_disk: World) -> None:
    """Somebody reads the file for too long: BUSY at the COMMIT, for all of the batch, and then it works again."""
    requests = [on_disk.request(on_disk.a_referral(), Command.NOTE) for _ in range(4)]
    size = on_disk.size

    def impatient(connection: sqlite3.Connection, *_rest: object) -> None:
        connection.execute("PRAGMA busy_timeout=50")

    event.listen(on_disk.engine, "checkout", impatient)
    assert on_disk.folder is not None
    with a_writer(on_disk) as writer:
        with closing(sqlite3.connect(on_disk.folder / "lotse.db", isolation_level=None)) as reader:
            if reader.execute("PRAGMA journal_mode").fetchone() == ("wal",):
                pytest.skip("with a write-ahead log nobody who reads holds up who writes")
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM log").fetchone()
            began = time.monotonic()
            with waiting(writer):
                asked = [writer.submit(request) for request in requests]
            assert all(isinstance(each, OperationalError) for each in outcomes(asked))
            assert time.monotonic() - began < 10, "they wait once, not each for themselves"
            reader.execute("COMMIT")
        assert on_disk.size == size
        assert all(isinstance(each, Done) for each in outcomes([writer.submit(each) for each in requests]))
    on_disk.verify()


def test_where_the_disk_is_full_all_are_told_and_a_refusal_that_is_not_on_record_is_none(
    on_disk: World,
) -> None:
    requests = [on_disk.request(on_disk.a_referral(), Command.NOTE) for _ in range(40)]
    forbidden = on_disk.request(on_disk.a_referral(), Command.REACH_FAMILY)
    size, full = on_disk.size, True

    def as_it_stands(connection: sqlite3.Connection, *_rest: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0] if full else 1 << 30
        connection.execute(f"PRAGMA max_page_count={pages}")

    event.listen(on_disk.engine, "checkout", as_it_stands)
    with a_writer(on_disk) as writer:
        with waiting(writer):
            asked = [writer.submit(request) for request in (*requests, forbidden)]
        assert {type(each) for each in outcomes(asked)} == {sqlite3.OperationalError}
        assert on_disk.size == size
        full = False
        assert all(isinstance(each, Done) for each in outcomes([writer.submit(each) for each in requests]))
    on_disk.verify()


@pytest.mark.parametrize("kept", [True, False])
def test_where_the_commit_itself_fails_it_is_looked_whether_it_is_there(on_disk: World, kept: bool) -> None:
    """Not there: it failed. There: nobody knows whether it stays, for the disk has failed at the end of it."""
    requests = [on_disk.request(on_disk.a_referral(), Command.NOTE) for _ in range(3)]
    size, failures = on_disk.size, [1]

    def commit(connection: Connection) -> None:
        if failures and failures.pop():
            if kept:
                driver = connection.connection.driver_connection
                assert isinstance(driver, sqlite3.Connection)
                driver.execute("COMMIT")
            raise OSError(5, "Input/output error")

    event.listen(on_disk.engine, "commit", commit)
    with a_writer(on_disk) as writer:
        with waiting(writer):
            asked = [writer.submit(request) for request in requests]
        assert {type(each) for each in outcomes(asked)} == {UnknownOutcome if kept else OSError}
        assert on_disk.size == size + (3 if kept else 0)
        assert isinstance(outcome(writer.submit(requests[0])), Done)
    on_disk.verify()


class Overtaken(MemoryWork):
    """A unit of work without a writer's lock around it: others commit between its reading and its writing."""

    def __init__(self, world: World, others: list[Callable[[], object]]) -> None:
        assert isinstance(world.store, MemoryStore)
        super().__init__(world.store, world.millis)
        self._others = others

    def commit(self) -> None:
        if self._others:
            self._store.lock.release()
            self._others.pop()()
            self._store.lock.acquire()
        super().commit()


@pytest.fixture
def in_memory() -> Iterator[World]:
    with a_world() as world:
        yield world


def test_a_batch_overtaken_by_another_process_is_done_again_one_by_one(in_memory: World) -> None:
    """Whom the other one concerned reads of the conflict, a withdrawal lands, the rest never notice."""
    world = in_memory
    cases: list[Case] = [world.a_case_in(State.CONSENT_CHECKED) for _ in range(3)]
    one, two, three = cases
    others: list[Callable[[], object]] = [lambda: world.do(one, Command.NOTE, SUPERVISOR)]
    with a_writer(world, lambda: Overtaken(world, others)) as writer:
        with waiting(writer):
            asked = [
                writer.submit(world.request(one, Command.REACH_FAMILY, version=one.version)),
                writer.submit(world.request(one, Command.WITHDRAW_CONSENT, version=one.version)),
                writer.submit(world.request(two, Command.NOTE, version=two.version)),
                writer.submit(world.request(three, Command.REACH_FAMILY)),
            ]
        contact, withdrawal, note, other = outcomes(asked)
    assert others == []
    assert isinstance(contact, ConflictError)
    assert "withdrawn" in world.case(one).marks
    assert isinstance(withdrawal, Done)
    assert note.case.version == two.version + 1
    assert other.case.state == State.IN_CONTACT
    world.verify()


def test_a_writer_leaves_no_thread_behind(world: World) -> None:
    before = threading.active_count()
    with a_writer(world) as writer:
        outcome(writer.run(fails_by_itself))
        assert threading.active_count() == before + 1
    assert threading.active_count() == before
