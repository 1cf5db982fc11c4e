"""A restore that is killed at any moment leaves the old store or the new one, whole; whoever comes next finishes it.

Killed from within, before each file it opens for writing, renames or removes and each statement (`killed_at.py`).
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.backup.swap import plan_file
from adapters.backup.working import left_in
from adapters.settings import read_settings
from tests.cli.program import lotse
from tests.system.backups import an_office_that_asks, origin_of
from tests.system.program import ROOT, surroundings


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return an_office_that_asks(tmp_path_factory.mktemp("asked"), rows=4)


def killed_at(base: Path, asked: tuple[Path, Path], moments: list[int]) -> dict[str, dict[str, int]]:
    """Approve the restore in a copy for each moment, killed there and not run again; at 0 it runs to its end."""
    folder, file = asked
    for moment in moments:
        shutil.copytree(folder, base / str(moment))
    words = ("backup", "restore", str(file), "--approve", "--as", "okafor")
    done = subprocess.run(
        [sys.executable, "-m", "tests.system.killed_at", str(base), ",".join(map(str, moments)), *words],
        env=surroundings(),
        cwd=ROOT,
        capture_output=True,
        check=True,
        timeout=3000,
    )
    found: dict[str, dict[str, int]] = json.loads(done.stderr.splitlines()[-1])
    return found


def comes_to_its_end(folder: Path, file: Path) -> str:
    """What is there is whole, and the approval given again ends where it would have; gives what was there."""
    settings = read_settings(folder)
    first = lotse("audit", "verify", "--replay", "--dir", folder)
    assert first.code == 0, first.err
    assert not plan_file(settings).exists()
    found = origin_of(settings)
    assert left_in(settings.data) == []
    again = lotse("backup", "restore", file, "--approve", "--as", "okafor", "--dir", folder)
    assert again.code == (0 if found.endswith("/1") else 4), again.err
    assert origin_of(settings).endswith("/2")
    assert lotse("case", "list", "--dir", folder).code == 0
    last = lotse("audit", "verify", "--replay", "--dir", folder)
    assert last.code == 0, last.err
    return found[-1]


def test_killed_at_some_moments_and_at_each_of_the_swap(tmp_path: Path, asked: tuple[Path, Path]) -> None:
    """The last events are the swap: writing down, renaming, the notary's file, taking the request away."""
    events = killed_at(tmp_path, asked, [0])["0"]["events"]
    moments = [-events // 3, -2 * events // 3, *range(-events, -events + 12)]
    found = set()
    for moment, how in killed_at(tmp_path, asked, moments).items():
        assert how["killed"], moment
        found.add(comes_to_its_end(tmp_path / moment, asked[1]))
    assert found == {"1", "2"}


@pytest.mark.campaign
@pytest.mark.timeout(5400)
def test_killed_before_each_event(tmp_path: Path, asked: tuple[Path, Path]) -> None:
    events = killed_at(tmp_path, asked, [0])["0"]["events"]
    for start in range(1, events + 1, 40):
        moments = [-moment for moment in range(start, min(start + 40, events + 1))]
        for moment in killed_at(tmp_path, asked, moments):
            comes_to_its_end(tmp_path / moment, asked[1])
            shutil.rmtree(tmp_path / moment)
