"""Cases of a batch are fetched in one question where each costs a way to a server; nobody gets another answer by it.

What was looked for ahead is what looking one by one finds, whatever names are given; and as many share a commit, the
statements of the commit do not grow with them.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from adapters.db import remembered
from adapters.db.statements import Prepared
from adapters.db.store import Store
from states.vocabulary import Command, State
from tests.contracts.together import a_writer, outcomes, waiting
from tests.people import WORKER
from tests.world import World, a_world, on_each_database
from workflow.case import Case
from workflow.errors import UnknownCaseError
from workflow.ports import Entry


@contextmanager
def counted() -> Iterator[list[str]]:
    """How often the driver is asked meanwhile."""
    asked: list[str] = []
    plain = {name: getattr(Prepared, name) for name in ("_ran", "run_all")}

    def ran(self: Prepared, connection: Connection, values: Mapping[str, object]) -> Any:  # noqa: ANN401 - stands in for a method that gives anything
        asked.append(self.form(connection.dialect).sql)
        return plain["_ran"](self, connection, values)

    def run_all(self: Prepared, connection: Connection, many: Sequence[Mapping[str, object]]) -> Any:  # noqa: ANN401 - stands in for a method that gives anything
        before = len(asked)
        changed = plain["run_all"](self, connection, many)
        if many and len(asked) == before:
            asked.append(self.form(connection.dialect).sql)
        return changed

    try:
        setattr(Prepared, "_ran", ran)  # noqa: B010 - put back below; assigned, it would be no method to mypy
        setattr(Prepared, "run_all", run_all)  # noqa: B010 - as above
        yield asked
    finally:
        for name, method in plain.items():
            setattr(Prepared, name, method)


def asked_for(world: World, cases: Sequence[Case]) -> int:
    """So many questions and commands go to the driver for one commit with a note on each of these cases.

    Nodes of the tree, which every sixteenth entry completes, are one command at most and not counted.
    """
    requests = [world.request(case, Command.NOTE) for case in cases]
    with counted() as asked:
        with a_writer(world) as writer, waiting(writer):
            answers = [writer.submit(request) for request in requests]
        versions = [done.case.version for done in outcomes(answers)]
        count = sum("log_nodes" not in statement for statement in asked)
    assert len(asked) - count <= 1
    assert versions == [world.case(case).version for case in cases]
    return count


@pytest.fixture
def on_a_server() -> Iterator[World]:
    with a_world("postgres") as world:
        yield world


def test_twenty_notes_in_one_commit_ask_the_server_no_more_often_than_two(on_a_server: World) -> None:
    world = on_a_server
    cases = [world.a_case_in(State.HANDED_OVER), *(world.a_referral() for _ in range(21))]
    asked_for(world, cases[:1])  # what is compiled and asked once
    assert asked_for(world, cases[3:]) == asked_for(world, cases[1:3]) <= 8
    assert asked_for(world, cases) == asked_for(world, cases[:2]) <= 10
    world.verify()


@pytest.fixture
def three(on_disk: World) -> list[Case]:
    return [on_disk.a_referral() for _ in range(3)]


@on_each_database
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    named=st.lists(st.one_of(st.integers(0, 2), st.text(max_size=9), st.just("FH-2026-\x00"))),
    by_number=st.booleans(),
    order=st.permutations(range(3)),
)
def test_whatever_is_looked_for_ahead_everybody_reads_what_is_there(
    on_disk: World, three: list[Case], named: list[int | str], by_number: bool, order: list[int]
) -> None:
    names = [
        each if isinstance(each, str) else (three[each].number if by_number else three[each].id)
        for each in named
    ]
    with the_store(on_disk).work() as work:
        work.look_ahead(names)
        for place in order:
            case = three[place]
            assert work.case(case.id) == case == work.case_numbered(case.number)
        with pytest.raises(UnknownCaseError):
            work.case("niemand")


@on_each_database
def test_what_was_fetched_ahead_is_not_believed_after_the_commit(on_disk: World) -> None:
    case = on_disk.a_referral()
    with the_store(on_disk).work() as work:
        work.look_ahead([case.id])
        work.record(Entry("access", {"action": "worklist", "actor": WORKER.id, "outcome": "done"}))
        work.commit()
        moved = on_disk.do(case, Command.NOTE)
        assert work.case(case.id) == moved != case


@on_each_database
def test_a_step_leaves_the_case_remembered_as_it_lies_there(
    on_disk: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever looks at it next opens nothing, and reads what opening it anew would give."""
    done = on_disk.do(on_disk.a_case_in(State.HANDED_OVER), Command.NOTE)
    store = the_store(on_disk)
    anew = Store.open(store.engine, on_disk.provider, on_disk.millis)
    with anew.work(reading=True) as work:
        opened_anew = work.case(done.id)
    monkeypatch.setattr(remembered, "read_record", None)
    assert on_disk.case(done) == opened_anew == done


def the_store(world: World) -> Store:
    assert isinstance(world.store, Store)
    return world.store
