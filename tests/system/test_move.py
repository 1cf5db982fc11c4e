"""A grown store moves into PostgreSQL whole and proven, or stays what it was; cut off anywhere, it can be finished."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from adapters import moving
from adapters.bootstrap import create_lotse, open_lotse
from adapters.db.connect import MovedError, ReplacedError
from adapters.db.driver import is_postgres
from adapters.lotse import Lotse, now
from adapters.moving import NotMoved, move
from adapters.settings import Settings, read_settings
from adapters.verification import Asked, verify_store
from audit.faults import VerificationError
from audit.report import Report
from states.vocabulary import Command
from tests import postgres
from tests.sensible import sensible
from workflow.perform import Request


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a grown embedded store and a signed log, to be copied."""
    folder = tmp_path_factory.mktemp("haus")
    lotse = create_lotse(Settings(folder / "data", folder / "keys", folder))
    work(lotse, 3)
    lotse.store.engine.dispose()
    return folder


@pytest.fixture
def house(grown: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same folder, to be moved."""
    for name in [each for each in os.environ if each.startswith("LOTSE_")]:
        monkeypatch.delenv(name)
    shutil.copytree(grown, tmp_path, dirs_exist_ok=True)
    return tmp_path


def work(lotse: Lotse, count: int) -> None:
    """Take referrals in, and look at one."""
    by = lotse.person()
    for _ in range(count):
        details = sensible(Command.RECEIVE_CONSENT, None, by, now())
        case = lotse.submit(Request(Command.RECEIVE_CONSENT, by, details=details)).case
    lotse.view(by, case.number)
    lotse.countersign()


@pytest.fixture
def served(house: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """The same settings, and an empty database on PostgreSQL that they name now."""
    lent = postgres.Lent()
    monkeypatch.setenv("LOTSE_DATABASE_URL", postgres.as_application(lent.url))
    yield read_settings(house)
    lent.give_back()


def verified(settings: Settings) -> Report:
    """Verify the store of these settings whole."""
    lotse = open_lotse(settings)
    try:
        return verify_store(lotse.store, lotse.verifier, Asked(decrypt=True, replay=True))
    finally:
        lotse.store.engine.dispose()


def is_empty(settings: Settings) -> bool:
    """Whether nothing has arrived on PostgreSQL."""
    assert settings.database_url is not None
    with psycopg.connect(settings.database_url) as connection:
        return connection.execute("SELECT count(*) FROM lotse_tenants()").fetchone() == (0,)


def test_after_the_move_everybody_works_on_there_and_nobody_in_the_old_file(
    house: Path, served: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log goes on as the same log, under the same keys and the same notary."""
    before = Settings(data=served.data, keys=served.keys, exports=served.exports)
    running = open_lotse(before)
    entries, name = verified(before), running.verifier
    done = move(served)
    assert done.aside is not None
    assert verified(served).size > entries.size == done.entries
    lotse = open_lotse(served)
    work(lotse, 1)
    assert lotse.verifier == name
    lotse.store.engine.dispose()
    with pytest.raises(ReplacedError):
        running.person()
    running.store.engine.dispose()
    monkeypatch.delenv("LOTSE_DATABASE_URL")
    done.aside.chmod(0o600)
    done.aside.rename(served.database)
    with pytest.raises(MovedError, match="LOTSE_DATABASE_URL"):
        open_lotse(read_settings(house))


def test_a_dry_run_proves_it_and_changes_nothing(served: Settings) -> None:
    before = served.database.read_bytes()
    done = move(served, dry_run=True)
    assert (done.entries > 0, done.aside) == (True, None)
    assert is_empty(served)
    assert served.database.read_bytes() == before


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE cases SET state = 'closed' WHERE number LIKE '%0002'",
        "UPDATE log SET body_a = zeroblob(40) WHERE seq = 3",
        "DELETE FROM log_contents WHERE seq = (SELECT max(seq) FROM log_contents)",
        "UPDATE persons SET roles = 'admin'",
    ],
)
def test_what_does_not_stand_up_over_there_does_not_move(served: Settings, harm: str) -> None:
    with closing(sqlite3.connect(served.database)) as database, database:
        database.execute(harm)
    with pytest.raises(VerificationError):
        move(served)
    assert is_empty(served)
    assert served.database.exists()


