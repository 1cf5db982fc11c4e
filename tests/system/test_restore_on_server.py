"""A restore into PostgreSQL that is cut off anywhere is finished by whoever opens the store next, or given up whole.

The database of the town is empty until the commit, the notary's file that of before until after it; nobody ever finds a
log there that the notary does not know.
"""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from adapters.backup import server, swap
from adapters.backup.errors import RestoreConflict, RestoreRefused
from adapters.backup.restoring import Restored, approve_restore
from adapters.backup.server import held_there
from adapters.backup.swap import plan_file, read_plan
from adapters.bootstrap import NoStoreError, create_lotse, open_lotse
from adapters.db.driver import is_postgres
from adapters.settings import Settings
from adapters.verification import Asked, verify_store
from audit.notary_file import NotaryFile
from tests import postgres
from tests.system.backups import an_office_that_asks, copied


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return an_office_that_asks(tmp_path_factory.mktemp("asked"))


@pytest.fixture
def file(asked: tuple[Path, Path]) -> Path:
    return asked[1]


@pytest.fixture
def settings(asked: tuple[Path, Path], tmp_path: Path) -> Iterator[Settings]:
    """The office that asks, on a server whose database is empty."""
    lent = postgres.Lent()
    embedded = copied(asked[0], tmp_path / "haus")
    for path in embedded.data.glob("lotse.db*"):
        path.unlink()
    yield replace(embedded, database_url=postgres.as_application(lent.url))
    lent.give_back()


def is_empty(settings: Settings) -> bool:
    """Whether nothing has arrived on PostgreSQL."""
    assert settings.database_url is not None
    with psycopg.connect(settings.database_url) as connection:
        return connection.execute("SELECT count(*) FROM lotse_tenants()").fetchone() == (0,)


def approved(settings: Settings, file: Path) -> Restored:
    return approve_restore(settings, file, "okafor")


def as_restored(settings: Settings) -> None:
    """Assert that log and notary are those of the restore, and go on together."""
    lotse = open_lotse(settings)
    try:
        assert lotse.store.origin.endswith("/2")
        assert NotaryFile(settings.notary).load().origin == lotse.store.origin
        lotse.record("access", {"action": "list", "actor": "fachkraft", "count": 3})
        lotse.countersign()
        verify_store(lotse.store, lotse.verifier, Asked(decrypt=True, replay=True))
    finally:
        lotse.store.engine.dispose()
    assert not plan_file(settings).exists()
    assert settings.notary.with_name("notary-1.json").exists()


def test_nothing_of_it_lies_in_the_folder_afterwards(settings: Settings, file: Path) -> None:
    done = approved(settings, file)
    assert done.aside is None
    as_restored(settings)
    left = {path.name for path in settings.data.iterdir() if path.suffix != ".lock"}
    assert left == set()


def cut_off(
    settings: Settings, file: Path, step: str, monkeypatch: pytest.MonkeyPatch, *, after: bool = False
) -> None:
    """Approve, and die at this step, or right after it."""
    real = getattr(server, step)

    def dies(*given: object) -> None:
        if after:
            real(*given)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(server, step, dies)
        with pytest.raises(KeyboardInterrupt):
            approved(settings, file)


