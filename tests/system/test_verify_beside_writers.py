"""Verifying a log while others write and erase: nobody waits long, and no false alarm is raised."""

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path

import pytest

import audit.page
from adapters.bootstrap import create_lotse, open_lotse
from adapters.lotse import Lotse
from adapters.retention import act, clerk_of
from adapters.settings import read_settings
from adapters.verification import Asked, verify_store
from audit.faults import FaultClass, VerificationError
from audit.keys import KeyRing
from audit.notary_file import NotaryFile
from audit.page import Question
from audit.sources import Log, Stretches, own_stretches
from audit.stretch import Stretch
from states.vocabulary import Command
from tests.cli.program import fine
from tests.sensible import sensible
from tests.system.backups import DPO, SUPERVISOR
from tests.system.lived_in import NOW
from tests.system.program import ROOT, surroundings
from workflow import clerk
from workflow.case import Case
from workflow.erasure import Ground
from workflow.perform import Request
from workflow.ports import Entry

SMALL = 256
"""Entries in a page."""
WRITER = """
import sys
from pathlib import Path
from tests.system.test_verify_beside_writers import work_on
work_on(Path(sys.argv[1]))
"""


@pytest.fixture
def lotse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lotse]:
    """An office with some closed cases; pages are small, so that there are many moments between them."""
    monkeypatch.setattr(audit.page, "PAGE", SMALL)
    lotse = create_lotse(read_settings(tmp_path), lambda: NOW)
    lotse.store.put(SUPERVISOR, DPO)
    for _ in range(12):
        closed_case(lotse)
    with lotse.store.work() as work:
        for _ in range(4 * SMALL):
            work.record(Entry("access", {"action": "list", "actor": "okafor", "outcome": "done", "count": 2}))
        work.commit()
    yield lotse
    lotse.store.engine.dispose()


def closed_case(lotse: Lotse) -> Case:
    worker = lotse.person("fachkraft")
    details = sensible(Command.RECEIVE_SELF, None, worker, NOW)
    case = lotse.submit(Request(Command.RECEIVE_SELF, worker, details=details)).case
    lotse.submit(Request(Command.TRIAGE_NO, worker, case.id))
    return lotse.submit(Request(Command.CLOSE, worker, case.id, details={"reason": "duplicate"})).case


def erase(lotse: Lotse, case: str) -> None:
    act(lotse, lambda work: clerk.request(work, clerk_of(lotse, DPO), case, Ground.UNLAWFUL))
    act(lotse, lambda work: clerk.approve(work, clerk_of(lotse, SUPERVISOR), case))


def work_on(folder: Path) -> None:
    """For some seconds take cases in, close them and erase them; tell how long the longest step took."""
    lotse = open_lotse(read_settings(folder), lambda: NOW)
    print("ready", flush=True)
    longest, count, until = 0.0, 0, time.monotonic() + 5
    while time.monotonic() < until:
        began = time.monotonic()
        case = closed_case(lotse)
        longest, count = max(longest, time.monotonic() - began), count + 1
        erase(lotse, case.id)
    print(json.dumps({"longest": longest, "count": count}), flush=True)


def everything(lotse: Lotse, stretches: Stretches = own_stretches) -> int:
    asked = Asked(decrypt=True, replay=True)
    return verify_store(lotse.store, lotse.verifier, asked, None, stretches).size


def test_a_verification_beside_a_program_that_writes_and_erases_raises_no_alarm(lotse: Lotse) -> None:
    folder = lotse.settings.data.parent
    words = [sys.executable, "-c", WRITER, str(folder)]
    sizes = []
    with subprocess.Popen(words, stdout=subprocess.PIPE, cwd=ROOT, env=surroundings()) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        while writer.poll() is None:
            sizes.append(everything(lotse))
        told = json.loads(writer.stdout.read())
    assert len(sizes) > 2
    assert sizes == sorted(sizes)
    assert told["count"] > 2
    assert told["longest"] < 10, "half of what a writer waits before it gives up"
    assert everything(lotse) >= sizes[-1]


