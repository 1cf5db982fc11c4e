"""`lotse doctor`: each thing is made ill once, and the doctor says what it is and what to do."""

import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest

from adapters import doctor
from adapters.bootstrap import open_lotse
from adapters.checkpoint_mail import mail_checkpoint
from adapters.cli.failures import failure_of
from adapters.doctor import CHECKS, Finding, Light, examine
from adapters.lotse import Lotse, now
from adapters.mail import Recipient, Undelivered
from adapters.outbox import send_due
from adapters.settings import read_settings
from audit.clock import ClockWatch
from audit.notary_file import NotaryFile
from tests.cli.program import fine, lotse

HOUR, DAY = 3_600_000, 86_400_000
YEAR = 365 * DAY


def millis() -> int:
    return int(now().timestamp() * 1000)


def findings(after: int = 0) -> dict[str, Finding]:
    """What the doctor finds so many milliseconds from now."""
    return dict(examine(read_settings(), millis() + after, lambda error: failure_of(error).sentence))


@contextmanager
def at_work() -> Iterator[Lotse]:
    lotse = open_lotse(read_settings())
    try:
        yield lotse
    finally:
        lotse.store.engine.dispose()


def by_hand(office: Path, statement: str) -> None:
    with sqlite3.connect(office / "data" / "lotse.db") as connection:
        connection.execute(statement)
    connection.close()


def is_red(name: str, after: int = 0) -> Finding:
    found = findings(after)[name]
    assert found.light is Light.RED, found
    assert found.next_step
    return found


def test_a_store_in_good_order_has_no_red_and_says_what_is_still_to_be_done(office: Path) -> None:
    assert office.exists()
    answer = fine("doctor", "--json").json
    assert [each["check"] for each in answer] == [name for name, _ in CHECKS]
    lights = {each["check"]: each["light"] for each in answer}
    assert {name for name, light in lights.items() if light != "green"} == {
        "Hinterlegung",
        "Sicherung",
        "Post",
        "Leitung",
        "Fristenuhr",
    }
    assert "red" not in lights.values()
    out = fine("doctor").out
    assert out.startswith("gut ")
    assert max(map(len, out.splitlines())) <= 80


def test_looking_changes_nothing(imported: Path) -> None:
    def contents() -> dict[str, str]:
        files = [path for path in imported.rglob("*") if path.is_file()]
        return {str(path): sha256(path.read_bytes()).hexdigest() for path in files}

    before = contents()
    fine("doctor")
    assert contents() == before


def test_something_red_ends_with_1(office: Path) -> None:
    (office / "data" / "lotse.db").unlink()
    answer = lotse("doctor")
    assert answer.code == 1
    assert "FEHLER   Datenbank     Hier gibt es keine Datenbank. → lotse init" in answer.out
    assert not (office / "data" / "lotse.db").exists()


def test_without_anything_there_is_nothing_made(place: Path) -> None:
    assert lotse("doctor").code == 1
    assert not place.exists()


# Database and tables.


def test_what_cannot_be_looked_at_yet_is_said_so(office: Path) -> None:
    (office / "data" / "lotse.db").unlink()
    found = findings()
    assert found["Schlüssel"].light is Light.GREEN
    for name in ("Uhr", "Sicherung", "Notar", "Hinterlegung"):
        assert (found[name].light, "erst prüfen" in found[name].sentence) == (Light.YELLOW, True)


