"""Where a store cannot be opened, nothing of it stays open: a process that goes on would hold the database."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from adapters.backup.copying import connected
from adapters.bootstrap import create_lotse, open_lotse, open_or_create
from adapters.settings import Settings, read_settings


def no_keys(settings: Settings) -> None:
    for key in settings.keys.glob("*.key"):
        key.unlink()


def no_notary(settings: Settings) -> None:
    """Of a store that looks as if it had been cut off while it was made."""
    by_hand(settings, "UPDATE log_head SET size = 0")
    settings.notary.write_bytes(b"{}")


def no_tenant(settings: Settings) -> None:
    by_hand(settings, "DELETE FROM tenants")


def newer(settings: Settings) -> None:
    by_hand(settings, "UPDATE alembic_version SET version_num = '9999'")


def by_hand(settings: Settings, statement: str) -> None:
    with closing(sqlite3.connect(settings.database)) as database, database:
        database.execute(statement)


def held(folder: Path) -> list[str]:
    """The files below the folder that this process has open."""
    found = []
    for each in Path("/proc/self/fd").iterdir():
        try:
            found.append(os.readlink(each))  # noqa: PTH115 - as the kernel names it, also where it is gone
        except FileNotFoundError:
            continue
    return [name for name in found if name.startswith(str(folder))]


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="what is open is told by /proc")
@pytest.mark.parametrize("harm", [no_keys, no_notary, no_tenant, newer])
@pytest.mark.parametrize("opening", [open_lotse, create_lotse, open_or_create])
def test_a_store_that_cannot_be_opened_is_let_go(tmp_path: Path, harm: object, opening: object) -> None:
    settings = read_settings(tmp_path)
    create_lotse(settings).store.engine.dispose()
    assert callable(harm)
    assert callable(opening)
    harm(settings)
    with pytest.raises(Exception, match=r".") as caught:
        opening(settings)
    assert not held(tmp_path), caught.value


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="what is open is told by /proc")
def test_a_file_that_is_no_database_is_let_go(tmp_path: Path) -> None:
    file = tmp_path / "lotse.db"
    file.write_bytes(b"Das ist keine Datenbank.\n" * 400)
    with pytest.raises(sqlite3.Error):
        connected(file).execute("PRAGMA journal_mode=WAL")
    create = read_settings(tmp_path / "haus")
    create.data.mkdir(parents=True)
    create.database.write_bytes(file.read_bytes())
    with pytest.raises(Exception, match="database"):
        open_lotse(create)
    assert not held(create.data)
