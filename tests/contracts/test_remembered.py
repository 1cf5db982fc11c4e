"""What was opened is remembered, and nobody can tell: every answer is the one that opening anew would have given.

Two programs over one database, one that remembers and one that never does, through steps, erasures, rotations, keys that
are destroyed, and rows that somebody alters, swaps, deletes or puts back by hand.
"""

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.db.remembered import OpenedCases, Sealed
from adapters.db.rotation import Rotation
from adapters.db.store import Store
from adapters.db.work import SqlWork
from adapters.lotse import DAMAGED
from audit.errors import KeyDestroyed, UnreadableBody
from states.vocabulary import Command, State
from tests.contracts.erasing import DPO, erase
from tests.people import WORKER
from tests.world import World, a_world
from workflow.case import Case, Source
from workflow.errors import ConflictError, RefusedError, UnknownCaseError
from workflow.perform import submit

AT = "2026-03-09T09:00:00+00:00"
ANYTHING = (*DAMAGED, UnknownCaseError, ConflictError, RefusedError)


def the_store(world: World) -> Store:
    assert isinstance(world.store, Store)
    return world.store


def forgetful(world: World) -> Store:
    """Another program over the same database and keys, which opens everything anew."""
    other = Store.open(world.engine, world.provider, world.millis)
    other.opened = OpenedCases(most=0)
    return other


def by_hand(world: World, statement: str, *values: object) -> None:
    """Somebody writes into the tables."""
    assert world.folder is not None
    with closing(sqlite3.connect(world.folder / "lotse.db")) as tables, tables:
        tables.execute(statement, values)


# Examples.


def test_a_case_that_nobody_has_changed_is_opened_once(on_disk: World) -> None:
    case = on_disk.a_referral()
    assert on_disk.case(case) is on_disk.case(case)


def test_after_a_step_the_case_is_opened_anew_here_and_in_every_other_program(on_disk: World) -> None:
    case = on_disk.a_referral()
    before = on_disk.case(case)
    other = forgetful(on_disk)
    done = submit(on_disk.request(case, Command.NOTE), other.work, on_disk.office)
    assert before.version == 1
    assert on_disk.case(case) == done.case


def test_nothing_that_is_remembered_names_the_family(on_disk: World) -> None:
    """Name and phone lie in the dossier, which is opened each time."""
    case = on_disk.a_referral(surname="Erfundenis", phone="02307 471199")
    on_disk.family(on_disk.case(case))
    remembered = the_store(on_disk).opened
    assert len(remembered) == 1
    assert not any(word in repr(vars_of(remembered)) for word in ("Erfundenis", "471199"))


def vars_of(remembered: OpenedCases) -> list[object]:
    return [each[2:] for each in remembered._opened.values()]


def test_where_the_master_key_is_destroyed_nothing_opens_however_lately_it_was_open(on_disk: World) -> None:
    case = on_disk.a_referral()
    on_disk.case(case)
    on_disk.provider.add_version()
    on_disk.provider.destroy_version(1)
    with pytest.raises(KeyDestroyed):
        on_disk.case(case)


def test_an_altered_row_is_found_although_the_case_was_open_a_moment_ago(on_disk: World) -> None:
    case = on_disk.a_referral()
    on_disk.case(case)
    by_hand(on_disk, "UPDATE cases SET record = zeroblob(300) WHERE id = ?", case.id)
    with pytest.raises(UnreadableBody):
        on_disk.case(case)


def test_an_erased_case_is_remembered_no_longer(on_disk: World) -> None:
    on_disk.put(DPO)
    case, other = on_disk.a_case_in(State.CLOSED), on_disk.a_referral()
    for each in (case, other):
        on_disk.case(each)
    erase(on_disk, case)
    assert list(the_store(on_disk).opened._opened) == [other.id]


def test_a_case_on_the_list_of_erasures_is_remembered_no_longer(on_disk: World) -> None:
    case, store = on_disk.a_referral(), the_store(on_disk)
    on_disk.case(case)
    store.erased = lambda: frozenset({case.id})
    with pytest.raises(UnreadableBody, match="wurde gelöscht"):
        on_disk.case(case)
    assert not len(store.opened)


# How many, and for how long.


@given(
    most=st.integers(0, 4),
    asked=st.lists(st.tuples(st.sampled_from("abcdef"), st.floats(0, 4)), max_size=40),
)
def test_there_are_never_more_than_the_bound_and_none_older_than_its_term(
    most: int, asked: list[tuple[str, float]]
) -> None:
    now = 0.0
    remembered = OpenedCases(most, seconds=10, monotonic=lambda: now)
    kept: dict[str, float] = {}
    for case_id, waited in asked:
        now += waited
        sealed = Sealed(1, b"key", case_id.encode())
        found = remembered.get(case_id, sealed)
        assert found is None or now - kept[case_id] < 10
        if found is None:
            remembered.keep([(case_id, sealed, a_case(case_id), "")])
            kept[case_id] = now
        assert len(remembered) <= most


def a_case(case_id: str) -> Case:
    day = date(2026, 3, 9)
    return Case(
        case_id, case_id, "default", 1, "received", 1, Source(""), day, datetime.combine(day, time(), UTC)
    )


# Whatever happens.


