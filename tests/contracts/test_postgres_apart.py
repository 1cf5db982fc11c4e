"""Tenants share a database and never meet: whatever a session of one asks for, the other's rows are not there.

Every table is tried, with statements that forget to say whose rows they mean; the walls are PostgreSQL's, so what the
program forgets does no harm.
"""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors
from psycopg.sql import SQL, Composed, Identifier

from adapters.db import tables as t
from adapters.db.postgres import connect
from adapters.db.store import Store, StoreError, tenants_of
from states.profile import load
from tests import postgres
from tests.audit.world import FixedKeys
from tests.people import PEOPLE
from tests.world import ORIGIN, TENANT, World, a_world

OTHER = "feedfeedfeedfeedfeedfeedfeedfeed"
TABLES = tuple(sorted(t.metadata.tables))


def column_of(table: str) -> str:
    return "id" if table == "tenants" else "tenant"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Two towns in one database, and in every table a row of each."""
    with a_world("postgres", folder=tmp_path_factory.mktemp("town")) as world:
        world.a_referral()
        Store.create(
            world.engine, FixedKeys(), world.millis, OTHER, f"lotse/{OTHER}/1", load("default"), PEOPLE
        )
        with psycopg.connect(world.lent.url, autocommit=True) as everything:
            for table in TABLES:
                for tenant in (TENANT, OTHER):
                    _see_to_a_row(everything, table, tenant)
        yield world


def _see_to_a_row(connection: "psycopg.Connection[tuple[object, ...]]", table: str, tenant: str) -> None:
    """A row of this tenant with something in every column, past the walls."""
    where = SQL("SELECT 1 FROM {} WHERE {} = %s").format(Identifier(table), Identifier(column_of(table)))
    if connection.execute(where, [tenant]).fetchone():
        return
    values = []
    for column in t.metadata.tables[table].columns:
        kind = column.type.python_type
        values.append(
            tenant
            if column.name == column_of(table)
            else 7
            if kind is int
            else b"7"
            if kind is bytes
            else "7"
        )
    marks = SQL(", ").join(SQL("%s") for _ in values)
    connection.execute(SQL("INSERT INTO {} VALUES ({})").format(Identifier(table), marks), values)


@pytest.fixture
def session(town: World) -> "Iterator[psycopg.Connection[tuple[object, ...]]]":
    """The application's session, told nothing; nothing it does is kept."""
    with psycopg.connect(postgres.as_application(town.lent.url)) as connection:
        yield connection
        connection.rollback()


def _as(connection: "psycopg.Connection[tuple[object, ...]]", tenant: str) -> None:
    connection.execute("SELECT set_config('lotse.tenant', %s, true)", [tenant])


def _count(connection: "psycopg.Connection[tuple[object, ...]]", statement: Composed) -> int:
    row = connection.execute(statement).fetchone()
    assert row is not None
    return int(str(row[0]))


@pytest.mark.parametrize("table", TABLES)
def test_a_session_counts_its_own_tenants_rows_alone(
    session: "psycopg.Connection[tuple[object, ...]]", town: World, table: str
) -> None:
    """Without a WHERE, in every table; and who says no tenant sees nothing at all."""
    all_ = SQL("SELECT count(*) FROM {}").format(Identifier(table))
    foreign = SQL("SELECT count(*) FROM {} WHERE {} = {}").format(
        Identifier(table), Identifier(column_of(table)), OTHER
    )
    with psycopg.connect(town.lent.url) as everything:
        whole, theirs = _count(everything, all_), _count(everything, foreign)
    assert theirs > 0
    assert _count(session, all_) == 0
    _as(session, TENANT)
    assert _count(session, all_) == whole - theirs > 0
    assert _count(session, foreign) == 0


@pytest.mark.parametrize("table", TABLES)
def test_a_session_changes_and_takes_nothing_of_another_tenant(
    session: "psycopg.Connection[tuple[object, ...]]", table: str
) -> None:
    """Statements without a WHERE reach its own rows at most; a row of another tenant cannot be written."""
    _as(session, TENANT)
    column = Identifier(column_of(table))
    for statement in (
        SQL("UPDATE {} SET {} = {}").format(Identifier(table), column, OTHER),
        SQL("INSERT INTO {} SELECT * FROM {} WHERE false").format(Identifier(table), Identifier(table)),
        SQL("DELETE FROM {} WHERE {} = {}").format(Identifier(table), column, OTHER),
    ):
        try:
            with session.transaction():
                assert session.execute(statement).rowcount == 0
        except errors.InsufficientPrivilege:
            continue


def test_a_row_cannot_be_put_among_anothers(session: "psycopg.Connection[tuple[object, ...]]") -> None:
    _as(session, TENANT)
    with pytest.raises(errors.InsufficientPrivilege):
        session.execute("INSERT INTO counters VALUES (%s, 'cases/2026', 7)", [OTHER])


def test_the_owner_is_held_by_the_walls_too(town: World) -> None:
    with psycopg.connect(postgres.as_owner(town.lent.url)) as owner:
        assert _count(owner, SQL("SELECT count(*) FROM {}").format(Identifier("cases"))) == 0


@pytest.mark.parametrize("part", ["log_00", "log_contents_15", "past_index_03"])
def test_a_part_of_the_log_is_not_reached_past_its_whole(
    session: "psycopg.Connection[tuple[object, ...]]", part: str
) -> None:
    _as(session, TENANT)
    with pytest.raises(errors.InsufficientPrivilege):
        session.execute(SQL("SELECT 1 FROM {}").format(Identifier(part)))


def test_the_tenant_of_one_transaction_is_not_the_next_ones(town: World) -> None:
    """A connection goes back to the pool without remembering whose it was."""
    assert isinstance(town.store, Store)
    with town.store.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM cases").scalar()
    with town.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM cases").scalar() == 0


def test_which_tenants_there_are_is_told_by_their_ids_alone(town: World) -> None:
    assert tenants_of(town.engine) == sorted([TENANT, OTHER])


def test_who_has_work_due_is_told_by_id_and_number_alone(town: World) -> None:
    """And whoever asked is in the tenant as before, or in none."""
    later = town.millis() + 400 * 86_400_000
    with psycopg.connect(postgres.as_application(town.lent.url)) as session:
        _as(session, OTHER)
        due = session.execute("SELECT * FROM lotse_due(%s)", [later]).fetchall()
        assert {str(tenant) for tenant, _ in due} == {TENANT, OTHER}
        assert session.execute("SELECT current_setting('lotse.tenant')").fetchone() == (OTHER,)
        assert len(session.execute("SELECT * FROM lotse_due(0)").fetchall()) == 0


def test_two_stores_on_one_database_see_their_own(town: World) -> None:
    """Each by its name; without one nobody guesses."""
    engine = connect(postgres.as_application(town.lent.url))
    try:
        other = Store.open(engine, FixedKeys(), town.millis, OTHER)
        assert other.origin == f"lotse/{OTHER}/1"
        assert Store.open(engine, FixedKeys(), town.millis, TENANT).origin == ORIGIN
        with pytest.raises(StoreError, match="LOTSE_TENANT"):
            Store.open(engine, FixedKeys(), town.millis)
    finally:
        engine.dispose()
