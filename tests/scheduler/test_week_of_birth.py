"""What stands in the log for ever, and when it was written, says of a child no more than the week of its birth.

Two families who differ in nothing but the day leave the same bodies A at the same instants; neither is told too late.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from adapters.db import tables as t
from adapters.scheduler.forewarning import give, plan
from states.vocabulary import Command, Obligation, State
from tests.contracts.erasing import DPO, erase
from tests.people import MIDWIFE, NURSE
from tests.world import World, a_world
from workflow.ages import FAMILY_MIDWIFE, FAMILY_NURSE, AgeLimit, last_day
from workflow.calendar import BERLIN
from workflow.case import Case

DAY = timedelta(days=1)
LIMITS = {MIDWIFE.id: FAMILY_MIDWIFE, NURSE.id: FAMILY_NURSE}
Told = list[tuple[int, Mapping[str, Any]]]
"""Time and body A of every entry."""


@contextmanager
def a_house(at: datetime) -> Iterator[World]:
    with TemporaryDirectory() as folder:
        (Path(folder) / "keys").mkdir()
        with a_world("sqlite", folder=Path(folder), at=f"{at:%Y-%m-%d %H:%M}") as world:
            yield world


def monday_of(born: date) -> date:
    return born - timedelta(days=born.weekday())


def nights(monday: date, limit: AgeLimit, accepted: date) -> list[date]:
    """The days around the limits of all who were born in that week, as nobody may know more about them."""
    first, last = last_day(limit, monday), last_day(limit, monday + 6 * DAY)
    found = set[date]()
    for weeks in (8, 4, 0):
        day = first - timedelta(weeks=weeks) - 2 * DAY
        while day <= last - timedelta(weeks=weeks) + 3 * DAY:
            found.add(day)
            day += DAY
    return sorted(day for day in found if day > accepted)


def lived_through(born: date, accepted: datetime, who: str) -> tuple[Told, list[tuple[object, ...]], Case]:
    """A family is supported until after the birthday, with the scheduler at work at midnight and in the morning."""
    midwife = MIDWIFE if who == MIDWIFE.id else NURSE
    with a_house(accepted) as world:
        case = world.a_case_in(State.HANDED_OVER, to=midwife, born=born.isoformat())
        for day in nights(monday_of(born), LIMITS[who], accepted.date()):
            for hour in (0, 6):
                world.now = datetime.combine(day, time(hour), BERLIN)
                world.lotse.flag_overdue()
                plan(world.lotse)
                give(world.lotse)
        case = world.do(case, Command.REVIEW, to=midwife)
        case = world.do(case, Command.END_SUPPORT, by=midwife, to=midwife)
        world.verify()
        with world.store.log_reader() as reader:
            times = [int.from_bytes(row[1][16:24], "big") for row in reader.rows(None, 1000)]
        told = [entry.a for entry in world.entries()]
        assert len(times) == len(told)
        with world.store.writing() as connection:
            warnings = [tuple(row) for row in connection.execute(t.warnings.select())]
    return list(zip(times, told, strict=True)), sorted(warnings, key=str), case


@pytest.mark.parametrize("who", [MIDWIFE.id, NURSE.id])
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example(born=date(2024, 2, 29), other=6, before=40)  # the leap day, and the Sunday after it
@example(born=date(2025, 5, 19), other=6, before=100)  # Monday and Sunday
@given(
    born=st.dates(date(2023, 1, 2), date(2026, 12, 31)),
    other=st.integers(0, 6),
    before=st.integers(30, 300),
)
def test_two_families_whose_children_were_born_in_the_same_week_leave_the_same_log(
    who: str, born: date, other: int, before: int
) -> None:
    """Taken over so many days before the birthday of that week's Monday, flagged, warned of, reviewed and ended."""
    sibling = monday_of(born) + other * DAY
    first = last_day(LIMITS[who], monday_of(born))
    accepted = datetime.combine(max(first - before * DAY, monday_of(born) + 7 * DAY), time(10), BERLIN)
    one, another = (lived_through(each, accepted, who) for each in (born, sibling))
    assert one[0] == another[0]
    assert one[1] == another[1], "nor do the rows of what was warned of"
    actions = [a["action"] for _, a in one[0]]
    assert "forewarned" in actions
    assert "flag_overdue" in actions


def test_a_child_of_the_monday_after_leaves_another_log() -> None:
    """So the comparison above can fail."""
    accepted = datetime(2026, 2, 2, 10, tzinfo=BERLIN)
    sunday, monday = (lived_through(date(2025, 5, day), accepted, MIDWIFE.id) for day in (25, 26))
    assert sunday[0] != monday[0]


def test_no_entry_names_the_birthday_whoever_reads_the_log_after_the_erasure() -> None:
    """Not as a day, and not as an instant so many weeks before it or the midnight after it."""
    born, birthday, eve = date(2025, 5, 22), date(2026, 5, 22), date(2028, 5, 21)
    with a_house(datetime(2026, 3, 16, 10, tzinfo=BERLIN)) as world:
        world.put(DPO)
        case = world.a_case_in(State.HANDED_OVER, born=born.isoformat())
        for number in range(100):
            world.now = datetime.combine(date(2026, 3, 17) + number * DAY, time(6), BERLIN)
            world.lotse.flag_overdue()
            plan(world.lotse)
            give(world.lotse)
        written = {each.a["at"][:10] for each in world.entries(case) if each.a["actor"] == "clock"}
        case = world.do(case, Command.END_SUPPORT, by=MIDWIFE, to=MIDWIFE)
        world.do(case, Command.CLOSE)
        erase(world, case)
        said = str([each.a for each in world.entries()])
    assert not any(day.isoformat() in said for day in (born, birthday, eve))
    apart = {(birthday - date.fromisoformat(day)).days for day in written}
    assert not apart & {56, 28, -1}
    assert len(written) == 3, "warned of twice, and flagged"


@pytest.mark.parametrize("born", [date(2025, 5, 19), date(2025, 5, 22), date(2025, 5, 25)])
def test_whoever_looks_sees_the_day_itself_and_from_midnight_that_it_is_over(born: date) -> None:
    """The mark may come up to a week later; the list is right at once."""
    birthday, sunday = born.replace(year=2026), date(2025, 5, 25)
    with a_house(datetime(2026, 2, 2, 10, tzinfo=BERLIN)) as world:
        case = world.a_case_in(State.HANDED_OVER, born=born.isoformat())
        duty = case.duty(Obligation.SUPPORT, MIDWIFE.recipient)
        assert duty is not None
        assert duty.due == birthday
        world.now = datetime.combine(birthday + DAY, time(), BERLIN)
        assert ("overdue", birthday) in {
            (str(each.heading), each.due)
            for each in world.today(by=MIDWIFE)
            if each.obligation == "support:r"
        }
        for at, marked in ((world.now, born == sunday), (datetime(2026, 5, 26, tzinfo=BERLIN), True)):
            world.now = at
            world.lotse.flag_overdue()
            duty = world.case(case).duty(Obligation.SUPPORT, MIDWIFE.recipient)
            assert duty is not None
            assert (duty.flagged_at is not None) is marked


@given(
    born=st.dates(date(2018, 1, 1), date(2034, 12, 31)), limit=st.sampled_from([FAMILY_MIDWIFE, FAMILY_NURSE])
)
def test_of_a_week_nobody_is_flagged_before_the_last_day_is_over_and_nobody_a_week_late(
    born: date, limit: AgeLimit
) -> None:
    sunday = monday_of(born) + 6 * DAY
    assert timedelta(0) <= last_day(limit, sunday) - last_day(limit, born) <= timedelta(weeks=1)
