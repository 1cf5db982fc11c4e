"""However a log is cut into pages and ranges, and whoever judges them: the same answer, the same first fault."""

import pickle
from collections.abc import Callable, Generator
from contextlib import nullcontext

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import audit.page
from audit.faults import VerificationError
from audit.keys import KeyRing
from audit.page import Question
from audit.replay import Replay
from audit.report import Report
from audit.sources import Log, Stretches, full_pages, own_stretches
from audit.stretch import Stretch, grafted, over
from audit.tree import Frontier, leaf_hash
from audit.verify import verify_all
from tests.audit.test_every_byte import altered_rows
from tests.audit.world import World, a_log, a_step, an_access, erased, erased_accesses

PAGE = 4


def ranges(length: int) -> Stretches:
    """Judge ranges apart from each other and hand the answers over as other processes do."""

    def stretches(log: Log, question: Question, keys: KeyRing | None) -> Generator[Stretch, None, None]:
        start = 0
        while True:
            before_ms = time_before(log, start)
            found = Stretch(start, before_ms, before_ms)
            for stretch in full_pages(log.snapshot, question, keys, start, before_ms, start + length):
                found.join(stretch)
            yield pickle.loads(pickle.dumps(found))  # noqa: S301 - what was just pickled
            if found.fault or found.tree.size < length:
                return
            start += length

    return stretches


def time_before(log: Log, start: int) -> int:
    with log.snapshot() as reader:
        rows = reader.rows(start - 2, 1) if start else []
    raw = rows[0][1] if rows else b""
    return int.from_bytes(raw[16:24]) if isinstance(raw, bytes) else 0


WAYS: dict[str, Callable[[], Stretches | None]] = {
    "one transaction": lambda: None,
    "page by page": lambda: own_stretches,
    "ranges of two pages": lambda: ranges(2 * PAGE),
    "ranges of four pages": lambda: ranges(4 * PAGE),
}


def answer(world: World, way: str, **how: object) -> object:
    """The report, or where and what the first fault is."""
    ring = KeyRing(world.provider, world.log.keys, "0b5e")
    log = Log(lambda: nullcontext(world.log), world.verifier)
    try:
        return verify_all([log], ring, stretches=WAYS[way](), decrypt=True, **how)
    except VerificationError as fault:
        return (fault.step, fault.seq, fault.fault, fault.message)


def a_full_log() -> World:
    """Steps, accesses, an erased case and checkpoints over several pages and ranges."""
    world = a_log(13)
    erased(world, f"{1:032x}")
    for _ in range(9):
        world.record(an_access())
    world.record(a_step(world, f"{3:032x}", 9))
    world.sign()
    return world


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit.page, "PAGE", PAGE)


def test_an_unaltered_log_gives_the_same_report_in_every_way() -> None:
    world = a_full_log()
    reports = [answer(world, way) for way in WAYS]
    assert all(isinstance(report, Report) for report in reports)
    assert len({repr(report) for report in reports}) == 1


@pytest.mark.parametrize("table", ["entries", "contents", "cases", "kept"])
def test_every_altered_byte_gives_the_same_fault_in_every_way(table: str) -> None:
    """A sample of one byte in 61 here; all of them in the campaign."""
    compare_all(table, 61)


@pytest.mark.campaign
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("table", ["entries", "contents", "cases", "kept"])
def test_all_altered_bytes_give_the_same_fault_in_every_way(table: str) -> None:
    compare_all(table, 1)


def compare_all(table: str, every: int) -> None:
    world = a_full_log()
    honest = getattr(world.log, table)
    for number, (place, column, wrong) in enumerate(altered_rows(honest)):
        if number % every == 0:
            setattr(world.log, table, wrong)
            answers = {way: answer(world, way) for way in WAYS}
            assert len({repr(each) for each in answers.values()}) == 1, (place, column, answers)
            assert not isinstance(answers["one transaction"], Report), (place, column)
    setattr(world.log, table, honest)


@given(st.data())
@settings(max_examples=30, deadline=None)
def test_of_several_faults_the_first_is_the_same_in_every_way(data: st.DataObject) -> None:
    world = a_full_log()
    for _ in range(data.draw(st.integers(2, 4))):
        table = data.draw(st.sampled_from(["entries", "contents", "cases", "kept"]))
        rows = getattr(world.log, table)
        if rows and data.draw(st.booleans()):
            del rows[data.draw(st.integers(0, len(rows) - 1))]
        elif rows:
            place = data.draw(st.integers(0, len(rows) - 1))
            row = list(rows[place])
            column = data.draw(st.integers(1, len(row) - 1))
            row[column] = data.draw(
                st.one_of(st.none(), st.binary(max_size=30), st.just("x"), st.just(row[1]))
            )
            rows[place] = tuple(row)
    answers = {repr(answer(world, way, notes=())) for way in WAYS}
    assert len(answers) == 1, answers


