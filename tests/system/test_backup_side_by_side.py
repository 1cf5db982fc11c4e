"""Other programs while a backup is brought back: nobody goes on with the old database, no work is lost unsaid."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from adapters.backup.archive import Header
from adapters.backup.errors import RestoreConflict
from adapters.backup.live import looked_at
from adapters.backup.restoring import approve_restore
from adapters.backup.swap import held
from adapters.bootstrap import open_lotse
from adapters.cli.failures import failure_of
from adapters.db.connect import ReplacedError
from adapters.settings import Settings
from audit.notary_file import NotaryFile
from tests.cli.program import Answer, lotse
from tests.system.backups import an_office_that_asks, copied, origin_of, some_entries


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return an_office_that_asks(tmp_path_factory.mktemp("asked"), rows=12)


@pytest.fixture
def settings(asked: tuple[Path, Path], tmp_path: Path) -> Settings:
    return copied(asked[0], tmp_path / "haus")


@pytest.fixture
def file(asked: tuple[Path, Path]) -> Path:
    return asked[1]


def verified(settings: Settings) -> Answer:
    return lotse("audit", "verify", "--decrypt", "--replay", "--dir", settings.data.parent)


def test_who_has_the_old_database_open_writes_and_signs_nothing_any_more(
    settings: Settings, file: Path
) -> None:
    """A program that goes on running is told to start anew, before it reads, writes or halts the notary."""
    running = open_lotse(settings)
    with running.store.reading():
        pass
    done = approve_restore(settings, file, "okafor")
    before = done.aside.read_bytes() if done.aside else b""
    with pytest.raises(ReplacedError, match="neu starten"):
        running.record("access", {"action": "list", "actor": "fachkraft", "count": 1})
    with pytest.raises(ReplacedError):
        running.countersign()
    assert done.aside is not None
    assert done.aside.read_bytes() == before
    assert NotaryFile(settings.notary).load().halted is None
    assert verified(settings).code == 0


@pytest.mark.parametrize("journal", ["delete", "truncate", "persist"])
def test_even_a_program_that_knows_nothing_of_restores_cannot_write_to_the_old_file(
    settings: Settings, file: Path, journal: str
) -> None:
    """SQLite itself sees that the file was moved away from under it."""
    with closing(sqlite3.connect(settings.database, isolation_level=None)) as old:
        old.execute(f"PRAGMA journal_mode={journal}")
        old.execute("UPDATE tenants SET origin = origin")
        old.execute("SELECT count(*) FROM log").fetchone()
        approve_restore(settings, file, "okafor")
        with pytest.raises(sqlite3.OperationalError) as caught:
            old.execute("UPDATE tenants SET origin = 'anders'")
        assert caught.value.sqlite_errorname == "SQLITE_READONLY_DBMOVED"
        assert "durch eine andere ersetzt" in failure_of(caught.value).sentence
    assert verified(settings).code == 0


def test_while_somebody_is_writing_nothing_is_replaced(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.backup.copying._PATIENCE", 0.2)
    with closing(sqlite3.connect(settings.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(RestoreConflict, match="Andere Programme"), held(settings.database):
            pass
    assert origin_of(settings).endswith("/1")


def test_a_write_ahead_log_is_closed_first_and_only_where_nobody_else_has_it_open(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.backup.copying._PATIENCE", 0.2)
    with closing(sqlite3.connect(settings.database)) as other:
        assert other.execute("PRAGMA journal_mode=WAL").fetchone() == ("wal",)
        other.execute("SELECT count(*) FROM log").fetchone()
        with pytest.raises(RestoreConflict), held(settings.database):
            pass
    with held(settings.database) as size:
        assert size is not None
        assert not settings.database.with_name("lotse.db-wal").exists()


def test_what_is_written_between_looking_and_locking_is_not_lost_silently(
    settings: Settings, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:

    def late(settings: Settings, header: Header) -> object:
        found = looked_at(settings, header)
        running = open_lotse(settings)
        some_entries(running, 1)
        running.store.engine.dispose()
        return found

    monkeypatch.setattr("adapters.backup.restoring.looked_at", late)
    with pytest.raises(RestoreConflict, match="weitergearbeitet"):
        approve_restore(settings, file, "okafor")
    assert origin_of(settings).endswith("/1")
