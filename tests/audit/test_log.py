"""What is appended: numbers without gaps, times that never run back, each body under its own key."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.clock import ClockWatch
from audit.entry import Leaf, log_id
from audit.keys import purpose_of
from audit.log import Draft, append
from audit.seal import aad_a, aad_b, open_body
from audit.tree import leaf_hash, root_of
from tests.audit.world import NOON, ORIGIN, World, a_step, an_access

CASE = "ab" * 16


def opened(world: World, seq: int) -> dict:
    """Open body A of an entry, as whoever has the keys can."""
    _, raw, _, body_a = world.log.entries[seq]
    leaf = Leaf.unpack(raw)
    for kind in ("steps", "access"):
        key = world.ring.known(purpose_of(kind, leaf.time_ms, seq))
        if key and key.key_id == leaf.key_a:
            return open_body(key, aad_a(raw[:120]), body_a) | {"kind": kind}
    raise AssertionError(seq)


def test_a_step_is_sealed_under_the_years_key_and_its_content_under_the_cases() -> None:
    world = World()
    world.record(a_step(world, CASE, 1))
    _, raw, mac, body_a = world.log.entries[0]
    leaf = Leaf.unpack(raw)
    assert (leaf.seq, leaf.time_ms, leaf.log_id) == (0, NOON + 1000, log_id(ORIGIN))
    assert leaf.key_b == world.case(CASE).key_id
    assert mac == world.ring.key("mac").mac(raw)
    a = opened(world, 0)
    assert (a["kind"], a["action"], a["version"]) == ("steps", "attempt_contact", 1)
    assert "clock" not in a
    [(_, body_b)] = world.log.contents
    b = open_body(world.case(CASE), aad_b(raw[:120], leaf.hash_a), body_b)
    assert b == {"family": "Familie Wunderlich-Beispiel"}
    assert b"Wunderlich" not in raw + body_a + body_b
    assert world.log.cases == [(0, CASE)]


def test_a_list_that_was_looked_at_is_an_access_without_case_or_content() -> None:
    world = World()
    world.record(an_access())
    leaf = Leaf.unpack(world.log.entries[0][1])
    assert (leaf.key_b, leaf.hash_b) == (None, None)
    assert opened(world, 0)["kind"] == "access"
    assert world.log.contents == world.log.cases == []


def test_content_without_case_or_key_is_not_recorded() -> None:
    for a, key in (({"case": CASE}, None), ({}, World().case(CASE))):
        with pytest.raises(ValueError, match="belongs to a case"):
            Draft("steps", a, {"family": "Familie Wunderlich-Beispiel"}, key)


def test_nothing_to_record_changes_nothing() -> None:
    world = World()
    assert append(world.current, [], world.ring, NOON) == ([], world.current)
    assert not world.log.keys


@given(st.lists(st.tuples(st.integers(-200_000, 200_000), st.integers(1, 4)), min_size=1, max_size=12))
@settings(max_examples=50, deadline=None)
def test_however_the_clock_walks_numbers_and_times_only_rise_and_the_log_verifies(
    walk: list[tuple[int, int]],
) -> None:
    world = World()
    clocks = []
    for move, count in walk:
        world.now_ms += move
        before = len(world.log.entries)
        world.record(*[an_access()] * count)
        clocks += [world.now_ms] * (len(world.log.entries) - before)
    leaves = [Leaf.unpack(row[1]) for row in world.log.entries]
    assert [leaf.seq for leaf in leaves] == list(range(len(leaves)))
    times = [leaf.time_ms for leaf in leaves]
    assert times == [max(clocks[: place + 1]) for place in range(len(clocks))]
    for seq, clock in enumerate(clocks):
        assert opened(world, seq).get("clock", times[seq]) == clock
    assert world.current.frontier.root() == root_of([leaf_hash(row[1]) for row in world.log.entries])
    world.verify()


def test_the_same_entry_twice_is_sealed_twice_with_other_bytes() -> None:
    world = World()
    world.record(a_step(world, CASE, 1), a_step(world, CASE, 1))
    first, second = world.log.entries
    assert first[3][:12] != second[3][:12]
    assert first[3][12:] != second[3][12:]


def test_after_a_million_entries_and_with_the_new_year_there_is_a_new_key() -> None:
    """The number decides, also in the middle of a batch; nobody counts."""
    world = World()
    leaves = [bytes(32)] * (2**20 - 1)
    world.current = world.current.__class__(ORIGIN, world.current.frontier.extend(leaves), NOON)
    world.record(an_access(), an_access(), an_access())
    ids = [row[1][56:88] for row in world.log.entries]
    assert ids[0] != ids[1] == ids[2]
    assert set(world.log.keys) == {"mac", "access/2026/0", "access/2026/1"}
    world.now_ms = 1_798_761_600_000
    world.record(an_access())
    assert "access/2027/1" in world.log.keys


# A clock that jumps.


class Machine:
    """A machine whose two clocks a test can turn."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.mark.parametrize("jump_ms", [3_600_000, -3_600_000, 31_536_000_000, -31_536_000_000, 61_000])
def test_a_clock_that_jumps_by_more_than_a_minute_is_recorded_once(jump_ms: int) -> None:
    world, machine = World(), Machine()
    watch = ClockWatch(machine)
    world.record(an_access(), watch=watch)
    watch.settle(world.now_ms)
    machine.seconds += 5
    world.now_ms += 4000 + jump_ms
    world.record(an_access(), watch=watch)
    a = opened(world, 1)
    assert (a["action"], a["jump_ms"], a["kind"]) == ("clock_jumped", jump_ms, "steps")
    assert a.get("clock") == (world.now_ms if jump_ms < 0 else None)
    watch.settle(world.now_ms)
    machine.seconds += 1
    world.record(an_access(), watch=watch)
    assert [opened(world, seq)["action"] for seq in range(4)] == ["list", "clock_jumped", "list", "list"]


def test_a_clock_that_only_drifts_is_not_recorded() -> None:
    watch = ClockWatch(machine := Machine())
    assert watch.jump(NOON, NOON - 10**9) == 0
    watch.settle(NOON)
    machine.seconds += 3600
    assert watch.jump(NOON + 3_600_000 + 59_000, NOON) == 0
    assert watch.jump(NOON + 3_600_000 - 60_000, NOON) == 0
    assert watch.jump(NOON + 3_600_000 - 60_001, NOON) == -60_001


def test_a_jump_that_was_not_committed_is_seen_again() -> None:
    watch = ClockWatch(Machine())
    watch.settle(NOON)
    assert watch.jump(NOON + 120_000, NOON) == watch.jump(NOON + 120_000, NOON) == 120_000


def test_a_process_that_starts_with_its_clock_behind_the_log_says_so() -> None:
    assert ClockWatch(Machine()).jump(NOON - 3_600_000, NOON) == -3_600_000
    assert ClockWatch(Machine()).jump(NOON - 60_000, NOON) == 0
