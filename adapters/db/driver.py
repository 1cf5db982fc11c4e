"""What the drivers say, in one language: an error is the store's, passing, or nobody knows whether it was written.

SQLite and PostgreSQL tell differently that somebody else writes, that a disk is full, that a server went away; above
`adapters.db` nobody asks which one it was. psycopg is never imported here: who has not connected has no such error.
What an error carries of rows (PostgreSQL names the values that collide) is left behind. `tests/contracts/test_driver.py`.
"""

import sqlite3
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

PRIMARY = 0xFF
"""The part of SQLite's error number that says what kind of error it is."""
_PASSING = ("08", "40", "53", "55P03", "57P01", "57P02", "57P03", "57014", "25006", "25P03", "0A000")
"""Beginnings of PostgreSQL's codes: no connection, another transaction came first, the server has no room, a lock was
not to be had in time, the server stops or starts, a statement took too long, this server is only read."""
_OF_THE_STORE = (*_PASSING, "58", "XX", "F0", "54")


def is_postgres(connection: Connection) -> bool:
    """Whether this connection leads to PostgreSQL."""
    return connection.dialect.name == "postgresql"


def in_our_words(connection: Connection, error: Exception) -> Exception:
    """What to raise for an error of the driver: SQLite's as it is, PostgreSQL's as Core has it and without its values.

    A connection that is gone is given up, so that nobody gets it again.
    """
    if not is_postgres(connection) or not type(error).__module__.startswith("psycopg"):
        return error
    driver: Any = connection.connection.dbapi_connection if not connection.invalidated else None
    if driver is not None and driver.closed:
        connection.invalidate(error)
    return without_values(error)


def without_values(error: Exception) -> Exception:
    """The same error of psycopg, wrapped as Core wraps it, with what happened and not with which values."""
    code = getattr(error, "sqlstate", None)
    told = getattr(getattr(error, "diag", None), "message_primary", None) or type(error).__name__
    bare = type(error)(told)
    if code is not None and getattr(bare, "sqlstate", None) != code:
        bare.sqlstate = code  # type: ignore[attr-defined]  # psycopg's, which is not imported here
    kin = {each.__name__ for each in type(error).__mro__}
    if "IntegrityError" in kin:
        return IntegrityError("", None, bare)
    if kin & {"OperationalError", "InterfaceError", "InternalError"}:
        return OperationalError("", None, bare)
    return DBAPIError("", None, bare)


def _code(error: BaseException) -> str | None:
    """PostgreSQL's five letters, "" where the server said nothing any more, None where it is no error of psycopg."""
    cause: object = getattr(error, "orig", None) or error
    if not type(cause).__module__.startswith("psycopg"):
        return None
    code = getattr(cause, "sqlstate", None)
    if code:
        return str(code)
    gone = {each.__name__ for each in type(cause).__mro__} & {"OperationalError", "InterfaceError"}
    return "" if gone else "client"


def is_busy(error: BaseException) -> bool:
    """Whether somebody else was writing all the time: nothing has happened, and it may be tried again."""
    code = _code(error)
    if code is not None:
        return code in ("55P03", "40001", "40P01")
    return getattr(getattr(error, "orig", error), "sqlite_errorcode", 0) & PRIMARY == sqlite3.SQLITE_BUSY


def is_passing(error: BaseException) -> bool:
    """Whether the same piece of work may well succeed if it is begun anew: a server went away, a deadlock, a fail-over.

    Never on SQLite, which has waited by itself already.
    """
    code = _code(error)
    return code is not None and (code == "" or code.startswith(_PASSING))


def is_certain(error: BaseException) -> bool:
    """Whether a COMMIT that failed so has certainly kept nothing: the database itself has said no."""
    code = _code(error)
    return (
        bool(code) and not str(code).startswith(("08", "57P", "XX")) if code is not None else is_busy(error)
    )


def lacks_table(error: BaseException) -> bool:
    """Whether a table is not there."""
    code = _code(error)
    return code == "42P01" if code is not None else str(getattr(error, "orig", error)).startswith("no such")


HEAD_SEEN = "lotse_head"
"""Where a connection to PostgreSQL keeps the log head that its transaction has locked."""


def head_seen(connection: Connection) -> tuple[Any, ...] | None:
    """The log head as the transaction has locked it; None on SQLite, where it is read."""
    return connection.connection.info.get(HEAD_SEEN) if is_postgres(connection) else None


def is_in_transaction(connection: Connection) -> bool:
    """Whether the transaction is there, though perhaps one of its statements has failed."""
    driver: Any = connection.connection.driver_connection
    if is_postgres(connection):
        return not driver.closed and driver.info.transaction_status.name in ("INTRANS", "INERROR")
    return isinstance(driver, sqlite3.Connection) and driver.in_transaction


def has_failed(connection: Connection) -> bool:
    """Whether a statement has failed, so that PostgreSQL does nothing more for this transaction but roll it back."""
    if not is_postgres(connection):
        return False
    driver: Any = connection.connection.driver_connection
    return bool(driver.closed) or driver.info.transaction_status.name == "INERROR"
