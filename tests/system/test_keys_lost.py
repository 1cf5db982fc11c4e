"""The day the keys are lost while the database is whole: nothing but the signature of before is given up.

The master keys were in escrow; what signed, and the notary's file, are gone. Two people begin a new log over the
database as it stands, for which the checkpoints vouch that the old key signed.
"""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.backup.errors import RestoreRefused
from adapters.backup.here import Here, opened_here
from adapters.backup.swap import plan_file
from adapters.backup.working import left_in, working_place
from adapters.bootstrap import open_lotse
from adapters.doctor import Light, examine
from adapters.keys.choose import open_keys
from adapters.settings import Settings, read_settings
from audit.notary_file import NotaryFile
from audit.note import Verifier
from tests.cli.program import Answer, fine, lotse
from tests.opened import opened
from tests.system.backups import an_office, backed_up, origin_of, some_entries
from tests.system.test_backup_killed import APPROVE, killed_in_swap, told_by

REQUEST = ("--request", "--as", "fachkraft", "--reason", "Schlüsseldatenträger defekt")


class Loss:
    """An office whose keys are lost and recovered; beside it what people have kept."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.folder = base / "haus"
        self.vkey = base / "lotse.vkey"
        self.kept = base / "amt.checkpoint"

    @property
    def settings(self) -> Settings:
        return read_settings(self.folder)

    def run(self, *words: str | Path) -> Answer:
        return lotse(*words, "--dir", self.folder)

    def fine(self, *words: str | Path) -> Answer:
        answer = self.run(*words)
        assert answer.code == 0, answer
        return answer

    def here(self, *words: str | Path) -> Answer:
        """Ask for, or approve, a new log over what is there, with the old public key."""
        return self.run("backup", "restore", "--here", "--vkey", self.vkey, *words)

    def by_hand(self, *statements: str) -> None:
        with closing(sqlite3.connect(self.settings.database)) as database:
            for statement in statements:
                database.execute(statement)
            database.commit()

    def answer(self, query: str) -> int:
        with closing(sqlite3.connect(self.settings.database)) as database:
            return int(database.execute(query).fetchone()[0])

    def nothing_begun(self) -> None:
        assert self.answer("SELECT count(*) FROM past_heads") == 0
        assert left_in(self.settings.data) == []
        assert not plan_file(self.settings).exists()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Loss:
    loss = Loss(tmp_path_factory.mktemp("verloren"))
    running = an_office(loss.folder, rows=12)
    loss.vkey.write_text(f"{running.verifier.vkey}\n", encoding="utf-8")
    loss.kept.write_bytes(running.countersign())
    some_entries(running, 3)
    running.store.engine.dispose()
    fine("keys", "recovery-key", loss.base / "tresor.pem")
    loss.fine("keys", "escrow", loss.base / "hinterlegt", "--to", loss.base / "tresor.pem.pub")
    shutil.copytree(loss.folder, loss.base / "davor")
    shutil.rmtree(loss.settings.keys)
    told = loss.fine(
        "keys", "recover", loss.base / "hinterlegt", "--with", loss.base / "tresor.pem", "--as", "it"
    )
    assert "lotse backup restore --here --vkey" in told.err
    return loss


@pytest.fixture
def loss(made: Loss, tmp_path: Path) -> Loss:
    shutil.copytree(made.base, tmp_path / "verloren")
    return Loss(tmp_path / "verloren")


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
    loss.fine("backup", "create", loss.base / "neu.backup")
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
        ("backup", "create", loss.base / "x"),
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
    vkey = running.verifier.vkey
    running.store.engine.dispose()
    loss.fine("keys", "escrow", loss.base / "zweite", "--to", loss.base / "tresor.pem.pub")
    shutil.rmtree(loss.settings.keys)
    loss.fine("keys", "recover", loss.base / "zweite", "--with", loss.base / "tresor.pem")
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


def test_the_kept_file_of_the_notary_is_held_against_the_database_too(loss: Loss) -> None:
    """Somebody had copied it: it vouches for more than the tables keep."""
    shutil.copyfile(loss.base / "davor/keys/notary.json", loss.settings.notary)
    signed = NotaryFile(loss.settings.notary).load().size
    assert loss.here("--dry-run", "--json").code == 0
    loss.by_hand("DELETE FROM log_checkpoints")
    told = loss.here("--dry-run", "--json")
    assert (told.code, told.json["signed"]) == (0, signed)


# What is refused.


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
