"""The program turns its key while others work, and is killed at any moment: no case is lost, and the next run ends it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.bootstrap import open_lotse
from adapters.db.kek import holdings
from adapters.lotse import Lotse
from adapters.settings import read_settings
from tests.intake.big_list import write_big_list
from tests.sensible import sensible
from tests.system.end_state import EndState, end_state, verified
from tests.system.program import CLINIC_LIST, LIST_DAY, ROOT, lotse, started, surroundings
from workflow.perform import Request

END = ("keys", "destroy", "1", "--without-backup")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("office")
    assert lotse("import", str(CLINIC_LIST), "--at", LIST_DAY, folder=folder).code == 0
    return folder


@pytest.fixture(scope="module")
def before(office: Path) -> EndState:
    return end_state(office)


def killed_at(office: Path, base: Path, moments: list[int], *words: str) -> dict[str, dict[str, int]]:
    """Run the words on a copy of the office each, killed at these events and then not; see `killed_at.py`."""
    for moment in moments:
        shutil.copytree(office, base / str(moment))
    done = subprocess.run(
        [sys.executable, "-m", "tests.system.killed_at", str(base), ",".join(map(str, moments)), *words],
        env=surroundings(PYTHONDONTWRITEBYTECODE="1"),  # to write code is an event too
        cwd=ROOT,
        capture_output=True,
        check=True,
        timeout=3600,
    )
    found: dict[str, dict[str, int]] = json.loads(done.stderr.splitlines()[-1])
    return found


def is_whole(folder: Path, before: EndState) -> None:
    """Every case is as it was, all of it under the newest version, and the log verifies with every body opened."""
    assert end_state(folder) == before
    verified(folder)
    office = open_lotse(read_settings(folder))
    with office.store.reading() as connection:
        assert list(holdings(connection, office.store.tenant)) == [office.store.provider.current_version()]
        assert {len(digest) for (digest,) in connection.exec_driver_sql("SELECT digest FROM duplicates")} == {
            36
        }
    office.store.engine.dispose()


def _rotated_killed_at(office: Path, base: Path, before: EndState, moments: list[int]) -> None:
    for moment, how in killed_at(office, base, moments, "keys", "rotate").items():
        assert how["killed"], moment
        assert how["code"] == 0, moment
        is_whole(base / moment, before)
        shutil.rmtree(base / moment)


def test_a_rotation_killed_at_any_moment_is_finished_by_the_next(
    office: Path, before: EndState, tmp_path: Path
) -> None:
    """While the version is made, the log's keys move, the cases' keys move, the index grows, the old one goes."""
    _rotated_killed_at(office, tmp_path, before, [20, 60, 200, 360])


@pytest.mark.campaign
@pytest.mark.timeout(5400)
def test_a_rotation_killed_before_each_statement(office: Path, before: EndState, tmp_path: Path) -> None:
    events = killed_at(office, tmp_path / "count", [0], "keys", "rotate")["0"]["events"]
    assert events > 300
    for start in range(1, events, 20):
        _rotated_killed_at(office, tmp_path, before, list(range(start, min(start + 20, events))))


def test_an_end_killed_at_any_moment_is_an_end_or_none(
    office: Path, before: EndState, tmp_path: Path
) -> None:
    turned = tmp_path / "turned"
    shutil.copytree(office, turned)
    assert lotse("keys", "rotate", folder=turned).code == 0
    events = killed_at(turned, tmp_path / "count", [0], *END)["0"]["events"]
    moments = [events - 24, events - 14, events - 8]
    for moment, how in killed_at(turned, tmp_path, moments, *END).items():
        assert how["killed"], moment
        assert how["code"] in (0, 3), moment
        left = sorted(path.name for path in (tmp_path / moment / "keys").iterdir() if "key" in path.name)
        assert left == ["kek-2.key", "signing.key"], moment
        assert not list((tmp_path / moment / "keys").glob(".gone*")), moment
        is_whole(tmp_path / moment, before)


def _taken_in(office: Lotse) -> str:
    """Take a referral in through an office that has been open all along."""
    worker = office.person()
    details = sensible("receive(consent)", None, worker, office.moment.at)
    return office.submit(Request("receive(consent)", worker, details=details)).case.id


@pytest.mark.campaign
def test_a_list_comes_in_while_the_key_turns_and_an_old_process_goes_on_with_the_new_key(
    tmp_path: Path,
) -> None:
    """Three programs at once: one imports, one turns the key three times, and one has been open since before."""
    folder, path = tmp_path / "office", tmp_path / "liste.csv"
    write_big_list(path, 250)
    assert lotse("init", folder=folder).code == 0
    old = open_lotse(read_settings(folder))
    mine = [_taken_in(old)]
    importing = started("import", str(path), "--json", "--at", LIST_DAY, folder=folder)
    turned = []
    for _ in range(3):
        done = lotse("keys", "rotate", "--json", folder=folder)
        assert done.code == 0, done.err
        turned.append(json.loads(done.out)["to"])
        mine.append(_taken_in(old))
    out, err = importing.communicate(timeout=120)
    assert importing.returncode == 0, err
    assert json.loads(out)["rows"] == 250
    while (found := json.loads(lotse("keys", "status", "--json", folder=folder).out))["unfinished"]:
        assert lotse("keys", "rotate", folder=folder).code == 0
    for version in found["versions"][:-1]:
        assert lotse("keys", "destroy", str(version["version"]), "--without-backup", folder=folder).code == 0
    mine.append(_taken_in(old))
    old.store.engine.dispose()
    assert turned[0] == 2
    with old.store.work(reading=True) as work:
        assert all(work.family(case) for case in mine)
    assert verified(folder).size > 250
