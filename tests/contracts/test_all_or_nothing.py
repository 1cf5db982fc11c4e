"""Entry and step become durable together or not at all: the disk fails at every single statement of a commit."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from unittest.mock import patch

import pytest
from sqlalchemy import Connection, Dialect, event
from sqlalchemy.exc import OperationalError

from adapters.db.statements import Form, Prepared
from states.vocabulary import Command, State
from tests.people import MIDWIFE
from tests.world import World, on_each_database
from workflow.case import Case
from workflow.errors import RefusedError
from workflow.perform import Request


class DiskFullError(Exception):
    """What the operating system may say at any time."""


@contextmanager
def statements(world: World, fails_at: int | None = None) -> Iterator[list[str]]:
    """Watch every statement on the way to the disk; at number `fails_at` the disk is full."""
    seen: list[str] = []
    form = Prepared.form

    def reached(statement: str) -> None:
        seen.append(statement)
        if len(seen) - 1 == fails_at:
            raise DiskFullError

    def watched(prepared: Prepared, dialect: Dialect) -> Form:
        found = form(prepared, dialect)
        reached(found.sql)
        return found

    def commit(_connection: Connection) -> None:
        reached("COMMIT")

    event.listen(world.engine, "commit", commit)
    try:
        with patch.object(Prepared, "form", watched):
            yield seen
    finally:
        event.remove(world.engine, "commit", commit)


def requests(world: World) -> dict[str, Request]:
    """Steps that write to every table a step can write to."""
    offered = world.a_case_in(State.HANDOVER_PROPOSED)
    return {
        "a new case": world.request(None, Command.RECEIVE_CONSENT, key="neu"),
        "a correction": world.request(
            world.a_referral(), Command.CORRECT, field="phone", value="0151 00000043"
        ),
        "a handover": world.request(offered, Command.ACCEPT, MIDWIFE, MIDWIFE, key="ja"),
        "a withdrawal": world.request(world.a_case_in(State.HANDED_OVER), Command.WITHDRAW_CONSENT, MIDWIFE),
    }


@on_each_database
@pytest.mark.parametrize("what", ["a new case", "a correction", "a handover", "a withdrawal"])
def test_whatever_statement_fails_nothing_was_and_the_step_can_be_made_again(
    on_disk: World, what: str
) -> None:
    request = requests(on_disk)[what]
    before, size = on_disk.cases(), on_disk.size
    failed: list[str] = []
    for number in range(100):
        with statements(on_disk, fails_at=number) as seen:
            try:
                on_disk.submit(request)
            except DiskFullError:
                failed.append(seen[number].split()[0])
            else:
                break
        assert (on_disk.cases(), on_disk.size) == (before, size)
    assert {"SELECT", "INSERT", "UPDATE", "COMMIT"} <= set(failed)
    assert on_disk.size == size + 1
    _same_but(on_disk, before)
    on_disk.verify()


def _same_but(world: World, before: list[Case]) -> None:
    """Exactly one case is new or has moved on by one version."""
    stood = {case.id: case for case in before}
    changed = [case for case in world.cases() if stood.get(case.id) != case]
    assert len(changed) == 1
    assert changed[0].version == (stood[changed[0].id].version + 1 if changed[0].id in stood else 1)


@on_each_database
def test_a_refusal_that_cannot_be_recorded_is_a_failure_and_no_refusal(on_disk: World) -> None:
    """The person is told of the failure; nothing is changed and nothing is half on record."""
    case = on_disk.a_referral()
    request = on_disk.request(case, Command.REACH_FAMILY)
    with statements(on_disk) as seen, pytest.raises(RefusedError):
        on_disk.submit(request)
    size = on_disk.size
    head = next(number for number, statement in enumerate(seen) if statement.startswith("UPDATE log_head"))
    with statements(on_disk, fails_at=head), pytest.raises(DiskFullError):
        on_disk.submit(request)
    assert (on_disk.case(case), on_disk.size) == (case, size)
    on_disk.verify()


def test_a_commit_that_cannot_get_through_leaves_no_lock_behind(on_disk: World) -> None:
    """Somebody reads the file for too long; once they are done, the next step goes through."""
    case = on_disk.a_referral()
    request = on_disk.request(case, Command.NOTE)
    assert on_disk.folder is not None

    def impatient(connection: sqlite3.Connection, *_rest: object) -> None:
        connection.execute("PRAGMA busy_timeout=50")

    event.listen(on_disk.engine, "checkout", impatient)
    with closing(sqlite3.connect(on_disk.folder / "lotse.db", isolation_level=None)) as reader:
        if reader.execute("PRAGMA journal_mode").fetchone() == ("wal",):
            pytest.skip("with a write-ahead log nobody who reads holds up who writes")
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM log").fetchone()
        with pytest.raises(OperationalError, match="locked"):
            on_disk.submit(request)
        reader.execute("COMMIT")
    assert on_disk.submit(request).case.version == case.version + 1
    on_disk.verify()
