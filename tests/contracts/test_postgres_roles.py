"""What each role may do in PostgreSQL, written out a second time and compared with what the server says.

The application adds to the log and changes nothing in it; the notary looks at the log and sees no case.
"""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors
from psycopg.sql import SQL, Identifier

from adapters.db import tables as t
from adapters.db.postgres import connect
from adapters.db.roles import Login, RoleRefused, login_of
from adapters.db.upgrade import UnfitDatabase, upgrade
from tests import postgres

LOG = ("log", "log_checkpoints", "log_nodes", "past_log", "past_checkpoints", "past_heads")
ERASABLE = ("log_contents", "log_index", "past_contents", "past_index")
KINDS = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """A migrated database with its roles."""
    lent = postgres.Lent()
    yield lent.url
    lent.give_back()


def rights(url: str, role: str) -> dict[str, set[str]]:
    """What the server lets a role do with each table."""
    with psycopg.connect(url) as connection:
        return {
            table: {
                kind
                for kind in KINDS
                if connection.execute(
                    "SELECT has_table_privilege(%s, %s, %s)", [role, f"public.{table}", kind]
                ).fetchone()
                == (True,)
            }
            for table in t.metadata.tables
        }


def test_the_application_changes_nothing_that_stands_in_the_log(database: str) -> None:
    found = rights(database, postgres.APPLICATION)
    for table in LOG:
        assert found[table] == {"SELECT", "INSERT"}, table
    for table in ERASABLE:
        assert found[table] == {"SELECT", "INSERT", "DELETE"}, table
    assert found["log_head"] == found["tenants"] == {"SELECT", "INSERT", "UPDATE"}
    for table in set(found) - {*LOG, *ERASABLE, "log_head", "tenants"}:
        assert found[table] == {"SELECT", "INSERT", "UPDATE", "DELETE"}, table


def test_the_notary_looks_at_the_log_and_at_no_case(database: str) -> None:
    found = rights(database, postgres.NOTARY)
    seen = {table for table, allowed in found.items() if allowed}
    assert seen == {*LOG, *ERASABLE, "log_head", "tenants", "log_keys", "erasure_requests", "legal_holds"}
    assert all(found[table] == {"SELECT"} for table in seen)


@pytest.mark.parametrize("role", [postgres.APPLICATION, postgres.NOTARY])
def test_no_working_role_makes_anything_new(database: str, role: str) -> None:
    with psycopg.connect(postgres.address(database, user=role, password=postgres.PASSWORD)) as connection:
        for statement in (
            "CREATE TABLE fremd (a int)",
            "CREATE FUNCTION fremd() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "ALTER TABLE log DISABLE ROW LEVEL SECURITY",
            "DROP POLICY lotse_tenant ON log",
            "ALTER TABLE log DETACH PARTITION log_00",
            "SET ROLE lotse_test_owner",
        ):
            with pytest.raises(errors.InsufficientPrivilege), connection.transaction():
                connection.execute(statement.encode())


def test_a_role_that_is_not_there_is_made_and_its_password_never_travels_in_the_clear() -> None:
    """What the server is sent is already hashed, so it stands in no log of the server."""
    with postgres.a_database(postgres.migrated()) as url:
        server = postgres.superuser()
        owner = connect(postgres.as_owner(url))
        name = "lotse_test_neu"
        try:
            done = upgrade(owner, Login(name, "geheim-und-lang"))
            assert done.made == (name,)
            assert upgrade(owner, Login(name, "ein-anderes")).made == ()
            with psycopg.connect(postgres.address(url, user=name, password="geheim-und-lang")) as connection:
                assert connection.execute("SELECT count(*) FROM log").fetchone() == (0,)
        finally:
            owner.dispose()
            postgres.run(url, f"DROP OWNED BY {name}")
            postgres.run(server, f"DROP ROLE {name}")


@pytest.mark.parametrize("more", ["SUPERUSER", "BYPASSRLS"])
def test_a_role_that_could_go_round_the_walls_is_not_given_any_work(more: str) -> None:
    with postgres.a_database(postgres.migrated()) as url:
        name = f"lotse_test_{more.lower()}"
        postgres.run(postgres.superuser(), f"CREATE ROLE {name} LOGIN {more} PASSWORD 'x'")
        owner = connect(postgres.as_owner(url))
        try:
            with pytest.raises(RoleRefused, match="darf mehr als arbeiten"):
                upgrade(owner, Login(name, "x"))
            with pytest.raises(RoleRefused, match="Eigentümerin"):
                upgrade(owner, login_of(postgres.as_owner(url)))
        finally:
            owner.dispose()
            postgres.run(postgres.superuser(), f"DROP ROLE {name}")


def test_a_database_that_orders_text_otherwise_is_refused_before_anything_is_made() -> None:
    with psycopg.connect(postgres.superuser(), autocommit=True) as server:
        made = SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'")
        server.execute(made.format(Identifier("lotse_test_ascii"), Identifier(postgres.OWNER)))
        url = postgres.address(postgres.superuser(), database="lotse_test_ascii")
        owner = connect(postgres.as_owner(url))
        try:
            with pytest.raises(UnfitDatabase, match="UTF8"):
                upgrade(owner, login_of(postgres.as_application(url)))
            with psycopg.connect(url) as connection:
                assert connection.execute("SELECT to_regclass('alembic_version')").fetchone() == (None,)
        finally:
            owner.dispose()
            server.execute("DROP DATABASE lotse_test_ascii WITH (FORCE)")