def test_a_database_that_cannot_be_written_is_red(office: Path) -> None:
    """A file that may not grow stands for a full disk and for missing rights: nothing can be written."""

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

    done = subprocess.run(
        [sys.executable, "-m", "adapters.cli", "doctor", "--json", "--dir", office],
        capture_output=True,
        check=False,
        preexec_fn=limited,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    lights = {each["check"]: each["light"] for each in json.loads(done.stdout)}
    assert (done.returncode, lights["Datenbank"], lights["Schema"]) == (1, "red", "green")


def test_a_database_that_is_busy_is_no_reason_to_panic(office: Path) -> None:
    holder = sqlite3.connect(office / "data" / "lotse.db", isolation_level=None)
    for how in ("IMMEDIATE", "EXCLUSIVE"):
        holder.execute(f"BEGIN {how}")
        assert findings()["Datenbank"].light is Light.YELLOW
        holder.execute("ROLLBACK")
    holder.close()


def test_a_file_that_is_no_database_is_red(office: Path) -> None:
    (office / "data" / "lotse.db").write_bytes(b"kein SQLite" * 900)
    assert is_red("Datenbank").sentence == "Die Datenbank ist nicht zu lesen."
    assert lotse("doctor").code == 1


def test_an_empty_database_is_red(office: Path) -> None:
    (office / "data" / "lotse.db").write_bytes(b"")
    is_red("Schema")


@pytest.mark.parametrize(("revision", "light"), [("9999", Light.RED), ("0001", Light.YELLOW)])
def test_tables_of_another_program_are_told(office: Path, revision: str, light: Light) -> None:
    by_hand(office, f"UPDATE alembic_version SET version_num = '{revision}'")  # noqa: S608 - a revision of our own
    assert findings()["Schema"].light is light


# Keys.


def test_keys_that_others_can_read_or_that_are_gone_are_red(office: Path) -> None:
    (office / "keys").chmod(0o755)
    assert "Andere können" in is_red("Schlüssel").sentence
    shutil.rmtree(office / "keys")
    is_red("Schlüssel")


def test_a_master_key_older_than_a_year_wants_another(office: Path) -> None:
    assert office.exists()
    found = findings(YEAR + DAY)["Schlüssel"]
    assert (found.light, found.next_step) == (Light.YELLOW, "lotse keys rotate")


def test_keys_for_trying_out_are_told(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert office.exists()
    monkeypatch.setenv("LOTSE_MODE", "development")
    assert findings()["Schlüssel"].light is Light.YELLOW


def test_a_version_that_lies_in_no_escrow_is_told_until_it_does(office: Path, tmp_path: Path) -> None:
    assert office.exists()
    fine("keys", "recovery-key", tmp_path / "notfall.pem")
    for version in (1, 2):
        finding = findings()["Hinterlegung"]
        assert (finding.light, f"Version {version}." in finding.sentence) == (Light.YELLOW, True)
        place = tmp_path / f"hinterlegt-{version}"
        fine("keys", "escrow", "--to", tmp_path / "notfall.pem.pub", place, "--as", "it")
        assert findings()["Hinterlegung"].light is Light.GREEN
        assert findings(30 * DAY)["Hinterlegung"].light is Light.GREEN, "also once it is long ago"
        fine("keys", "rotate", "--as", "it")


# Notary.


def test_a_notary_that_has_halted_is_red_with_the_way_out(office: Path) -> None:
    NotaryFile(office / "keys" / "notary.json").halt("Einträge und Kopf passen nicht zueinander.")
    assert "lotse notary resume" in is_red("Notar").next_step


def test_a_notary_without_its_file_is_red(office: Path) -> None:
    (office / "keys" / "notary.json").unlink()
    is_red("Notar")


def test_entries_that_wait_for_a_signature_longer_than_a_minute_are_red(office: Path) -> None:
    assert office.exists()
    with at_work() as lotse:
        lotse.record("access", {"action": "list", "actor": "fachkraft", "count": 0})
    assert findings()["Notar"].light is Light.GREEN
    assert is_red("Notar", 5 * 60_000).sentence == "1 Einträge sind seit 5 min nicht unterschrieben."
    fine("notary", "--once")
    assert findings(5 * 60_000)["Notar"].light is Light.GREEN


def test_a_database_rolled_back_is_red_before_anybody_signs(office: Path, tmp_path: Path) -> None:
    shutil.copyfile(office / "data" / "lotse.db", tmp_path / "older.db")
    fine("case", "list")
    shutil.copyfile(tmp_path / "older.db", office / "data" / "lotse.db")
    finding = is_red("Notar")
    assert "die Datenbank hat nur" in finding.sentence
    assert "lotse backup restore" in finding.next_step


def test_a_database_of_before_a_restore_is_red_although_it_may_be_longer(
    office: Path, tmp_path: Path
) -> None:
    fine("backup", "create", tmp_path / "mo.backup", "--as", "okafor")
    shutil.copyfile(office / "data" / "lotse.db", tmp_path / "older.db")
    fine(
        "backup",
        "restore",
        tmp_path / "mo.backup",
        "--request",
        "--as",
        "brandt",
        "--reason",
        "Platte defekt",
    )
    fine("backup", "restore", tmp_path / "mo.backup", "--approve", "--as", "okafor")
    shutil.copyfile(tmp_path / "older.db", office / "data" / "lotse.db")
    assert "/1." in is_red("Notar").sentence


# Clock.


@pytest.mark.parametrize(
    ("jump", "told"), [(HOUR, "+1 h"), (-HOUR, "−1 h"), (YEAR, "+365 d"), (-YEAR, "−365 d")]
)
def test_a_clock_that_jumped_is_red_for_a_week(office: Path, jump: int, told: str) -> None:
    """Seen beside a clock that nobody sets: it moved, the other one did not."""
    assert office.exists()
    steady = [0.0]
    with at_work() as lotse:
        lotse.store.watch = ClockWatch(lambda: steady[0])
        for _ in range(2):
            lotse.record("access", {"action": "list", "actor": "fachkraft", "count": 0})
            steady[0] -= jump / 1000
    assert is_red("Uhr").sentence == f"Die Uhr ist in den letzten 7 Tagen gesprungen: {told}."
    assert is_red("Uhr", 6 * DAY)
    assert findings(8 * DAY)["Uhr"].light is Light.GREEN


@pytest.mark.parametrize(("behind", "told"), [(HOUR, "1 h"), (YEAR, "365 d")])
def test_a_clock_behind_the_log_is_red_at_once(office: Path, behind: int, told: str) -> None:
    assert office.exists()
    fine("case", "list")
    assert told in is_red("Uhr", -behind).sentence


# Backup, erasures, mail, room.


def test_a_backup_is_green_for_two_days_and_red_after_a_week(office: Path) -> None:
    assert office.exists()
    assert findings(8 * DAY)["Sicherung"].light is Light.RED
    with at_work() as lotse:
        lotse.record("access", {"action": "backup", "actor": "okafor", "size": 1})
        lotse.record("access", {"action": "backup", "actor": "okafor", "outcome": "refused"})
    found = {days: findings(days * DAY)["Sicherung"] for days in (0, 1, 3, 8)}
    assert found[0].sentence == "zuletzt heute"
    assert [finding.light for finding in found.values()] == [
        Light.GREEN,
        Light.GREEN,
        Light.YELLOW,
        Light.RED,
    ]


def test_a_backup_whose_key_is_destroyed_is_no_backup(office: Path, tmp_path: Path) -> None:
    assert office.exists()
    fine("backup", "create", tmp_path / "mo.backup", "--as", "okafor")
    fine("keys", "rotate", "--as", "it")
    assert findings()["Sicherung"].light is Light.GREEN
    fine("keys", "destroy", "1", "--without-backup", "--json", "--as", "it")
    assert "Version 1 des Hauptschlüssels" in is_red("Sicherung").sentence
    fine("backup", "create", tmp_path / "di.backup", "--as", "okafor")
    assert findings()["Sicherung"].light is Light.GREEN


def test_a_database_that_a_restore_laid_aside_is_told_until_it_is_deleted(
    office: Path, tmp_path: Path
) -> None:
    assert findings()["Reste"].light is Light.GREEN
    fine("backup", "create", tmp_path / "mo.backup", "--as", "okafor")
    fine(
        "backup",
        "restore",
        tmp_path / "mo.backup",
        "--request",
        "--as",
        "brandt",
        "--reason",
        "Platte defekt",
    )
    fine("backup", "restore", tmp_path / "mo.backup", "--approve", "--as", "okafor")
    aside = min((office / "data").glob("lotse.db.before-*"))
    aside.with_name(f"{aside.name}-wal").touch()
    finding = findings()["Reste"]
    assert finding.light is Light.YELLOW
    assert finding.sentence.count(aside.name) == 1
    for left in (office / "data").glob("lotse.db.before-*"):
        left.unlink()
    assert findings()["Reste"].light is Light.GREEN


@pytest.mark.parametrize("version", [1, 7])
def test_an_erasure_waits_until_the_old_master_key_is_gone(office: Path, version: int) -> None:
    """And every version before it: an older backup has the key under one of them."""
    erased = {
        "case": "0" * 32,
        "key_id": "ab" * 32,
        "kek_version": version,
        "at": "2026-11-01T10:00:00+00:00",
    }
    told = {"origin": "lotse/0b5e/1", "size": 9, "erased": [erased]}
    (office / "keys" / "erasures.json").write_text(json.dumps(told))
    assert findings()["Löschungen"].light is Light.YELLOW


@pytest.mark.parametrize("content", ["", "[]", '{"erased": [{}]}', "\x00"])
def test_a_list_of_erasures_that_cannot_be_read_is_red(office: Path, content: str) -> None:
    (office / "keys" / "erasures.json").write_text(content)
    is_red("Löschungen")


def a_letter(refused: bool = False) -> None:
    with at_work() as lotse:
        mail_checkpoint(lotse, (Recipient("dpo", "dsb@stadt.example"),), "okafor")
        if refused:
            send_due(lotse.store, "lotse@stadt.example", _refuses, millis)


def _refuses(_message: object) -> None:
    raise Undelivered("Nein.", permanent=True)


def with_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOTSE_SMTP_HOST", "localhost")
    monkeypatch.setenv("LOTSE_SMTP_FROM", "lotse@stadt.example")
    monkeypatch.setenv("LOTSE_CHECKPOINT_MAIL", "dpo=dsb@stadt.example")


def test_mail_in_order_is_green(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert office.exists()
    with_mail(monkeypatch)
    a_letter()
    assert findings()["Post"].light is Light.GREEN
    assert is_red("Post", 2 * DAY).sentence == "1 Nachrichten warten seit über einem Tag."


def test_mail_that_was_given_up_is_red(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert office.exists()
    with_mail(monkeypatch)
    a_letter(refused=True)
    assert is_red("Post").sentence == "1 Nachrichten sind aufgegeben."


def test_mail_without_a_server_or_with_settings_that_do_not_fit_is_red(
    office: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert office.exists()
    a_letter()
    assert "Mailserver" in is_red("Post").sentence
    monkeypatch.setenv("LOTSE_CHECKPOINT_MAIL", "chef")
    assert "LOTSE_CHECKPOINT_MAIL" in is_red("Post").sentence


@pytest.mark.parametrize(("gigabytes", "light"), [(10**15, Light.YELLOW), (10**18, Light.RED)])
def test_little_room_is_told(
    office: Path, monkeypatch: pytest.MonkeyPatch, gigabytes: int, light: Light
) -> None:
    """The disk is what it is; the measure is moved instead."""
    assert office.exists()
    free = shutil.disk_usage(office).free
    monkeypatch.setattr(doctor, "GIGABYTE", free * 2 if light is Light.YELLOW else gigabytes)
    assert findings()["Platz"].light is light


# Nothing of families.


def test_no_name_of_a_family_and_no_secret_is_told(imported: Path) -> None:
    out = fine("doctor", "--json").out + fine("doctor").out
    keys = [path.read_text().split()[2] for path in (imported / "keys").glob("*.key")]
    assert not any(secret in out for secret in keys)


def test_a_check_that_fails_in_itself_is_a_finding_and_the_others_go_on(
    office: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert office.exists()

    def faints(_look: object) -> Finding:
        raise ZeroDivisionError

    checks: tuple[tuple[str, Callable[..., Finding]], ...] = (("Probe", faints), *CHECKS)
    monkeypatch.setattr(doctor, "CHECKS", checks)
    found = findings()
    assert (found["Probe"].light, found["Datenbank"].light) == (Light.RED, Light.GREEN)


def test_two_days_without_a_checkpoint_that_reached_anybody_are_red(
    office: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However well the outbox looks, which lies in the database."""
    with_mail(monkeypatch)
    assert findings()["Post"] == doctor.yellow("Noch kein Prüfpunkt ging an: dpo.", "lotse serve starten")
    a_letter()
    by_hand(office, "UPDATE outbox SET sent_at = created_at, next_at = NULL")
    assert findings(DAY)["Post"].light is Light.GREEN
    assert is_red("Post", 3 * DAY).sentence == "Seit 3 Tagen ging kein Prüfpunkt hinaus an: dpo."
