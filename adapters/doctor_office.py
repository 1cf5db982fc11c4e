"""What the doctor finds of the office itself: its Land and holidays, its process and the proof of it, its Fristenuhr.

Each is made ill once in `tests/cli/test_doctor_office.py`.
"""

from datetime import date
from itertools import chain, islice

from adapters.db.recorded import RecordedLog
from adapters.db.store import StoreError
from adapters.db.sweep_statements import unflagged
from adapters.doctor_finding import Finding, green, red, yellow
from adapters.doctor_look import DAY, MINUTE, MOST, Look
from adapters.millis import instant
from adapters.scheduler.heartbeat import (
    LATE,
    Clocks,
    Heartbeat,
    clocks_of_this_machine,
    heartbeats,
)
from adapters.scheduler.jobs import JOBS, SWEEP, Job
from states.fields import BadProfile
from states.profile import Profile
from states.prover import Unlawful, prove
from workflow.audited import Audited
from workflow.calendar import LAST_YEAR, Calendar, local_date
from workflow.office import Network

HOUR = 60 * MINUTE
EVERYWHERE = ((1, 1), (5, 1), (10, 3), (12, 25), (12, 26))
"""Holidays in every Land, each year on the same day: a list without them is no list of holidays."""
SLACK = 3
"""After so many of its distances a job is late."""
_AGAIN = "lotse process check; bleibt es so, eine Sicherung zurückholen: lotse backup restore"
_START = "lotse serve (oder lotse scheduler) starten"


def land(look: Look) -> Finding:
    """Say by whose holidays deadlines are counted, and whether the list of holidays is whole."""
    calendar = _network(look).calendar
    today = local_date(instant(look.now_ms))
    lacking = [
        f"{day}.{month}."
        for month, day in EVERYWHERE
        if calendar.holiday(date(today.year, month, day)) is None
    ]
    if lacking:
        return red(
            f"In der Feiertagsliste ({calendar.version}) fehlen für {calendar.land.label}: {', '.join(lacking)}",
            "das Paket „holidays“ neu installieren: Fristen stimmen sonst nicht",
        )
    day, name = _next_holiday(calendar, today)
    where = " ".join((calendar.land.label, *(f"({part})" for part in sorted(calendar.parts))))
    return green(f"{where}, nächster Feiertag {day:%d.%m.%Y} ({name}), {calendar.version}")


def _next_holiday(calendar: Calendar, today: date) -> tuple[date, str]:
    days = (date.fromordinal(today.toordinal() + ahead) for ahead in range(400))
    known = (day for day in days if day.year <= LAST_YEAR)
    return next((day, name) for day in known if (name := calendar.holiday(day)) is not None)


def process(look: Look) -> Finding:
    """Prove the process of the store again, and hold it against what the log says was proven and adopted."""
    try:
        profile = _network(look).profile
        configurations = prove(profile.process).configurations
    except StoreError as error:
        return red(str(error).partition(" Nächster Schritt")[0], _AGAIN)
    except (Unlawful, BadProfile):
        return red("Der Ablauf in der Datenbank bricht ein Gesetz des Ablaufs.", _AGAIN)
    told = f"„{profile.name}“, Version {profile.version}, bewiesen über {configurations} Lagen"
    adopted = _adopted(look, profile)
    if adopted is None:
        return yellow(
            f"{told}; seine Einführung ist unter den letzten {MOST} Einträgen nicht.", "lotse audit verify"
        )
    if adopted != profile.sha256:
        return red("Der Ablauf in der Datenbank ist nicht der, den das Protokoll nennt.", _AGAIN)
    return green(told)


def _adopted(look: Look, profile: Profile) -> str | None:
    """The hash under which the log says that this profile was adopted: looked for among the first and the newest."""
    log = RecordedLog(look.store)
    for entry in chain(islice(log.backwards(), MOST), islice(log.forwards(), MOST)):
        a = entry.a or {}
        if (a.get("action"), a.get("profile"), a.get("profile_version")) == (
            Audited.PROFILE,
            profile.name,
            profile.version,
        ):
            return str(a.get("sha256"))
    return None


def _network(look: Look) -> Network:
    return look.store.networks[look.store.current]


def fristenuhr(look: Look) -> Finding:
    """Say whether what runs by itself has run: when last, how late, and what it could not do."""
    clocks = clocks_of_this_machine(lambda: look.now_ms)
    with look.store.reading() as connection:
        beats = heartbeats(connection, look.store.tenant)
        waiting, oldest = unflagged(connection, look.store.tenant, look.now_ms - LATE)
    sweep = beats.get(SWEEP.key)
    if sweep is None:
        young = look.first_time_ms is None or look.now_ms - look.first_time_ms < DAY
        return (yellow if young else red)("Sie hat noch nie gearbeitet.", _START)
    age = sweep.age(clocks)
    if age is None or age > LATE:
        return _stands(age, waiting)
    late = [
        job.name for job in JOBS if job.wanted(look.settings) and _is_late(beats.get(job.key), job, clocks)
    ]
    since = 0 if oldest is None else (look.now_ms - oldest) // MINUTE
    return _works(
        sweep,
        f"zuletzt vor {age // 1000} s",
        late,
        f"{waiting} Fälle sind seit {since} min" if waiting else "",
    )


def _works(sweep: Heartbeat, told: str, late: list[str], waiting: str) -> Finding:
    """What is to be said of one that works."""
    if sweep.damaged:
        return red(f"{sweep.damaged} Fälle lassen sich nicht öffnen.", "lotse audit verify --replay")
    if waiting:
        return red(f"{waiting} nicht als überfällig markiert.", "lotse scheduler --once")
    if sweep.jump_ms:
        return yellow("Die Uhr des Rechners ist gesprungen; gelöscht wird deshalb einen Tag lang nichts.")
    if late:
        return yellow(f"Im Rückstand: {', '.join(late)}.", _START)
    return green(f"{told}, nichts im Rückstand")


def _stands(age: int | None, waiting: int) -> Finding:
    late = f" {waiting} Fälle sind noch nicht als überfällig markiert." if waiting else ""
    if age is None:
        return red(f"Seit wann sie steht, ist nicht zu sagen: Die Uhr ist gesprungen.{late}", _START)
    since = f"{age // DAY} d" if age >= DAY else f"{age // MINUTE} min"
    return (red if age > HOUR else yellow)(f"Sie steht seit {since}.{late} Listen stimmen auch so.", _START)


def _is_late(beat: Heartbeat | None, job: Job, clocks: Clocks) -> bool:
    """Whether a job that has begun once has not ended well for long; what never began waits for its first hour."""
    if beat is None:
        return False
    age = beat.age(clocks)
    return age is None or age > max(LATE, SLACK * int(job.every * 1000))
