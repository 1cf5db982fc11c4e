"""Before anything is entrusted to a PostgreSQL database it is looked at: every breach is planted once and refused."""

from collections.abc import Iterator

import pytest

from adapters.db.begin import begun
from adapters.db.guard import UnsafeRole, findings, refuse_unfit
from adapters.db.place import PostgresPlace, UnsafeDatabase
from adapters.db.postgres import connect
from adapters.db.upgrade import NotMigrated
from tests import postgres

BREACHES = {
    "a table without walls": ("ALTER TABLE cases DISABLE ROW LEVEL SECURITY", "walls"),
    "walls that the owner passes": ("ALTER TABLE log NO FORCE ROW LEVEL SECURITY", "walls"),
    "a part without walls": ("ALTER TABLE log_07 DISABLE ROW LEVEL SECURITY", "walls"),
    "a rule taken away": ("DROP POLICY lotse_tenant ON duplicates", "walls"),
    "a rule that lets all through": ("CREATE POLICY offen ON cases USING (true)", "walls"),
    "a rule made wider": (
        "ALTER POLICY lotse_tenant ON cases USING (tenant = current_setting('lotse.tenant', true) OR true)",
        "walls",
    ),
    "a rule with another check": ("ALTER POLICY lotse_tenant ON outbox WITH CHECK (true)", "walls"),
    "a table that the role owns": (f"ALTER TABLE persons OWNER TO {postgres.APPLICATION}", "walls"),
    "a part taken out": ("ALTER TABLE log_index DETACH PARTITION log_index_02", "parts"),
    "a trigger": (
        """CREATE FUNCTION fremd() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
        CREATE TRIGGER fremd BEFORE INSERT ON log FOR EACH ROW EXECUTE FUNCTION fremd()""",
        "foreign",
    ),
    "a view": ("CREATE VIEW fremd AS SELECT * FROM persons", "foreign"),
    "a rewriting rule": ("CREATE RULE fremd AS ON INSERT TO log_checkpoints DO INSTEAD NOTHING", "foreign"),
}


@pytest.fixture
def url() -> Iterator[str]:
    """A database of its own, for its schema is harmed."""
    with postgres.a_database(postgres.migrated()) as url:
        yield url


def test_a_database_as_it_was_made_is_in_order(url: str) -> None:
    engine = connect(postgres.as_application(url))
    with begun(engine, reading=True) as connection:
        assert [each for each in findings(connection) if not each.fits] == []
    refuse_unfit(engine, strict=True)
    engine.dispose()


@pytest.mark.parametrize("breach", BREACHES)
def test_every_breach_is_found_and_no_store_opens_over_a_grave_one(url: str, breach: str) -> None:
    statement, what = BREACHES[breach]
    postgres.run(url, statement)
    engine = connect(postgres.as_application(url))
    with begun(engine, reading=True) as connection:
        assert [each.what for each in findings(connection) if not each.fits] == [what]
    if what != "foreign":  # which verification names, and which hinders nobody from reading what there is
        with pytest.raises(UnsafeRole, match="arbeitet Lotse nicht"):
            refuse_unfit(engine, strict=True)
    engine.dispose()


@pytest.mark.parametrize("setting", ["off", "local", "remote_write"])
def test_a_server_that_could_lose_what_it_has_confirmed_is_refused_at_every_connection(
    url: str, setting: str
) -> None:
    database = url.rpartition("/")[2]
    postgres.run(url, f'ALTER DATABASE "{database}" SET synchronous_commit = {setting}')
    with pytest.raises(UnsafeDatabase, match="könnte Bestätigtes verlieren"):
        PostgresPlace(postgres.as_application(url), None).open()


def test_a_superuser_works_in_development_alone(url: str) -> None:
    with pytest.raises(UnsafeRole, match="Superuser oder BYPASSRLS"):
        PostgresPlace(url, None).open()
    PostgresPlace(url, None, strict=False).open().dispose()


def test_nothing_is_migrated_by_merely_opening() -> None:
    with postgres.a_database() as url, pytest.raises(NotMigrated, match="lotse db upgrade"):
        PostgresPlace(postgres.address(url), None).open()
