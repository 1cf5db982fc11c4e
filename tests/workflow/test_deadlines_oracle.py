"""Deadlines and holidays agree with an independent oracle, in all 16 Länder and their parts, 2024 to 2030."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.workflow import oracle_calendar as oracle
from workflow.calendar import Calendar, Land, Part
from workflow.deadlines import Counting, deadline

PLACES = [(land, part) for land in oracle.LANDS for part in (None, *oracle.PARTS.get(land, ()))]
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2030, 12, 31, 23, 59))  # noqa: DTZ001  (naive on purpose)


def a_calendar(land: str, part: str | None = None) -> Calendar:
    return Calendar(Land(land), frozenset({Part(part)} if part else ()))


@pytest.mark.parametrize(
    ("year", "month", "day"),
    [(2024, 3, 31), (2025, 4, 20), (2026, 4, 5), (2027, 3, 28), (2028, 4, 16), (2029, 4, 1), (2030, 4, 21)],
)
def test_the_oracle_knows_easter(year: int, month: int, day: int) -> None:
    assert oracle.easter(year) == date(year, month, day)


def test_the_oracle_knows_all_16_laender() -> None:
    assert {land.value for land in Land} == set(oracle.LANDS)
    assert {(land.value, part.value) for part in Part for land in part.lands} == {
        (land, part) for land, parts in oracle.PARTS.items() for part in parts
    }


@pytest.mark.parametrize(("land", "part"), PLACES)
def test_every_day_is_a_holiday_exactly_where_the_law_says_so(land: str, part: str | None) -> None:
    calendar = a_calendar(land, part)
    for year in range(2016, 2036):
        expected = oracle.holidays(land, part, year)
        days = (date(year, 1, 1) + n * oracle.DAY for n in range(366))
        found = {
            day: name for day in days if day.year == year and (name := calendar.holiday(day)) is not None
        }
        assert found == expected


@pytest.mark.parametrize("land", oracle.LANDS)
def test_only_holidays_of_the_land_bear_its_letters(land: str) -> None:
    """Karfreitag is Karfreitag everywhere; Fronleichnam is one in NW, and says so."""
    for day, name in oracle.holidays(land, None, 2026).items():
        everywhere = all(day in oracle.holidays(other, None, 2026) for other in oracle.LANDS)
        assert a_calendar(land).closed(day) == (name if everywhere else f"{name} {land}")


@settings(max_examples=1500)
@given(
    place=st.sampled_from(PLACES),
    counting=st.sampled_from(Counting),
    days=st.integers(0, 30),
    moment=MOMENTS,
    zone=st.none() | OFFSETS,
)
@example(("NW", None), Counting.ARBEITSTAGE, 3, datetime.fromisoformat("2026-03-29T00:59"), UTC)
@example(("NW", None), Counting.ARBEITSTAGE, 3, datetime.fromisoformat("2026-10-24T22:30"), UTC)
@example(("SH", None), Counting.WERKTAGE_193, 0, datetime.fromisoformat("2028-12-30T23:30"), UTC)
def test_a_deadline_ends_when_the_oracle_says(
    place: tuple[str, str | None], counting: Counting, days: int, moment: datetime, zone: timezone | None
) -> None:
    land, part = place
    anchor = moment.replace(tzinfo=zone)
    local = moment.date() if zone is None else oracle.berlin(anchor).date()
    found = deadline(anchor, days, counting, a_calendar(land, part))
    assert found.anchor == local
    assert found.due == oracle.due(local, days, counting.value, land, part)
    assert found.overdue_from == oracle.overdue_from(found.due)
    assert (found.overdue_from.hour, found.overdue_from.date()) == (0, found.due + oracle.DAY)


@given(
    place=st.sampled_from(PLACES),
    counting=st.sampled_from(Counting),
    days=st.integers(0, 30),
    day=st.dates(date(2024, 1, 1), date(2030, 12, 31)),
)
def test_the_explanation_names_every_day_up_to_the_end_and_counts_each_working_day_once(
    place: tuple[str, str | None], counting: Counting, days: int, day: date
) -> None:
    found = deadline(day, days, counting, a_calendar(*place))
    passed = [day + n * oracle.DAY for n in range(1, (found.due - day).days + 1)]
    assert [line.split()[1] for line in found.explanation] == [f"{each:%d.%m.}" for each in passed]
    numbers = [
        line.split("(")[1].split(")")[0] for line in found.explanation if line.split()[2].startswith("(")
    ]
    assert numbers == [str(number) for number in range(1, days + 1)]
    holidays = {**oracle.holidays(*place, day.year), **oracle.holidays(*place, day.year + 1)}
    assert all(
        holidays[each] in line
        for each, line in zip(passed, found.explanation, strict=True)
        if each in holidays
    )


@given(
    land=st.sampled_from(oracle.LANDS),
    counting=st.sampled_from(Counting),
    days=st.integers(0, 30),
    day=st.dates(date(2024, 1, 1), date(2030, 12, 1)),
)
def test_an_earlier_event_or_a_shorter_deadline_never_ends_later(
    land: str, counting: Counting, days: int, day: date
) -> None:
    calendar = a_calendar(land)
    due = deadline(day, days, counting, calendar).due
    assert due >= day
    assert due <= deadline(day + oracle.DAY, days, counting, calendar).due
    assert due <= deadline(day, days + 1, counting, calendar).due
    assert (
        deadline(day, days, Counting.WERKTAGE, calendar).due
        <= deadline(day, days, Counting.ARBEITSTAGE, calendar).due
    )
