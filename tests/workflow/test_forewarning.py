"""When a case warns, and of what: eight and four weeks before a birthday, the working day before a contact is due."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from states.vocabulary import Command, State
from tests.people import MIDWIFE, NURSE
from tests.world import World, a_world, berlin
from workflow.ages import FAMILY_MIDWIFE, last_day
from workflow.calendar import BERLIN, Calendar, Land
from workflow.case import Case
from workflow.duties import Rules
from workflow.forewarning import (
    AGE_LIMIT,
    MORNING,
    Forewarning,
    Level,
    due_now,
    forewarnings,
    working_day_before,
)

NW = Calendar(Land.NW)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with a_world(folder=tmp_path) as world:
        yield world


def rules(world: World, case: Case) -> Rules:
    with world.work() as work:
        return Rules(world.office.network(case.profile, case.profile_version), work.directory)


def told(world: World, case: Case) -> list[tuple[str, str, str]]:
    """Of what, how long before, on which day."""
    found = forewarnings(world.settled(world.case(case)), rules(world, case))
    return [(each.obligation, str(each.level), f"{each.day:%d.%m.%Y}") for each in found]


def test_a_first_contact_is_warned_of_on_the_working_day_before_it_is_due(world: World) -> None:
    """Received on Monday the 9th, due on Thursday: warned on Wednesday."""
    case = world.a_referral(born=None)
    assert told(world, case) == [("first_contact", "day_before", "11.03.2026")]


def test_what_is_due_on_a_monday_is_warned_of_on_friday(world: World) -> None:
    world.now = berlin("2026-03-11 10:00")
    case = world.a_referral(born=None)
    assert case.duties[0].due == date(2026, 3, 16)
    assert told(world, case) == [("first_contact", "day_before", "13.03.2026")]


def test_before_easter_the_working_day_before_is_maundy_thursday() -> None:
    assert working_day_before(date(2026, 4, 7), NW) == date(2026, 4, 2)


def test_once_the_family_was_called_it_is_warned_until_it_is_reached(world: World) -> None:
    case = world.a_case_in(State.CONSENT_CHECKED, born=None)
    case = world.do(case, Command.ATTEMPT_CONTACT)
    due = next(each.due for each in case.duties if each.obligation == "reach")
    assert told(world, case) == [("reach", "day_before", f"{working_day_before(due, NW):%d.%m.%Y}")]
    assert told(world, world.do(case, Command.REACH_FAMILY)) == []


def test_the_midwifes_support_is_warned_of_eight_and_four_weeks_before_the_first_birthday(
    world: World,
) -> None:
    """The child turns one on 20 May 2026; the network's own limit is the third. Born on a Tuesday: a day early."""
    case = world.a_case_in(State.HANDED_OVER, born="2025-05-20")
    assert told(world, case) == [
        ("support:r", "eight_weeks", "24.03.2026"),
        ("support:r", "four_weeks", "21.04.2026"),
        (AGE_LIMIT, "eight_weeks", "23.03.2028"),
        (AGE_LIMIT, "four_weeks", "20.04.2028"),
    ]
    ended = world.do(case, Command.END_SUPPORT, by=MIDWIFE, to=MIDWIFE)
    assert [each[0] for each in told(world, ended)] == [AGE_LIMIT] * 2


def test_the_nurse_goes_on_to_the_third_birthday(world: World) -> None:
    case = world.a_case_in(State.HANDED_OVER, to=NURSE, born="2025-05-20")
    assert ("support:r", "eight_weeks", "23.03.2028") in told(world, case)


def test_a_support_that_begins_in_the_last_weeks_gives_no_warning_of_weeks_gone_by(world: World) -> None:
    """Born on Thursday 10 April 2025, five weeks before the birthday: whoever accepts reads it, and is warned once."""
    world.now = berlin("2026-03-05 10:00")
    case = world.a_case_in(State.HANDED_OVER, born="2025-04-10")
    assert [each[1:] for each in told(world, case) if each[0] == "support:r"] == [
        ("four_weeks", "10.03.2026")
    ]


def test_an_expected_child_warns_by_the_day_it_is_expected_on(world: World) -> None:
    case = world.a_case_in(State.HANDED_OVER, born=None, expected="2026-06-01")
    assert [each[0] for each in told(world, case)] == ["support:r"] * 2


def test_a_closed_case_warns_of_nothing(world: World) -> None:
    assert told(world, world.a_case_in(State.CLOSED, born="2025-05-20")) == []


@given(st.dates(date(2019, 1, 1), date(2033, 12, 31)))
def test_whenever_a_child_is_born_both_warnings_are_whole_weeks_before_and_in_this_order(born: date) -> None:
    end = last_day(FAMILY_MIDWIFE, born)
    eight, four = (end - timedelta(weeks=8), end - timedelta(weeks=4))
    planned = tuple(
        Forewarning("support:r", "yildiz", end, level, day)
        for level, day in ((Level.EIGHT_WEEKS, eight), (Level.FOUR_WEEKS, four))
    )
    for day, expected in (
        (eight - timedelta(days=1), []),
        (eight, [Level.EIGHT_WEEKS]),
        (four - timedelta(days=1), [Level.EIGHT_WEEKS]),
        (four, [Level.FOUR_WEEKS]),
        (end, [Level.FOUR_WEEKS]),
        (end + timedelta(days=1), []),
    ):
        at = datetime.combine(day, MORNING, BERLIN)
        assert [each.level for each in due_now(planned, at, day)] == expected


@given(st.dates(date(2024, 1, 1), date(2030, 12, 20)), st.sampled_from(list(Land)))
def test_the_working_day_before_is_one_and_there_is_none_between(day: date, land: Land) -> None:
    calendar = Calendar(land)

    def works(each: date) -> bool:
        return each.weekday() < 5 and calendar.closed(each) is None

    before = working_day_before(day, calendar)
    assert works(before)
    between = [before + timedelta(days=number) for number in range(1, (day - before).days)]
    assert not any(map(works, between))


def test_levels_grow_more_urgent_in_the_order_in_which_they_stand(world: World) -> None:
    case = world.a_case_in(State.HANDED_OVER, born="2025-05-20")
    found = forewarnings(replace(case), rules(world, case))
    assert all(a.at <= b.at for a, b in pairwise(found))
    assert len({each.key for each in found}) == len(found)