def test_what_postgresql_cannot_keep_does_not_move(served: Settings) -> None:
    """A column of bytes that somebody has made a text of, with the tool of the database."""
    with closing(sqlite3.connect(served.database)) as database, database:
        database.execute("UPDATE cases SET record = 'kein Fall'")
    with pytest.raises(NotMoved, match="audit verify"):
        move(served)
    assert is_empty(served)


def cut_off(served: Settings, step: str, monkeypatch: pytest.MonkeyPatch, *, after: bool = False) -> None:
    """Move, and die at this step, or right after it."""
    real = getattr(moving, step)

    def dies(*given: object) -> None:
        if after:
            real(*given)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(moving, step, dies)
        with pytest.raises(KeyboardInterrupt):
            move(served)


def in_its_file(served: Settings) -> Settings:
    """The settings of who goes on in the old file."""
    return Settings(served.data, served.keys, served.exports)


@pytest.mark.parametrize("step", ["carry", "verify_open", "_close"])
def test_cut_off_before_the_old_file_is_closed_nothing_was_and_it_is_done_again(
    served: Settings, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And in the meantime work goes on in the file, which still counts."""
    cut_off(served, step, monkeypatch)
    assert is_empty(served)
    lotse = open_lotse(in_its_file(served))
    work(lotse, 1)
    lotse.store.engine.dispose()
    assert move(served).rows > 0
    assert verified(served).size


@pytest.mark.parametrize("after", [False, True])
def test_cut_off_around_the_commit_nobody_works_in_the_old_file_until_the_next_move_has_done_it(
    served: Settings, after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether PostgreSQL has it or not: neither who had the file open writes there, nor who opens it."""
    running = open_lotse(in_its_file(served))
    cut_off(served, "_commit", monkeypatch, after=after)
    assert is_empty(served) is not after
    with pytest.raises(MovedError, match="lotse db move"):
        work(running, 1)
    with pytest.raises(MovedError, match="lotse db move"):
        open_lotse(in_its_file(served))
    running.store.engine.dispose()
    done = move(served)
    assert (done.finished, done.rows == 0) == (after, after)
    assert done.aside is not None
    assert verified(served).size > done.entries


def test_where_work_went_on_over_there_a_move_that_was_cut_off_is_finished_too(
    served: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL has it all and more: the file is the beginning of it, so it is only laid aside."""
    cut_off(served, "_lay_aside", monkeypatch)
    lotse = open_lotse(served)
    work(lotse, 1)
    lotse.store.engine.dispose()
    done = move(served)
    assert (done.finished, served.database.exists()) == (True, False)
    assert verified(served).size > done.entries


def test_a_file_that_went_on_by_itself_is_not_taken_for_moved(
    served: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An old copy put back by hand, in which somebody has worked: two logs, and a person says which one counts."""
    shutil.copy(served.database, tmp_path / "copy.db")
    move(served)
    shutil.copy(tmp_path / "copy.db", served.database)
    monkeypatch.setattr(Lotse, "countersign", lambda _self: b"")
    lotse = open_lotse(in_its_file(served))
    work(lotse, 1)
    lotse.store.engine.dispose()
    with pytest.raises(NotMoved, match="leere Datenbank"):
        move(served)


def refused_at_commit(served: Settings, error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let PostgreSQL answer the commit of a move with this."""
    real = Connection.commit

    def commit(connection: Connection) -> None:
        if is_postgres(connection):
            raise OperationalError("", None, error)
        real(connection)

    with monkeypatch.context() as patched:
        patched.setattr(Connection, "commit", commit)
        with pytest.raises((OperationalError, NotMoved)) as told:
            move(served)
    assert isinstance(told.value, NotMoved) or getattr(told.value, "orig", None) is error
    assert is_empty(served)


def test_where_postgresql_says_no_the_old_file_counts_again(
    served: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused_at_commit(served, psycopg.errors.DiskFull("no room"), monkeypatch)
    lotse = open_lotse(in_its_file(served))
    work(lotse, 1)
    lotse.store.engine.dispose()
    assert not move(served).finished


def test_where_postgresql_says_nothing_nobody_works_anywhere_until_it_is_clear(
    served: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused_at_commit(served, psycopg.OperationalError("server closed the connection"), monkeypatch)
    with pytest.raises(MovedError):
        open_lotse(in_its_file(served))
    assert not move(served).finished
    assert verified(served).size


def test_there_is_nothing_to_move_twice(served: Settings) -> None:
    move(served)
    with pytest.raises(NotMoved, match="kein Speicher"):
        move(served)
