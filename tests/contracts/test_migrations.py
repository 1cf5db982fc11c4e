"""The migrations make exactly the tables that the program uses, and the newest of them is known by name."""

import re
import stat
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, Inspector, create_engine, inspect

from adapters.db import connect as connecting
from adapters.db import tables
from adapters.db.connect import HEAD, connect, migrate, revision_of
from adapters.db.postgres import connect as connect_postgres
from tests import postgres


def migrated(folder: Path) -> Engine:
    engine = connect(folder / "neu.db")
    migrate(engine)
    return engine


def test_migrations_and_tables_agree(tmp_path: Path) -> None:
    """Alembic finds nothing to add, drop or change: tables, columns, types, keys and indexes."""
    engine = migrated(tmp_path)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []
    engine.dispose()


def test_a_migrated_database_has_the_same_columns_keys_and_indexes_as_a_made_one(tmp_path: Path) -> None:
    """Looked at without Alembic's own comparison, which passes over primary keys."""
    made = create_engine(f"sqlite:///{tmp_path / 'gemacht.db'}")
    tables.metadata.create_all(made)
    engine = migrated(tmp_path)
    ours, theirs = inspect(engine), inspect(made)
    assert set(ours.get_table_names()) == {*theirs.get_table_names(), "alembic_version"}
    for name in theirs.get_table_names():
        assert _columns(ours, name) == _columns(theirs, name)
        assert (
            ours.get_pk_constraint(name)["constrained_columns"]
            == theirs.get_pk_constraint(name)["constrained_columns"]
        )
        assert _indexes(ours, name) == _indexes(theirs, name)
    engine.dispose()
    made.dispose()


def test_migrations_and_tables_agree_on_postgresql_too() -> None:
    """Alembic finds nothing to add, drop or change there, but for the parts into which the log is cut."""

    def ours(_object: object, name: str | None, kind: str, _reflected: bool, _compared: object) -> bool:
        return not (kind in ("table", "index") and re.search(r"_\d\d(_|$)", name or ""))

    with postgres.a_database(postgres.migrated()) as url:
        engine = connect_postgres(postgres.as_owner(url))
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"include_object": ours})
            assert compare_metadata(context, tables.metadata) == []
            found = inspect(connection)
            for name, table in tables.metadata.tables.items():
                keys = found.get_pk_constraint(name)["constrained_columns"]
                assert keys == [column.name for column in table.primary_key]
                kinds = {each["name"]: str(each["type"]) for each in found.get_columns(name)}
                made = {column.name: column.type.compile(engine.dialect) for column in table.columns}
                assert kinds == made
        engine.dispose()


def _columns(inspector: Inspector, name: str) -> set[tuple[object, ...]]:
    return {(each["name"], str(each["type"]), each["nullable"]) for each in inspector.get_columns(name)}


def _indexes(inspector: Inspector, name: str) -> set[tuple[object, ...]]:
    return {
        (each["name"], tuple(each["column_names"]), each["unique"]) for each in inspector.get_indexes(name)
    }


def test_the_newest_migration_is_the_one_the_program_looks_for(tmp_path: Path) -> None:
    """`HEAD` spares every start the import of Alembic; it must be the newest script, of one line of descent."""
    folder = Path(connecting.__file__).with_name("migrations")
    assert ScriptDirectory(str(folder)).get_heads() == [HEAD]
    engine = migrated(tmp_path)
    with engine.connect() as connection:
        assert revision_of(connection) == HEAD
    engine.dispose()


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    engine = migrated(tmp_path)
    before = (tmp_path / "neu.db").read_bytes()
    migrate(engine)
    engine.dispose()
    assert (tmp_path / "neu.db").read_bytes() == before


def test_a_new_database_is_readable_to_its_owner_alone(tmp_path: Path) -> None:
    engine = migrated(tmp_path / "tief" / "darin")
    folder = tmp_path / "tief" / "darin"
    assert stat.S_IMODE((folder / "neu.db").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    engine.dispose()
