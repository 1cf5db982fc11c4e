"""Deadlines as a Fachkraft would check them with a wall calendar."""

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from workflow.calendar import (
    BERLIN,
    BadCalendarError,
    Calendar,
    Land,
    MissingTimeZoneError,
    Part,
    closing_day,
    local_date,
)
from workflow.deadlines import BadDeadlineError, Counting, Deadline, deadline
from workflow.errors import WorkflowError

NW = Calendar(Land.NW)
SH = Calendar(Land.SH)
ARBEITSTAGE, WERKTAGE, WERKTAGE_193 = Counting.ARBEITSTAGE, Counting.WERKTAGE, Counting.WERKTAGE_193


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def due(received: str, counting: Counting = ARBEITSTAGE, calendar: Calendar = NW, days: int = 3) -> str:
    return deadline(datetime.fromisoformat(received), days, counting, calendar).due.isoformat()


@pytest.mark.parametrize(
    ("received", "calendar", "arbeitstage", "werktage", "werktage_193"),
    [
        pytest.param("2026-03-27T17:00", NW, "2026-04-01", "2026-03-31", "2026-03-31", id="friday afternoon"),
        pytest.param("2026-04-02", NW, "2026-04-09", "2026-04-08", "2026-04-08", id="before Easter"),
        pytest.param("2026-06-02", NW, "2026-06-08", "2026-06-06", "2026-06-08", id="Fronleichnam in NW"),
        pytest.param("2026-06-02", SH, "2026-06-05", "2026-06-05", "2026-06-05", id="no Fronleichnam in SH"),
    ],
)
def test_first_contact_is_due_three_working_days_after_the_receipt(
    received: str, calendar: Calendar, arbeitstage: str, werktage: str, werktage_193: str
) -> None:
    assert due(received, ARBEITSTAGE, calendar) == arbeitstage
    assert due(received, WERKTAGE, calendar) == werktage
    assert due(received, WERKTAGE_193, calendar) == werktage_193


def test_a_deadline_explains_itself_day_by_day() -> None:
    assert deadline(date(2026, 6, 2), 3, ARBEITSTAGE, NW).sentence() == (
        "fällig Mo 08.06.2026: Mi 03.06. (1) · Do 04.06. Fronleichnam NW · Fr 05.06. (2) · "
        "Sa 06.06. Wochenende · So 07.06. Wochenende · Mo 08.06. (3)"
    )


def test_a_deadline_says_that_its_end_was_moved_from_the_saturday() -> None:
    assert deadline(date(2026, 6, 2), 3, WERKTAGE_193, NW).explanation == (
        "Mi 03.06. (1)",
        "Do 04.06. Fronleichnam NW",
        "Fr 05.06. (2)",
        "Sa 06.06. (3), kein Fristende am Samstag",
        "So 07.06. Sonntag",
        "Mo 08.06. Ende (§ 193 BGB)",
    )


def test_an_end_on_easter_saturday_moves_past_easter_monday() -> None:
    """Sunday and the holiday after it are skipped too: Thursday 2 April + 1 Werktag."""
    assert due("2026-04-02", WERKTAGE, days=1) == "2026-04-04"
    assert due("2026-04-02", WERKTAGE_193, days=1) == "2026-04-07"


def test_a_saturday_within_the_count_still_counts_under_193() -> None:
    """Only the end may not be a Saturday; on the way it is a Werktag like any other."""
    assert due("2026-06-11", WERKTAGE_193) == due("2026-06-11", WERKTAGE) == "2026-06-15"


def test_it_is_overdue_from_the_next_local_midnight_and_not_a_moment_before() -> None:
    found = deadline(berlin("2026-03-27T17:00"), 3, ARBEITSTAGE, NW)
    assert found.overdue_from.isoformat() == "2026-04-02T00:00:00+02:00"
    assert not found.overdue(berlin("2026-04-01T23:59:59"))
    assert not found.overdue(datetime(2026, 4, 1, 21, 59, 59, 999999, UTC))
    assert found.overdue(datetime(2026, 4, 1, 22, 0, tzinfo=UTC))


def test_overdue_refuses_a_clock_without_a_zone() -> None:
    with pytest.raises(TypeError):
        deadline(date(2026, 3, 27), 3, ARBEITSTAGE, NW).overdue(datetime(2026, 4, 2))  # noqa: DTZ001  (on purpose)


@pytest.mark.parametrize("hour", ["00:00", "07:30", "16:59", "23:59:59"])
def test_the_hour_of_the_receipt_does_not_matter(hour: str) -> None:
    assert due(f"2026-03-27T{hour}") == "2026-04-01"


def test_a_receipt_shortly_before_midnight_elsewhere_is_taken_to_berlin_first() -> None:
    """Friday 23:30 UTC is Saturday in Berlin; Thursday 20:00 in Los Angeles is Friday morning."""
    assert local_date(datetime(2026, 3, 27, 23, 30, tzinfo=UTC)) == date(2026, 3, 28)
    assert local_date(datetime(2026, 3, 26, 20, 0, tzinfo=timezone(timedelta(hours=-7)))) == date(2026, 3, 27)
    assert local_date(datetime(2026, 3, 27, 23, 30)) == date(2026, 3, 27)  # noqa: DTZ001  (Berlin's local time)
    assert local_date(date(2026, 3, 27)) == date(2026, 3, 27)


