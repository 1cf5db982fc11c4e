"""A backup made on PostgreSQL while four programs write: one moment of the log, with all that was acknowledged before.

What is restored from it, into another database, is a beginning of the log that went on, and it verifies by itself.
"""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.backup.checking import same_beginning
from adapters.backup.making import Made, make_backup
from adapters.backup.restoring import approve_restore, request_restore
from adapters.bootstrap import create_lotse, open_lotse
from adapters.db.recorded import RecordedLog
from adapters.lotse import Lotse, now
from adapters.settings import Settings
from adapters.verification import Asked, verify_store
from states.vocabulary import Command
from tests import postgres
from tests.sensible import sensible
from tests.system.backups import IT, REASON, SUPERVISOR
from workflow.perform import Request

WRITERS, BACKUPS = 4, 3


@pytest.fixture
def addresses() -> Iterator[list[str]]:
    """Two empty databases on PostgreSQL."""
    lent = [postgres.Lent(), postgres.Lent()]
    yield [postgres.as_application(each.url) for each in lent]
    for each in lent:
        each.give_back()


class Writer:
    """A program that takes referrals in and writes accesses as fast as it can, and notes what was acknowledged."""

    def __init__(self, settings: Settings, first: int) -> None:
        self.acknowledged: list[int] = []
        self._lotse = open_lotse(settings)
        self._first = first

    def write(self, enough: threading.Event) -> None:
        """Go on until it is enough."""
        by = self._lotse.person()
        for number in range(self._first, self._first + 1_000_000):
            if enough.is_set():
                break
            if number % 5 == 0:
                details = sensible(Command.RECEIVE_CONSENT, None, by, now())
                self._lotse.submit(Request(Command.RECEIVE_CONSENT, by, details=details))
            self._lotse.record("access", {"action": "list", "actor": by.id, "count": number})
            self.acknowledged.append(number)
        self._lotse.store.engine.dispose()


def numbers_in(lotse: Lotse) -> list[object]:
    """The numbers of the writers' entries, in the order of the log, also of the one that was continued."""
    told = [(entry.a or {}) for entry in RecordedLog(lotse.store).forwards(None)]
    return [a["count"] for a in told if a.get("action") == "list"]


def test_a_backup_made_while_four_programs_write_restores_to_a_beginning_of_the_log(
    addresses: list[str], tmp_path: Path
) -> None:
    settings = Settings(tmp_path / "data", tmp_path / "keys", tmp_path, database_url=addresses[0])
    lotse = create_lotse(settings)
    lotse.store.put(SUPERVISOR, IT)
    writers = [Writer(settings, number * 1_000_000) for number in range(1, WRITERS + 1)]
    enough, before, made = threading.Event(), [], []
    with ThreadPoolExecutor(WRITERS) as pool:
        going = [pool.submit(each.write, enough) for each in writers]
        try:
            for number in range(BACKUPS):
                while any(len(each.acknowledged) < 3 * (number + 1) for each in writers):
                    assert not any(each.done() for each in going), [
                        each.exception() for each in going if each.done()
                    ]
                    enough.wait(0.01)
                before.append({one for each in writers for one in each.acknowledged})
                made.append(make_backup(lotse, tmp_path / f"{number}.backup", lotse.person("it")))
        finally:
            enough.set()
        for each in going:
            each.result()
    assert all(same_beginning(lotse.store, each.header) for each in made)
    sizes = [each.header.size for each in made]
    assert sizes == sorted(set(sizes))
    whole = numbers_in(lotse)
    assert len(whole) > len(before[-1]), "they went on writing while the backup was made"
    lotse.countersign()
    lotse.store.engine.dispose()
    restored(replace(settings, database_url=addresses[1]), made[1], whole, before[1])


def restored(settings: Settings, made: Made, whole: list[object], before: set[int]) -> None:
    """Restore it into the other database, and hold what is there against the log that went on."""
    request_restore(settings, made.path, "it", REASON)
    done = approve_restore(settings, made.path, "okafor")
    lotse = open_lotse(settings)
    try:
        verify_store(lotse.store, lotse.verifier, Asked(decrypt=True, replay=True))
        there = numbers_in(lotse)
        assert there == whole[: len(there)]
        assert before <= set(there)
        assert done.lost is not None
        assert done.lost >= len(whole) - len(there)
    finally:
        lotse.store.engine.dispose()
