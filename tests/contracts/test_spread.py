"""Rows that go together leave in the tables what they leave one at a time."""

import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from adapters.db import statements as sql
from adapters.db import tables as t
from adapters.db.work import SqlWork
from tests.world import World, on_each_database

TEXTS = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=40)
INSTANTS = st.none() | st.integers(-(2**63), 2**63 - 1)
MOVED: dict[str, object] = {
    "state": "s",
    "responsible": None,
    "partner": None,
    "received_on": "",
    "due_at": None,
    "flag_at": 1,
    "record": b"",
}
CASES = st.fixed_dictionaries(
    {
        "state": TEXTS,
        "version": st.integers(1, 2**31 - 1),
        "responsible": st.none() | TEXTS,
        "partner": st.none() | st.binary(max_size=40),
        "received_on": TEXTS,
        "due_at": INSTANTS,
        "flag_at": INSTANTS,
        "record": st.binary(max_size=3000),
    }
)


@pytest.fixture
def work(on_disk: World) -> Iterator[SqlWork]:
    with on_disk.work() as work:
        assert isinstance(work, SqlWork)
        yield work


def _whole(tenant: str, rows: list[dict[str, object]], prefix: str) -> list[dict[str, object]]:
    fixed = {"tenant": tenant, "wrapped_key": b"w", "kek_version": 1, "dossier": b""}
    return [{**row, **fixed, "id": f"{prefix}{at}", "number": f"{prefix}{at}"} for at, row in enumerate(rows)]


def _stored(work: SqlWork, prefix: str) -> list[tuple[object, ...]]:
    columns = [c for c in t.cases.columns if c.name not in ("tenant", "id", "number")]
    mine = select(*columns).where(t.cases.c.id.like(f"{prefix}%")).order_by(t.cases.c.id)
    return [tuple(row) for row in work.connection.execute(mine)]


@on_each_database
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(CASES, min_size=2, max_size=9), then=CASES)
def test_of_any_rows_all_at_once_leave_what_each_leaves(
    work: SqlWork, rows: list[dict[str, object]], then: dict[str, object]
) -> None:
    connection, ring = work.beside
    connection.exec_driver_sql("SAVEPOINT before")
    for each in _whole(ring.tenant, rows, "one-"):
        assert sql.NEW_CASE.run(connection, **each) == 1
    assert sql.NEW_CASE.run_all(connection, _whole(ring.tenant, rows, "all-")) == len(rows)
    assert _stored(work, "one-") == _stored(work, "all-")

    def moves(prefix: str) -> list[dict[str, object]]:
        return [
            {**then, "number": f"{prefix}{at}", "b_tenant": ring.tenant, "b_id": f"{prefix}{at}", "b_version": base}
            for at, base in enumerate(row["version"] for row in rows)
        ]  # fmt: skip

    for each in moves("one-"):
        assert sql.MOVE_CASE.run(connection, **each) == 1
    assert sql.MOVE_CASE.run_all(connection, moves("all-")) == len(rows)
    assert _stored(work, "one-") == _stored(work, "all-")
    connection.exec_driver_sql("ROLLBACK TO before")


@on_each_database
def test_one_row_that_is_there_already_keeps_all_of_them_out(work: SqlWork) -> None:
    connection, ring = work.beside
    row = {"tenant": ring.tenant, "recipient": "hebamme", "case_id": "x"}
    connection.exec_driver_sql("SAVEPOINT before")
    with pytest.raises((IntegrityError, sqlite3.IntegrityError)):
        sql.NEW_RECIPIENT.run_all(connection, [{**row, "case_id": "y"}, row, row])
    connection.exec_driver_sql("ROLLBACK TO before")
    assert not sql.ALL_RECIPIENTS.rows(connection, tenant=ring.tenant)


@on_each_database
def test_of_many_cases_those_are_counted_that_had_not_moved_on(work: SqlWork) -> None:
    connection, ring = work.beside
    rows = _whole(ring.tenant, [{**MOVED, "version": at} for at in (1, 2, 3)], "case-")
    sql.NEW_CASE.run_all(connection, rows)
    moves = [
        {**row, "version": 9, "b_tenant": ring.tenant, "b_id": row["id"], "b_version": 2} for row in rows
    ]
    assert sql.MOVE_CASE.run_all(connection, moves) == 1
    assert [row[1] for row in _stored(work, "case-")] == [1, 9, 3]
