"""Bringing a PostgreSQL database to the newest schema, with its roles: by its owner, in one transaction, on demand only.

The embedded file migrates when it is opened; a database that many processes use is migrated once, by whoever runs
`lotse db upgrade`. `tests/contracts/test_migrations.py` and `test_postgres_roles.py` prove it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine

from adapters.db.connect import HEAD, NewerSchemaError
from adapters.db.roles import APPLICATION, NOTARY, Login, see_to
from workflow.errors import WorkflowError


class NotMigrated(WorkflowError):
    """The database has another schema than this program."""


class UnfitDatabase(WorkflowError):
    """The database itself cannot carry Lotse: its text is ordered otherwise, or is no UTF-8."""


@dataclass(frozen=True, slots=True)
class Upgraded:
    """From which revision (None: empty) it went, by which, and which roles were made."""

    before: str | None
    revisions: tuple[tuple[str, str], ...]
    made: tuple[str, ...] = ()


def revision_of(connection: Connection) -> str | None:
    """The revision of the schema in this PostgreSQL database, None in an empty one."""
    known = connection.exec_driver_sql("SELECT to_regclass('public.alembic_version')").scalar()
    if known is None:
        return None
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return None if found is None else str(found)


def pending(revision: str | None) -> tuple[tuple[str, str], ...]:
    """The revisions that lie before one, oldest first, each with its first line. Raises NewerSchemaError."""
    refuse_newer(revision)
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - it costs 150 ms

    scripts = ScriptDirectory(str(_SCRIPTS)).walk_revisions()
    return tuple(
        (each.revision, each.doc.splitlines()[0])
        for each in reversed(list(scripts))
        if revision is None or each.revision > revision
    )


_SCRIPTS = Path(__file__).with_name("migrations")


def refuse_newer(revision: str | None) -> None:
    """Raise NewerSchemaError where the database is beyond this program."""
    if revision is not None and revision > HEAD:
        raise NewerSchemaError(
            f"Diese Datenbank gehört zu einem neueren Lotse (Stand {revision}, hier {HEAD}). "
            "Nächster Schritt: das Programm erneuern."
        )


def upgrade(owner: Engine, application: Login, notary: Login | None = None) -> Upgraded:
    """Bring it to the newest revision and see to the roles. Raises NewerSchemaError, UnfitDatabase, RoleRefused."""
    with owner.begin() as connection:
        _fit(connection)
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('lotse upgrade'))")
        before = revision_of(connection)
        revisions = pending(before)
        if revisions:
            _migrate(connection)
        wanted: Sequence[tuple[Login, dict[str, str]]] = [(application, APPLICATION)]
        if notary is not None and notary.name != application.name:
            wanted = [*wanted, (notary, NOTARY)]
        made = tuple(login.name for login, rights in wanted if see_to(connection, login, rights))
    return Upgraded(before, revisions, made)


def _migrate(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 - as above
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _fit(connection: Connection) -> None:
    """Raise UnfitDatabase where text would be ordered otherwise than on SQLite, or could not be kept."""
    row = connection.exec_driver_sql(
        "SELECT pg_encoding_to_char(encoding), to_jsonb(d) FROM pg_database AS d WHERE datname = current_database()"
    ).one()
    encoding, told = row[0], row[1]
    ordered = told.get("datlocale") or told.get("daticulocale") or told.get("datcollate")
    if encoding == "UTF8" and str(ordered) in ("C", "POSIX", "C.UTF-8", "C.UTF8", "C.utf8"):
        return
    raise UnfitDatabase(
        f"Diese Datenbank ordnet Texte nach {ordered} ({encoding}); Lotse braucht die Ordnung C und UTF8. "
        "Nächster Schritt: CREATE DATABASE … TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'."
    )
