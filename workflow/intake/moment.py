"""German dates and times as people type them: "26.10.2026, 10:47 Uhr", "26.10.26", "26. Oktober 2026".

Moments are naive and mean the clock on a wall in Berlin. Deadlines count local days, so a date without an
hour is enough. What is no date of the calendar is never guessed at. Proven by a table, and by a property over
all moments and spellings.
"""

import re
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from workflow.intake.wording import tidy

BERLIN = ZoneInfo("Europe/Berlin")
_LONGEST = 60
_CENTURY = 2000
_MARCH, _GAP_HOUR = 3, 2
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januar jänner jan", "februar feber feb", "märz maerz mär mrz", "april apr", "mai", "juni jun",
            "juli jul", "august aug", "september sept sep", "oktober okt", "november nov", "dezember dez",
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip
_DAYS = ("mo", "di", "mi", "do", "fr", "sa", "so")
_GERMAN = re.compile(
    r"(?:(?P<name>mo|di|mi|do|fr|sa|so)(?:\.|[a-zäöü]{2,8})?,? )?"
    r"(?P<day>\d{1,2})\. ?(?:(?P<month>\d{1,2})\.|(?P<word>[a-zäö]{3,9})\.?) ?(?P<year>\d{4}|\d{2})"
    r"(?:(?:,? ?um|,| ) ?(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2})(?:[:.]\d{2})?)?(?P<unit> ?(?:uhr|h))?)?",
    re.IGNORECASE,
)
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:\d{2})?)?")


class UnreadableDate(ValueError):
    """What stands there is no date of the calendar; the text is not repeated."""


def _german(match: re.Match[str]) -> datetime:
    name, day, month, word, year, hour, minute, unit = match.groups()
    if hour and not (minute or unit):
        raise UnreadableDate  # "26.10.2026 10" may be anything
    number = int(month) if month else _MONTHS.get(word.lower(), 0)
    years = int(year) + (_CENTURY if len(year) == len("26") else 0)
    moment = datetime(years, number, int(day), int(hour or 0), int(minute or 0))  # noqa: DTZ001 - naive on purpose: the wall in Berlin
    if name and _DAYS[moment.weekday()] != name.lower():
        raise UnreadableDate  # one of the two is a slip of the pen, and nobody knows which
    return moment


def read_moment(text: str) -> datetime:
    """Read the naive moment in Berlin that a text names, to the minute; 00:00 where it names only the day.

    Two-digit years are of this century. A time with offset or Z is taken to Berlin. An hour inside the gap
    of the spring change is read as a clock not yet put forward (02:30 is 03:30); in autumn's double hour
    the first is meant; no deadline hangs on either. Raises UnreadableDate.
    """
    if len(text) > _LONGEST:
        raise UnreadableDate
    plain = tidy(text)
    try:
        if match := _GERMAN.fullmatch(plain):
            moment = _german(match)
        elif _ISO.fullmatch(plain):
            moment = datetime.fromisoformat(plain)
        else:
            raise UnreadableDate
        if moment.tzinfo is not None:
            moment = moment.astimezone(BERLIN).replace(tzinfo=None, fold=0)
        elif moment.month == _MARCH and moment.hour == _GAP_HOUR:
            moment = moment.replace(tzinfo=BERLIN).astimezone(UTC).astimezone(BERLIN).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise UnreadableDate from None
    return moment.replace(second=0, microsecond=0)


@lru_cache(maxsize=4096)
def _day(text: str) -> date | None:
    try:
        return read_moment(text).date()
    except UnreadableDate:
        return None


def read_day(text: str) -> date:
    """Read the day that a text names, an hour beside it left out. Raises UnreadableDate."""
    found = _day(text) if len(text) <= _LONGEST else None
    if found is None:
        raise UnreadableDate
    return found
