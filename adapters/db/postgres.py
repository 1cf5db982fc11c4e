"""Connecting to PostgreSQL so that what was acknowledged stays, one writer per tenant, and no tenant meets another.

A transaction begins in one message to the server: its kind, the tenant that row-level security lets through, and for
writing the lock on the tenant's log head, which is to PostgreSQL what BEGIN IMMEDIATE is to SQLite. Connections that
a fail-over has closed are noticed before they are used. `tests/contracts/test_postgres.py` proves it.
"""

import re
import select
from typing import Any

import psycopg
from psycopg.adapt import Dumper
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import Format
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import InvalidatePoolError, OperationalError
from sqlalchemy.pool import NullPool

from adapters.db.driver import HEAD_SEEN, in_our_words, without_values
from adapters.db.guard import STRONG
from adapters.db.place import UnsafeDatabase
from adapters.db.spread import Packed

KEPT, MOST = 8, 40
"""So many connections of a process stay open, and so many it has at most."""
LOCK_MS = 20_000
"""How long a writer waits for another of its tenant, as long as on SQLite."""
SESSION = {
    "search_path": "public",
    "timezone": "UTC",
    "client_encoding": "UTF8",
    "lock_timeout": str(LOCK_MS),
    "statement_timeout": "120000",
    "idle_in_transaction_session_timeout": "60000",
}
"""What every connection sets for itself (milliseconds): a process that hangs lets go of its tenant within a minute."""
READING_IDLE_MS = 1_800_000
"""A reader holds nobody up; between two pages a verification may reckon for long."""
PATIENT = {
    "connect_timeout": "5",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
"""Seconds to connect to each address, and when a peer that says nothing is given up; the address may say otherwise."""
_PASSING = (
    "starting up",
    "shutting down",
    "recovery",
    "not yet accepting",
    "too many",
    "remaining connection",
    "refused",
)
_TENANT = re.compile(r"[0-9a-f]{32}|")
_LOCKED = "SELECT origin, size, frontier, last_time_ms FROM log_head WHERE tenant = '{tenant}' FOR UPDATE"


class _PackedDumper(Dumper):
    """Sends an array of `adapters.db.spread` as it stands; the statement says of which type it is."""

    format = Format.BINARY
    oid = 0

    def dump(self, obj: Packed) -> bytes:
        return obj.content


psycopg.adapters.register_dumper(Packed, _PackedDumper)


def connect(url: str, *, reading: bool = False) -> Engine:
    """Give an engine on this address. Transactions begin by themselves; `reading`: none of them can write.

    Raises OperationalError (of Core) on use where the server cannot be reached, UnsafeDatabase where it may lose commits.
    """
    told = conninfo_to_dict(url)
    options = " ".join(f"-c {name}={value}" for name, value in SESSION.items())
    given = str(told.pop("options", None) or "")
    place = make_conninfo("", **{**PATIENT, **told, "options": f"{given} {options}".strip()})

    def opened() -> "psycopg.Connection[Any]":
        try:
            connection = psycopg.connect(place, autocommit=True)
        except psycopg.Error as error:
            raise _not_let_in(error) or without_values(error) from None
        _durable(connection)
        return connection

    pool: dict[str, Any] = (
        {"poolclass": NullPool}
        if reading
        else {"pool_size": KEPT, "max_overflow": MOST - KEPT, "pool_timeout": 10}
    )
    engine = create_engine(
        "postgresql+psycopg://",
        creator=opened,
        paramstyle="format",
        use_native_hstore=False,
        pool_reset_on_return=None,
        hide_parameters=True,
        execution_options={"lotse_reads": True} if reading else {},
        **pool,
    )
    _listen(engine)
    return engine


def _not_let_in(error: psycopg.Error) -> OperationalError | None:
    """What to raise where the server is there and refuses: waiting would not help. libpq tells it in words alone."""
    said = str(error)
    if "FATAL" not in said or any(word in said for word in _PASSING):
        return None
    state = psycopg.errors.InvalidCatalogName if "does not exist" in said else None
    refused = state or psycopg.errors.InvalidAuthorizationSpecification
    return OperationalError("", None, refused("the server does not let this role in"))


def _durable(connection: "psycopg.Connection[Any]") -> None:
    """Raise UnsafeDatabase where a commit of this connection could be answered and then lost."""
    row = connection.execute(
        "SELECT current_setting('synchronous_commit'), current_setting('fsync'), current_setting('full_page_writes')"
    ).fetchone()
    commit, *others = row or ("?", "?")
    if commit in STRONG and set(others) == {"on"}:
        return
    connection.close()
    raise UnsafeDatabase(
        f"Dieses PostgreSQL könnte Bestätigtes verlieren (synchronous_commit={commit}, fsync={others[0]}, "
        f"full_page_writes={others[-1]}). Nächster Schritt: alle drei auf on setzen, auch für Rolle und Datenbank."
    )


def _listen(engine: Engine) -> None:
    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        begin(
            connection, str(options.get("lotse_tenant", "")), reading=bool(options.get("lotse_reads", False))
        )

    @event.listens_for(engine, "checkout")
    def _out(connection: "psycopg.Connection[Any]", _record: object, _proxy: object) -> None:
        # A server that went away has closed its end: that can be seen without asking, and is cheaper than a ping.
        if connection.closed or select.select([connection.fileno()], [], [], 0)[0]:
            raise InvalidatePoolError

    @event.listens_for(engine, "reset")
    def _back(connection: "psycopg.Connection[Any]", _record: object, _state: object) -> None:
        if not connection.closed:
            try:
                connection.rollback()
            except psycopg.Error:
                connection.close()


def beginning(tenant: str) -> str:
    """What begins a transaction that writes for this tenant ("": for none), as it is sent to the server."""
    text = f"BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lotse.tenant = '{tenant}'"
    return f"{text}; {_LOCKED.format(tenant=tenant)}" if tenant else text


def begin(connection: Connection, tenant: str, *, reading: bool) -> None:
    """Begin a transaction of this tenant, in one message; the log head that a writer has locked is kept beside it."""
    assert _TENANT.fullmatch(tenant)
    if reading:
        text = (
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; "
            f"SET LOCAL idle_in_transaction_session_timeout = {READING_IDLE_MS}; "
            f"SET LOCAL lotse.tenant = '{tenant}'"
        )
    else:
        text = beginning(tenant)
    info = connection.connection.info
    info.pop(HEAD_SEEN, None)
    driver: Any = connection.connection.driver_connection
    try:
        cursor = driver.execute(text)
        if tenant and not reading:
            while cursor.nextset():
                pass
            info[HEAD_SEEN] = cursor.fetchone()
    except psycopg.Error as error:
        raise in_our_words(connection, error) from None


def secure(engine: Engine) -> None:
    """Make sure that what can be read in this database now is on its disk too, and on its synchronous standby's.

    A message in the log of the server, committed: everything before it is flushed with it, where an empty transaction,
    even one with a number, flushes nothing. Raises OperationalError.
    """
    with (
        engine.connect().execution_options(lotse_reads=False, lotse_tenant="") as connection,
        connection.begin(),
    ):
        connection.exec_driver_sql("SELECT pg_logical_emit_message(true, 'lotse', '')")
