"""A lawful restore: two people, everything proven first, a new incarnation that says what is lost.

Also on a new machine, over a damaged or missing database, twice, and while other programs have the old one open.
"""

import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters.backup.errors import BackupError
from adapters.backup.request import read_request
from adapters.backup.restoring import (
    approve_restore,
    preview,
    request_restore,
)
from adapters.bootstrap import open_lotse
from adapters.db.past import newest_incarnation
from adapters.keys.file import FileKeys
from adapters.settings import Settings, read_settings
from audit.notary_file import NotaryFile
from tests.cli.program import Answer, lotse
from tests.opened import opened
from tests.system.backups import (
    REASON,
    an_office_that_asks,
    backed_up,
    copied,
    origin_of,
    some_entries,
)

SINCE = 4


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return an_office_that_asks(tmp_path_factory.mktemp("asked"), since=SINCE)


@pytest.fixture
def settings(asked: tuple[Path, Path], tmp_path: Path) -> Settings:
    return copied(asked[0], tmp_path / "haus")


@pytest.fixture
def file(asked: tuple[Path, Path]) -> Path:
    return asked[1]


def verified(settings: Settings) -> Answer:
    """What `lotse audit verify` says, with everything it can be asked."""
    return lotse("audit", "verify", "--decrypt", "--replay", "--dir", settings.data.parent)


def contents(settings: Settings) -> dict[str, bytes]:
    """Every file of the office but locks, which are empty."""
    found = (path for path in settings.data.parent.rglob("*") if path.is_file() and path.suffix != ".lock")
    return {str(path): path.read_bytes() for path in found}


def first_entry(settings: Settings) -> Mapping[str, Any]:
    """The first entry of the log that is there now, opened."""
    store = open_lotse(settings)
    try:
        with store.store.log_reader() as reader, store.store.keys() as keys:
            return next(opened(reader, keys)).a
    finally:
        store.store.engine.dispose()


def test_a_dry_run_tells_what_would_be_lost_and_changes_nothing(settings: Settings, file: Path) -> None:
    before = contents(settings)
    with preview(settings, file) as ahead:
        # Since the backup: its own entry, the work, and that a restore was asked for.
        assert ahead.lost == SINCE + 2
        assert ahead.waiting is not None
        assert ahead.waiting.reason == REASON
    assert contents(settings) == before


def test_the_log_goes_on_as_a_new_incarnation_whose_first_entry_says_it_all(
    settings: Settings, file: Path
) -> None:
    signed = NotaryFile(settings.notary).load()
    with preview(settings, file) as ahead:
        header = ahead.opened.header
    done = approve_restore(settings, file, "okafor")
    assert (done.before, done.lost) == (header.origin, SINCE + 2)
    assert done.origin == header.origin.removesuffix("/1") + "/2" == origin_of(settings)
    first = first_entry(settings)
    assert signed.note is not None
    assert first["before"] == {
        "origin": header.origin, "size": header.size, "root": header.root, "vkey": header.vkey,
        "signed_size": signed.size, "signed_note": signed.note.decode(),
    }  # fmt: skip
    assert [first[name] for name in ("action", "actor", "requested_by", "purpose", "lost")] == [
        "restored", "okafor", "fachkraft", REASON, SINCE + 2,
    ]  # fmt: skip
    assert verified(settings).code == 0
    state = NotaryFile(settings.notary).load()
    assert (state.origin, state.halted) == (done.origin, None)
    assert state.size >= 1
    assert NotaryFile(settings.notary.with_name("notary-1.json")).load() == signed
    assert read_request(settings) is None


def test_work_goes_on_and_a_case_tells_its_whole_history(settings: Settings, file: Path) -> None:
    running = open_lotse(settings)
    worker = running.person("fachkraft")
    case = running.cases_for(worker)[0]
    told = running.store.timeline(case.id)
    running.store.engine.dispose()
    approve_restore(settings, file, "okafor")
    running = open_lotse(settings)
    running.view(worker, case.number)
    after = running.store.timeline(case.id)
    assert after[:-1] == [replace(each, incarnation=1) for each in told]
    assert (after[-1].a["action"], after[-1].incarnation) == ("open", None)
    running.countersign()
    running.store.engine.dispose()
    assert verified(settings).code == 0