def test_the_same_utc_hour_is_another_day_in_summer_than_in_winter() -> None:
    assert local_date(datetime(2026, 1, 15, 22, 30, tzinfo=UTC)) == date(2026, 1, 15)
    assert local_date(datetime(2026, 7, 15, 22, 30, tzinfo=UTC)) == date(2026, 7, 16)


def test_a_deadline_across_the_change_of_clocks_ends_at_midnight_and_not_an_hour_off() -> None:
    assert (
        deadline(date(2026, 10, 23), 1, ARBEITSTAGE, NW).overdue_from.isoformat()
        == "2026-10-27T00:00:00+01:00"
    )
    assert (
        deadline(date(2026, 3, 27), 1, ARBEITSTAGE, NW).overdue_from.isoformat()
        == "2026-03-31T00:00:00+02:00"
    )


def test_christmas_eve_is_a_working_day_unless_the_office_closes() -> None:
    closed = Calendar(Land.NW, closing_days=frozenset({closing_day("24.12."), closing_day("31.12")}))
    assert due("2026-12-23", days=1) == "2026-12-24"
    assert due("2026-12-23", calendar=closed, days=1) == "2026-12-28"
    assert due("2026-12-23", WERKTAGE, closed, days=1) == "2026-12-28"
    assert deadline(date(2026, 12, 23), 1, ARBEITSTAGE, closed).explanation[0] == "Do 24.12. Schließtag"


def test_a_leap_day_can_be_a_closing_day() -> None:
    closed = Calendar(Land.HH, closing_days=frozenset({(2, 29)}))
    assert due("2028-02-28", calendar=closed, days=1) == "2028-03-01"


def test_augsburg_celebrates_peace_and_munich_does_not() -> None:
    """8 August 2025 was a Friday."""
    assert due("2025-08-07", calendar=Calendar(Land.BY), days=1) == "2025-08-08"
    assert due("2025-08-07", calendar=Calendar(Land.BY, frozenset({Part.AUGSBURG})), days=1) == "2025-08-11"


def test_the_eichsfeld_and_the_sorbs_keep_fronleichnam() -> None:
    for land in (Land.TH, Land.SN):
        assert due("2026-06-03", calendar=Calendar(land), days=1) == "2026-06-04"
        assert due("2026-06-03", calendar=Calendar(land, frozenset({Part.CATHOLIC})), days=1) == "2026-06-05"


def test_berlin_was_free_on_8_may_2025_and_never_again_on_that_day() -> None:
    berlin_calendar = Calendar(Land.BE)
    assert due("2025-05-07", calendar=berlin_calendar, days=1) == "2025-05-09"
    assert due("2026-05-07", calendar=berlin_calendar, days=1) == "2026-05-08"


def test_a_deadline_of_no_days_ends_on_the_day_of_the_event() -> None:
    found = deadline(berlin("2026-06-02T22:00"), 0, ARBEITSTAGE, NW)
    assert (found.due, found.explanation, found.sentence()) == (date(2026, 6, 2), (), "fällig Di 02.06.2026")
    assert due("2026-06-06", WERKTAGE_193, days=0) == "2026-06-08"


def test_ten_years_can_be_counted() -> None:
    assert due("2026-01-01", days=3650) > "2040"


@pytest.mark.parametrize("days", [-1, 3651, 10**9, True])
def test_an_absurd_length_is_refused_with_a_sentence(days: int) -> None:
    with pytest.raises(BadDeadlineError, match="0 bis 3650 Tage"):
        deadline(date(2026, 3, 27), days, ARBEITSTAGE, NW)


@pytest.mark.parametrize(
    "anchor",
    [
        date(1990, 12, 31),
        date(2099, 12, 31),
        date.max,
        date.min,
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-14))),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
    ],
)
@pytest.mark.parametrize("days", [0, 3])
@pytest.mark.parametrize("counting", Counting)
def test_a_year_without_known_holidays_is_refused_instead_of_guessed(
    anchor: date, days: int, counting: Counting
) -> None:
    if (anchor, days) == (date(2099, 12, 31), 0):
        assert deadline(anchor, days, counting, NW).due == anchor
        return
    with pytest.raises(BadDeadlineError, match="1991 bis 2099"):
        deadline(anchor, days, counting, NW)


def test_an_office_that_never_opens_is_told_so_instead_of_searching_forever() -> None:
    every_day = frozenset(
        (day.month, day.day) for n in range(366) for day in [date(2024, 1, 1) + timedelta(n)]
    )
    with pytest.raises(BadDeadlineError):
        deadline(date(2026, 1, 1), 1, WERKTAGE_193, Calendar(Land.NW, closing_days=every_day))