class Office:
    """The two programs, three cases, and rows as they once were."""

    def __init__(self, world: World) -> None:
        self.world = world
        world.put(DPO)
        self.cases = [world.a_case_in(State.CLOSED), world.a_referral(), world.a_referral("unclear")]
        self.remembering, self.forgetting = the_store(world), forgetful(world)
        self.earlier = self._rows()

    def _rows(self) -> list[tuple[object, ...]]:
        assert self.world.folder is not None
        with closing(sqlite3.connect(self.world.folder / "lotse.db")) as tables:
            return tables.execute(
                "SELECT version, kek_version, wrapped_key, record, dossier, id FROM cases"
            ).fetchall()

    def step(self, case: Case) -> None:
        self.world.do(case.id, Command.NOTE if case is not self.cases[0] else Command.REOPEN)

    def step_elsewhere(self, case: Case) -> None:
        submit(self.world.request(case.id, Command.NOTE), self.forgetting.work, self.world.office)

    def erase(self, case: Case) -> None:
        erase(self.world, case)

    def list_as_erased(self, case: Case) -> None:
        for store in (self.remembering, self.forgetting):
            store.erased = lambda: frozenset({case.id})

    def rotate(self, _case: Case) -> None:
        Rotation(self.remembering, WORKER.id, lambda: AT).run()

    def destroy_the_oldest_key(self, _case: Case) -> None:
        if len(self.world.provider.versions()) == 1:
            self.world.provider.add_version()
        self.world.provider.destroy_version(self.world.provider.versions()[0].number)

    def alter_record(self, case: Case) -> None:
        self._flip(case, "record", 40)

    def alter_key_id(self, case: Case) -> None:
        self._flip(case, "wrapped_key", 3)

    def alter_wrapping(self, case: Case) -> None:
        self._flip(case, "wrapped_key", 60)

    def alter_version_of_key(self, case: Case) -> None:
        by_hand(self.world, "UPDATE cases SET kek_version = 3 - kek_version WHERE id = ?", case.id)

    def swap(self, case: Case) -> None:
        """The record of another case in the place of this one's."""
        other = self.cases[self.cases.index(case) - 1]
        if self._found(other, "record") is None:
            return
        by_hand(
            self.world,
            "UPDATE cases SET record = (SELECT record FROM cases WHERE id = ?) WHERE id = ?",
            other.id,
            case.id,
        )

    def put_back(self, case: Case) -> None:
        row = next(row for row in self.earlier if row[-1] == case.id)
        by_hand(
            self.world,
            "UPDATE cases SET version = ?, kek_version = ?, wrapped_key = ?, record = ?, dossier = ? WHERE id = ?",
            *row,
        )

    def delete(self, case: Case) -> None:
        by_hand(self.world, "DELETE FROM cases WHERE id = ?", case.id)

    def wait(self, _case: Case) -> None:
        self.world.wait(minutes=5)

    def _flip(self, case: Case, column: str, place: int) -> None:
        row = self._found(case, column)
        if row is not None:
            altered = row[:place] + bytes([row[place] ^ 1]) + row[place + 1 :]
            by_hand(self.world, f"UPDATE cases SET {column} = ? WHERE id = ?", altered, case.id)  # noqa: S608 - named above

    def _found(self, case: Case, column: str) -> bytes | None:
        assert self.world.folder is not None
        with closing(sqlite3.connect(self.world.folder / "lotse.db")) as tables:
            found = tables.execute(f"SELECT {column} FROM cases WHERE id = ?", (case.id,)).fetchone()  # noqa: S608 - as above
        return found[0] if found else None


HAPPENINGS: Mapping[str, Callable[[Office, Case], None]] = {
    name: getattr(Office, name)
    for name in (
        "step", "step_elsewhere", "erase", "list_as_erased", "rotate", "destroy_the_oldest_key", "alter_record",
        "alter_key_id", "alter_wrapping", "alter_version_of_key", "swap", "put_back", "delete", "wait",
    )
}  # fmt: skip


def told(work: SqlWork, case: Case) -> list[object]:
    """What one unit of work says of a case, or why it says nothing."""
    asked: tuple[Callable[[], object], ...] = (
        lambda: work.case(case.id),
        lambda: work.case_numbered(case.number),
        lambda: work.family(case.id),
    )
    return [_answer(ask) for ask in asked]


def _answer(ask: Callable[[], object]) -> object:
    try:
        return ask()
    except ANYTHING as error:
        return type(error), str(error)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    happenings=st.lists(
        st.tuples(st.sampled_from(list(HAPPENINGS)), st.integers(0, 2), st.permutations(range(3))),
        max_size=8,
    )
)
def test_whoever_remembers_answers_as_who_opens_everything_anew(
    happenings: list[tuple[str, int, list[int]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder: Path = tmp_path_factory.mktemp("welt")
    with a_world("sqlite", folder=folder) as world:
        office = Office(world)
        for what, whose, order in happenings:
            with suppress(*ANYTHING):
                HAPPENINGS[what](office, office.cases[whose])
            for _ in range(2):  # opened, then remembered
                with (
                    office.remembering.work(reading=True) as one,
                    office.forgetting.work(reading=True) as other,
                ):
                    for place in order:
                        assert told(one, office.cases[place]) == told(other, office.cases[place]), what
