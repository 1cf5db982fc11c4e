"""`lotse doctor` on the office itself: Land, process, Fristenuhr; each made ill once."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from adapters import doctor_office
from adapters.doctor import Finding, Light
from adapters.doctor_look import Look
from adapters.doctor_office import process
from adapters.scheduler.heartbeat import steady
from adapters.settings import read_settings
from states.prover import prove
from tests.cli.program import fine, lotse
from tests.cli.test_doctor import findings, is_red, millis
from workflow.calendar import Calendar

MINUTE, DAY = 60_000, 86_400_000


def by_hand(office: Path, statement: str, *values: object) -> None:
    connection = sqlite3.connect(office / "data" / "lotse.db")
    with connection:
        connection.execute(statement, values)
    connection.close()


def beating(office: Path, *, ago: int = 0, damaged: int = 0, jump_ms: int = 0) -> None:
    """The Fristenuhr has worked, so many milliseconds ago."""
    fine("scheduler", "--once")
    at, mono = millis() - ago, int(steady() * 1000) - ago
    statement = (
        "UPDATE heartbeats SET done_at = ?, done_mono = ?, damaged = ?, jump_ms = ? WHERE job = 'sweep'"
    )
    by_hand(office, statement, at, mono, damaged, jump_ms)


def of(name: str, after: int = 0) -> Finding:
    return findings(after)[name]


def test_whose_holidays_count_is_said_with_the_next_one(office: Path) -> None:
    assert office.exists()
    found = of("Land")
    assert found.light is Light.GREEN
    assert "Nordrhein-Westfalen, nächster Feiertag " in found.sentence
    assert "holidays 0." in found.sentence


def test_a_list_of_holidays_with_holes_is_seen(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Deadlines would be wrong, and nobody would notice on any ordinary day."""
    assert office.exists()
    whole = Calendar.holiday
    monkeypatch.setattr(
        Calendar, "holiday", lambda self, day: None if (day.month, day.day) == (10, 3) else whole(self, day)
    )
    assert "fehlen für Nordrhein-Westfalen: 3.10." in is_red("Land").sentence


def test_the_process_is_proven_again_and_is_the_one_of_the_log(office: Path) -> None:
    assert office.exists()
    found = of("Ablauf")
    assert found.light is Light.GREEN
    assert "bewiesen über" in found.sentence


def test_a_process_altered_in_the_database_is_seen(office: Path) -> None:
    by_hand(office, "UPDATE profiles SET text = CAST(replace(text, 'land', 'lamd') AS BLOB)")
    assert "von Hand verändert" in is_red("Ablauf").sentence


def test_a_process_that_the_log_does_not_name_is_seen(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has the keys can seal another text; the log says which one was proven."""
    assert office.exists()
    monkeypatch.setattr(doctor_office, "_adopted", lambda _look, _profile: "0" * 64)
    assert "nicht der, den das Protokoll nennt" in is_red("Ablauf").sentence
    monkeypatch.setattr(doctor_office, "_adopted", lambda _look, _profile: None)
    assert of("Ablauf").light is Light.YELLOW


def test_what_the_log_says_of_the_process_is_found_behind_many_entries(
    office: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The adoption is one of the first entries; it is found there however many came after it."""
    assert office.exists()
    monkeypatch.setattr(doctor_office, "MOST", 4)
    assert process(Look(read_settings(), millis())).light is Light.GREEN


def test_an_unlawful_process_is_seen(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that a program of before had let through, say: proven anew it breaks a law."""
    assert office.exists()
    monkeypatch.setattr(
        doctor_office, "prove", lambda process: prove(replace(process, rows=process.rows[:5]))
    )
    assert "bricht ein Gesetz" in is_red("Ablauf").sentence


def test_a_fristenuhr_that_never_worked_is_a_hint_on_the_first_day_and_red_after_it(office: Path) -> None:
    assert office.exists()
    assert of("Fristenuhr").light is Light.YELLOW
    assert "noch nie gearbeitet" in is_red("Fristenuhr", after=2 * DAY).sentence


def test_one_that_works_is_in_order(office: Path) -> None:
    beating(office)
    found = of("Fristenuhr")
    assert (found.light, "nichts im Rückstand" in found.sentence) == (Light.GREEN, True)


def test_one_that_has_stopped_is_a_hint_after_minutes_and_red_after_an_hour(office: Path) -> None:
    beating(office, ago=7 * MINUTE)
    found = of("Fristenuhr")
    assert (found.light, found.sentence.startswith("Sie steht seit 7 min.")) == (Light.YELLOW, True)
    beating(office, ago=90 * MINUTE)
    assert "Sie steht seit 90 min." in is_red("Fristenuhr").sentence


def test_a_case_it_cannot_open_is_told(office: Path) -> None:
    beating(office, damaged=1)
    assert "1 Fälle lassen sich nicht öffnen" in is_red("Fristenuhr").sentence


def test_a_clock_that_jumped_is_told_because_nothing_is_purged_for_a_day(office: Path) -> None:
    beating(office, jump_ms=7_200_000)
    found = of("Fristenuhr")
    assert (found.light, "gesprungen" in found.sentence) == (Light.YELLOW, True)


def test_what_stays_unflagged_although_it_works_is_red(office: Path) -> None:
    fine("case", "new", "self", "--set", "surname=Beispiel-Ulme", "--at", "2026-01-12T10:00")
    beating(office)
    long_ago = millis() - 10 * MINUTE
    by_hand(office, "UPDATE cases SET flag_at = ?", long_ago)
    assert "1 Fälle sind seit 10 min nicht als überfällig markiert." in is_red("Fristenuhr").sentence


def test_another_job_that_lags_is_named(office: Path) -> None:
    beating(office)
    ago = 5 * 3_600_000
    statement = "UPDATE heartbeats SET done_at = done_at - ?, done_mono = done_mono - ? WHERE job = 'purge'"
    by_hand(office, statement, ago, ago)
    found = of("Fristenuhr")
    assert (found.light, "Quarantäne" in found.sentence) == (Light.YELLOW, True)


def test_none_of_it_can_be_looked_at_without_a_database(office: Path) -> None:
    (office / "data" / "lotse.db").unlink()
    answer = lotse("doctor", "--json")
    assert answer.code == 1
    told = {each["check"]: each["light"] for each in answer.json}
    assert {told[name] for name in ("Land", "Ablauf", "Fristenuhr")} == {"yellow"}
