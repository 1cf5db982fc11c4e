"""`lotse serve`, `lotse scheduler`: what runs by itself runs side by side, says what is wrong, ends when told to."""

import shutil
import signal
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters import service
from adapters.service import Part, Trouble, keep
from audit.notary_file import NotaryFile
from tests.cli.program import fine, lotse
from tests.cli.running import Running, running
from tests.mail.post_office import PostOffice, open_office

DPO = "dpo=dsb@stadt.example"


def an_overdue_case(days: int = 30) -> None:
    """A family that came weeks ago and was never called back."""
    then = (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%dT10:00")
    fine(
        "case", "new", "self", "--set", "surname=Beispiel-Tanne", "--set", "phone=0221 4710009", "--at", then
    )


def flagged() -> list[str]:
    log = fine("audit", "show", "--as", "vogt", "--reason", "Probe", "--json").json
    return [entry["actor"] for entry in log if entry["action"] == "flag_overdue"]


def signed(place: Path) -> int:
    return NotaryFile(place / "keys" / "notary.json").load().size


def mail_to(office: PostOffice) -> dict[str, str]:
    return {
        "LOTSE_SMTP_HOST": "127.0.0.1",
        "LOTSE_SMTP_PORT": str(office.port),
        "LOTSE_SMTP_SECURITY": "plain",
        "LOTSE_SMTP_FROM": "lotse@stadt.example",
        "LOTSE_CHECKPOINT_MAIL": DPO,
    }


def test_it_flags_signs_and_sends_and_ends_cleanly(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    an_overdue_case()
    monkeypatch.setenv("LOTSE_CHECKPOINT_MAIL", DPO)
    fine("audit", "checkpoint", "--mail")
    before = signed(office)
    with open_office() as post, running("serve", place=office, **mail_to(post)) as it:
        it.says(
            "Lotse läuft: Notar, Fristenuhr, Vorwarnung, Quarantäne, Prüfpunkt, Nachrichten, Postausgang, Sch"
        )
        it.says("Fristenuhr: als überfällig markiert:")
        it.says("Postausgang: gesendet: 1.")
        it.wait_for(lambda: signed(office) > before)
        assert it.stop() == 0
        assert it.said[-1] == "Lotse ist beendet."
        (message,) = post.taken
    assert message["To"] == "dsb@stadt.example"
    assert set(flagged()) == {"clock"}
    assert fine("outbox", "--json").json[0]["fate"] == "sent"
    fine("audit", "verify")


def test_what_fails_is_told_and_holds_up_nothing_else(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    an_overdue_case()
    monkeypatch.setenv("LOTSE_CHECKPOINT_MAIL", DPO)
    fine("audit", "checkpoint", "--mail")
    with open_office() as post:
        nobody = mail_to(post)
    with running("serve", place=office, **nobody) as it:
        it.says("Postausgang: Der Mailserver ist nicht erreichbar. Der nächste Versuch folgt von selbst.")
        it.says("Fristenuhr: als überfällig markiert:")
        assert it.stop(signal.SIGINT) == 0


def test_a_halted_notary_is_loud_the_rest_goes_on_and_a_person_lets_it_go_on(
    office: Path, tmp_path: Path
) -> None:
    older = tmp_path / "older.db"
    shutil.copyfile(office / "data" / "lotse.db", older)
    an_overdue_case()
    real = tmp_path / "real.db"
    shutil.copyfile(office / "data" / "lotse.db", real)
    put_in_place(older, office)
    with running("serve", place=office) as it:
        it.says("Notar: ACHTUNG: Das Protokoll wird nicht mehr unterschrieben.")
        assert it.stop() == 1
        assert it.said[-1].startswith("ACHTUNG: Das Protokoll wird nicht mehr unterschrieben.")
    put_in_place(real, office)
    with running("serve", place=office) as it:
        it.says("Notar: ACHTUNG")
        it.says("Fristenuhr: als überfällig markiert:")
        fine("notary", "resume", "--as", "okafor", "--reason", "Echte Datenbank zurück")
        it.says("Notar: geht wieder.")
        assert it.stop() == 0


def put_in_place(database: Path, office: Path) -> None:
    shutil.copyfile(database, office / "data" / "new")
    (office / "data" / "new").replace(office / "data" / "lotse.db")


def test_where_there_is_no_store_none_is_made(place: Path) -> None:
    for words in (["serve"], ["scheduler"]):
        answer = lotse(*words, "--dir", place)
        assert (answer.code, answer.err) == (
            3,
            "Hier gibt es noch keinen Speicher. Nächster Schritt: lotse init.\n",
        )
    assert not place.exists()


def test_mail_settings_that_do_not_fit_are_said_before_anything_runs(
    office: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert office.exists()
    monkeypatch.setenv("LOTSE_CHECKPOINT_MAIL", "dsb@stadt.example")
    assert lotse("serve").code == 2
    monkeypatch.delenv("LOTSE_CHECKPOINT_MAIL")
    monkeypatch.setenv("LOTSE_SMTP_HOST", "post.example")
    assert "LOTSE_SMTP_FROM" in lotse("serve").err


def test_the_clock_runs_alone_too(office: Path) -> None:
    an_overdue_case()
    with running("scheduler", place=office) as it:
        it.says("Fristenuhr: als überfällig markiert:")
        assert it.stop() == 0
        assert it.said[-1] == "Die Fristenuhr ist beendet."
    assert set(flagged()) == {"clock"}
    assert fine("scheduler", "--once").out == "Nichts Neues überfällig.\n"


def test_many_clocks_at_once_flag_each_obligation_once(office: Path) -> None:
    an_overdue_case()
    an_overdue_case(29)
    with running("scheduler", place=office) as one, running("serve", place=office) as other:
        both: tuple[Running, ...] = (one, other)
        one.says("läuft")
        other.says("läuft")
        one.wait_for(lambda: any("markiert" in line for it in both for line in it.said))
        time.sleep(0.5)
        assert [it.stop() for it in both] == [0, 0]
    log = fine("audit", "show", "--as", "vogt", "--reason", "Probe", "--json").json
    flags = [(entry["case"], entry.get("obligation")) for entry in log if entry["action"] == "flag_overdue"]
    assert flags
    assert lotse("scheduler", "--once", "--json").json["flagged"] == 0
    versions = [(entry["case"], entry["version"]) for entry in log if entry["action"] == "flag_overdue"]
    assert len(versions) == len(set(versions))


def test_each_job_is_done_once_and_says_how_much(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As from cron; what needs a mail server is left out where there is none, and a told time moves no mail."""
    an_overdue_case()
    assert fine("scheduler", "--once", "--json").json == {"flagged": 1, "forewarn": 0, "purge": 0}
    monkeypatch.setenv("LOTSE_CHECKPOINT_MAIL", DPO)
    with open_office() as post:
        for name, value in mail_to(post).items():
            monkeypatch.setenv(name, value)
        told = fine("scheduler", "--once", "--json", "--at", "2026-11-30").json
        assert set(told) == {"flagged", "forewarn"}
        again = fine("scheduler", "--once", "--json").json
    assert set(again) == {"flagged", "forewarn", "purge", "checkpoint", "news", "outbox"}
    assert again["flagged"] == 0
    assert office.exists()


def test_a_warning_is_given_once_and_told_by_the_log(office: Path) -> None:
    """Received on a Monday in March, looked at on Wednesday morning: due on Thursday."""
    fine("case", "new", "self", "--set", "surname=Beispiel-Tanne", "--at", "2026-03-09T10:00")
    for expected in (1, 0):
        assert fine("scheduler", "--once", "--json", "--at", "2026-03-11T07:00").json["forewarn"] == expected
    shown = fine("audit", "show", "--as", "vogt", "--reason", "Probe").out
    assert "Vorgewarnt" in shown
    assert "am Arbeitstag davor" in shown
    fine("audit", "verify", "--replay", "--decrypt")
    assert office.exists()


def test_several_towns_need_postgres_and_no_single_round(office: Path) -> None:
    assert lotse("scheduler", "--tenants", office).code == 1
    assert "PostgreSQL" in lotse("scheduler", "--tenants", office).err
    assert lotse("scheduler", "--once", "--tenants", office).code == 2


def test_options_of_one_round_do_not_go_with_a_run(office: Path) -> None:
    assert office.exists()
    for words in (["--json"], ["--at", "2026-11-30"]):
        answer = lotse("scheduler", *words)
        assert (answer.code, "--once" in answer.err) == (2, True)


# The parts themselves.


def a_part(*rounds: Exception | str, every: float = 0.0, ends: tuple[type[Exception], ...] = ()) -> Part:
    """A part whose rounds go so, one after the other; the last one for ever."""
    left = list(rounds)

    def one() -> Sequence[str]:
        now = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(now, Exception):
            raise now
        return [now] if now else ()

    return Part("Probe", every, one, ends)


def said_by(part: Part, rounds: int) -> list[str]:
    """What is said in so many rounds."""
    stop, said = threading.Event(), []
    counted = 0

    def count() -> Sequence[str]:
        nonlocal counted
        counted += 1
        if counted == rounds:
            stop.set()
        return part.round()

    keep(Part(part.name, part.every, count, part.ends), stop, said.append, str)
    return said


def test_a_trouble_is_told_when_it_begins_when_it_changes_and_when_it_is_over() -> None:
    locked, full = OSError("belegt"), OSError("voll")
    assert said_by(a_part(locked, locked, locked, full, full, "", ""), 7) == [
        "Probe: belegt",
        "Probe: voll",
        "Probe: geht wieder.",
    ]
    assert said_by(a_part("eins", "", "zwei"), 3) == ["Probe: eins", "Probe: zwei"]


def test_a_trouble_that_lasts_is_told_again_after_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(service.time, "monotonic", lambda: now[0])
    said: list[str] = []
    trouble = Trouble("Notar", said.append)
    for second in range(125):
        now[0] = float(second)
        trouble.met("hat angehalten")
    assert said == ["Notar: hat angehalten"] * 3


def test_what_a_part_ends_with_is_for_who_runs_it() -> None:
    with pytest.raises(KeyError):
        said_by(a_part("", KeyError("x"), ends=(KeyError,)), 5)


def test_rounds_keep_their_distance_and_a_long_one_is_followed_at_once() -> None:
    stop, begun = threading.Event(), []

    def long() -> Sequence[str]:
        begun.append(time.monotonic())
        time.sleep(0.06 if len(begun) == 1 else 0)
        if len(begun) == 3:
            stop.set()
        return ()

    keep(Part("Lang", 0.05, long), stop, lambda _: None, str)
    assert begun[1] - begun[0] >= 0.06
    assert begun[2] - begun[1] >= 0.05
