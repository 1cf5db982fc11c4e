"""Every byte of every column of every log table: altered, it is found, with its entry and by one type of error."""

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from audit.faults import FaultClass, VerificationError
from audit.log import Draft
from audit.reader import StoredNote, StoredRow
from tests.audit.world import MemoryLog, World, a_log, a_step, an_access, erased, erased_accesses

BITS = (0x01, 0x80)


def altered(value: object) -> Iterator[object]:
    """Give the value with each of its bytes changed, one at a time."""
    if isinstance(value, bytes):
        for place in range(len(value)):
            yield value[:place] + bytes([value[place] ^ BITS[place % 2]]) + value[place + 1 :]
        yield value + b"\0"
        yield value[:-1]
    elif isinstance(value, str):
        for place in range(len(value)):
            yield value[:place] + chr(ord(value[place]) ^ 1) + value[place + 1 :]
    elif isinstance(value, int):
        for bit in (0, 1, 7, 31, 62):
            yield value ^ (1 << bit)
        yield -value - 1


def altered_rows(table: list[tuple]) -> Iterator[tuple[int, int, list[tuple]]]:
    """Give (row, column, table) with one column of one row changed."""
    for place, row in enumerate(table):
        for column, value in enumerate(row):
            for wrong in altered(value):
                yield (
                    place,
                    column,
                    [*table[:place], (*row[:column], wrong, *row[column + 1 :]), *table[place + 1 :]],
                )


@pytest.fixture(scope="module")
def world() -> World:
    return a_log(4)


@pytest.mark.parametrize("table", ["entries", "contents", "cases", "kept"])
def test_a_byte_of_a_table_of_the_log(world: World, table: str) -> None:
    honest = getattr(world.log, table)
    tried = 0
    try:
        for place, column, wrong in altered_rows(honest):
            setattr(world.log, table, wrong)
            with pytest.raises(VerificationError) as caught:
                world.verify()
            assert caught.value.seq is not None or table == "kept", (place, column)
            tried += 1
    finally:
        setattr(world.log, table, honest)
    assert tried > 30
    world.verify()


def test_a_byte_of_the_head(world: World) -> None:
    honest = world.log.stored_head
    try:
        for column in fields(honest):
            for wrong in altered(getattr(honest, column.name)):
                world.log.stored_head = replace(honest, **{column.name: wrong})
                with pytest.raises(VerificationError):
                    world.verify()
                with pytest.raises(VerificationError):
                    world.verify(keys=False)
    finally:
        world.log.stored_head = honest


def test_a_byte_of_a_wrapped_key(world: World) -> None:
    honest = dict(world.log.keys)
    assert len(honest) == 3
    try:
        for purpose, row in honest.items():
            for _, _, [wrong] in altered_rows([(purpose, *row)]):
                world.log.keys.clear()
                world.log.keys.update({**honest, purpose: None} | {wrong[0]: wrong[1:]})
                if wrong[0] != purpose:
                    del world.log.keys[purpose]
                with pytest.raises(VerificationError):
                    world.verify()
    finally:
        world.log.keys.clear()
        world.log.keys.update(honest)


def test_a_byte_of_a_case_key_when_contents_are_opened(world: World) -> None:
    honest = dict(world.log.case_keys)
    try:
        for case, row in honest.items():
            for _, _, [wrong] in altered_rows([row]):
                world.log.case_keys[case] = wrong
                with pytest.raises(VerificationError):
                    world.verify(decrypt=True)
            world.log.case_keys[case] = row
    finally:
        world.log.case_keys.update(honest)


def test_a_byte_of_a_leaf_without_keys(world: World) -> None:
    """Hashes, tree and checkpoints alone find it too, but for the MAC, which only its key can judge."""
    honest = world.log.entries
    try:
        for _, column, wrong in altered_rows(honest):
            if column != 2:
                world.log.entries = wrong
                with pytest.raises(VerificationError):
                    world.verify(keys=False)
    finally:
        world.log.entries = honest


