"""Each job over a store: what it does, what it says, and that its heartbeat stands only where it ended well."""

from dataclasses import replace

import pytest

from adapters.db.plan import Held
from adapters.lotse import Lotse
from adapters.scheduler import jobs
from adapters.scheduler.heartbeat import DAY, MINUTE, Heartbeat, heartbeats
from adapters.scheduler.jobs import JOBS, SWEEP, Job, Outcome, do_once
from tests.scheduler.test_heartbeat import Machine
from tests.world import World
from workflow.ports import Entry

QUARANTINE = next(job for job in JOBS if job.key == "purge")


def hearts(lotse: Lotse) -> dict[str, Heartbeat]:
    with lotse.store.reading() as connection:
        return heartbeats(connection, lotse.store.tenant)


def test_a_sweep_says_what_it_flagged_and_how_late(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.a_referral()
    world.wait(days=10)
    lotse = world.lotse
    monkeypatch.setattr(lotse, "countersign", lambda: b"")
    monkeypatch.setattr(jobs, "note_erasures", lambda _: None)
    done = do_once(SWEEP, lotse, Machine().clocks)
    assert (done.count, done.said) == (1, ("als überfällig markiert: 1.",))
    assert hearts(lotse)["sweep"].late_ms == done.late_ms > 6 * DAY
    assert do_once(SWEEP, lotse, Machine().clocks) == Outcome()


def test_a_job_that_fails_has_begun_and_not_ended(world: World) -> None:
    def fails(_: object) -> Outcome:
        raise OSError("Platte voll")

    lotse, machine = world.lotse, Machine()
    job = Job("probe", "Probe", 60.0, lambda _: Outcome(3))
    do_once(job, lotse, machine.clocks)
    ended = machine.wall
    machine.wait(MINUTE)
    with pytest.raises(OSError, match="voll"):
        do_once(replace(job, do=fails), lotse, machine.clocks)
    found = hearts(lotse)["probe"]
    assert (found.begun_at, found.done_at) == (machine.wall, ended)


def held_apart(world: World) -> None:
    """A row that could not be read, held apart today."""
    with world.work() as work:
        work.hold_row(Held(work.identity(b"eine Zeile"), b"{}"))
        work.record(Entry("steps", {"action": "import", "outcome": "done", "held": 1, "left": 0, "asked": 0}))
        work.commit()


def test_only_a_clock_that_stood_steady_for_a_day_empties_the_quarantine(world: World) -> None:
    """A clock that is set ahead by a year destroys nothing for a day, in which the doctor tells of it."""
    held_apart(world)
    machine = Machine(wall=world.millis())

    def round_of() -> int:
        return do_once(QUARANTINE, world.lotse, machine.clocks).count

    def later(days: float) -> None:
        world.wait(days=days)
        machine.wait(int(days * DAY))

    for _ in range(29):
        assert round_of() == 0
        later(1)
    world.wait(days=400)
    machine.set(400 * DAY)
    assert round_of() == 0, "the clock has jumped"
    later(0.9)
    assert round_of() == 0, "less than a day ago"
    later(0.2)
    assert round_of() == 1, "it stays so, so it is right"
    entry = next(each.a for each in reversed(world.entries()) if each.a["action"] == "erased")
    assert (entry["actor"], entry["held"]) == ("clock", 1)
    assert round_of() == 0


def test_it_never_asks_for_or_approves_the_erasure_of_a_case(world: World) -> None:
    """Years after its close a case lies there still: that takes two people."""
    case = world.a_case_in("closed")
    machine = Machine(wall=world.millis())
    for days in (0, 1, 1, 1500, 1, 1):
        world.wait(days=days)
        machine.wait(days * DAY)
        do_once(QUARANTINE, world.lotse, machine.clocks)
    assert world.case(case).id == case.id
    assert not [each for each in world.entries() if str(each.a["action"]).startswith("eras")]
