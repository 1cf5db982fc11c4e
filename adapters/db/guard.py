"""What must be true of a PostgreSQL database before Lotse works in it: its schema, its role, its walls, its durability.

Looked at whenever a store is opened, never believed. `lotse db check` shows each of them. Every breach is planted once
in `tests/contracts/test_postgres_guard.py`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, Engine

from adapters.db.begin import begun
from adapters.db.connect import HEAD
from adapters.db.foreign import FOREIGN_CODE
from adapters.db.upgrade import NotMigrated, refuse_newer, revision_of
from workflow.errors import WorkflowError

PARTS = 16
PARTED = ("log", "log_contents", "log_index", "past_contents", "past_index", "past_log")
_ROLE = "SELECT rolname, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
_TABLES = """
SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity, pg_has_role(c.relowner, 'MEMBER')
  FROM pg_class AS c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
   AND c.relname <> 'alembic_version' ORDER BY c.relname
"""
_POLICIES = """
SELECT tablename, policyname, permissive, cmd, qual, with_check FROM pg_policies WHERE schemaname = 'public'
"""
_PARTS = """
SELECT parent.relname, count(*) FROM pg_inherits JOIN pg_class AS parent ON parent.oid = inhparent
 WHERE parent.relnamespace = 'public'::regnamespace AND parent.relkind = 'p' GROUP BY parent.relname
"""


_SETTINGS = """
SELECT name, current_setting(name) FROM pg_settings WHERE name IN ('synchronous_commit', 'fsync', 'full_page_writes',
  'synchronous_standby_names', 'lock_timeout', 'statement_timeout', 'idle_in_transaction_session_timeout')
"""
STRONG = ("on", "remote_apply")
"""The values of `synchronous_commit` with which an answered commit is on the disk, and on a synchronous standby's."""


class UnsafeRole(WorkflowError):
    """The role, or a table, lets more through than the tenant's own rows."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, whether it is as it must be, and what to say of it."""

    what: str
    fits: bool
    says: str
    grave: bool = True
    """Whether nobody may work in the database so."""


def findings(connection: Connection) -> Iterator[Finding]:
    """Look at everything, in the transaction of whoever is to work here."""
    revision = revision_of(connection)
    yield Finding("schema", revision == HEAD, f"{revision or 'leer'}, dieses Programm braucht {HEAD}")
    yield _role(connection)
    yield from _walls(connection)
    yield _parts(connection)
    yield from _settings(connection)
    foreign = connection.exec_driver_sql(FOREIGN_CODE).scalar()
    said = "nichts Fremdes" if not foreign else f"{foreign} fremde Trigger, Sichten, Regeln oder Funktionen"
    yield Finding("foreign", not foreign, said, grave=False)


def _role(connection: Connection) -> Finding:
    name, mighty = connection.exec_driver_sql(_ROLE).one()
    if mighty:
        return Finding(
            "role", fits=False, says=f"„{name}“ umgeht die Trennung der Träger (Superuser oder BYPASSRLS)"
        )
    return Finding("role", fits=True, says=f"„{name}“, weder Superuser noch BYPASSRLS")


def _walls(connection: Connection) -> Iterator[Finding]:
    rows = connection.exec_driver_sql(_TABLES).all()
    open_, own = [row[0] for row in rows if not row[1]], [row[0] for row in rows if row[2]]
    policies = connection.exec_driver_sql(_POLICIES).all()
    odd = [f"{row[0]}.{row[1]}" for row in policies if not _as_made(*row)]
    walled = {row[0] for row in policies if row[1] == "lotse_tenant"}
    bare = [row[0] for row in rows if row[0] not in walled and not row[0][-2:].isdecimal()]
    wrong = [
        *(f"{name}: Trennung nicht erzwungen" for name in open_),
        *(f"{name}: keine Regel der Trennung" for name in bare),
        *(f"{name}: fremde Regel" for name in odd),
        *(f"{name}: die Rolle ist Eigentümerin" for name in own),
    ]
    said = f"{len(rows)} Tabellen, je Träger getrennt" if not wrong else "; ".join(wrong[:3])
    yield Finding("walls", not wrong, said)


def _as_made(table: str, name: str, permissive: str, command: str, qual: str, check: str | None) -> bool:
    if name == "lotse_owner":
        return (table, permissive, command) == ("tenants", "PERMISSIVE", "SELECT")
    column = "id" if table == "tenants" else "tenant"
    wanted = f"({column} = current_setting('lotse.tenant'::text, true))"
    return name == "lotse_tenant" and (permissive, command, qual, check) == (
        "PERMISSIVE",
        "ALL",
        wanted,
        None,
    )


def _parts(connection: Connection) -> Finding:
    found = {row[0]: row[1] for row in connection.exec_driver_sql(_PARTS).all()}
    fits = found == dict.fromkeys(PARTED, PARTS)
    return Finding(
        "parts", fits, f"{len(found)} Tabellen des Protokolls in je {PARTS} Teilen" if fits else f"{found}"
    )


def _settings(connection: Connection) -> Iterator[Finding]:
    shown: dict[str, str] = {row[0]: row[1] for row in connection.exec_driver_sql(_SETTINGS)}
    standby = shown.pop("synchronous_standby_names")
    durable = {name: shown.pop(name) for name in ("synchronous_commit", "fsync", "full_page_writes")}
    safe = durable.pop("synchronous_commit") in STRONG and set(durable.values()) == {"on"}
    beside = f"bestätigt auch von: {standby}" if standby else "ohne zweiten Server, der mitbestätigt"
    said = (
        f"synchronous_commit, fsync und full_page_writes wirken; {beside}"
        if safe
        else "Bestätigtes könnte verloren gehen: synchronous_commit, fsync und full_page_writes müssen an sein"
    )
    yield Finding("durable", safe, said)
    endless = [name for name, value in shown.items() if value == "0"]
    said = ", ".join(f"{name}={value}" for name, value in sorted(shown.items()))
    yield Finding("limits", not endless, said, grave=False)


def refuse_unfit(engine: Engine, *, strict: bool) -> None:
    """Raise NotMigrated, NewerSchemaError or UnsafeRole where nobody may work in this database as it is."""
    with begun(engine, reading=True) as connection:
        revision = revision_of(connection)
        refuse_newer(revision)
        if revision != HEAD:
            raise NotMigrated(
                f"Die Datenbank hat den Stand {revision or 'leer'}, dieses Programm braucht {HEAD}. "
                "Nächster Schritt: lotse db upgrade."
            )
        wrong = [each.says for each in findings(connection) if each.grave and not each.fits] if strict else []
    if wrong:
        raise UnsafeRole(
            f"In dieser Datenbank arbeitet Lotse nicht: {'; '.join(wrong)}. "
            "Nächster Schritt: lotse db upgrade, dann lotse db check."
        )
