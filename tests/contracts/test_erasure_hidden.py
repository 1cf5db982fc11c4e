"""Erasing while somebody with all rights on the tables, but no key, hides for a moment what would stop it.

A hidden line of the index changes nothing, a hidden entry or key lets nothing be erased; and had something been erased
nevertheless, verification says so.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial

import pytest

from adapters.db.reader import StoreReplay, as_stored
from adapters.db.retained import Told
from adapters.db.store import Store
from audit.faults import FaultClass
from audit.keys import log_verifier
from audit.verify import VerificationError, verify
from states.vocabulary import Command, State
from tests.contracts.erasing import DPO, approve, ask, clerk, erase, hold, looked_at, release, withdraw
from tests.people import SUPERVISOR, WORKER
from tests.world import ORIGIN, World
from workflow import clerk as acts
from workflow.case import Case
from workflow.clerk import erased_entry
from workflow.erasure import ErasureRequest, Ground
from workflow.errors import Blocked, RefusedError


@pytest.fixture
def world(on_disk: World) -> World:
    """An office on disk with somebody for data protection."""
    on_disk.put(DPO)
    return on_disk


@contextmanager
def database(world: World) -> Iterator[sqlite3.Connection]:
    assert world.folder is not None
    with closing(sqlite3.connect(world.folder / "lotse.db")) as connection, connection:
        yield connection


def taken(world: World, table: str, where: str, *values: object) -> list[tuple[object, ...]]:
    """Take rows away and keep them."""
    with database(world) as tables:
        rows = list(tables.execute(f"SELECT * FROM {table} WHERE {where}", values))  # noqa: S608 - named here
        tables.execute(f"DELETE FROM {table} WHERE {where}", values)  # noqa: S608 - named here
    return rows


def put_back(world: World, table: str, rows: list[tuple[object, ...]]) -> None:
    with database(world) as tables:
        for row in rows:
            marks = ", ".join("?" * len(row))
            tables.execute(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", row)  # noqa: S608 - named here


def entry_of(world: World, action: str) -> int:
    """The number of the last entry of this action."""
    return max(entry.seq for entry in world.entries() if entry.a.get("action") == action)


def verified(world: World) -> None:
    """Verify as the command does, with what stands beside the cases."""
    assert isinstance(world.store, Store)
    verifier = log_verifier(ORIGIN, world.provider)
    with world.store.keys() as ring, world.store.log_reader() as reader, as_stored(reader.connection):
        verify(reader, verifier, ring, decrypt=True, replay=StoreReplay(reader, ring))


def stays(world: World, case: Case, act: Callable[[], object], code: str = "altered") -> None:
    """Nothing is erased, and what was tried is refused, mostly as not as logged."""
    with pytest.raises(RefusedError) as refused:
        act()
    assert refused.value.blocked.code == code
    assert world.case(case).id == case.id


HIDDEN = [("log_index",), ("log_index", "log"), ("log_index", "log", "log_contents")]


@pytest.mark.parametrize("hidden", HIDDEN)
def test_a_hold_hidden_for_a_moment_still_holds(world: World, hidden: tuple[str, ...]) -> None:
    """The row of the hold, its line of the index, its entry itself: whichever is gone, the case stays."""
    case = world.a_case_in(State.CLOSED)
    hold(world, case)
    looked_at(world, case.id)
    seq = entry_of(world, "hold")
    rows = {"legal_holds": taken(world, "legal_holds", "1")}
    rows |= {table: taken(world, table, "seq = ?", seq) for table in hidden}
    stays(world, case, partial(ask, world, case))
    for table, kept in rows.items():
        put_back(world, table, kept)
    verified(world)


@pytest.mark.parametrize("hidden", HIDDEN)
def test_a_withdrawn_request_does_not_come_to_life(world: World, hidden: tuple[str, ...]) -> None:
    case = world.a_case_in(State.CLOSED)
    ask(world, case, DPO)
    request = taken(world, "erasure_requests", "1")
    put_back(world, "erasure_requests", request)
    withdraw(world, case, DPO)
    seq = entry_of(world, "erasure_withdrawn")
    rows = {table: taken(world, table, "seq = ?", seq) for table in hidden}
    put_back(world, "erasure_requests", request)
    stays(world, case, partial(approve, world, case))
    taken(world, "erasure_requests", "1")
    for table, kept in rows.items():
        put_back(world, table, kept)
    verified(world)


def test_every_single_line_of_the_index_hidden_or_led_elsewhere_changes_nothing(world: World) -> None:
    """The entries count: also those of a danger to the child, by which the class is another, and of other cases."""
    other = world.do(world.a_case_in(State.CLOSED), Command.REOPEN, SUPERVISOR)
    case = world.a_case_in(State.CLOSED)
    looked_at(world, case.id)
    said = told(world, case, other)
    with database(world) as tables:
        lines = list(tables.execute("SELECT * FROM log_index"))
    assert len(lines) > 8
    for line in lines:
        taken(world, "log_index", "seq = ?", line[1])
        assert told(world, case, other) == said
        put_back(world, "log_index", [(line[0], line[1], other.id if line[2] == case.id else case.id)])
        assert told(world, case, other) == said
        put_back(world, "log_index", [line])
    ask(world, case, DPO)
    taken(world, "log_index", "1")
    approve(world, case)


def told(world: World, *cases: Case) -> list[Sequence[Told]]:
    """What the log tells of these cases once it was read through."""
    with world.work() as work:
        assert work.log_is_whole()
        return [work.told(case.id) for case in cases]


def test_every_single_entry_hidden_or_altered_lets_nothing_through(world: World) -> None:
    """Whatever it is about; a forged MAC, another entry's body, a number too high count as hidden."""
    case = world.a_case_in(State.CLOSED)
    for seq in range(world.size):
        (row,) = taken(world, "log", "seq = ?", seq)
        harms = [
            [],
            [(*row[:3], bytes(32), row[4])],
            [(row[0], 900, *row[2:])],
            [(*row[:4], bytes(len(str(row[4]))))],
        ]
        for harm in harms:
            put_back(world, "log", harm)
            stays(world, case, partial(whole, world))
            taken(world, "log", "seq IN (?, 900)", seq)
        put_back(world, "log", [row])
    whole(world)


