"""Which case a number was given to, told by the log alone: so that an erased case is still found by its number.

Body A never says a number, and the row that did is gone with the case. But numbers run: the k-th receipt told for a year
got the number k, and a restore says how many it left out. `tests/workflow/test_numbering.py` holds it against the cases.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from workflow.audited import Audited, Recorded
from workflow.calendar import BERLIN, FIRST_YEAR, local_date

_NUMBER = re.compile(r"FH-([0-9]{4})-([0-9]{4,6})")
_RECEIVED = "receive("
_SLACK = timedelta(days=2)
"""A receipt may be told a day ahead of the log's own clock (`workflow.told_time`)."""


def number_of(year: int, place: int) -> str:
    """The number of the `place`-th case (from 1) of a local year."""
    return f"FH-{year}-{place:04d}"


def begins_at(number: str) -> datetime | None:
    """From when on (aware, the log's own time) the log has to be read for this number; None where it is none."""
    written = _NUMBER.fullmatch(number)
    if written is None or int(written[1]) < FIRST_YEAR:
        return None
    return datetime(int(written[1]), 1, 1, tzinfo=BERLIN) - _SLACK


def case_numbered(number: str, entries: Iterable[Recorded]) -> str | None:
    """The id of the case that got this number, or None; `entries` are the log's, oldest first, at least `begins_at`."""
    written = _NUMBER.fullmatch(number)
    if written is None:
        return None
    wanted = tuple(map(int, written.groups()))
    return next((case for year, place, case in numbers_given(entries) if (year, place) == wanted), None)


def numbers_given(entries: Iterable[Recorded]) -> Iterator[tuple[int, int, str | None]]:
    """Which numbers were given, in order: the local year, the running number in it, the case's id.

    `entries` are the log's, oldest first.
    """
    given: Counter[int] = Counter()
    for entry in entries:
        if not entry.done:
            continue
        if entry.action.startswith(_RECEIVED):
            told = local_date(entry.said_at).year
            given[told] += 1
            yield told, given[told], entry.case
        elif entry.action == Audited.RESTORED:
            given.update(_skipped(entry.a or {}))


def _skipped(a: Mapping[str, object]) -> dict[int, int]:
    """How many numbers of each year a restore left out, because a lost case may have had them."""
    said = a.get("skipped")
    items = said.items() if isinstance(said, Mapping) else ()
    return {int(year): count for year, count in items if str(year).isdigit() and type(count) is int}