def test_what_is_erased_between_two_pages_is_no_fault(lotse: Lotse) -> None:
    """The contents of the first page were there when it was read, and those of a later page are gone."""
    cases = [case.id for case in (closed_case(lotse) for _ in range(6))]

    def meanwhile(log: Log, question: Question, keys: KeyRing | None) -> Generator[Stretch, None, None]:
        for stretch in own_stretches(log, question, keys):
            if cases:
                erase(lotse, cases.pop())
            yield stretch

    assert everything(lotse, meanwhile) > 50
    assert len(cases) < 4


def test_what_looks_wrong_in_a_log_that_moved_is_looked_at_again(lotse: Lotse) -> None:
    """As if a page had been read while the file was put in its place anew: the second look, at one moment, counts."""
    looks = []

    def disturbed(log: Log, question: Question, keys: KeyRing | None) -> Generator[Stretch, None, None]:
        for stretch in own_stretches(log, question, keys):
            looks.append(stretch.start)
            closed_case(lotse)
            stretch.before_ms += 1
            yield stretch

    assert everything(lotse, disturbed) > 40
    assert looks == [0], "the first look ended there"


def test_what_looks_wrong_in_a_log_that_did_not_move_is_said(lotse: Lotse) -> None:
    def disturbed(log: Log, question: Question, keys: KeyRing | None) -> Generator[Stretch, None, None]:
        for stretch in own_stretches(log, question, keys):
            stretch.before_ms += 1
            yield stretch

    with pytest.raises(VerificationError) as caught:
        everything(lotse, disturbed)
    assert caught.value.fault is FaultClass.MOVED


def test_what_is_wrong_is_found_although_the_log_moves(lotse: Lotse) -> None:
    with lotse.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE log SET body_a = zeroblob(284) WHERE seq = 20")

    def meanwhile(log: Log, question: Question, keys: KeyRing | None) -> Generator[Stretch, None, None]:
        for stretch in own_stretches(log, question, keys):
            closed_case(lotse)
            yield stretch

    with pytest.raises(VerificationError) as caught:
        everything(lotse, meanwhile)
    assert (caught.value.seq, caught.value.fault) == (20, FaultClass.BODY_A)


def test_between_two_pages_nobody_is_kept_from_writing(lotse: Lotse) -> None:
    """In the rollback journal a reader's lock keeps every commit waiting: none is held while a page is judged."""
    alone = []

    def meanwhile(log: Log, question: Question, keys: KeyRing | None) -> Generator[Stretch, None, None]:
        for stretch in own_stretches(log, question, keys):
            with closing(sqlite3.connect(lotse.settings.database, timeout=0, isolation_level=None)) as other:
                other.execute("BEGIN EXCLUSIVE")
                other.execute("ROLLBACK")
            alone.append(stretch.start)
            yield stretch

    everything(lotse, meanwhile)
    assert len(alone) > 2


def test_while_the_notary_is_let_go_on_nobody_is_kept_from_writing(
    lotse: Lotse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log is held against what was signed in pages, as by `lotse audit verify`."""
    notary = NotaryFile(lotse.settings.notary)
    lotse.countersign()
    notary.halt("Zur Probe.")
    alone = []

    def beside(log: Log, question: Question, keys: KeyRing | None) -> Generator[Stretch, None, None]:
        for stretch in own_stretches(log, question, keys):
            with closing(sqlite3.connect(lotse.settings.database, timeout=0, isolation_level=None)) as other:
                other.execute("BEGIN EXCLUSIVE")
                other.execute("ROLLBACK")
            alone.append(stretch.start)
            yield stretch

    monkeypatch.setattr("adapters.verification.verify_store.__defaults__", (None, beside))
    folder = lotse.settings.data.parent
    fine("notary", "resume", "--as", DPO.id, "--reason", "Geprüft", "--dir", folder)
    assert len(alone) > 2
