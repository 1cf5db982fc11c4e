"""Which of many keys are there, asked for a hundred at once: the answer is that of one question a key."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.db import among
from adapters.db.statements import NEW_DUPLICATE, NEW_ROW
from adapters.db.work import SqlWork
from tests.world import World, on_each_database

THERE = [bytes([number]) * 32 for number in range(130)]
ABSENT = [bytes([number]) * 31 for number in range(130)]


@pytest.fixture
def work(on_disk: World) -> Iterator[SqlWork]:
    with on_disk.work() as work:
        assert isinstance(work, SqlWork)
        yield work


@on_each_database
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.lists(st.sampled_from(THERE + ABSENT), max_size=250))
def test_of_any_rows_of_a_list_those_are_known_that_were_counted(work: SqlWork, asked: list[bytes]) -> None:
    connection, ring = work.beside
    counted = [{"tenant": ring.tenant, "identity": each, "judgement": "accepted"} for each in THERE]
    NEW_ROW.run_all(connection, counted)
    assert among.ROWS(connection, ring.tenant, asked) == {*asked} & {*THERE}
    assert not among.ROWS(connection, "another", asked)


@on_each_database
def test_a_telephone_of_a_thousand_cases_is_known_once(work: SqlWork) -> None:
    """The number of a ward stands in each of its referrals."""
    connection, ring = work.beside
    NEW_DUPLICATE.run_all(
        connection,
        [{"tenant": ring.tenant, "digest": THERE[1], "case_id": os.urandom(16).hex()} for _ in range(1000)],
    )
    assert among.DIGESTS(connection, ring.tenant, [THERE[1], THERE[2]]) == {THERE[1]}
    assert among.DIGESTS(connection, ring.tenant, ()) == frozenset()


@on_each_database
def test_a_row_looked_up_beforehand_is_known_once_it_is_counted(work: SqlWork) -> None:
    work.look_up_rows(THERE[:2])
    assert not work.knows_row(THERE[0])
    work.count_row(THERE[0], "accepted")
    assert work.knows_row(THERE[0])
    work.commit()
    assert work.knows_row(THERE[0])
    assert not work.knows_row(THERE[1])
