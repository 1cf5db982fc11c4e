"""Leitung reads on her list where the scheduler is silent; everybody's list is right all the same."""

from functools import partial

import pytest

from adapters.scheduler.heartbeat import begin, clocks_of_this_machine, end
from adapters.scheduler.silence import silence
from adapters.scheduler.sweep import sweep
from tests.people import SUPERVISOR, WORKER
from tests.world import World
from workflow.queries import Heading


def ran(world: World) -> None:
    """A sweep, now."""
    lotse, clocks = world.lotse, clocks_of_this_machine(world.millis)
    lotse.write(partial(begin, job="sweep", clocks=clocks))
    sweep(lotse)
    lotse.write(partial(end, job="sweep", clocks=clocks, late_ms=0, damaged=0))


def machine_waits(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let so much time pass on the clock that nobody sets."""
    from adapters.scheduler import heartbeat

    now = heartbeat.steady()
    monkeypatch.setattr(heartbeat, "steady", lambda: now + seconds)


def test_while_it_runs_there_is_nothing_to_say(world: World) -> None:
    world.a_referral()
    ran(world)
    assert silence(world.lotse, SUPERVISOR) == ""


def test_where_it_was_silent_for_a_while_leitung_reads_so_and_nobody_else(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran(world)
    machine_waits(monkeypatch, 12 * 60)
    world.wait(minutes=12)
    assert silence(world.lotse, SUPERVISOR) == (
        "Die Fristenuhr lief nicht mehr (zuletzt vor 12 min). Nächster Schritt: die IT bitten, nachzusehen "
        "(lotse doctor)."
    )
    assert silence(world.lotse, WORKER) == ""


def test_a_clock_that_is_set_back_hides_its_silence_from_nobody(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran(world)
    machine_waits(monkeypatch, 12 * 60)
    world.wait(hours=-2)
    assert "zuletzt vor 12 min" in silence(world.lotse, SUPERVISOR)


def test_with_the_scheduler_dead_what_is_overdue_stands_on_the_list_and_leitung_reads_why_it_is_not_marked(
    world: World,
) -> None:
    case = world.a_referral()
    world.wait(days=10)
    heading = {item.heading for item in world.lotse.today(WORKER) if item.case == case.id}
    assert Heading.OVERDUE in heading
    assert silence(world.lotse, SUPERVISOR) == (
        "Die Fristenuhr kommt nicht nach. 1 Fall ist überfällig und noch nicht markiert; auf den Listen stehen sie "
        "trotzdem. Nächster Schritt: die IT bitten, nachzusehen (lotse doctor)."
    )
    ran(world)
    assert silence(world.lotse, SUPERVISOR) == ""


def test_an_office_that_never_had_a_scheduler_hears_nothing_until_something_is_late(world: World) -> None:
    world.a_referral()
    assert silence(world.lotse, SUPERVISOR) == ""
