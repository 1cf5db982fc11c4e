"""The disk is full, read-only, or has lost a file of the WAL: a sentence, nothing half, and nothing acknowledged lost.

On both databases, on real file systems. Where a file of the WAL is gone PostgreSQL does not start; whoever forces it to
start has lost steps, and the notary says so.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import psycopg
import pytest

from adapters.cli.failures import failure_of
from adapters.db import begin
from adapters.lotse import Lotse
from adapters.settings import Settings
from adapters.verification import Asked, verify_store
from audit.faults import VerificationError
from tests.people import WORKER
from tests.postgres import run
from tests.postgres_server import Server
from tests.system.grounds import Office, all_is_settled, an_office, made
from tests.system.hands import TROUBLE, Hand, bounds_of
from tests.system.history import Outcome
from tests.system.own_server import a_server_in, an_own_server
from tests.system.program import is_a_sentence
from tests.system.small_disk import SmallDisk, a_small_disk
from tests.system.witness import Witness
from workflow.perform import Request

ENOUGH = 400
SMALL = {"min_wal_size": "32MB", "max_wal_size": "32MB"}


@contextmanager
def a_server_at_work(server: Server) -> Iterator[tuple[Office, Lotse, Hand]]:
    """An office on this server, and somebody who works in it."""
    with an_office("postgres", server) as office, at_work(office) as (lotse, hand):
        some_work(hand)
        yield office, lotse, hand


@contextmanager
def at_work(office: Office, name: str = "narrow") -> Iterator[tuple[Lotse, Hand]]:
    """Somebody who works in this office, and does not wait for long."""
    with patch.object(begin, "PATIENCE", 0.5):
        lotse = office.opened()
        try:
            yield lotse, Hand(lotse, Witness(office.history), bounds_of(office.cases), name)
        finally:
            lotse.store.engine.dispose()


def until_something_fails(office: Office, hand: Hand) -> None:
    failed = office.record().count(Outcome.FAIL)
    for _ in range(ENOUGH):
        hand.note_on(office.cases[0], hand.version(office.cases[0]) or 0)
        if office.record().count(Outcome.FAIL) > failed:
            return
    raise AssertionError("nothing fails")


def sentence(lotse: Lotse, office: Office) -> str:
    """What a person reads who writes a note now."""
    request = Request("note", WORKER, office.cases[0], details={"text": "passt nicht mehr"})
    with pytest.raises(TROUBLE) as met:
        lotse.submit(request)
    said = failure_of(met.value).sentence
    assert is_a_sentence(said)
    return said


def goes_on(office: Office, hand: Hand) -> None:
    """With room again work goes on, and nothing was lost or came in by halves."""
    done = office.record().count(Outcome.OK)
    hand.note_on(office.cases[0], hand.version(office.cases[0]) or 0)
    assert office.record().count(Outcome.OK) == done + 1
    all_is_settled(office)


def some_work(hand: Hand) -> None:
    for _ in range(5):
        hand.act()


def on_this_disk(disk: SmallDisk, beside: Path) -> Office:
    return made(Settings(data=disk.place / "data", keys=beside / "keys", exports=beside))


def test_a_full_disk_under_an_embedded_store(tmp_path: Path) -> None:
    with a_small_disk(4) as disk:
        office = on_this_disk(disk, tmp_path)
        with at_work(office) as (lotse, hand):
            some_work(hand)
            disk.fill(leave=12_288)
            until_something_fails(office, hand)
            assert "voll" in sentence(lotse, office)
            disk.make_room()
            goes_on(office, hand)


def test_a_read_only_disk_under_an_embedded_store(tmp_path: Path) -> None:
    with a_small_disk(4) as disk:
        office = on_this_disk(disk, tmp_path)
        with at_work(office) as (_, hand):
            some_work(hand)
        disk.read_only(on=True)
        with pytest.raises(TROUBLE) as met:
            office.opened()
        assert is_a_sentence(failure_of(met.value).sentence)
        disk.read_only(on=False)
        with at_work(office, "again") as (_, hand):
            goes_on(office, hand)


def test_a_full_disk_under_postgresql() -> None:
    """First tables cannot grow; then the WAL cannot, and the server goes down until there is room."""
    with (
        a_small_disk(256) as disk,
        a_server_in(disk.place / "server", SMALL) as server,
        a_server_at_work(server) as (office, lotse, hand),
    ):
        disk.fill()
        until_something_fails(office, hand)
        assert "voll" in sentence(lotse, office)
        with pytest.raises(psycopg.Error):
            run(server.url(), "SELECT pg_switch_wal()", "CHECKPOINT", "SELECT pg_switch_wal()")
        assert sentence(lotse, office)
        disk.make_room()
        server.stop("immediate")
        server.start()
        goes_on(office, hand)


def test_a_read_only_disk_under_postgresql() -> None:
    with (
        a_small_disk(256) as disk,
        a_server_in(disk.place / "server", SMALL) as server,
        a_server_at_work(server) as (office, lotse, hand),
    ):
        server.stop("fast")
        disk.read_only(on=True)
        with pytest.raises((subprocess.CalledProcessError, OSError)):
            server.start()
        assert "PostgreSQL antwortet nicht" in sentence(lotse, office)
        disk.read_only(on=False)
        server.start()
        goes_on(office, hand)


def first_wal(server: Server) -> Path:
    """The file of the WAL in which a recovery would begin."""
    segments = [file for file in (server.data / "pg_wal").iterdir() if len(file.name) == 24]
    return min(segments, key=lambda file: file.name)


def test_a_file_of_the_wal_is_gone() -> None:
    """PostgreSQL does not start, and Lotse says so; put back, everything is there."""
    with an_own_server() as server, a_server_at_work(server) as (office, lotse, hand):
        server.kill()
        gone = first_wal(server)
        kept = gone.rename(server.folder / "kept")
        with pytest.raises(subprocess.CalledProcessError):
            server.start()
        assert "PostgreSQL antwortet nicht" in sentence(lotse, office)
        kept.rename(gone)
        server.start()
        goes_on(office, hand)


def test_a_wal_thrown_away_by_force_is_a_loss_that_the_notary_names() -> None:
    with an_own_server() as server, an_office("postgres", server) as office:
        run(server.url(), "CHECKPOINT")
        with at_work(office) as (lotse, hand):
            some_work(hand)
            note = lotse.countersign()
        server.kill()
        server.program("pg_resetwal", "--force", f"--pgdata={server.data}")
        server.start()
        with at_work(office) as (lotse, _), pytest.raises(VerificationError, match="Protokoll gekürzt"):
            verify_store(lotse.store, lotse.verifier, Asked(notes=[note], decrypt=True, replay=True))