def test_a_replay_that_cannot_go_on_is_said_before_a_later_fault_in_every_way() -> None:
    world = a_full_log()
    world.record(a_step(world, f"{3:032x}", 40), an_access(), an_access())
    seq, leaf, _, body = world.log.entries[-1]
    world.log.entries[-1] = (seq, leaf, bytes(32), body)
    answers = [answer(world, way, replay=Replay()) for way in WAYS]
    assert len({repr(each) for each in answers}) == 1
    assert "springt" in repr(answers[0])


@given(st.lists(st.binary(min_size=1, max_size=3), max_size=40), st.integers(0, 4), st.integers(1, 20))
def test_trees_are_grafted_as_if_they_had_grown(leaves: list[bytes], power: int, parts: int) -> None:
    """Cut at multiples of a power of two, each part no larger, the parts give the tree of the whole."""
    hashes, width = [leaf_hash(leaf) for leaf in leaves], 1 << power
    whole = Frontier()
    for start in range(0, len(hashes), width):
        part = Frontier().extend(hashes[start : start + width])
        for size in range(part.size + 1)[1:parts]:
            expected = Frontier().extend(hashes[: start + size]).root()
            assert over(whole, Frontier().extend(hashes[start : start + size]).root()) == expected
        whole, _ = grafted(whole, part)
    assert whole == Frontier().extend(hashes)


@given(st.integers(0, 1100), st.sampled_from([1, 4, 16, 64, 256]), st.sampled_from([1, 2, 8]))
@settings(deadline=None, max_examples=60)
def test_the_nodes_over_several_pages_come_out_as_they_are_kept(size: int, page: int, pages: int) -> None:
    """Those within the pages and those across them are all there are, however pages are joined to ranges."""
    hashes = [leaf_hash(number.to_bytes(4)) for number in range(size)]
    tree, across, within = Frontier(), [], []
    for start in range(0, size, page * pages):
        joined = Stretch(start, 0, 0)
        for first in range(start, min(size, start + page * pages), page):
            part, nodes = Frontier().grow(hashes[first : first + page])
            within += [(level, first // 16**level + number, node) for level, number, node in nodes]
            joined.join(Stretch(first, 0, 0, part))
        tree, nodes = grafted(tree, joined.tree)
        across += [*joined.across, *nodes]
    whole, nodes = Frontier().grow(hashes)
    assert tree == whole
    assert sorted(within + across) == sorted(nodes)
    assert all(16**level > page for level, _, _ in across)


def test_the_nodes_across_ranges_are_compared_with_those_that_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Sixty-four entries in pages of four: of each level one node is altered, one is missing, one is too much."""
    monkeypatch.setattr(audit.page, "PAGE", PAGE)
    world = World()
    world.record(*[an_access() for _ in range(260)])
    assert {level: len(nodes) for level, nodes in world.log.tree.items()} == {1: 16, 2: 1}
    honest = {level: list(nodes) for level, nodes in world.log.tree.items()}
    report = answer(world, "ranges of two pages", notes=())
    assert isinstance(report, Report)
    for level, nodes in honest.items():
        for wrong in (nodes[:-1], nodes[1:], [*nodes[:-1], (len(nodes) - 1, bytes(32))], [*nodes, (99, b"")]):
            world.log.tree[level] = wrong
            answers = {repr(answer(world, way, notes=())) for way in WAYS}
            assert len(answers) == 1
            assert "FaultClass.NODE" in answers.pop()
        world.log.tree[level] = nodes


def test_a_tree_that_does_not_fit_is_not_grafted() -> None:
    three = Frontier().extend([leaf_hash(b"x")] * 3)
    with pytest.raises(ValueError, match="fit"):
        grafted(three, Frontier().extend([leaf_hash(b"x")] * 2))


def test_erased_accesses_are_accounted_for_across_ranges() -> None:
    world = a_full_log()
    erased_accesses(world, 2026)
    reports = {repr(answer(world, way)) for way in WAYS}
    assert len(reports) == 1
    assert "dark=13" in next(iter(reports))
