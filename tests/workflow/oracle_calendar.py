"""An independent answer to "which day is it, is it a holiday, when is it due"; uses nothing of the program.

Easter is computed (Meeus, Astronomical Algorithms, chapter 8), each Land's holidays stand written out with
the years in which their law holds, local time follows the rule of directive 2000/84/EC, and days are counted
by picking from a list instead of walking a calendar.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

LANDS = ("BB", "BE", "BW", "BY", "HB", "HE", "HH", "MV", "NI", "NW", "RP", "SH", "SL", "SN", "ST", "TH")
PARTS = {"BY": ("katholisch", "augsburg"), "SN": ("katholisch",), "TH": ("katholisch",)}
DAY = timedelta(days=1)


def easter(year: int) -> date:
    a = year % 19
    b, c = divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    r = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * r) // 451
    month, day = divmod(h + r - 7 * m + 114, 31)
    return date(year, month, day + 1)


def repentance(year: int) -> date:
    """Buß- und Bettag: the Wednesday before 23 November (§ 1 SächsSFG)."""
    return next(day for back in range(1, 8) if (day := date(year, 11, 23) - back * DAY).isoweekday() == 3)


Day = tuple[int, int] | int | Callable[[int], date]
EVERYWHERE = "BB BE BW BY HB HE HH MV NI NW RP SH SL SN ST TH"
END_OF_THE_WAR = (
    "Jahrestag der Befreiung vom Nationalsozialismus und der Beendigung des Zweiten Weltkriegs in Europa"
)
# the day: (month, day), or days after Easter, or a rule · Länder or their parts · first and last year
RULES: tuple[tuple[str, Day, str, int, int], ...] = (
    ("Neujahr", (1, 1), EVERYWHERE, 1991, 9999),
    ("Karfreitag", -2, EVERYWHERE, 1991, 9999),
    ("Ostermontag", 1, EVERYWHERE, 1991, 9999),
    ("Erster Mai", (5, 1), EVERYWHERE, 1991, 9999),
    ("Christi Himmelfahrt", 39, EVERYWHERE, 1991, 9999),
    ("Pfingstmontag", 50, EVERYWHERE, 1991, 9999),
    ("Tag der Deutschen Einheit", (10, 3), EVERYWHERE, 1991, 9999),
    ("Erster Weihnachtstag", (12, 25), EVERYWHERE, 1991, 9999),
    ("Zweiter Weihnachtstag", (12, 26), EVERYWHERE, 1991, 9999),
    ("Heilige Drei Könige", (1, 6), "BW BY ST", 1991, 9999),
    ("Frauentag", (3, 8), "BE", 2019, 9999),
    ("Frauentag", (3, 8), "MV", 2023, 9999),
    ("Ostersonntag", 0, "BB", 1991, 9999),
    ("Pfingstsonntag", 49, "BB", 1991, 9999),
    (f"75. {END_OF_THE_WAR}", (5, 8), "BE", 2020, 2020),
    (f"80. {END_OF_THE_WAR}", (5, 8), "BE", 2025, 2025),
    ("75. Jahrestag des Aufstandes vom 17. Juni 1953", (6, 17), "BE", 2028, 2028),
    ("Fronleichnam", 60, "BW BY HE NW RP SL SN/katholisch TH/katholisch", 1991, 9999),
    ("Augsburger Hohes Friedensfest", (8, 8), "BY/augsburg", 1991, 9999),
    ("Mariä Himmelfahrt", (8, 15), "SL BY/katholisch BY/augsburg", 1991, 9999),
    ("Weltkindertag", (9, 20), "TH", 2019, 9999),
    ("Reformationstag", (10, 31), "BB MV SN ST TH", 1991, 9999),
    ("Reformationstag", (10, 31), "BE BW BY HB HE HH NI NW RP SH SL", 2017, 2017),
    ("Reformationstag", (10, 31), "HB HH NI SH", 2018, 9999),
    ("Allerheiligen", (11, 1), "BW BY NW RP SL", 1991, 9999),
    ("Buß- und Bettag", repentance, "SN", 1995, 9999),
)


def holidays(land: str, part: str | None, year: int) -> dict[date, str]:
    """Name every public holiday of one year in one place."""
    found = {}
    for name, day, where, first, last in RULES:
        here = {land, f"{land}/{part}"} & set(where.split())
        if here and first <= year <= last:
            found[_on(day, year)] = name
    return found


def _on(day: Day, year: int) -> date:
    if isinstance(day, tuple):
        return date(year, *day)
    if isinstance(day, int):
        return easter(year) + day * DAY
    return day(year)


def berlin(moment: datetime) -> datetime:
    """Take an aware moment to Berlin by the rule of the summer time directive; the answer is naive."""
    utc = moment.astimezone(UTC).replace(tzinfo=None)
    return utc + timedelta(hours=2 if summer(utc) else 1)


def summer(utc: datetime) -> bool:
    """Tell whether summer time holds: from the last Sunday of March to that of October, both at 01:00 UTC."""
    return _last_sunday(utc.year, 3) <= utc < _last_sunday(utc.year, 10)


def _last_sunday(year: int, month: int) -> datetime:
    day = date(year, month, 31)
    return datetime(year, month, 31 - day.isoweekday() % 7, 1)  # noqa: DTZ001  (naive UTC)


def due(anchor: date, days: int, counting: str, land: str, part: str | None = None) -> date:
    """Pick the last day of the deadline from the list of all days that count."""
    horizon = [anchor + n * DAY for n in range(1, 3 * days + 30)]
    free = {day for year in (anchor.year, anchor.year + 1) for day in holidays(land, part, year)}
    last_weekday = 5 if counting == "arbeitstage" else 6
    counted = [day for day in horizon if day.isoweekday() <= last_weekday and day not in free]
    end = ([anchor, *counted])[days]
    if counting != "werktage_193":
        return end
    ends = [day for day in (end, *horizon) if day >= end and day.isoweekday() <= 5 and day not in free]
    return ends[0]


def overdue_from(due_day: date) -> datetime:
    """Return the midnight in Berlin after that day, as a moment in UTC."""
    midnight = datetime(due_day.year, due_day.month, due_day.day) + DAY  # noqa: DTZ001  (naive local)
    utc = midnight - timedelta(hours=1)
    return (midnight - timedelta(hours=2 if summer(utc) else 1)).replace(tzinfo=UTC)
