"""An erasure that is killed before any statement is wholly done or not at all; the next approval ends it.

Some kills in each ordinary run are in `tests/system/test_failing_disk.py`.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.bootstrap import open_lotse
from adapters.db import statements as sql
from adapters.erasures import bring_up_to_date
from adapters.settings import read_settings
from tests.contracts.erasing import DPO
from tests.system.busy_office import an_office
from tests.system.end_state import verified
from tests.system.program import ROOT, surroundings

NOT_FOUND = 3


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("office")
    assert an_office(folder) == "FH-2026-0001"
    return folder


def killed_at(office: Path, base: Path, moments: list[int]) -> dict[int, dict[str, int]]:
    """Approve the erasure in a copy of the office each, killed at these events and (from 0 on) then not."""
    for moment in moments:
        shutil.copytree(office, base / str(moment))
    words = ["retention", "approve", "FH-2026-0001", "--as", DPO.id]
    done = subprocess.run(
        [sys.executable, "-m", "tests.system.killed_at", str(base), ",".join(map(str, moments)), *words],
        env=surroundings(PYTHONDONTWRITEBYTECODE="1"),  # to write code is an event too
        cwd=ROOT,
        capture_output=True,
        check=True,
        timeout=3600,
    )
    return {int(moment): how for moment, how in json.loads(done.stderr.splitlines()[-1]).items()}


def remains(folder: Path) -> tuple[int, int, int]:
    """How many cases there are, how many of them are asked to be erased, and how many erasures are listed for a restore.

    The list beside the keys follows the log when it is next asked for, as a restore does.
    """
    verified(folder)
    lotse = open_lotse(read_settings(folder))
    cases, listed = len(lotse.store.ids(sql.ALL_CASES)), len(bring_up_to_date(lotse).erased)
    with lotse.store.work(reading=True) as work:
        asked = len(work.erasure_requests())
    lotse.store.engine.dispose()
    return cases, asked, listed


def all_or_nothing(office: Path, base: Path, moments: list[int]) -> set[int]:
    """Kill at these moments, look, approve again, look; the exit codes of the second approvals."""
    codes = set()
    for moment, how in killed_at(office, base / "once", [-moment for moment in moments]).items():
        assert how["killed"], moment
        assert remains(base / "once" / str(moment)) in ((1, 1, 0), (0, 0, 1)), moment
    for moment, how in killed_at(office, base / "again", moments).items():
        assert remains(base / "again" / str(moment)) == (0, 0, 1), moment
        codes.add(how["code"])
    return codes


@pytest.mark.campaign
@pytest.mark.timeout(5400)
def test_an_erasure_killed_before_each_statement(office: Path, tmp_path: Path) -> None:
    events = killed_at(office, tmp_path, [0])[0]["events"]
    assert all_or_nothing(office, tmp_path, list(range(1, events))) == {0, NOT_FOUND}
