"""The heartbeat of each job: how old it is by a clock that nobody sets, and since when the other stood steady."""

from dataclasses import dataclass
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.db.sweep_statements import unflagged
from adapters.lotse import Lotse
from adapters.scheduler.heartbeat import (
    DAY,
    JUMP,
    MINUTE,
    SILENCE,
    Clocks,
    Heartbeat,
    begin,
    clocks_of_this_machine,
    end,
    heartbeats,
)
from tests.world import World

HOUR = 60 * MINUTE


@dataclass
class Machine:
    """A machine whose clock on the wall can be set; time passes on both."""

    wall: int = 1_770_000_000_000
    steady: int = 5_000
    boot: str = "erster"

    @property
    def clocks(self) -> Clocks:
        return Clocks(lambda: self.wall, lambda: self.steady, self.boot)

    def wait(self, millis: int) -> None:
        self.wall += millis
        self.steady += millis

    def set(self, by: int) -> None:
        self.wall += by

    def start_anew(self, after: int) -> None:
        self.wall += after
        self.steady, self.boot = 3_000, f"{self.boot}+"


def beat(lotse: Lotse, machine: Machine) -> Heartbeat:
    """One round that took a second."""
    begun = lotse.write(partial(begin, job="sweep", clocks=machine.clocks))
    machine.wait(1000)
    lotse.write(partial(end, job="sweep", clocks=machine.clocks, late_ms=7, damaged=2))
    return begun


def stored(world: World) -> Heartbeat:
    lotse = world.lotse
    with lotse.store.reading() as connection:
        return heartbeats(connection, lotse.store.tenant)["sweep"]


def test_a_round_that_began_and_ended_is_known_with_what_it_found(world: World) -> None:
    machine = Machine()
    lotse = world.lotse
    assert beat(lotse, machine).done_at is None
    found = stored(world)
    assert (found.begun_at, found.done_at) == (machine.wall - 1000, machine.wall)
    assert (found.late_ms, found.damaged) == (7, 2)
    machine.wait(3 * MINUTE)
    assert found.age(machine.clocks) == 3 * MINUTE
    assert beat(lotse, machine).done_at == found.done_at


def test_a_round_that_began_and_did_not_end_ages_since_the_last_that_did(world: World) -> None:
    machine = Machine()
    lotse = world.lotse
    beat(lotse, machine)
    machine.wait(10 * MINUTE)
    lotse.write(partial(begin, job="sweep", clocks=machine.clocks))
    machine.wait(MINUTE)
    assert stored(world).age(machine.clocks) == 11 * MINUTE


@pytest.mark.parametrize("by", [-2 * HOUR, DAY, -400 * DAY])
def test_a_clock_that_is_set_hides_no_silence_and_is_told(world: World, by: int) -> None:
    machine = Machine()
    lotse = world.lotse
    beat(lotse, machine)
    machine.wait(10 * MINUTE)
    machine.set(by)
    assert stored(world).age(machine.clocks) == 10 * MINUTE
    found = beat(lotse, machine)
    assert (found.jump_ms, found.steady_since) == (by, found.begun_at)
    machine.wait(DAY - HOUR)
    assert beat(lotse, machine).jump_ms == by
    machine.wait(HOUR)
    assert beat(lotse, machine).jump_ms == 0, "a day later it is history"


def test_on_another_machine_or_after_a_new_start_the_clock_on_the_wall_is_all_there_is(world: World) -> None:
    machine = Machine()
    lotse = world.lotse
    beat(lotse, machine)
    machine.start_anew(HOUR)
    assert stored(world).age(machine.clocks) == HOUR
    assert beat(lotse, machine).jump_ms == 0
    machine.start_anew(-HOUR)
    assert stored(world).age(machine.clocks) is None, "set back while it was off: nobody knows"
    assert beat(lotse, machine).jump_ms == -HOUR + 1000


def test_after_a_long_silence_it_is_not_known_whether_the_clock_stood_steady(world: World) -> None:
    machine = Machine()
    lotse = world.lotse
    first = beat(lotse, machine)
    machine.start_anew(SILENCE - HOUR)
    assert beat(lotse, machine).steady_since == first.steady_since
    machine.start_anew(SILENCE + HOUR)
    found = beat(lotse, machine)
    assert found.steady_since == found.begun_at


@given(st.lists(st.tuples(st.integers(0, 3 * DAY), st.integers(-3 * DAY, 3 * DAY)), max_size=8))
def test_whatever_is_done_to_the_clock_steady_means_that_no_jump_lies_in_between(
    moves: list[tuple[int, int]],
) -> None:
    """Of one machine that stays on: the clock is steady since the last round that saw it jump, or since the first."""
    from adapters.scheduler.heartbeat import _steady

    machine = Machine()
    since, jump = _steady(None, machine.boot, machine.wall, machine.steady)
    last = Heartbeat("x", machine.boot, machine.wall, machine.steady, None, None, since, jump, 0, 0)
    expected = machine.wall
    for passed, by in moves:
        machine.wait(passed)
        machine.set(by)
        if abs(by) > JUMP:
            expected = machine.wall
        since, jump = _steady(last, machine.boot, machine.wall, machine.steady)
        last = Heartbeat("x", machine.boot, machine.wall, machine.steady, None, None, since, jump, 0, 0)
        assert since == expected


def test_what_should_have_been_flagged_is_counted_with_the_scheduler_dead(world: World) -> None:
    world.a_referral()
    world.wait(days=10)
    lotse = world.lotse
    with lotse.store.reading() as connection:
        count, oldest = unflagged(connection, lotse.store.tenant, world.millis())
        assert (count, oldest is not None) == (1, True)
    lotse.flag_overdue()
    with lotse.store.reading() as connection:
        assert unflagged(connection, lotse.store.tenant, world.millis()) == (0, None)


def test_this_machine_has_both_clocks() -> None:
    clocks = clocks_of_this_machine(lambda: 1)
    assert clocks.steady() > 0
    assert clocks.steady() <= clocks.steady()
    assert (
        clocks == clocks_of_this_machine(clocks.wall) or clocks.boot == clocks_of_this_machine(lambda: 1).boot
    )
