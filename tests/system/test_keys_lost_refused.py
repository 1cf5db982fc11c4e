"""A new log over the database as it stands: refused where it was altered, or where nobody vouches for it.

The way as people go it is in `test_keys_lost.py`.
"""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.backup.errors import RestoreRefused
from adapters.backup.here import Here, opened_here
from adapters.backup.working import working_place
from adapters.bootstrap import open_lotse
from adapters.keys.choose import open_keys
from adapters.settings import read_settings
from audit.note import Verifier
from tests.system.backups import backed_up, origin_of, some_entries
from tests.system.losing import REQUEST, Loss, a_loss, copied_loss
from tests.system.test_backup_killed import APPROVE


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Loss:
    return a_loss(tmp_path_factory.mktemp("verloren"))


@pytest.fixture
def loss(made: Loss, tmp_path: Path) -> Loss:
    return copied_loss(made, tmp_path / "verloren")


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE log SET leaf = zeroblob(184) WHERE seq = 5",
        "UPDATE log SET body_a = substr(body_a, 1, 40) || x'00' || substr(body_a, 42) WHERE seq = 7",
        "DELETE FROM log WHERE seq = 3",
        "DELETE FROM log WHERE seq > 20",
        "UPDATE cases SET due_at = 0 WHERE rowid = 2",
        "DELETE FROM log_contents WHERE rowid = 4",
        "UPDATE log_checkpoints SET note = x'00' WHERE size = (SELECT min(size) FROM log_checkpoints)",
    ],
)
def test_a_database_that_was_altered_is_not_carried_on(loss: Loss, harm: str) -> None:
    assert loss.here(*REQUEST).code == 0
    loss.by_hand(harm)
    for words in (("--dry-run",), APPROVE):
        answer = loss.here(*words)
        assert (answer.code, "Schritt" in answer.err) == (1, True), answer
    loss.nothing_begun()


def test_a_database_that_was_rolled_back_is_known_by_a_checkpoint_kept_elsewhere(loss: Loss) -> None:
    """The copy of before is sound in itself; what was signed later and kept elsewhere says that it is not the last."""
    running = open_lotse(read_settings(loss.base / "davor"))
    some_entries(running, 5)
    later = loss.base / "später.checkpoint"
    later.write_bytes(running.countersign())
    running.store.engine.dispose()
    assert loss.here("--dry-run", "--checkpoint", loss.kept).code == 0
    answer = loss.here("--dry-run", "--checkpoint", later)
    assert (answer.code, "gekürzt" in answer.err) == (1, True), answer


def test_a_key_that_did_not_sign_this_log_is_refused(loss: Loss, tmp_path: Path) -> None:
    answer = loss.run("backup", "restore", "--here", "--dry-run")
    assert (answer.code, "--vkey" in answer.err) == (4, True), answer
    log = origin_of(loss.settings)
    for vkey in (
        Verifier(log, bytes(range(32))).vkey,
        Verifier("lotse/andere/1", bytes(32)).vkey,
        "Brief",
        "",
    ):
        loss.vkey.write_text(vkey, encoding="utf-8")
        answer = loss.here(*REQUEST)
        assert (answer.code, "--vkey" in answer.err) == (4, True), answer
    loss.vkey.write_bytes(b"\xff\x00" * 40_000)
    assert loss.here("--dry-run").code == 4
    assert loss.run("backup", "restore", "--here", "--vkey", tmp_path / "fehlt", "--dry-run").code == 3
    loss.nothing_begun()


def test_without_any_signed_checkpoint_nobody_vouches(loss: Loss) -> None:
    loss.by_hand("DELETE FROM log_checkpoints")
    answer = loss.here("--dry-run")
    assert (answer.code, "--checkpoint DATEI" in answer.err) == (4, True)
    assert loss.here("--dry-run", "--checkpoint", loss.kept).code == 0
    loss.kept.write_bytes(loss.kept.read_bytes().replace(b"lotse/", b"lotze/"))
    assert loss.here("--dry-run", "--checkpoint", loss.kept).code == 4


def test_where_nothing_is_lost_nothing_begins_anew(loss: Loss) -> None:
    shutil.rmtree(loss.folder)
    shutil.copytree(loss.base / "davor", loss.folder)
    for answer in (loss.here(*REQUEST), loss.run("backup", "restore", "--here", *REQUEST)):
        assert (answer.code, "nichts verloren" in answer.err) == (4, True), answer


def test_an_earlier_incarnation_put_back_by_hand_is_not_carried_on(loss: Loss) -> None:
    """The notary's file knows of the later one."""
    before = loss.settings.database.read_bytes()
    loss.here(*REQUEST)
    loss.here(*APPROVE)
    loss.settings.database.write_bytes(before)
    answer = loss.here("--dry-run")
    assert (answer.code, "frühere Fassung" in answer.err) == (4, True), answer


def test_it_needs_two_people_who_mean_the_same(loss: Loss) -> None:
    assert (loss.here(*APPROVE).code, loss.here("--request", "--as", "okafor").code) == (4, 2)
    loss.here("--request", "--as", "okafor", "--reason", "Probe")
    assert "zweite Person" in loss.here(*APPROVE).err
    assert loss.here("--approve", "--as", "fachkraft").code == 4
    loss.fine("backup", "restore", "--withdraw", "--as", "okafor")
    running = open_lotse(read_settings(loss.base / "davor"))
    backup = backed_up(running, loss.base / "davor.backup")
    running.store.engine.dispose()
    loss.fine("backup", "restore", backup, *REQUEST)
    answer = loss.here(*APPROVE)
    assert (answer.code, "einer anderen Sicherung" in answer.err) == (4, True)
    loss.nothing_begun()


@pytest.mark.parametrize(
    "words", [("--dry-run",), ("mo.backup", "--here", "--dry-run"), ("mo.backup", "--vkey", "x", "--dry-run")]
)
def test_a_backup_or_what_is_here_but_not_both(loss: Loss, words: tuple[str, ...]) -> None:
    answer = loss.run("backup", "restore", *words)
    assert (answer.code, "--here" in answer.err) == (2, True), answer


def test_without_a_database_there_is_nothing_to_carry_on(loss: Loss) -> None:
    loss.settings.database.unlink()
    answer = loss.here("--dry-run")
    assert (answer.code, "lotse backup restore DATEI" in answer.err) == (1, True), answer


@given(st.data())
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_vouches_is_the_last_checkpoint_that_anybody_has(
    made: Loss, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Whichever of them the tables still keep, and whichever people bring."""
    with closing(sqlite3.connect(made.settings.database)) as database:
        notes = dict(database.execute("SELECT size, note FROM log_checkpoints").fetchall())
    some = st.sets(st.sampled_from(sorted(notes)))
    kept, brought = data.draw(some, label="kept"), data.draw(some, label="brought")
    base = tmp_path_factory.mktemp("bürgt")
    shutil.copytree(made.folder, base / "haus")
    place = Loss(base).settings
    with closing(sqlite3.connect(place.database)) as database:
        gone = [(size,) for size in notes.keys() - kept]
        database.executemany("DELETE FROM log_checkpoints WHERE size = ?", gone)
        database.commit()
    asked = Here(made.vkey.read_text(encoding="utf-8"), tuple(notes[size] for size in brought))
    with working_place(place.data) as working:
        if not kept | brought:
            with pytest.raises(RestoreRefused), opened_here(place, asked, open_keys(place), working):
                pass
        else:
            with opened_here(place, asked, open_keys(place), working) as found:
                assert found.signed == max(kept | brought)
    shutil.rmtree(base)
