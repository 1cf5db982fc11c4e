"""Who may do what in PostgreSQL: the owner migrates, the application works, the notary looks.

The application can add to the log and read it, and change nothing that stands there; what an erasure takes away are the
sealed contents and lines of the index, never an entry. Names and passwords come from the addresses that are used; no
role is given a default. `tests/contracts/test_postgres_roles.py` tries every table with each of them.
"""

from dataclasses import dataclass
from typing import Any

from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Composable, Identifier, Literal
from sqlalchemy import Connection

from adapters.db.tables import metadata
from workflow.errors import WorkflowError

ADD, TAKE, ALL = "SELECT, INSERT", "SELECT, INSERT, DELETE", "SELECT, INSERT, UPDATE, DELETE"
_LOG = {
    "log": ADD,
    "log_contents": TAKE,
    "log_index": TAKE,
    "log_checkpoints": ADD,
    "log_nodes": ADD,
    "log_head": "SELECT, INSERT, UPDATE",
    "past_log": ADD,
    "past_contents": TAKE,
    "past_index": TAKE,
    "past_checkpoints": ADD,
    "past_heads": ADD,
    "tenants": "SELECT, INSERT, UPDATE",
}
APPLICATION = {name: _LOG.get(name, ALL) for name in sorted(metadata.tables)}
"""What the application may do with each table."""
NOTARY = dict.fromkeys(sorted({*_LOG, "log_keys", "erasure_requests", "legal_holds"}), "SELECT")
"""What the notary may do: look at the log and at what vouches for it."""
FUNCTIONS = ("lotse_tenants()", "lotse_due(bigint)")


class RoleRefused(WorkflowError):
    """The role is not one to work with."""


@dataclass(frozen=True, slots=True)
class Login:
    """A role's name, and how it logs in, as an address names them."""

    name: str
    password: str | None


def login_of(url: str) -> Login:
    """Who an address logs in as. Raises RoleRefused where it does not say."""
    told = conninfo_to_dict(url)
    name = told.get("user")
    if not name:
        raise RoleRefused(
            "In der Adresse der Datenbank fehlt, als wer man sich anmeldet: postgresql://ROLLE@…"
        )
    password = told.get("password")
    return Login(str(name), None if password is None else str(password))


def see_to(connection: Connection, login: Login, rights: dict[str, str]) -> bool:
    """See that the role exists and has these rights and no others in this database; give whether it was made now.

    A password is set where the role is made, and never changed. Raises RoleRefused where it could do more.
    """
    found = _row(
        connection,
        SQL(
            "SELECT rolsuper OR rolbypassrls, pg_has_role({0}, current_user, 'MEMBER') "
            "FROM pg_roles WHERE rolname = {0}"
        ).format(Literal(login.name)),
    )
    if found is None:
        _make(connection, login)
    elif found[0] or found[1]:
        raise RoleRefused(
            f"Die Rolle „{login.name}“ darf mehr als arbeiten: sie ist Superuser, umgeht die Trennung der Träger oder "
            "ist die Eigentümerin. Nächster Schritt: eine eigene Rolle für Lotse in LOTSE_DATABASE_URL."
        )
    role = Identifier(login.name)
    _run(connection, SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}").format(role))
    _run(connection, SQL("GRANT USAGE ON SCHEMA public TO {}").format(role))
    for table, allowed in {**rights, "alembic_version": "SELECT"}.items():
        _run(connection, SQL("GRANT {} ON {} TO {}").format(SQL(allowed), Identifier("public", table), role))
    for function in FUNCTIONS:
        _run(connection, SQL("GRANT EXECUTE ON FUNCTION public.{} TO {}").format(SQL(function), role))
    return found is None


def _make(connection: Connection, login: Login) -> None:
    able = _row(
        connection, SQL("SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user")
    )
    if not (able and able[0]):
        raise RoleRefused(
            f"Die Rolle „{login.name}“ gibt es nicht, und LOTSE_DATABASE_OWNER_URL darf keine anlegen. Nächster Schritt: "
            f'als Verwalter CREATE ROLE "{login.name}" LOGIN NOSUPERUSER NOBYPASSRLS, dann noch einmal.'
        )
    secret: Composable = SQL("NULL")
    if login.password is not None:
        driver: Any = connection.connection.driver_connection
        sealed = driver.pgconn.encrypt_password(
            login.password.encode(), login.name.encode(), b"scram-sha-256"
        )
        secret = Literal(sealed.decode())
    _run(
        connection,
        SQL(
            "CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD {}"
        ).format(Identifier(login.name), secret),
    )


def _run(connection: Connection, statement: Composable) -> None:
    driver: Any = connection.connection.driver_connection
    driver.execute(statement)


def _row(connection: Connection, statement: Composable) -> tuple[Any, ...] | None:
    driver: Any = connection.connection.driver_connection
    found: tuple[Any, ...] | None = driver.execute(statement).fetchone()
    return found
