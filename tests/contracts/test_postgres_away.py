"""A server that goes away and comes back: what was acknowledged is there, what was not is done or told, nothing twice.

The connection is cut by the server's own hand at every point of a step: before it, in it, while it commits.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError

from adapters.db import begin
from adapters.db.begin import begun
from adapters.db.postgres import connect
from adapters.db.statements import Form, Prepared
from adapters.db.store import Store
from adapters.writer import Writer
from states.vocabulary import Command
from tests import postgres
from tests.world import TENANT, World, a_world
from workflow.errors import UnknownOutcome


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """An office on PostgreSQL."""
    with a_world("postgres", folder=tmp_path) as world:
        yield world


def cut(url: str, but: int = 0) -> None:
    """Have the server end every connection of the application to this database, as on its way down."""
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND pid <> %s",
            [but],
        )


def test_connections_that_were_cut_while_nobody_used_them_are_noticed_before_they_are(world: World) -> None:
    """Several lie in the pool; the first who asks gets a fresh one, and nobody is told of it."""
    held = [begun(world.engine, TENANT, reading=True) for _ in range(4)]
    for each in held:
        each.close()
    cut(world.lent.url)
    case = world.a_referral()
    assert world.case(case) == case


@pytest.mark.parametrize("by", ["directly", "writer"])
@pytest.mark.parametrize("number", range(0, 16, 3))
def test_a_step_that_is_cut_off_before_its_commit_is_done_again_and_once(
    world: World, monkeypatch: pytest.MonkeyPatch, number: int, by: str
) -> None:
    """At whichever statement: the transaction is begun anew, and the case comes to be one version further."""
    case = world.a_referral()
    lotse = world.lotse
    writer = Writer(lotse.store.work, lotse.office) if by == "writer" else None
    lotse.writer = writer
    seen, form = [0], Prepared.form

    def watched(prepared: Prepared, dialect: object) -> Form:
        seen[0] += 1
        if seen[0] == number + 1:
            cut(world.lent.url)
        return form(prepared, dialect)  # type: ignore[arg-type]  # the method as it was, taken off its class

    request = world.request(case, Command.NOTE, version=case.version)
    size = world.size
    monkeypatch.setattr(Prepared, "form", watched)
    after = lotse.submit(request).case
    monkeypatch.undo()
    if writer is not None:
        writer.close()
    assert (after.version, world.size) == (case.version + 1, size + 1)
    world.verify()


def _at_commit(world: World, deed: Callable[[Connection], None]) -> Callable[[], None]:
    """Do something once, when the next transaction is to be committed; gives how to stop."""
    done: list[bool] = []

    def commit(connection: Connection) -> None:
        if not done:
            done.append(True)
            deed(connection)

    event.listen(world.engine, "commit", commit)
    return lambda: event.remove(world.engine, "commit", commit)


def test_a_commit_that_never_reached_the_server_is_made_again(world: World) -> None:
    case, size = world.a_referral(), world.size
    stop = _at_commit(world, lambda _connection: cut(world.lent.url))
    after = world.lotse.submit(world.request(case, Command.NOTE)).case
    stop()
    assert (after.version, world.size) == (case.version + 1, size + 1)


def test_a_commit_whose_answer_was_lost_is_found_and_counts(world: World) -> None:
    """The server has committed and could not say so: the entry is looked for, and it is not done twice."""
    case, size = world.a_referral(), world.size

    def commits_and_falls_silent(connection: Connection) -> None:
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        driver.execute("COMMIT")
        driver.pgconn.finish()

    stop = _at_commit(world, commits_and_falls_silent)
    after = world.lotse.submit(world.request(case, Command.NOTE)).case
    stop()
    assert (after.version, world.size) == (case.version + 1, size + 1)
    world.verify()


def test_where_nobody_can_look_nobody_is_told_that_it_was_or_was_not(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server stays away: the outcome is unknown, and the same key settles it later."""
    case = world.a_referral()
    monkeypatch.setattr(begin, "PATIENCE", 0.2)
    closed = f'ALTER DATABASE "{world.lent.url.rpartition("/")[2]}"'

    def goes_away(connection: Connection) -> None:
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        driver.execute("COMMIT")
        driver.pgconn.finish()
        postgres.run(postgres.superuser(), f"{closed} ALLOW_CONNECTIONS false")

    request = world.request(case, Command.NOTE, key="einmal")
    stop = _at_commit(world, goes_away)
    try:
        with pytest.raises(UnknownOutcome):
            world.lotse.submit(request)
    finally:
        stop()
        postgres.run(postgres.superuser(), f"{closed} ALLOW_CONNECTIONS true")
    size = world.size
    assert world.lotse.submit(request).case.version == case.version + 1
    assert world.size == size


def test_a_writer_who_waits_too_long_for_another_is_told_so_and_not_made_to_wait_again(world: World) -> None:
    assert isinstance(world.store, Store)
    event.listen(world.engine, "checkout", lambda driver, *_rest: driver.execute("SET lock_timeout = '50ms'"))
    with begun(world.engine, TENANT), pytest.raises(OperationalError, match="lock timeout"):
        world.a_referral()


def test_a_server_that_does_not_let_one_in_is_not_waited_for(world: World) -> None:
    engine = connect(postgres.address(world.lent.url, user=postgres.APPLICATION, password="falsch"))
    with pytest.raises(OperationalError, match="does not let this role in"):
        begun(engine, TENANT)
    engine.dispose()
