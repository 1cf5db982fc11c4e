"""An import that is killed at any moment and started again comes to the same end as one that nobody disturbed.

Killed from outside, as a power cut does it, and at chosen statements from within; also while the store is being made.
"""

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.intake.big_list import write_big_list
from tests.system.end_state import EndState, end_state, verified
from tests.system.program import CLINIC_LIST, LIST_DAY, ROOT, lotse, started, surroundings

DICE = random.Random(20261120)  # noqa: S311 - when to kill, no secret
CLINIC = ("import", str(CLINIC_LIST), "--json", "--at", LIST_DAY)


def killed_at(folder: Path, moments: list[int]) -> dict[str, dict[str, int]]:
    """Import the clinic's list, killed at these events and then not; a folder each (see `killed_at.py`)."""
    told = ",".join(map(str, moments))
    done = subprocess.run(
        [sys.executable, "-m", "tests.system.killed_at", str(folder), told, *CLINIC],
        env=surroundings(),
        cwd=ROOT,
        capture_output=True,
        check=True,
        timeout=3600,
    )
    found: dict[str, dict[str, int]] = json.loads(done.stderr.splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> EndState:
    folder = tmp_path_factory.mktemp("undisturbed")
    assert lotse(*CLINIC, folder=folder).code == 0
    return end_state(folder)


def test_killed_between_any_two_statements(tmp_path: Path, undisturbed: EndState) -> None:
    """Some while the store is made, some while the list comes in."""
    ended = killed_at(tmp_path, [7, 60, 101, 300, 700])
    for moment, how in ended.items():
        assert how["killed"], moment
        assert how["code"] == 0, moment
        assert end_state(tmp_path / moment) == undisturbed, moment
        verified(tmp_path / moment)


@pytest.mark.campaign
@pytest.mark.timeout(5400)
def test_killed_before_each_statement(tmp_path: Path, undisturbed: EndState) -> None:
    events = killed_at(tmp_path, [0])["0"]["events"]
    assert events > 500
    for start in range(1, events, 50):
        for moment, how in killed_at(tmp_path, list(range(start, min(start + 50, events)))).items():
            assert how["code"] == 0, moment
            assert end_state(tmp_path / moment) == undisturbed, moment
            verified(tmp_path / moment)


def _killed_again_and_again(folder: Path, path: Path, delays: list[float]) -> None:
    """Start the import and kill it after each of these seconds; then let it come to its end."""
    words = ("import", str(path), "--json", "--at", LIST_DAY)
    for delay in delays:
        process = started(*words, folder=folder)
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    done = lotse(*words, folder=folder)
    assert done.code == 0, done.err
    numbers = json.loads(done.out)
    parts = ("accepted", "without_personal_data", "quarantined", "known")
    assert sum(numbers[part] for part in parts) == numbers["rows"]


@pytest.mark.campaign
def test_killed_from_outside_again_and_again(tmp_path: Path) -> None:
    """Hundreds of rows in several transactions, ten kills: no row lost, no case twice, the log whole."""
    path = tmp_path / "liste.csv"
    write_big_list(path, 450)
    _killed_again_and_again(tmp_path / "killed", path, [DICE.uniform(0.1, 1.6) for _ in range(10)])
    _killed_again_and_again(tmp_path / "whole", path, [])
    assert end_state(tmp_path / "killed") == end_state(tmp_path / "whole")
    assert verified(tmp_path / "killed").size >= 450 * 0.9


@pytest.mark.campaign
@pytest.mark.timeout(3600)
def test_killed_from_outside_a_hundred_times(tmp_path: Path) -> None:
    path = tmp_path / "liste.csv"
    write_big_list(path, 5000)
    _killed_again_and_again(tmp_path / "whole", path, [])
    whole = end_state(tmp_path / "whole")
    for attempt in range(10):
        folder = tmp_path / str(attempt)
        _killed_again_and_again(folder, path, [DICE.uniform(0.1, 4) for _ in range(10)])
        assert end_state(folder) == whole
        verified(folder)
