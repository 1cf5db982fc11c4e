"""The day the keys are lost while the database is whole: nothing but the signature of before is given up.

The master keys were in escrow; what signed, and the notary's file, are gone. Two people begin a new log over the
database as it stands, for which the checkpoints vouch that the old key signed.
"""

import json
import shutil
from pathlib import Path

import pytest

from adapters.backup.swap import plan_file
from adapters.backup.working import left_in
from adapters.bootstrap import open_lotse
from adapters.doctor import Light, examine
from adapters.settings import read_settings
from audit.notary_file import NotaryFile
from tests.cli.program import lotse
from tests.opened import opened
from tests.system.backups import backed_up, origin_of
from tests.system.losing import REQUEST, Loss, a_loss, copied_loss
from tests.system.test_backup_killed import APPROVE, killed_in_swap, told_by


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Loss:
    return a_loss(tmp_path_factory.mktemp("verloren"))


@pytest.fixture
def loss(made: Loss, tmp_path: Path) -> Loss:
    return copied_loss(made, tmp_path / "verloren")


# As people go through that day.


def test_the_day_the_keys_are_lost(loss: Loss) -> None:
    """Everything stays: each entry, each case, each checkpoint kept elsewhere; and from now on it is signed again."""
    entries = loss.answer("SELECT size FROM log_head")
    ahead = loss.here("--dry-run")
    assert "Verloren ginge nichts." in ahead.out
    assert "bürgen nur die Hauptschlüssel" in ahead.out
    loss.nothing_begun()
    assert "--here" in loss.here(*REQUEST).out
    assert "ein neues Protokoll über diese Datenbank" in loss.here("--dry-run").out
    done = loss.here("--approve", "--as", "okafor")
    assert done.code == 0, done.err
    assert "Weitergeführt" in done.out
    assert "Verloren sind 0 Einträge" in done.out
    assert "Prüfschlüssel ist neu" in done.err
    told = loss.fine("audit", "verify", "--decrypt", "--replay", "--checkpoint", loss.kept, "--json").json
    assert (told["origin"][-2:], told["earlier"][0]["lost"]) == ("/2", 0)
    # The entry of the request is the last of the old log.
    assert told["earlier"][0]["size"] == entries + 1
    loss.fine("case", "list")
    loss.fine("backup", "create", loss.base / "neu.backup", "--as", "it")
    assert "Die Sicherung ist heil." in loss.fine("backup", "verify", loss.base / "neu.backup").out
    assert loss.fine("audit", "verify", "--replay").code == 0


def test_the_first_entry_says_what_was_signed_and_by_which_key(loss: Loss) -> None:
    size = loss.answer("SELECT max(size) FROM log_checkpoints")
    loss.here(*REQUEST)
    loss.here(*APPROVE)
    running = open_lotse(loss.settings)
    with running.store.log_reader() as reader, running.store.keys() as keys:
        first = next(opened(reader, keys)).a
    running.store.engine.dispose()
    assert (first["here"], first["lost"], first["given_up"]) == (True, 0, 0)
    assert first["before"]["vkey"] == loss.vkey.read_text(encoding="utf-8").strip()
    assert first["before"]["signed_size"] == size
    assert (first["actor"], first["requested_by"]) == ("okafor", "fachkraft")


def test_whatever_is_tried_before_names_the_way_on(loss: Loss) -> None:
    for words in (
        ("case", "list"),
        ("audit", "verify"),
        ("backup", "create", loss.base / "x", "--as", "okafor"),
        ("notary", "--once"),
    ):
        answer = loss.run(*words)
        assert (answer.code, "lotse backup restore --here" in answer.err) == (1, True), answer
    found = dict(examine(loss.settings, 0, str))["Notar"]
    assert (found.light, "--here" in found.next_step) == (Light.RED, True)
    assert not (loss.base / "x").exists()


def test_keys_that_are_gone_altogether_are_red_with_the_way_to_the_escrow(loss: Loss) -> None:
    shutil.rmtree(loss.settings.keys)
    assert "lotse keys recover" in dict(examine(loss.settings, 0, str))["Schlüssel"].next_step


