"""The sweep flags each obligation once, at the first look after its last day, whatever the clock does meanwhile."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.db import tables as t
from adapters.scheduler import sweep as sweeping
from adapters.scheduler.sweep import sweep
from states.vocabulary import Command, Obligation
from tests.people import WORKER
from tests.world import World, a_world, berlin
from workflow.calendar import BERLIN
from workflow.case import Case
from workflow.office import Office
from workflow.perform import Done, Request
from workflow.ports import Work
from workflow.queries import Heading

NIGHTS = (date(2026, 3, 29), date(2026, 10, 25), date(2027, 1, 1))
"""Clocks go forward, clocks go back, the year ends."""


def flags(world: World, case: Case | None = None) -> list[object]:
    """What was flagged by the log, in order."""
    return [each.a["obligation"] for each in world.entries(case) if each.a["action"] == "flag_overdue"]


def test_a_family_that_nobody_called_is_flagged_at_the_midnight_after_the_third_working_day(
    world: World,
) -> None:
    """Received on Monday the 9th, due on Thursday the 12th: flagged in the first minute of Friday, and never again."""
    case = world.a_referral()
    world.now = berlin("2026-03-12 23:59")
    assert sweep(world.lotse).flagged == 0
    world.now = berlin("2026-03-13 00:00")
    assert sweep(world.lotse).flagged == 1
    assert world.case(case).duty(Obligation.FIRST_CONTACT).flagged_at == world.now  # type: ignore[union-attr]  # none there is a failed test too
    world.wait(days=3)
    assert sweep(world.lotse).flagged == 0
    assert flags(world) == ["first_contact"]
    assert world.case(case).state == case.state, "the clock moves no case"
    world.verify()


def test_the_list_is_right_with_the_scheduler_dead(world: World) -> None:
    case = world.a_referral()
    world.now = berlin("2026-03-13 00:00")
    (item,) = [each for each in world.lotse.today(WORKER) if each.case == case.id]
    assert item.heading is Heading.OVERDUE
    assert flags(world) == []


def test_how_late_it_was_is_said(world: World) -> None:
    """A scheduler that was off for a weekend finds what became overdue on Friday at midnight."""
    world.a_referral()
    world.now = berlin("2026-03-16 08:00")
    swept = sweep(world.lotse)
    assert (swept.flagged, timedelta(milliseconds=swept.late_ms)) == (1, timedelta(days=3, hours=8))


def test_whoever_is_told_to_end_ends_after_the_portion(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "PORTION", 2)
    for _ in range(5):
        world.a_referral()
    world.wait(days=10)
    told = iter((True, False))
    assert sweep(world.lotse, going_on=lambda: next(told)).flagged == 2
    assert sweep(world.lotse, most=2).flagged == 2
    assert sweep(world.lotse).flagged == 1
    assert sweep(world.lotse).flagged == 0
    assert len(flags(world)) == 5


def test_cases_that_cannot_be_opened_keep_nobody_behind_them_waiting(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many there are: more than fit into a portion."""
    monkeypatch.setattr(sweeping, "PORTION", 2)
    spoilt = [world.a_referral().id for _ in range(3)]
    world.wait(hours=1)
    sound = world.a_referral()
    with world.store.writing() as connection:
        connection.execute(t.cases.update().where(t.cases.c.id.in_(spoilt)).values(record=b"nichts davon"))
    world.wait(days=10)
    lotse = world.lotse
    for flagged in (1, 0):
        assert sweep(lotse).flagged == flagged
    assert lotse.damaged == set(spoilt)
    assert flags(world, sound) == ["first_contact"]


def test_a_case_that_the_process_will_not_have_flagged_leaves_nothing_and_holds_up_nobody(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even a refusal each minute."""
    stuck, sound = world.a_referral(), world.a_referral()
    world.wait(days=10)
    whole = sweeping.perform

    def perform(request: Request, work: Work, office: Office) -> Done:
        """For this one case, ask for something that the process refuses."""
        if request.case == stuck.id:
            request = replace(request, details={"obligation": "answer:r"})
        return whole(request, work, office)

    monkeypatch.setattr(sweeping, "perform", perform)
    lotse, size = world.lotse, world.size
    assert [sweep(lotse).flagged for _ in range(3)] == [1, 0, 0]
    assert world.size == size + 1
    assert lotse.damaged == {stuck.id}
    assert flags(world, sound) == ["first_contact"]


def test_what_fell_away_with_a_consent_is_not_overdue(world: World) -> None:
    """The consent ended before anybody called: to call is not owed any more, to ask anew is."""
    case = world.a_referral(expires_on="2026-03-10")
    world.now = berlin("2026-03-13 00:00")
    assert sweep(world.lotse).flagged == 0
    world.wait(days=10)
    assert sweep(world.lotse).flagged == 1
    assert flags(world, case) == ["consent"]


@st.composite
def nights(draw: st.DrawFn) -> tuple[datetime, list[tuple[int, int]], list[datetime]]:
    """A beginning about ten days before a night, receipts (day, hour) since, and looks around that night.

    The clock goes forward, or is set back by two hours, or forward by a day and back again.
    """
    night = draw(st.sampled_from(NIGHTS))
    begin = datetime.combine(night - timedelta(days=10), time(8), BERLIN).astimezone(UTC)
    receipts = draw(
        st.lists(st.tuples(st.integers(0, 9), st.integers(0, 15)), min_size=1, max_size=4).map(sorted)
    )
    at = datetime.combine(night, time(0), BERLIN).astimezone(UTC) - timedelta(hours=draw(st.integers(1, 60)))
    looks = []
    for step in draw(st.lists(st.sampled_from((1, 59, 60, 61, 600, -120, 1440, -1440)), max_size=10)):
        at += timedelta(minutes=step)
        looks.append(at)
    return begin, receipts, [*looks, at + timedelta(days=draw(st.integers(0, 6)))]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(nights())
def test_around_the_nights_on_which_clocks_change_each_is_flagged_once_at_the_first_look_after_its_day(
    told: tuple[datetime, list[tuple[int, int]], list[datetime]],
) -> None:
    begin, receipts, looks = told
    with TemporaryDirectory() as folder, a_world("sqlite", "bergkamen", folder=Path(folder)) as world:
        cases = []
        for day, hour in receipts:
            world.now = begin + timedelta(days=day, hours=hour)
            cases.append(world.a_referral())
        first: dict[str, datetime] = {}
        for at in looks:
            world.now = at
            before = set(first)
            for case in cases:
                due = next(each.due for each in case.duties if each.obligation == Obligation.FIRST_CONTACT)
                midnight = datetime.combine(due + timedelta(days=1), time(0), BERLIN).astimezone(UTC)
                if at >= midnight:
                    first.setdefault(case.id, at)
            assert sweep(world.lotse).flagged == len(first) - len(before)
        for case in cases:
            duty = world.case(case).duty(Obligation.FIRST_CONTACT)
            assert duty is not None
            assert duty.flagged_at == first.get(case.id)
            assert flags(world, case) == ["first_contact"] * (case.id in first)


def test_a_step_and_the_clock_do_not_lose_each_other(world: World) -> None:
    """Who calls the family in the minute in which it is flagged: both stand, in one order."""
    case = world.a_case_in("consent_checked")
    world.wait(days=10)
    seen = world.case(case)
    sweep(world.lotse)
    done = world.do(case, Command.ATTEMPT_CONTACT)
    assert done.version == seen.version + 2
    assert flags(world, case) == ["first_contact"]
    world.verify()