def test_with_a_write_ahead_log_nothing_is_left_beside_the_new_database(
    settings: Settings, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with a newer SQLite: backup and restore are single files all the same."""
    monkeypatch.setattr("adapters.db.connect.journal_mode", lambda: "wal")
    running = open_lotse(settings)
    some_entries(running, 2)
    second = backed_up(running, tmp_path / "zweite.backup")
    some_entries(running, 2)
    running.store.engine.dispose()
    approve_restore(settings, file, "okafor")
    assert verified(settings).code == 0
    assert lotse("backup", "verify", second, "--dir", settings.data.parent).code == 0
    request_restore(settings, second, "fachkraft", REASON)
    assert approve_restore(settings, second, "okafor").origin.endswith("/3")
    assert verified(settings).code == 0


def test_the_old_database_is_kept_as_it_was(settings: Settings, file: Path) -> None:
    before = settings.database.read_bytes()
    done = approve_restore(settings, file, "okafor")
    assert done.aside is not None
    with closing(sqlite3.connect(done.aside)) as aside, closing(sqlite3.connect(":memory:")) as memory:
        memory.deserialize(before)
        old = memory.execute("SELECT leaf FROM log ORDER BY seq").fetchall()
        assert aside.execute("SELECT leaf FROM log ORDER BY seq").fetchall() == old


def test_a_restore_of_a_restored_store_and_of_a_backup_from_before_it(
    settings: Settings, file: Path, tmp_path: Path
) -> None:
    """Three incarnations; then one that gives up the third: its name is never given again."""
    approve_restore(settings, file, "okafor")
    running = open_lotse(settings)
    some_entries(running, 3)
    second = backed_up(running, tmp_path / "zweite.backup")
    some_entries(running, 2)
    running.store.engine.dispose()
    request_restore(settings, second, "vogt", REASON)
    done = approve_restore(settings, second, "it")
    assert (done.origin[-2:], done.lost) == ("/3", 4)
    assert verified(settings).code == 0
    running = open_lotse(settings)
    with running.store.reading() as connection:
        assert newest_incarnation(connection, running.store.tenant) == 2
    some_entries(running, 1)
    running.store.engine.dispose()
    request_restore(settings, file, "vogt", REASON)
    done = approve_restore(settings, file, "it")
    assert (done.before[-2:], done.origin[-2:]) == ("/1", "/4")
    answer = verified(settings)
    assert answer.code == 0, answer.err


def test_on_a_new_machine_with_recovered_keys(settings: Settings, file: Path, tmp_path: Path) -> None:
    """The master keys came back from escrow; notary's file and signing key are gone for good."""
    new = read_settings(tmp_path / "neu")
    FileKeys.create(new.keys)
    (new.keys / "kek-1.key").unlink()
    shutil.copyfile(settings.keys / "kek-1.key", new.keys / "kek-1.key")
    (new.keys / "kek-1.key").chmod(0o400)
    request_restore(new, file, "fachkraft", REASON)
    done = approve_restore(new, file, "okafor")
    assert (done.lost, done.aside) == (None, None)
    assert first_entry(new)["given_up"] is None
    answer = verified(new)
    assert answer.code == 0, answer.err
    assert lotse("case", "list", "--dir", tmp_path / "neu").code == 0


@pytest.mark.parametrize("harm", ["gone", "rubbish", "older", "altered"])
def test_over_a_database_that_is_gone_damaged_rolled_back_or_altered(
    settings: Settings, file: Path, harm: str
) -> None:
    database = settings.database
    if harm == "gone":
        database.unlink()
    elif harm == "rubbish":
        database.write_bytes(b"Das ist keine Datenbank.\n" * 400)
    elif harm == "older":
        older = database.read_bytes()
        running = open_lotse(settings)
        some_entries(running, 3)
        running.store.engine.dispose()
        database.write_bytes(older)
    else:
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("UPDATE persons SET roles = 'admin'")
            connection.commit()
    signed = NotaryFile(settings.notary).load().size
    done = approve_restore(settings, file, "okafor")
    assert done.lost is not None
    assert done.lost >= signed - done.size
    assert verified(settings).code == 0
    assert lotse("case", "list", "--dir", settings.data.parent).code == 0


def test_a_backup_that_is_not_sound_replaces_nothing(settings: Settings, file: Path, tmp_path: Path) -> None:
    broken = tmp_path / "kaputt.backup"
    whole = file.read_bytes()
    broken.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    before = settings.database.read_bytes()
    for act in (
        lambda: request_restore(settings, broken, "fachkraft", REASON),
        lambda: approve_restore(settings, broken, "okafor"),
    ):
        with pytest.raises(BackupError):
            act()
    assert settings.database.read_bytes() == before


def new_case(settings: Settings) -> str:
    """Begin a case and give its number."""
    told = lotse("case", "new", "self", "--set", "surname=Erfunden", "--json", "--dir", settings.data.parent)
    assert told.code == 0, told.err
    return str(told.json["number"])


def test_a_number_that_a_letter_may_carry_is_given_to_no_second_family(
    settings: Settings, file: Path, tmp_path: Path
) -> None:
    """Cases begun after the backup are lost; their numbers stand in letters and calendars."""
    given = {new_case(settings) for _ in range(3)}
    approve_restore(settings, file, "okafor")
    assert new_case(settings) not in given
    assert verified(settings).code == 0

    new = read_settings(tmp_path / "neu")
    FileKeys.create(new.keys)
    (new.keys / "kek-1.key").unlink()
    shutil.copyfile(settings.keys / "kek-1.key", new.keys / "kek-1.key")
    (new.keys / "kek-1.key").chmod(0o400)
    request_restore(new, file, "fachkraft", REASON)
    approve_restore(new, file, "okafor")
    assert new_case(new) not in given, "not even where nobody knows how much is lost"
    assert verified(new).code == 0