def test_it_goes_also_a_second_time_and_a_backup_of_before_still_comes_back(loss: Loss) -> None:
    """Lost again: …/3 begins. And the backup of the second log is one like any other."""
    loss.here(*REQUEST)
    loss.here(*APPROVE)
    running = open_lotse(loss.settings)
    backup = backed_up(running, loss.base / "zwei.backup")
    vkey, trust = running.verifier.vkey, ("--trust", running.verifier.fingerprint)
    running.store.engine.dispose()
    loss.fine("keys", "escrow", loss.base / "zweite", "--to", loss.base / "tresor.pem.pub", "--as", "it")
    shutil.rmtree(loss.settings.keys)
    loss.fine(
        "keys", "recover", loss.base / "zweite", "--with", loss.base / "tresor.pem", *trust, "--as", "it"
    )
    assert loss.here("--dry-run").code == 4, "the key of the first log is not that of the second"
    loss.vkey.write_text(vkey, encoding="utf-8")
    assert loss.here(*REQUEST).code == 0
    assert loss.here(*APPROVE).code == 0
    assert origin_of(loss.settings).endswith("/3")
    loss.fine("audit", "verify", "--replay", "--checkpoint", loss.kept)
    loss.fine("backup", "restore", backup, "--request", "--as", "fachkraft", "--reason", "Probe")
    loss.fine("backup", "restore", backup, "--approve", "--as", "it")
    assert origin_of(loss.settings).endswith("/4")
    loss.fine("audit", "verify", "--replay", "--checkpoint", loss.kept)


def test_where_only_the_notary_s_file_is_lost_the_own_key_vouches(loss: Loss) -> None:
    shutil.rmtree(loss.folder)
    shutil.copytree(loss.base / "davor", loss.folder)
    loss.settings.notary.unlink()
    loss.fine("backup", "restore", "--here", *REQUEST)
    loss.fine("backup", "restore", "--here", *APPROVE)
    loss.fine("audit", "verify", "--replay", "--checkpoint", loss.kept)


def test_with_the_old_notary_s_file_the_new_key_signs_nothing_of_the_old_log(loss: Loss) -> None:
    """Somebody had kept it and put it back: two keys of one name would be two logs."""
    shutil.copyfile(loss.base / "davor/keys/notary.json", loss.settings.notary)
    notes = loss.answer("SELECT count(*) FROM log_checkpoints")
    answer = loss.run("case", "list")
    assert (answer.code, "lotse backup restore --here" in answer.err) == (1, True), answer
    assert loss.here(*REQUEST).code == 0
    assert loss.answer("SELECT count(*) FROM log_checkpoints") == notes
    done = loss.here(*APPROVE)
    assert done.code == 0, done.err
    loss.fine("case", "list")
    loss.fine("audit", "verify", "--replay", "--checkpoint", loss.kept)


def test_the_kept_file_of_the_notary_is_held_against_the_database_too(loss: Loss) -> None:
    """It vouches for more than the tables keep."""
    shutil.copyfile(loss.base / "davor/keys/notary.json", loss.settings.notary)
    signed = NotaryFile(loss.settings.notary).load().size
    assert loss.here("--dry-run", "--json").code == 0
    loss.by_hand("DELETE FROM log_checkpoints")
    told = loss.here("--dry-run", "--json")
    assert (told.code, told.json["signed"]) == (0, signed)


# Killed.


def comes_to_its_end(loss: Loss, folder: Path) -> str:
    """What is there is whole; approved again it ends where it would have. Gives what was there."""
    settings = read_settings(folder)
    found = origin_of(settings)
    assert left_in(settings.data) == []
    assert not plan_file(settings).exists()
    again = lotse("backup", "restore", "--here", "--vkey", loss.vkey, *APPROVE, "--dir", folder)
    assert again.code == (0 if found.endswith("/1") else 4), again
    last = lotse("audit", "verify", "--replay", "--checkpoint", loss.kept, "--dir", folder)
    assert last.code == 0, last.err
    assert origin_of(settings).endswith("/2")
    return found[-1]


@pytest.mark.campaign
def test_killed_at_each_moment_of_the_swap(loss: Loss, tmp_path: Path) -> None:
    assert loss.here(*REQUEST).code == 0
    told = killed_in_swap(tmp_path, (loss.folder, loss.vkey), range(1, 21))
    killed = [moment for moment, was in told.items() if was]
    assert len(killed) > 8
    assert not told["20"], "some moment is after the last"
    found = [comes_to_its_end(loss, tmp_path / moment) for moment in killed]
    assert set(found) == {"1", "2"}
    assert found == sorted(found), "old until it is written down, new from then on"


def test_killed_while_everything_is_made_ready(loss: Loss, tmp_path: Path) -> None:
    assert loss.here(*REQUEST).code == 0
    moments = [-25, -70, -150]
    for moment in moments:
        shutil.copytree(loss.folder, tmp_path / str(moment))
    words = ("backup", "restore", "--here", "--vkey", str(loss.vkey), *APPROVE)
    told = told_by("tests.system.killed_at", str(tmp_path), ",".join(map(str, moments)), *words)
    for moment, how in json.loads(told.splitlines()[-1]).items():
        assert how["killed"], moment
        assert comes_to_its_end(loss, tmp_path / moment) == "1"
