"""A restore over a database of which any one page is damaged: that is the day it is for.

Whatever can still be read of it is told, whatever cannot is told as not there, and nothing ends in an error.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from adapters.backup.checking import opened_backup
from adapters.backup.live import looked_at
from adapters.backup.restoring import approve_restore, request_restore
from adapters.backup.standing import standing
from adapters.keys.choose import open_keys
from adapters.settings import Settings, read_settings
from tests.cli.program import lotse
from tests.system.backups import REASON, an_office, backed_up, copied, some_entries

PAGE = 4096
EVERY = 8
"""Of so many pages one is restored over in the ordinary run; the campaign takes each."""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A small office and its backup; work has gone on since."""
    folder = tmp_path_factory.mktemp("damaged") / "haus"
    running = an_office(folder, rows=10)
    file = backed_up(running, folder.parent / "montag.backup")
    some_entries(running, 2)
    running.store.engine.dispose()
    with closing(sqlite3.connect(read_settings(folder).database)) as database:
        assert database.execute("PRAGMA page_size").fetchone()[0] == PAGE
    return folder, file


def damaged(database: Path, whole: bytes, fill: bytes) -> Iterator[int]:
    """Damage one page after the other, with everything else as it was."""
    for page in range(len(whole) // PAGE):
        database.write_bytes(whole[: page * PAGE] + fill * PAGE + whole[(page + 1) * PAGE :])
        yield page


@pytest.mark.parametrize("fill", [b"\x00", b"\xff"])
def test_whatever_page_is_damaged_the_database_is_looked_at_without_an_error(
    office: tuple[Path, Path], tmp_path: Path, fill: bytes
) -> None:
    settings = copied(office[0], tmp_path / "haus")
    keys = tmp_path / "keys"
    shutil.copytree(settings.keys, keys)
    found = []
    whole = settings.database.read_bytes()
    with opened_backup(office[1], open_keys(settings), tmp_path) as backup:
        for _ in damaged(settings.database, whole, fill):
            found.append(looked_at(settings, sign=False) is not None)
            standing(settings, backup)
            looked_at(settings)
            shutil.copytree(keys, settings.keys, dirs_exist_ok=True, copy_function=_anew)
    assert len(set(found)) == 2


def _anew(source: str, target: str) -> None:
    Path(target).unlink(missing_ok=True)
    shutil.copy2(source, target)


def restored_over(settings: Settings, file: Path) -> None:
    """Ask for the restore and approve it, over whatever lies there."""
    request_restore(settings, file, "fachkraft", REASON)
    approve_restore(settings, file, "okafor")
    answer = lotse("audit", "verify", "--decrypt", "--replay", "--dir", settings.data.parent)
    assert answer.code == 0, answer.err


def over_pages(office: tuple[Path, Path], place: Path, every: int) -> None:
    """Restore over a damage of each page (or one of so many)."""
    folder, file = office
    whole = read_settings(folder).database.read_bytes()
    for number in range(0, len(whole) // PAGE, every):
        settings = copied(folder, place / str(number))
        harmed = whole[: number * PAGE] + b"\xff" * PAGE + whole[(number + 1) * PAGE :]
        settings.database.write_bytes(harmed)
        restored_over(settings, file)


def test_a_restore_over_a_damaged_page_succeeds(office: tuple[Path, Path], tmp_path: Path) -> None:
    over_pages(office, tmp_path, EVERY)


@pytest.mark.campaign
def test_a_restore_over_each_damaged_page_succeeds(office: tuple[Path, Path], tmp_path: Path) -> None:
    over_pages(office, tmp_path, 1)
