"""What the drivers say is understood: passing, busy, certain, or unknown; and nothing of a row is in what is told."""

import sqlite3

import psycopg
import pytest
from psycopg import errors
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from adapters.cli.failures import CONFLICT, ERROR, failure_of
from adapters.db.begin import anew, passes
from adapters.db.driver import is_busy, is_certain, is_passing, lacks_table, without_values
from workflow.errors import ConflictError


def busy() -> sqlite3.OperationalError:
    """SQLite's word for somebody else writing."""
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = sqlite3.SQLITE_BUSY
    return error


@pytest.mark.parametrize(
    ("error", "passing", "busily", "certain"),
    [
        (errors.AdminShutdown("terminating connection"), True, False, False),
        (errors.DeadlockDetected("deadlock detected"), True, True, True),
        (errors.SerializationFailure("could not serialize access"), True, True, True),
        (errors.LockNotAvailable("lock timeout"), True, True, True),
        (errors.ReadOnlySqlTransaction("cannot execute UPDATE"), True, False, True),
        (errors.DiskFull("could not extend file"), True, False, True),
        (errors.UniqueViolation("duplicate key"), False, False, True),
        (errors.InsufficientPrivilege("permission denied"), False, False, True),
        (psycopg.OperationalError("server closed the connection"), True, False, False),
        (psycopg.DataError("text fields cannot contain NUL"), False, False, True),
        (busy(), False, True, True),
        (sqlite3.OperationalError("disk I/O error"), False, False, False),
        (ConflictError("moved on"), False, False, False),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, Exception) else "",
)
def test_each_error_is_taken_for_what_it_is(
    error: Exception, *, passing: bool, busily: bool, certain: bool
) -> None:
    told = without_values(error) if isinstance(error, psycopg.Error) else error
    assert (is_passing(told), is_busy(told), is_certain(told)) == (passing, busily, certain)


def test_a_lock_that_was_waited_for_is_not_waited_for_again() -> None:
    assert not passes(without_values(errors.LockNotAvailable("lock timeout")))
    assert passes(without_values(errors.DeadlockDetected("deadlock detected")))


def test_a_piece_of_work_is_begun_anew_once_and_no_more() -> None:
    tried: list[int] = []

    def piece() -> None:
        tried.append(1)
        raise without_values(errors.AdminShutdown("terminating connection"))

    with pytest.raises(OperationalError):
        anew(piece)
    assert len(tried) == 2


def test_core_knows_the_errors_and_the_table_that_is_missing() -> None:
    assert isinstance(without_values(errors.UniqueViolation("x")), IntegrityError)
    assert isinstance(without_values(errors.AdminShutdown("x")), OperationalError)
    assert lacks_table(without_values(errors.UndefinedTable("x")))
    assert lacks_table(sqlite3.OperationalError("no such table: cases"))
    assert not lacks_table(without_values(errors.UndefinedColumn("x")))


@pytest.mark.parametrize(
    ("error", "code", "word"),
    [
        (errors.LockNotAvailable("x"), CONFLICT, "noch einmal"),
        (errors.InvalidAuthorizationSpecification("x"), ERROR, "Rolle, Passwort"),
        (errors.InvalidCatalogName("x"), ERROR, "gibt es auf dem Server nicht"),
        (errors.InsufficientPrivilege("x"), ERROR, "lotse db upgrade"),
        (errors.DiskFull("x"), ERROR, "voll"),
        (errors.TooManyConnections("x"), ERROR, "gleich noch einmal"),
        (errors.AdminShutdown("x"), ERROR, "LOTSE_DATABASE_URL"),
        (psycopg.OperationalError("password=geheim host=10.0.0.7"), ERROR, "antwortet nicht"),
        (errors.DivisionByZero("Frau Beispiel"), ERROR, "22012"),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, Exception) else "",
)
def test_people_read_a_sentence_and_never_what_the_server_said(
    error: psycopg.Error, code: int, word: str
) -> None:
    told = failure_of(without_values(error))
    assert told.code == code
    assert word in told.sentence
    for secret in ("geheim", "10.0.0.7", "Beispiel", "psycopg", "sqlalche"):
        assert secret not in told.sentence


def test_what_is_no_error_of_a_driver_says_nothing_about_one() -> None:
    assert isinstance(without_values(errors.SyntaxError("x")), DBAPIError)
    assert not is_certain(OSError(28, "full"))
