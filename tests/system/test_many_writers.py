"""Many programs write into one store at once: no gap, nothing double, one winner for each version, one whole log."""

import json
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from adapters.bootstrap import create_lotse
from adapters.db.connect import connect
from adapters.settings import read_settings
from states.vocabulary import Command
from tests.people import PEOPLE, RECIPIENTS, WORKER
from tests.sensible import sensible
from tests.system.busy_office import NOW
from tests.system.diary import on_tmpfs
from tests.system.end_state import verified
from tests.system.program import ROOT, surroundings
from workflow.perform import Request


def many_write(writers: int, rounds: int) -> None:
    """Let so many processes each go so many rounds over one case, and look at what became of it."""
    with on_tmpfs() as base:
        lotse = create_lotse(read_settings(base), lambda: NOW)
        lotse.store.put(*PEOPLE, *RECIPIENTS)
        details = sensible(Command.RECEIVE_CONSENT, None, WORKER, NOW)
        case = lotse.submit(Request(Command.RECEIVE_CONSENT, WORKER, details=details)).case
        told = _at_once(base, case.id, writers, rounds)
        with lotse.store.work(reading=True) as work:
            after = work.case(case.id)
        entries = lotse.store.timeline(case.id)
        lotse.store.engine.dispose()
        won = [version for one in told for version in one["won"]]
        assert Counter(won) == Counter(range(case.version + 1, after.version + 1)), (
            "each version has one winner"
        )
        lost = sum(one["lost"] for one in told)
        assert len(won) + lost == writers * rounds
        outcomes = Counter(str(each.a["outcome"]) for each in entries)
        assert outcomes["refused"] == lost, "who came too late is on record"
        numbers = [number for one in told for number in one["numbers"]]
        assert sorted(numbers) == [f"FH-2026-{number:04}" for number in range(2, 2 + writers * rounds)]
        seqs = [each.seq for each in entries]
        assert seqs == sorted(set(seqs))
        report = verified(base)
        assert report.size >= 2 + 1 + 1 + len(won) + lost + len(numbers)


def _at_once(base: Path, case: str, writers: int, rounds: int) -> list[dict[str, Any]]:
    """Start them all, and give what each says it did."""
    words = [sys.executable, "-m", "tests.system.one_of_many", str(base), case, str(rounds)]
    running = [
        subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, env=surroundings())
        for _ in range(writers)
    ]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
    told = []
    for process in running:
        assert process.stdin is not None
        process.stdin.write(b"go\n")
        process.stdin.flush()
    for process in running:
        out, _ = process.communicate(timeout=600)
        assert process.returncode == 0
        told.append(json.loads(out))
    return told


def test_four_programs_at_once() -> None:
    many_write(4, 4)


@pytest.mark.campaign
@pytest.mark.timeout(3600)
def test_sixteen_programs_at_once() -> None:
    many_write(16, 40)


def test_opening_the_store_again_gives_up_no_lock(tmp_path: Path) -> None:
    """Closing any handle of a file gives up a process's locks on it; so nothing but SQLite may open the database."""
    lotse = create_lotse(read_settings(tmp_path), lambda: NOW)
    place = lotse.settings.database
    with lotse.store.work():
        opening = threading.Thread(target=lambda: connect(place).dispose())
        opening.start()
        opening.join()
        assert _another_process_is_told_to_wait(place)
    lotse.store.engine.dispose()


def _another_process_is_told_to_wait(place: Path) -> bool:
    program = f"import sqlite3; sqlite3.connect({str(place)!r}, timeout=0).execute('BEGIN IMMEDIATE')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False, timeout=60)
    return b"locked" in done.stderr
