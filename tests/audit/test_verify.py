"""The verification itself: what it reports, page after page, in memory that does not grow."""

import tracemalloc

import pytest

from audit.faults import FaultClass, Step, VerificationError
from audit.keys import KeyRing
from audit.replay import Replay
from audit.verify import verify
from tests.audit.world import World, a_log, a_step, an_access, found

CASE = "ab" * 16


def a_long_log(entries: int) -> World:
    """Steps of one case and accesses, in batches of four, a checkpoint every thousand."""
    world = World()
    for place in range(entries // 4):
        world.record(
            a_step(world, CASE, 2 * place + 1), an_access(), a_step(world, CASE, 2 * place + 2), an_access()
        )
        if place % 250 == 0:
            world.sign()
    return world


def test_each_step_is_reported_with_what_it_looked_at() -> None:
    report = a_log(12).verify(decrypt=True)
    assert dict(report.checked) == {
        Step.HEAD: 1,
        Step.KEYS: 3,
        Step.CHECKPOINTS: 3,
        Step.ENTRIES: 12,
        Step.BODIES: 20,
        Step.INDEX: 8,
        Step.TREE: 12,
    }
    assert report.lines()[:2] == ["1. Kopf des Protokolls: 1 geprüft", "2. Schlüssel: 3 geprüft"]
    assert [step for step, _ in a_log(12).verify(keys=False).checked] == [1, 3, 4, 5, 7]


def test_a_fault_says_step_entry_and_class() -> None:
    world = a_log(12)
    seq, leaf, mac, body_a = world.log.entries[7]
    world.log.entries[7] = (seq, leaf, mac, body_a[:-1] + b"x")
    with pytest.raises(VerificationError) as caught:
        world.verify()
    error = caught.value
    assert (error.step, error.seq, error.fault) == (Step.BODIES, 7, FaultClass.BODY_A)
    assert str(error) == (
        "Schritt 5 (Versiegelte Inhalte), Eintrag 7: Inhalt A verändert. Die Prüfsumme stimmt nicht."
    )


def test_no_family_is_named_in_a_fault() -> None:
    world = a_log(12)
    world.log.contents[3] = (world.log.contents[3][0], b"Familie Wunderlich-Beispiel")
    with pytest.raises(VerificationError) as caught:
        world.verify(decrypt=True)
    assert "Wunderlich" not in f"{caught.value} {caught.value!r}"


def test_a_log_of_many_pages_is_followed_to_its_end() -> None:
    world = a_long_log(9000)
    world.sign()
    seen: list[tuple[int, int]] = []
    report = world.verify(decrypt=True, progress=lambda done, of: seen.append((done, of)))
    assert (report.size, report.opened) == (9000, 13_500)
    assert seen == [(4096, 9000), (8192, 9000), (9000, 9000)]
    seq, leaf, _mac, body_a = world.log.entries[8500]
    world.log.entries[8500] = (seq, leaf, bytes(32), body_a)
    assert found(world) is FaultClass.MAC


def test_memory_does_not_grow_with_the_log() -> None:
    def peak(world: World) -> int:
        tracemalloc.start()
        try:
            world.verify(decrypt=True)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    # Both are longer than a page; the store's own sorting of a page is counted, too, and grows a little.
    short, long = peak(a_long_log(8_400)), peak(a_long_log(25_200))
    assert long < 1.5 * short


def test_bodies_cannot_be_opened_without_keys() -> None:
    world = a_log(3)
    with pytest.raises(ValueError, match="need the keys"):
        verify(world.log, world.verifier, decrypt=True)
    with pytest.raises(ValueError, match="need the keys"):
        verify(world.log, world.verifier, replay=Replay())


def test_keys_of_another_store_prove_nothing() -> None:
    world = a_log(3)
    with pytest.raises(VerificationError) as caught:
        verify(world.log, world.verifier, KeyRing(world.provider, world.log.keys, "andere"))
    assert caught.value.fault is FaultClass.KEY


def test_nodes_kept_beside_the_log_are_computed_anew() -> None:
    world = a_long_log(600)
    assert dict(world.verify(keys=False).checked)[Step.TREE] == 600
    honest = {level: list(nodes) for level, nodes in world.log.tree.items()}
    assert {level: len(nodes) for level, nodes in honest.items()} == {1: 37, 2: 2}
    for level, width in ((1, 16), (2, 256)):
        kept = honest[level]
        for nodes, seq in (
            (kept[:-1], width * (len(kept) - 1)),
            (kept[1:], 0),
            ([kept[0], (1, bytes(32)), *kept[2:]], width),
            (kept[1:2], 0),
            ([*kept, (len(kept), bytes(32))], width * len(kept)),
            ([*kept, (77, bytes(32))], width * len(kept)),
            ([(-1, bytes(32)), *kept], 0),
        ):
            world.log.tree[level] = nodes
            for keys in (True, False):
                with pytest.raises(VerificationError) as caught:
                    world.verify(keys=keys)
                assert (caught.value.step, caught.value.fault) == (Step.TREE, FaultClass.NODE)
                assert caught.value.seq == seq
        world.log.tree[level] = kept
    for level in (0, -1, 3, 9, "1", None):
        world.log.tree[level] = [(0, bytes(32))]
        assert found(world) is FaultClass.NODE
        del world.log.tree[level]
    world.verify()


def test_nodes_over_more_entries_than_a_page_has_are_computed_anew() -> None:
    """65 536 entries are sixteen pages; 4096 are one."""
    world = World()
    for _ in range(66):
        world.record(*[an_access() for _ in range(1000)])
    assert {level: len(nodes) for level, nodes in world.log.tree.items()} == {1: 4125, 2: 257, 3: 16, 4: 1}
    world.verify(keys=False)
    for level in (3, 4):
        honest = world.log.tree[level]
        for nodes in (
            honest[:-1],
            [*honest[:-1], (len(honest) - 1, bytes(32))],
            [*honest[:-1], (len(honest), honest[-1][1])],
            [*honest, (len(honest), bytes(32))],
        ):
            world.log.tree[level] = nodes
            with pytest.raises(VerificationError) as caught:
                world.verify(keys=False)
            assert (caught.value.step, caught.value.fault) == (Step.TREE, FaultClass.NODE)
        world.log.tree[level] = honest


def test_checkpoints_over_the_empty_log_are_compared_too() -> None:
    world = World()
    note = world.sign()
    assert world.verify(notes=[note]).size == 0
    world.log.kept = [(0, note[:-3] + b"\n")]
    assert found(world) is FaultClass.CHECKPOINT
    world.log.kept = [(7, note)]
    assert found(world) is FaultClass.CHECKPOINT
    other = World()
    other.record(an_access())
    world.log.kept = [(1, other.sign())]
    assert found(world) is FaultClass.ROLLED_BACK
