"""A restore that is killed at any moment leaves the old store or the new one, whole; whoever comes next finishes it.

Killed at each thing the swap does to a file (`killed_in_swap.py`), and before any other statement (`killed_at.py`).
"""

import itertools
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

APPROVE = ("--approve", "--as", "okafor")


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return an_office_that_asks(tmp_path_factory.mktemp("asked"), rows=12)


def told_by(module: str, *words: str) -> bytes:
    """Run one of the programs that kill themselves, and give what they print."""
    done = subprocess.run(
        [sys.executable, "-m", module, *words],
        env=surroundings(),
        cwd=ROOT,
        capture_output=True,
        check=True,
        timeout=3000,
    )
    return done.stdout + done.stderr.splitlines()[-1] if module.endswith("killed_at") else done.stdout


def killed_in_swap(base: Path, asked: tuple[Path, Path], moments: range) -> dict[str, bool]:
    """Approve in a copy for each moment, killed there."""
    for moment in moments:
        shutil.copytree(asked[0], base / str(moment))
    told = told_by("tests.system.killed_in_swap", str(base), str(asked[1]), ",".join(map(str, moments)))
    found: dict[str, bool] = json.loads(told)
    return found


def killed_at(base: Path, asked: tuple[Path, Path], moments: list[int]) -> dict[str, dict[str, int]]:
    """Approve in a copy for each moment, killed before that event and not run again; at 0 it runs to its end."""
    for moment in moments:
        shutil.copytree(asked[0], base / str(moment))
    words = ("backup", "restore", str(asked[1]), *APPROVE)
    told = told_by("tests.system.killed_at", str(base), ",".join(map(str, moments)), *words)
    found: dict[str, dict[str, int]] = json.loads(told.splitlines()[-1])
    return found


def comes_to_its_end(folder: Path, file: Path) -> str:
    """What is there is whole, and the approval given again ends where it would have; gives what was there."""
    settings = read_settings(folder)
    first = lotse("audit", "verify", "--replay", "--dir", folder)
    assert first.code == 0, first.err
    assert not plan_file(settings).exists()
    assert left_in(settings.data) == []
    found = origin_of(settings)
    if found.endswith("/1"):
        again = lotse("backup", "restore", file, *APPROVE, "--dir", folder)
        assert again.code == 0, again.err
        last = lotse("audit", "verify", "--replay", "--dir", folder)
        assert last.code == 0, last.err
    else:
        again = lotse("backup", "restore", file, *APPROVE, "--dir", folder)
        assert (again.code, "Niemand hat" in again.err) == (4, True)
        assert lotse("case", "list", "--dir", folder).code == 0
    assert origin_of(settings).endswith("/2")
    return found[-1]


def test_killed_at_each_moment_of_the_swap(tmp_path: Path, asked: tuple[Path, Path]) -> None:
    """Once it is written down what is to be done, whoever opens the store next does it; before, nothing was."""
    told = killed_in_swap(tmp_path, asked, range(1, 23))
    killed = [moment for moment, was in told.items() if was]
    assert len(killed) > 10
    assert not told["22"], "some moment is after the last"
    found = [comes_to_its_end(tmp_path / moment, asked[1]) for moment in killed]
    assert set(found) == {"1", "2"}
    assert found == sorted(found), "old until it is written down, new from then on"


def test_killed_while_everything_is_made_ready(tmp_path: Path, asked: tuple[Path, Path]) -> None:
    for moment, how in killed_at(tmp_path, asked, [-60, -200]).items():
        assert how["killed"], moment
        assert comes_to_its_end(tmp_path / moment, asked[1]) == "1"


@pytest.mark.campaign
@pytest.mark.timeout(5400)
def test_killed_before_each_event(tmp_path: Path, asked: tuple[Path, Path]) -> None:
    events = killed_at(tmp_path, asked, [0])["0"]["events"]
    for start in range(1, events + 1, 40):
        moments = [-moment for moment in range(start, min(start + 40, events + 1))]
        for moment in killed_at(tmp_path, asked, moments):
            comes_to_its_end(tmp_path / str(moment), asked[1])
            shutil.rmtree(tmp_path / str(moment))


def killed_while_backing_up(
    base: Path, asked: tuple[Path, Path], moments: list[int]
) -> dict[str, dict[str, int]]:
    """Make a backup in a copy for each moment, killed before that event; at 0 it runs to its end."""
    for moment in moments:
        (base / str(moment)).mkdir()
        shutil.copytree(asked[0], base / str(moment) / "haus")
    found: dict[str, dict[str, int]] = {}
    for moment in moments:
        place = base / str(moment)
        words = ("backup", "create", str(place / "neu.backup"), "--as", "okafor")
        (place / "lauf").mkdir()
        (place / "haus").rename(place / "lauf" / str(moment))
        told = told_by("tests.system.killed_at", str(place / "lauf"), str(moment), *words)
        found |= json.loads(told.splitlines()[-1])
    return found


def there_is_a_whole_backup_or_none(place: Path, moment: str) -> bool:
    """The office is whole, and what has the name of the backup is one; the next one leaves nothing lying about."""
    house, made = place / "lauf" / moment, place / "neu.backup"
    whole = lotse("audit", "verify", "--replay", "--dir", house)
    assert whole.code == 0, whole.err
    there = made.exists()
    if there:
        assert lotse("backup", "verify", made, "--dir", house).code == 0
    again = lotse("backup", "create", place / "noch.backup", "--as", "okafor", "--dir", house)
    assert again.code == 0, again.err
    assert left_in(read_settings(house).data) == []
    assert {path.name for path in place.iterdir()} <= {"lauf", "neu.backup", "noch.backup"}
    assert lotse("backup", "verify", place / "noch.backup", "--dir", house).code == 0
    return there


def test_a_backup_that_is_killed_is_whole_or_not_there(tmp_path: Path, asked: tuple[Path, Path]) -> None:
    found = []
    for moment, how in killed_while_backing_up(tmp_path, asked, [-20, -90]).items():
        assert how["killed"], moment
        found.append(there_is_a_whole_backup_or_none(tmp_path / moment, moment))
    assert found == [False, False]


@pytest.mark.campaign
@pytest.mark.timeout(5400)
def test_a_backup_that_is_killed_before_each_event_is_whole_or_not_there(
    tmp_path: Path, asked: tuple[Path, Path]
) -> None:
    found = []
    for moment in itertools.count(1):
        (how,) = killed_while_backing_up(tmp_path, asked, [-moment]).values()
        if not how["killed"]:
            break
        found.append(there_is_a_whole_backup_or_none(tmp_path / str(-moment), str(-moment)))
        shutil.rmtree(tmp_path / str(-moment))
    assert found == sorted(found), "none until it has its name, whole from then on"
    assert found[-1] > found[0], "it has its name before the end"