@pytest.mark.parametrize("step", ["carried", "proven", "write_plan"])
def test_cut_off_before_anything_is_written_down_it_is_approved_again(
    settings: Settings, file: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = settings.notary.read_bytes()
    cut_off(settings, file, step, monkeypatch)
    assert is_empty(settings)
    assert settings.notary.read_bytes() == before
    with pytest.raises(NoStoreError, match="backup restore"):
        open_lotse(settings)
    approved(settings, file)
    as_restored(settings)


def test_cut_off_before_the_commit_the_next_command_gives_it_up_and_says_so(
    settings: Settings, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = settings.notary.read_bytes()
    cut_off(settings, file, "write_plan", monkeypatch, after=True)
    assert plan_file(settings).exists()
    with pytest.raises(RestoreConflict, match="noch einmal freigeben"):
        open_lotse(settings)
    assert (is_empty(settings), settings.notary.read_bytes() == before) == (True, True)
    approved(settings, file)
    as_restored(settings)


@pytest.mark.parametrize(("step", "after"), [("_commit", True), ("finish", False)])
def test_cut_off_after_the_commit_whoever_opens_the_store_finishes_it(
    settings: Settings, file: Path, step: str, *, after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_off(settings, file, step, monkeypatch, after=after)
    assert not is_empty(settings)
    as_restored(settings)


def test_cut_off_while_the_notary_begins_anew_it_is_finished_too(
    settings: Settings, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_given: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(swap, "_begin_notary", dies)
        with pytest.raises(KeyboardInterrupt):
            approved(settings, file)
    as_restored(settings)


def test_nobody_takes_another_database_for_the_one_it_was_cut_off_in(
    settings: Settings, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the folder of the data, nor a second database: there would be two logs of one name."""
    cut_off(settings, file, "_commit", monkeypatch, after=True)
    lent = postgres.Lent()
    try:
        for other in (None, postgres.as_application(lent.url)):
            with pytest.raises(RestoreConflict, match="LOTSE_DATABASE_URL"):
                open_lotse(replace(settings, database_url=other))
    finally:
        lent.give_back()
    as_restored(settings)


def answered(
    settings: Settings, file: Path, error: Exception, monkeypatch: pytest.MonkeyPatch, *, kept: bool
) -> BaseException:
    """Let PostgreSQL answer the commit with this, having kept it or not; gives what the restore says."""
    real = Connection.commit

    def commit(connection: Connection) -> None:
        if kept or not is_postgres(connection):
            real(connection)
        if is_postgres(connection):
            raise OperationalError("", None, error)

    with monkeypatch.context() as patched:
        patched.setattr(Connection, "commit", commit)
        with pytest.raises((OperationalError, RestoreConflict)) as told:
            approved(settings, file)
    return told.value


def test_where_postgresql_says_no_it_is_simply_approved_again(
    settings: Settings, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = psycopg.errors.DiskFull("no room")
    assert isinstance(answered(settings, file, full, monkeypatch, kept=False), OperationalError)
    approved(settings, file)
    as_restored(settings)


@pytest.mark.parametrize("kept", [False, True])
def test_where_postgresql_says_nothing_the_next_command_finds_out(
    settings: Settings, file: Path, kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = psycopg.OperationalError("server closed the connection")
    told = answered(settings, file, cut, monkeypatch, kept=kept)
    assert (isinstance(told, RestoreConflict), "audit verify" in str(told)) == (True, True)
    if not kept:
        with pytest.raises(RestoreConflict, match="noch einmal freigeben"):
            open_lotse(settings)
        approved(settings, file)
    as_restored(settings)


def test_a_commit_that_is_still_on_its_way_is_waited_for(
    settings: Settings, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody who looks meanwhile takes it for given up: there would be a second restore of the same name."""
    on_its_way, real = threading.Event(), server._commit

    def slowly(told: Settings, new: Connection) -> None:
        on_its_way.set()
        time.sleep(0.7)
        real(told, new)

    monkeypatch.setattr(server, "_commit", slowly)
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(approved, settings, file)
        assert on_its_way.wait(60)
        plan = read_plan(settings)
        assert plan is not None
        with held_there(settings, plan) as found:
            assert found is not None
            assert found.origin == plan.origin
        done.result()
    as_restored(settings)


def test_another_tenant_is_not_pushed_aside(settings: Settings, file: Path, tmp_path: Path) -> None:
    """A database of several towns: this one says that it is to come beside them, and then it does."""
    other = Settings(
        tmp_path / "zweite" / "data",
        tmp_path / "zweite" / "keys",
        tmp_path,
        database_url=settings.database_url,
        tenant="ab" * 16,
    )
    create_lotse(other).store.engine.dispose()
    with pytest.raises(RestoreRefused, match="LOTSE_TENANT=") as told:
        approved(settings, file)
    with pytest.raises(RestoreRefused, match="anderen Träger als diese Sicherung"):
        approved(replace(settings, tenant="cd" * 16), file)
    tenant = str(told.value).partition("LOTSE_TENANT=")[2][:32]
    approved(replace(settings, tenant=tenant), file)
    as_restored(replace(settings, tenant=tenant))
    lotse = open_lotse(other)
    assert verify_store(lotse.store, lotse.verifier, Asked(replay=True)).size
    lotse.store.engine.dispose()