def whole(world: World) -> None:
    with world.work() as work:
        if not work.log_is_whole():
            raise RefusedError(Blocked("altered", ""))


def test_a_key_of_the_log_hidden_for_a_moment_hides_no_hold(world: World) -> None:
    """A new year has keys of its own, so what was sealed under the old one would be dark and nothing else."""
    case = world.a_case_in(State.CLOSED)
    hold(world, case)
    world.go_to("2027-02-01 09:00")
    looked_at(world, case.id)
    world.reopen()
    last = entry_of(world, "hold")
    world.reopen()
    holds = taken(world, "legal_holds", "1")
    keys = taken(world, "log_keys", "purpose = 'steps/2026/0'")
    lines = taken(world, "log_index", "seq <= ?", last)
    stays(world, case, partial(ask, world, case))
    for table, kept in (("legal_holds", holds), ("log_keys", keys), ("log_index", lines)):
        put_back(world, table, kept)
    verified(world)


def test_an_access_to_a_held_case_hidden_for_a_moment_keeps_its_year(world: World) -> None:
    case = world.a_case_in(State.CLOSED)
    looked_at(world, case.id)
    hold(world, case)
    seq = entry_of(world, "open")
    world.go_to("2030-01-07 09:00")
    lines = taken(world, "log_index", "seq = ?", seq)
    stays(world, case, partial(ask, world, "access/2026/0", DPO, Ground.ACCESS_LOG), "held")
    put_back(world, "log_index", lines)
    verified(world)


def test_a_withdrawn_request_for_a_year_of_accesses_does_not_come_to_life(world: World) -> None:
    """No index is needed for this one: a year is no case."""
    case = world.a_case_in(State.CLOSED)
    looked_at(world, case.id)
    world.go_to("2030-01-07 09:00")
    ask(world, "access/2026/0", DPO, Ground.ACCESS_LOG)
    request = taken(world, "erasure_requests", "1")
    put_back(world, "erasure_requests", request)
    withdraw(world, "access/2026/0", DPO)
    put_back(world, "erasure_requests", request)
    stays(world, case, partial(approve, world, "access/2026/0"))


def test_after_a_year_of_accesses_is_erased_cases_can_still_be(world: World) -> None:
    case = world.a_case_in(State.CLOSED)
    looked_at(world, case.id)
    world.go_to("2030-01-07 09:00")
    ask(world, "access/2026/0", DPO, Ground.ACCESS_LOG)
    approve(world, "access/2026/0")
    erase(world, case)
    verified(world)


# And had it been erased nevertheless, by whatever way.


def erased_anyhow(world: World, case: Case, ground: Ground, requested_by: str, actor: str) -> None:
    with world.work() as work:
        asked = ErasureRequest(case.id, ground, requested_by, world.now)
        work.record(erased_entry(work.erase(case.id), asked, actor, world.now))
        work.commit()


@pytest.mark.parametrize(
    ("before", "ground", "requested_by", "actor"),
    [
        ([], Ground.UNLAWFUL, DPO.id, SUPERVISOR.id),
        ([ask, withdraw], Ground.UNLAWFUL, WORKER.id, SUPERVISOR.id),
        ([ask], Ground.FAMILY_REQUEST, WORKER.id, SUPERVISOR.id),
        ([ask], Ground.UNLAWFUL, DPO.id, SUPERVISOR.id),
        ([ask], Ground.UNLAWFUL, WORKER.id, WORKER.id),
        ([ask, hold], Ground.UNLAWFUL, WORKER.id, SUPERVISOR.id),
    ],
)
def test_an_erasure_that_two_persons_did_not_make_so_is_found(
    world: World, before: list[Callable[[World, Case], None]], ground: Ground, requested_by: str, actor: str
) -> None:
    case = world.a_case_in(State.CLOSED)
    for act in before:
        act(world, case)
    verified(world)
    erased_anyhow(world, case, ground, requested_by, actor)
    with pytest.raises(VerificationError) as found:
        verified(world)
    assert found.value.fault is FaultClass.BESIDE


def test_an_erasure_as_two_persons_make_it_and_one_made_again_are_not(world: World) -> None:
    first, again = world.a_case_in(State.CLOSED), world.a_case_in(State.CLOSED)
    hold(world, first)
    release(world, first)
    erase(world, first)
    erased_anyhow(world, again, Ground.AGAIN, DPO.id, SUPERVISOR.id)
    verified(world)


def test_what_is_due_is_not_asked_for_as_a_whole_past_a_hidden_hold(world: World) -> None:
    case = world.a_case_in(State.CONSENT_PENDING)
    world.do(world.do(world.do(case, Command.REFUSE_CONSENT), Command.TRIAGE_NO), Command.CLOSE)
    hold(world, case)
    taken(world, "log_index", "seq = ?", entry_of(world, "hold"))
    taken(world, "legal_holds", "1")
    world.go_to("2026-04-09 00:00")
    with pytest.raises(RefusedError, match="anders in den Tabellen"):
        acts.submit_erasure(lambda work: acts.request_all_due(work, clerk(world, DPO)), world.work)
