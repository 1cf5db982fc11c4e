"""A lock is never taken through a link: what that points to would be made, and be taken for something else."""

from pathlib import Path

import pytest

from adapters.backup.working import sweep, working_place
from adapters.lock import LockReplaced, alone
from tests.cli.program import fine, lotse


def taken(data: Path, name: str) -> None:
    if name == "lotse.lock":
        with alone(data):
            return
    (data / ".working-left").mkdir(exist_ok=True)
    sweep(data)
    with working_place(data):
        return


@pytest.mark.parametrize("name", ["lotse.lock", "working.lock"])
def test_a_link_in_the_place_of_a_lock_is_refused_and_nothing_is_made(tmp_path: Path, name: str) -> None:
    data, target = tmp_path / "data", tmp_path / "keys" / "restoring.json"
    data.mkdir()
    target.parent.mkdir()
    (data / name).symlink_to(target)
    with pytest.raises(LockReplaced, match="Verweis"):
        taken(data, name)
    target.write_text("Plan")
    with pytest.raises(LockReplaced):
        taken(data, name)
    assert target.read_text() == "Plan"
    (data / name).unlink()
    taken(data, name)
    assert (data / name).stat().st_mode & 0o777 == 0o600


def test_it_is_said_in_a_sentence(tmp_path: Path) -> None:
    house = tmp_path / "haus"
    fine("init", "--dir", house)
    (house / "data" / "working.lock").symlink_to(house / "keys" / "restoring.json")
    answer = lotse("backup", "create", tmp_path / "mo.backup", "--dir", house)
    assert (answer.code, "keine Sperrdatei" in answer.err, "Traceback" in answer.err) == (1, True, False)
    assert not (house / "keys" / "restoring.json").exists()
