"""A tenant is carried from one database into the other and back without a bit of it being another."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, Table, insert, select
from sqlalchemy.exc import IntegrityError

from adapters.db import carry as carrying
from adapters.db.begin import begun
from adapters.db.carry import carry
from adapters.db.place import SqlitePlace
from adapters.db.postgres import connect
from adapters.db.tables import metadata
from tests import postgres

TENANT, OTHER = "ca11" * 8, "0dd0" * 8
TABLES = tuple(metadata.tables[name] for name in sorted(metadata.tables))
NUMBERS = {"INTEGER": st.integers(-(2**31), 2**31 - 1), "BIGINT": st.integers(-(2**63), 2**63 - 1)}


def values(kind: str) -> st.SearchStrategy[object]:
    """What a column may hold: any number of its size, any bytes, any text that is one."""
    if kind in NUMBERS:
        return NUMBERS[kind]
    if kind == "BLOB":
        return st.binary(max_size=40)
    return st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=10)


def rows_of(table: Table) -> st.SearchStrategy[list[dict[str, object]]]:
    """Some rows of a table, no two with one key, of TENANT."""
    row = st.fixed_dictionaries(
        {
            column.name: st.just(TENANT)
            if column.name == ("id" if table.name == "tenants" else "tenant")
            else (st.none() | values(str(column.type)) if column.nullable else values(str(column.type)))
            for column in table.columns
        }
    )
    unique = [[column.name for column in table.primary_key]]
    unique += [[column.name for column in index.columns] for index in table.indexes if index.unique]
    return st.lists(row, max_size=3, unique_by=tuple(_key(names) for names in unique))


def _key(names: list[str]):  # type: ignore[no-untyped-def]  # noqa: ANN202 - a function over rows
    return lambda row: tuple(str(row[name]) for name in names)


def filled(connection: Connection, table: Table) -> list[tuple[object, ...]]:
    """The rows of TENANT, in some order of their own."""
    column = table.c.id if table.name == "tenants" else table.c.tenant
    return sorted((tuple(row) for row in connection.execute(select(table).where(column == TENANT))), key=repr)


@pytest.fixture(scope="module")
def server() -> Iterator[Engine]:
    """A migrated database on PostgreSQL, as the application meets it."""
    lent = postgres.Lent()
    engine = connect(postgres.as_application(lent.url))
    yield engine
    engine.dispose()
    lent.give_back()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, Engine]]:
    """Two empty embedded databases."""
    folder: Path = tmp_path_factory.mktemp("carry")
    both = SqlitePlace(folder / "from.db").open(), SqlitePlace(folder / "back.db").open()
    yield both
    for engine in both:
        engine.dispose()


@settings(
    max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.data_too_large]
)
@given(data=st.data())
def test_whatever_a_town_has_comes_over_and_back_as_it_was(
    data: st.DataObject, server: Engine, files: tuple[Engine, Engine]
) -> None:
    """Every table, every kind of value, and several batches of it; another town's rows stay where they are."""
    rows = {table: data.draw(rows_of(table), label=table.name) for table in TABLES}
    source, target = files
    with begun(source) as old, begun(server, TENANT) as new, begun(target) as back:
        for table, some in rows.items():
            if some:
                old.execute(insert(table), some)
        old.execute(insert(metadata.tables["counters"]), {"tenant": OTHER, "name": "cases/2026", "value": 7})
        count = carry(old, new, TENANT)
        assert count == sum(map(len, rows.values())) == carry(new, back, TENANT)
        for table in TABLES:
            assert filled(old, table) == filled(new, table) == filled(back, table), table.name


def test_more_than_a_batch_comes_over_whole_and_progress_is_told(
    server: Engine, files: tuple[Engine, Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrying, "BATCH", 7)
    nodes = metadata.tables["log_nodes"]
    told: list[tuple[int, int]] = []
    with begun(files[0]) as old, begun(server, TENANT) as new, begun(files[1]) as back:
        old.execute(
            insert(nodes),
            [{"tenant": TENANT, "level": 1, "number": n, "hash": bytes([n])} for n in range(40)],
        )
        assert carry(old, new, TENANT, lambda *at: told.append(at)) == carry(new, back, TENANT) == 40
        assert filled(back, nodes) == filled(old, nodes)
    assert told == [(7, 40), (14, 40), (21, 40), (28, 40), (35, 40), (40, 40)]


def test_what_is_there_already_is_not_written_over(server: Engine, files: tuple[Engine, Engine]) -> None:
    counters = metadata.tables["counters"]
    with begun(files[0]) as old, begun(server, TENANT) as new:
        old.execute(insert(counters), {"tenant": TENANT, "name": "cases/2026", "value": 1})
        new.execute(insert(counters), {"tenant": TENANT, "name": "cases/2026", "value": 2})
        with pytest.raises(IntegrityError):
            carry(old, new, TENANT)
