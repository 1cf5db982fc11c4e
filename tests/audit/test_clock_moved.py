"""Somebody moves the machine's clock by an hour or a year: it is on record, and order and proof stand."""

import pytest

from audit.clock import ClockWatch
from audit.entry import HEAD_SIZE, Leaf
from audit.keys import purpose_of
from audit.replay import Replay
from audit.seal import aad_a, open_body
from tests.audit.world import World, a_step, an_access

HOUR, YEAR = 3_600_000, 365 * 86_400_000
CASE = "0c" * 16


class Machine:
    """A monotonic clock that goes a second a step, whatever the other one does."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def at_work(world: World, watch: ClockWatch, machine: Machine, versions: range) -> None:
    for version in versions:
        machine.seconds += 1
        world.record(a_step(world, CASE, version), an_access(), watch=watch)
        watch.settle(world.now_ms)


@pytest.mark.parametrize("moved", [HOUR, -HOUR, YEAR, -YEAR])
def test_a_clock_moved_between_two_steps_is_recorded_and_changes_no_order(moved: int) -> None:
    world, machine = World(), Machine()
    watch = ClockWatch(machine)
    at_work(world, watch, machine, range(1, 4))
    world.now_ms += moved
    at_work(world, watch, machine, range(4, 7))
    world.sign()
    report = world.verify(decrypt=True)
    leaves = [Leaf.unpack(row[1]) for row in world.log.entries]
    said = [opened(world, seq) for seq in range(report.size)]
    jumps = [(seq, a["jump_ms"]) for seq, a in enumerate(said) if a["action"] == "clock_jumped"]
    assert jumps == [(6, moved)], "once, before the first step after it"
    times = [leaf.time_ms for leaf in leaves]
    assert times == sorted(times), "the log's own time never runs back"
    behind = [a["clock"] for a in said if "clock" in a]
    assert bool(behind) == (moved < 0), "what the machine says instead is in the entry"
    assert world.verify().last_time_ms == max(times)


@pytest.mark.parametrize("moved", [HOUR, -HOUR, YEAR, -YEAR])
def test_put_back_it_is_recorded_again(moved: int) -> None:
    world, machine = World(), Machine()
    watch = ClockWatch(machine)
    at_work(world, watch, machine, range(1, 3))
    for turn in (moved, -moved):
        world.now_ms += turn
        at_work(world, watch, machine, range(world.current.size, world.current.size + 1))
    jumps = [
        a["jump_ms"] for a in (opened(world, seq) for seq in range(world.current.size)) if "jump_ms" in a
    ]
    assert jumps == [moved, -moved]
    assert world.verify().size == world.current.size


def opened(world: World, seq: int) -> dict[str, object]:
    _, raw, _, body = world.log.entries[seq]
    leaf = Leaf.unpack(raw)
    keys = [world.ring.known(purpose_of(kind, leaf.time_ms, seq)) for kind in ("steps", "access")]
    key = next(key for key in keys if key and key.key_id == leaf.key_a)
    return open_body(key, aad_a(raw[:HEAD_SIZE]), body)


def test_replay_goes_by_the_order_and_not_by_the_clock() -> None:
    world, machine = World(), Machine()
    watch = ClockWatch(machine)
    at_work(world, watch, machine, range(1, 3))
    world.now_ms -= YEAR
    at_work(world, watch, machine, range(3, 5))
    replay = Replay()
    for seq in range(world.current.size):
        replay.take(seq, opened(world, seq))
    assert replay.images[CASE].version == 4
