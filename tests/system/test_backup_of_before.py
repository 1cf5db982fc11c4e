"""A backup that an earlier version made, with the nodes of its time beside the log, is verified and restored today."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from adapters.backup.archive import Header, new_secret, read_header, seal, unseal
from adapters.backup.restoring import approve_restore, request_restore
from adapters.bootstrap import open_lotse
from adapters.db.connect import HEAD, connect
from adapters.keys.choose import open_keys
from adapters.settings import Settings, read_settings
from tests.cli.program import lotse
from tests.migrations import back_to
from tests.system.backups import REASON, an_office, backed_up, some_entries


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An office whose log has nodes of two levels, and that has gone on since its backup."""
    office = an_office(tmp_path / "haus")
    some_entries(office, 300)
    backed_up(office, tmp_path / "heute.backup")
    some_entries(office, 4)
    office.store.engine.dispose()
    return read_settings(tmp_path / "haus")


def as_before(settings: Settings, backup: Path, target: Path) -> Header:
    """The same backup as an earlier version sealed it; gives its header."""
    keys, plain = open_keys(settings), target.with_suffix(".db")
    with backup.open("rb") as source, plain.open("xb") as opened:
        header = unseal(source, opened, keys)
    engine = connect(plain)
    back_to("0004", engine)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM log_nodes")) == header.size // 256 == 1
    engine.dispose()
    secret, version, wrapped = new_secret(keys, header.tenant)
    size = plain.stat().st_size
    before = replace(header, schema="0004", database=size, kek_version=version, wrapped=wrapped)
    with plain.open("rb") as source, target.open("xb") as sealed:
        seal(source, sealed, before, secret)
    return before


def test_a_backup_of_before_is_verified_and_restored(settings: Settings, tmp_path: Path) -> None:
    office, backup = tmp_path / "haus", tmp_path / "früher.backup"
    header = as_before(settings, tmp_path / "heute.backup", backup)
    with backup.open("rb") as file:
        assert read_header(file)[0] == header
    assert lotse("backup", "verify", backup, "--dir", office).code == 0
    request_restore(settings, backup, "fachkraft", REASON)
    assert approve_restore(settings, backup, "okafor").origin.endswith("/2")
    verified = lotse("audit", "verify", "--decrypt", "--replay", "--dir", office)
    assert verified.code == 0, verified.err
    running = open_lotse(settings)
    some_entries(running, 20)
    with running.store.log_reader() as reader:
        assert [number for number, _ in reader.nodes(1, None, 10)] == [0]
        assert reader.connection.scalar(text("SELECT version_num FROM alembic_version")) == HEAD
    running.store.engine.dispose()
    proven = lotse(
        "audit", "proof", "--incarnation", "1", "280", "--out", tmp_path / "nachweise", "--dir", office
    )
    assert proven.code == 0, proven.err
