"""How long who may accompany a family: from pregnancy to the first birthday, or to age three."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.ages import FAMILY_MIDWIFE, FAMILY_NURSE, AgeLimit, birthday, last_day, warnings, within

DAY = timedelta(days=1)
BIRTHDAYS = st.dates(date(1991, 1, 1), date(2060, 12, 31))
LIMITS = st.builds(AgeLimit, years=st.integers(1, 27), inclusive=st.booleans(), from_pregnancy=st.booleans())


def test_the_familienhebamme_accompanies_to_the_end_of_the_first_birthday() -> None:
    born = date(2025, 9, 14)
    assert last_day(FAMILY_MIDWIFE, born) == date(2026, 9, 14)
    assert within(FAMILY_MIDWIFE, born, None, date(2026, 9, 14))
    assert not within(FAMILY_MIDWIFE, born, None, date(2026, 9, 15))


def test_the_famki_accompanies_until_the_eve_of_the_third_birthday() -> None:
    born = date(2023, 9, 14)
    assert last_day(FAMILY_NURSE, born) == date(2026, 9, 13)
    assert within(FAMILY_NURSE, born, None, date(2026, 9, 13))
    assert not within(FAMILY_NURSE, born, None, date(2026, 9, 14))


def test_a_network_may_count_the_third_birthday_in() -> None:
    assert last_day(AgeLimit(years=3, inclusive=True), date(2023, 9, 14)) == date(2026, 9, 14)


@pytest.mark.parametrize(
    ("years", "expected"),
    [(1, date(2025, 3, 1)), (2, date(2026, 3, 1)), (3, date(2027, 3, 1)), (4, date(2028, 2, 29))],
)
def test_a_child_of_the_leap_day_has_its_birthday_on_1_march(years: int, expected: date) -> None:
    assert birthday(date(2024, 2, 29), years) == expected


def test_a_child_of_the_leap_day_is_accompanied_until_1_march_or_until_the_eve() -> None:
    assert last_day(FAMILY_MIDWIFE, date(2024, 2, 29)) == date(2025, 3, 1)
    assert last_day(FAMILY_NURSE, date(2024, 2, 29)) == date(2027, 2, 28)


def test_warnings_come_eight_and_four_weeks_before_the_end_for_who_was_born_that_monday() -> None:
    for born in (date(2025, 9, 8), date(2025, 9, 14)):  # Monday and Sunday
        assert warnings(FAMILY_MIDWIFE, born) == (date(2026, 7, 14), date(2026, 8, 11))


def test_both_accompany_a_pregnancy() -> None:
    """Konzept Bergkamen, Z. 186: both "von der Schwangerschaft"."""
    for limit in (FAMILY_MIDWIFE, FAMILY_NURSE):
        assert within(limit, None, date(2026, 12, 1), date(2026, 6, 1))


def test_a_profession_from_birth_on_does_not_accompany_a_pregnancy() -> None:
    from_birth = AgeLimit(years=3, inclusive=False, from_pregnancy=False)
    assert not within(from_birth, None, date(2026, 12, 1), date(2026, 11, 30))
    assert within(from_birth, None, date(2026, 12, 1), date(2026, 12, 1))
    assert not within(from_birth, date(2026, 12, 1), None, date(2026, 11, 30))


def test_the_expected_date_counts_until_the_birth_is_recorded() -> None:
    """A child expected for 1 June and born on 20 April loses the midwife with the 20th."""
    expected, born = date(2026, 6, 1), date(2026, 4, 20)
    assert within(FAMILY_MIDWIFE, None, expected, date(2027, 6, 1))
    assert not within(FAMILY_MIDWIFE, None, expected, date(2027, 6, 2))
    assert within(FAMILY_MIDWIFE, born, expected, date(2027, 4, 20))
    assert not within(FAMILY_MIDWIFE, born, expected, date(2027, 4, 21))


def test_without_any_date_nothing_is_allowed() -> None:
    assert not within(FAMILY_MIDWIFE, None, None, date(2026, 6, 1))


@pytest.mark.parametrize("years", [0, -1, 28])
def test_an_absurd_limit_cannot_be_made(years: int) -> None:
    with pytest.raises(ValueError, match="1 bis 27"):
        AgeLimit(years=years, inclusive=True)


@given(born=BIRTHDAYS, years=st.integers(1, 27))
def test_a_birthday_is_the_first_day_on_which_that_many_years_are_completed(born: date, years: int) -> None:
    """Compared as (year, month, day), the day has reached the date of birth, and the day before has not."""
    day = birthday(born, years)
    assert completed_years(born, day) == years
    assert completed_years(born, day - DAY) == years - 1


def completed_years(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


@given(limit=LIMITS, born=BIRTHDAYS, days=st.integers(-400, 12_000))
def test_within_ends_once_and_for_all_with_the_last_day(limit: AgeLimit, born: date, days: int) -> None:
    on = born + timedelta(days)
    allowed = (limit.from_pregnancy or on >= born) and completed_years(born, on) < limit.years
    on_the_day_itself = limit.inclusive and on == birthday(born, limit.years)
    assert within(limit, born, None, on) == (allowed or on_the_day_itself)


@given(limit=LIMITS, born=BIRTHDAYS)
def test_warnings_lie_in_order_before_the_last_day_and_after_the_birth(limit: AgeLimit, born: date) -> None:
    early, late = warnings(limit, born)
    assert born < early < late < last_day(limit, born)
    assert 56 <= (last_day(limit, born) - early).days <= 63, (
        "in time for everybody, for nobody by much too early"
    )
    assert (late - early).days == 28
