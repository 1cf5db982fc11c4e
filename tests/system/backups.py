"""An office with a backup, work since, and a restore that has been asked for; made once, copied for each test."""

import shutil
from pathlib import Path

from adapters.backup.making import make_backup
from adapters.backup.restoring import request_restore
from adapters.bootstrap import open_lotse
from adapters.lotse import Lotse
from adapters.settings import Settings, read_settings
from states.vocabulary import Role
from tests.system.lived_in import a_lived_in_store
from workflow.office import Person

REASON = "Platte defekt"
SUPERVISOR = Person("okafor", "Frau Okafor", frozenset({Role.SUPERVISOR}))
IT = Person("it", "Herr Kabel", frozenset({Role.ADMIN}))
DPO = Person("vogt", "Herr Vogt", frozenset({Role.DPO}))


def an_office(folder: Path, rows: int = 20) -> Lotse:
    """A lived-in store below `folder`, with somebody who may approve a restore."""
    lotse = a_lived_in_store(folder, rows)
    lotse.store.put(SUPERVISOR, IT, DPO)
    lotse.countersign()
    return lotse


def backed_up(lotse: Lotse, place: Path) -> Path:
    """Make a backup as the Fachkraft, and sign what that wrote."""
    make_backup(lotse, place, lotse.person("fachkraft"))
    lotse.countersign()
    return place


def some_entries(lotse: Lotse, count: int) -> None:
    """Let work go on after the backup."""
    for _ in range(count):
        lotse.record("access", {"action": "list", "actor": "fachkraft", "count": 3})
    lotse.countersign()


def an_office_that_asks(base: Path, rows: int = 20, since: int = 4) -> tuple[Path, Path]:
    """The folder of an office in which a restore of the backup beside it waits for its second person."""
    folder, file = base / "haus", base / "montag.backup"
    lotse = an_office(folder, rows)
    backed_up(lotse, file)
    some_entries(lotse, since)
    lotse.store.engine.dispose()
    request_restore(read_settings(folder), file, "fachkraft", REASON)
    return folder, file


def copied(folder: Path, to: Path) -> Settings:
    """The same office elsewhere."""
    shutil.copytree(folder, to)
    return read_settings(to)


def origin_of(settings: Settings) -> str:
    """The name of the log that is there now."""
    lotse = open_lotse(settings)
    try:
        return lotse.store.origin
    finally:
        lotse.store.engine.dispose()
