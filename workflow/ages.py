"""Age limits: up to which day a profession may accompany a family, and when to warn before that day.

The Familienhebamme accompanies from pregnancy to the end of the first birthday, the
Familienkinderkrankenschwester from pregnancy to age three (Konzept Bergkamen, Z. 186). An age is
completed with the day before the birthday (§ 187 (2), § 188 (2) BGB), so that a child born on 29 February
has its first birthday on 1 March. Proven by these examples and by properties over all birthdays.
"""

from dataclasses import dataclass
from datetime import date, timedelta

MOST_YEARS = 27
_ONE_DAY = timedelta(days=1)
_WARNINGS = (timedelta(weeks=8), timedelta(weeks=4))


@dataclass(frozen=True, slots=True)
class AgeLimit:
    """From pregnancy (or from birth) to a birthday: `inclusive` of that day, or ending on the eve of it.

    `years` is the age in completed years, 1 to 27 (§ 7 SGB VIII ends there).
    """

    years: int
    inclusive: bool
    from_pregnancy: bool = True

    def __post_init__(self) -> None:
        if not 1 <= self.years <= MOST_YEARS:
            raise ValueError(
                f"Eine Altersgrenze liegt bei 1 bis {MOST_YEARS} Jahren, nicht bei {self.years}."
            )


FAMILY_MIDWIFE = AgeLimit(years=1, inclusive=True)
"""Familienhebamme: "Schwangerschaft bis einschließlich 1. Geburtstag" (Konzept Bergkamen, Z. 186)."""

FAMILY_NURSE = AgeLimit(years=3, inclusive=False)
"""FamKi: "von der Schwangerschaft bis 3 Jahren"; whether the third birthday belongs to it is our reading."""


def birthday(born: date, years: int) -> date:
    """Return the day on which somebody born then turns `years`; born 29 February, 1 March in most years."""
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(born.year + years, 3, 1)


def last_day(limit: AgeLimit, born: date) -> date:
    """Return the last day within the limit."""
    end = birthday(born, limit.years)
    return end if limit.inclusive else end - _ONE_DAY


def week_of(day: date) -> tuple[date, date]:
    """Return Monday and Sunday of the week in which the day lies."""
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


def warnings(limit: AgeLimit, born: date) -> tuple[date, date]:
    """Return the two days on which to warn: eight and four weeks before the last day of who was born that Monday.

    So for nobody too late and at most a week early: that somebody was warned stands in the log for ever, and says of the
    child no more than the week of its birth (decision 18).
    """
    end = last_day(limit, week_of(born)[0])
    early, late = (end - before for before in _WARNINGS)
    return early, late


def within(limit: AgeLimit, born: date | None, expected: date | None, on: date) -> bool:
    """Tell whether the limit allows accompanying the family on that day (a local date).

    Before the birth only the expected date is known and stands in for the birthday: until then it is a
    pregnancy, afterwards the limit runs from there until somebody records the birth. With neither date
    nothing is allowed.
    """
    start = born or expected
    if start is None:
        return False
    if on < start and not limit.from_pregnancy:
        return False
    return on <= last_day(limit, start)