@pytest.mark.parametrize(
    ("land", "part"), [(Land.NW, Part.CATHOLIC), (Land.SN, Part.AUGSBURG), (Land.BE, Part.AUGSBURG)]
)
def test_a_part_belongs_to_its_land(land: Land, part: Part) -> None:
    with pytest.raises(BadCalendarError, match=rf"nicht in {land.label}"):
        Calendar(land, frozenset({part}))


@pytest.mark.parametrize(
    "text", ["31.2.", "0.5.", "24.13.", "24", "Heiligabend", "24.12.2026", "13-24", "1-1", "", "１.１."]
)
def test_a_closing_day_is_a_day_of_every_year(text: str) -> None:
    with pytest.raises(BadCalendarError, match=r"24\.12\."):
        Calendar(Land.NW, closing_days=frozenset({closing_day(text)}))


def test_a_calendar_can_be_read_as_it_stands_in_a_profile() -> None:
    read = Calendar.of("BY", ["katholisch", "Augsburg"], ["24.12.", "12-31"])
    assert read == Calendar(Land.BY, frozenset(Part), frozenset({(12, 24), (12, 31)}))
    assert Calendar.of("nw") == NW


def test_augsburg_is_catholic_whether_one_says_so_or_not() -> None:
    for parts in ({Part.AUGSBURG}, {Part.AUGSBURG, Part.CATHOLIC}):
        calendar = Calendar(Land.BY, frozenset(parts))
        assert calendar.holiday(date(2026, 8, 15)) == "Mariä Himmelfahrt"
        assert calendar.holiday(date(2026, 8, 8)) == "Augsburger Hohes Friedensfest"


def test_a_part_that_does_not_exist_is_answered_with_those_that_do() -> None:
    with pytest.raises(BadCalendarError, match="katholisch, augsburg"):
        Part.of("evangelisch")


@pytest.mark.parametrize("text", ["NW", "nw", " Nordrhein-Westfalen ", "NORDRHEIN-WESTFALEN"])
def test_a_land_may_be_named_by_letters_or_in_full(text: str) -> None:
    assert Land.of(text) is Land.NW


@pytest.mark.parametrize("text", ["", "XX", "Preußen", "N W"])
def test_a_land_that_does_not_exist_is_answered_with_those_that_do(text: str) -> None:
    with pytest.raises(
        BadCalendarError, match="BB, BE, BW, BY, HB, HE, HH, MV, NI, NW, RP, SH, SL, SN, ST, TH"
    ):
        Land.of(text)


def test_the_calendar_names_the_list_of_holidays_it_uses() -> None:
    from importlib.metadata import version

    assert NW.version == f"holidays {version('holidays')}"


def test_the_short_way_to_the_holidays_gives_what_the_package_gives() -> None:
    """The calendar loads the module about Germany alone; the public way gives the same days and names."""
    import holidays

    for land in Land:
        expected = holidays.country_holidays("DE", subdiv=land.value, language="de", years=range(2024, 2031))
        calendar = Calendar(land)
        found = {day: calendar.holiday(day) for day in expected}
        assert found == dict(expected.items())


def test_counting_starts_without_the_holidays_of_the_whole_world() -> None:
    """Importing 250 countries would double the time in which `lotse deadline` starts."""
    code = (
        "import sys; from datetime import date;"
        "from workflow.calendar import Calendar, Land; from workflow.deadlines import Counting, deadline;"
        "slow = {'holidays.countries', 'phonenumbers', 'rich', 'pydantic', 'sqlalchemy'};"
        "assert not {'holidays'} & set(sys.modules), 'not before a deadline is asked for';"
        "deadline(date(2026, 3, 27), 3, Counting.ARBEITSTAGE, Calendar(Land.NW));"
        "assert 'holidays' in sys.modules; print(*(slow & set(sys.modules)))"
    )
    assert run_python(code).stdout == "\n"


def test_a_machine_without_time_zones_is_told_what_to_install() -> None:
    code = (
        "import sys; sys.modules['tzdata'] = None\n"
        "from workflow.errors import WorkflowError\n"
        "try: import workflow.calendar\n"
        "except WorkflowError as error: print(type(error).__name__, error)"
    )
    said = run_python(code, PYTHONTZPATH="").stdout
    assert said.startswith(f"{MissingTimeZoneError.__name__} ")
    assert "tzdata" in said


def run_python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
    )


def test_every_error_is_one_that_callers_of_the_workflow_expect() -> None:
    assert issubclass(BadDeadlineError, WorkflowError)
    assert issubclass(BadCalendarError, WorkflowError)
    assert issubclass(MissingTimeZoneError, WorkflowError)


def test_a_deadline_is_a_value() -> None:
    first, second = (
        deadline(anchor, 3, ARBEITSTAGE, NW) for anchor in (date(2026, 3, 27), berlin("2026-03-27T17:00"))
    )
    assert isinstance(first, Deadline)
    assert first == second
    assert hash(first) == hash(second)