anything = st.one_of(
    st.none(), st.integers(-(2**70), 2**70), st.text(max_size=40), st.binary(max_size=200), st.floats()
)


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_whatever_a_column_holds_the_answer_is_a_verification_error(data: st.DataObject) -> None:
    """No other error ever comes out, whatever type a hostile database puts into a column."""
    world = WORLD.copied()
    table = data.draw(st.sampled_from(["entries", "contents", "cases", "kept", "keys", "case_keys", "head"]))
    if table == "head":
        name = data.draw(st.sampled_from([column.name for column in fields(world.log.stored_head)]))
        world.log.stored_head = replace(world.log.stored_head, **{name: data.draw(anything)})
    else:
        rows = getattr(world.log, table)
        place = data.draw(st.sampled_from(sorted(rows) if isinstance(rows, dict) else range(len(rows))))
        row = list(rows[place])
        first = 0 if isinstance(rows, dict) else 1
        row[data.draw(st.integers(first, len(row) - 1))] = data.draw(anything)
        rows[place] = tuple(row)
    assume(world.log != WORLD.log)
    with pytest.raises(VerificationError):
        world.verify(decrypt=True)


@given(st.sampled_from(["entries", "contents", "cases", "kept"]), anything)
@settings(max_examples=100, deadline=None)
def test_whatever_stands_in_place_of_a_number_the_answer_is_a_verification_error(
    table: str, key: object
) -> None:
    """The pages are given in the store's own order here, as numbers of other kinds cannot be sorted."""
    world = WORLD.copied()
    rows = getattr(world.log, table)
    if rows[-1][0] == key:
        return
    rows[-1] = (key, *rows[-1][1:])
    world.log = Unsorted(**{column.name: getattr(world.log, column.name) for column in fields(MemoryLog)})
    with pytest.raises(VerificationError):
        world.verify()


def test_a_store_whose_pages_repeat_or_turn_back_is_refused() -> None:
    world = WORLD.copied()
    world.log.entries.reverse()
    world.log = Unsorted(**{column.name: getattr(world.log, column.name) for column in fields(MemoryLog)})
    with pytest.raises(VerificationError) as caught:
        world.verify()
    assert caught.value.fault is FaultClass.MOVED


WORLD = a_log(4)


class Unsorted(MemoryLog):
    """A store that gives each table in one page, as it lies there, and beyond where it was asked to end."""

    def rows(self, after: int | None, count: int) -> Sequence[StoredRow]:
        return [] if after is not None else self.entries[:count]

    def bodies_b(
        self,
        after: int | None,
        count: int,
        through: int | None = None,  # noqa: ARG002 - not heeded
    ) -> Sequence[tuple[int, bytes]]:
        return [] if after is not None else self.contents[:count]

    def index(self, after: int | None, count: int, through: int | None = None) -> Sequence[tuple[int, str]]:  # noqa: ARG002 - not heeded
        return [] if after is not None else self.cases[:count]

    def notes(self, after: int | None, count: int, through: int | None = None) -> Sequence[StoredNote]:  # noqa: ARG002 - not heeded
        return [] if after is not None else self.kept[:count]


def a_log_of_every_kind() -> World:
    """Steps, accesses with and without a case, a hold, an erased case, an erased year of accesses, checkpoints."""
    world = a_log(5)
    case = f"{1:032x}"
    said = {"actor": "dsb-1", "outcome": "done", "case": case, "at": "2026-11-02T12:00:00+00:00"}
    world.record(Draft("access", {"action": "open", **said}), Draft("steps", {"action": "hold", **said}))
    world.sign()
    erased(world, case)
    erased_accesses(world, 2026)
    world.record(a_step(world, f"{3:032x}", 2), an_access())
    world.sign()
    return world


EVERY_KIND = a_log_of_every_kind()


def survivors(table: str, every: int) -> list[tuple[int, int]]:
    """Where a changed byte is not found, among one in so many."""
    world = EVERY_KIND.copied()
    honest, left = getattr(world.log, table), []
    for number, (place, column, wrong) in enumerate(altered_rows(honest)):
        if number % every == 0:
            setattr(world.log, table, wrong)
            try:
                world.verify(decrypt=True)
            except VerificationError:
                continue
            left.append((place, column))
    return left


@pytest.mark.parametrize("table", ["entries", "contents", "cases", "kept"])
def test_a_byte_of_a_log_with_every_kind_of_entry(table: str) -> None:
    """One in 23 here, each in the campaign; on a real database in `tests/system/test_everything_altered.py`."""
    assert EVERY_KIND.copied().verify(decrypt=True).dark == 2
    assert not survivors(table, 23)


@pytest.mark.campaign
@pytest.mark.parametrize("table", ["entries", "contents", "cases", "kept"])
def test_each_byte_of_a_log_with_every_kind_of_entry(table: str) -> None:
    assert not survivors(table, 1)
